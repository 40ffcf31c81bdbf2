// kill -9 in the middle of what is deleted for good: the next life goes on by itself, until nothing is left and all counters hold.
import { test, run, assert, Server, build, until } from '../flow/harness.mjs';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const on = { EnableAPIUserDeletion: true, EnableAPITeamDeletion: true, EnableAPIChannelDeletion: true, EnableAPIPostDeletion: true };

function dump(s) {
	if (s.engine === 'postgres') {
		const out = execFileSync('/usr/lib/postgresql/15/bin/pg_dump', ['-h', s.database, '-U', 'hubbub', '--data-only', '--inserts', '-T', 'vocabulary', 'postgres'], { encoding: 'utf8', maxBuffer: 1 << 28 });
		return out.split('\n').filter((l) => l.startsWith('INSERT'));
	}
	const program = 'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nfor l in c.iterdump(): print(l.replace("\\n", " "))';
	return execFileSync('python3', ['-c', program, join(s.data, 'hubbub.db')], { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n').filter((l) => l.startsWith('INSERT'));
}
const left = (s, word) => dump(s).filter((l) => l.includes(word) && !/^INSERT INTO (public\.)?"?(events|audits|dedup)"?/.test(l));
const waiting = (s) => dump(s).filter((l) => /^INSERT INTO (public\.)?"?purges"?/.test(l)).length;

async function many(s, channel, token, word, n, more = {}) {
	let next = 0;
	await Promise.all(Array.from({ length: 8 }, async () => { while (next < n) await s.post(`${word} ${next++}`, { channel, token, ...more }); }));
}

// Dies at the n-th step, lives again, dies again: until it is through.
async function dies(s, ask) {
	let deaths = 0;
	for (const n of [1, 2, 2, 3]) {
		await s.kill();
		await s.start({ HUBBUB_CRASH: `hubbub/purge_step:${n}` });
		if (!deaths) ask(s).catch(() => {});
		const dead = await until('it died, or was through', () => (s.child.signalCode ? 'dead' : deaths > 0 && !waiting(s) && 'through'));
		if (dead !== 'dead') break;
		deaths++;
		assert.ok(waiting(s) > 0, 'the rest is remembered');
	}
	await s.kill();
	await s.start({ HUBBUB_CRASH: '' });
	return deaths;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`a channel and a person are deleted for good over several deaths (${engine})`, async () => {
		const s = await new Server({ engine, settings: { ServiceSettings: on } }).start();
		await s.world();
		const bob = await s.member('bob');
		const doomed = await s.api('POST', '/channels', { team_id: s.team.id, name: 'doomed', display_name: 'zqfault', type: 'O' });
		await s.api('POST', `/channels/${doomed.id}/members`, { user_id: bob.id });
		const root = await s.post('zqfault root', { channel: doomed });
		await many(s, doomed, bob.token, 'zqfault reply', 300, { root_id: root.id });
		await many(s, doomed, s.token, 'zqfault post', 1200);
		await many(s, s.channel, s.token, 'stays', 20);

		assert.ok(await dies(s, () => s.api('DELETE', `/channels/${doomed.id}?permanent=true`)) >= 3, 'it died in the middle');
		assert.equal((await s.raw('GET', `/api/v4/channels/${doomed.id}`, { token: s.token })).status, 404);
		await s.post('stays meanwhile');
		await until('nothing waits', () => !waiting(s));
		assert.deepEqual(left(s, 'zqfault'), []);

		const thread = await s.post('zqbob root', { token: bob.token });
		await many(s, s.channel, bob.token, 'zqbob reply', 40, { root_id: thread.id });
		await many(s, s.channel, bob.token, 'zqbob post', 40);
		assert.ok(await dies(s, () => s.api('DELETE', `/users/${bob.id}?permanent=true`)) >= 3, 'it died in the middle');
		assert.equal((await s.raw('GET', '/api/v4/users/me', { token: bob.token })).status, 401);
		await until('nothing waits', () => !waiting(s));
		assert.deepEqual(left(s, 'zqbob'), []);
		assert.equal((await s.messages()).filter((p) => p.message.startsWith('stays')).length, 21);
		await s.stop();
		assert.match(spawnSync(join(build, 'hubbub'), ['check', '--data', s.data], { encoding: 'utf8' }).stdout, /^0 counters are wrong$/m);
	});
}

run();
