// Anybody can write an edge: the example of docs/, in Python, is one.
import { test, run, assert, Server, until, tempDir, root, alive } from './harness.mjs';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

async function journalServer(env = {}) {
	const file = join(tempDir(), 'journal.txt');
	const s = new Server({ env: { HUBBUB_JOURNAL: file, ...env }, settings: { BridgeSettings: { Edges: `journal=python3 ${join(root, 'docs/edge_example.py')}` } } });
	await s.start();
	await s.world();
	const account = await s.api('GET', '/users/username/journal');
	await s.api('POST', `/teams/${s.team.id}/members`, { team_id: s.team.id, user_id: account.id });
	await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: account.id });
	return { s, file, journal: () => (existsSync(file) ? readFileSync(file, 'utf8') : '') };
}

test('an edge in another language gets deliveries and answers once, also when it is killed in between', async () => {
	const { s, journal } = await journalServer();
	await s.post('first entry');
	await until('the first entry', () => journal().includes('first entry'));
	const pid = s.edgePid('journal');
	process.kill(pid, 'SIGKILL');
	await s.post('written while it was away');
	await s.post('journal?');
	await until('the entry from the gap', () => journal().includes('written while it was away'));
	await until('the answer', async () => (await s.messages()).some((p) => / lines$/.test(p.message)));
	assert.notEqual(s.edgePid('journal'), pid);
	assert.equal((await s.messages()).filter((p) => / lines$/.test(p.message)).length, 1);
	await s.stop();
	assert.ok(!alive(s.edgePid('journal')));
});

test('what happened while serve was dead is not lost for an edge', async () => {
	const { s, journal } = await journalServer();
	await s.post('one');
	await until('one', () => journal().includes("'one'"));
	const pid = s.edgePid('journal');
	await s.post('two');
	await s.kill();
	await until('no child is left', () => !alive(pid), 10_000);
	await s.start();
	await until('two', () => journal().includes("'two'"));
	await s.post('three');
	await until('three', () => journal().includes("'three'"));
	const order = ['one', 'two', 'three'].map((t) => journal().indexOf(`'${t}'`));
	assert.deepEqual(order, [...order].sort((a, b) => a - b));
	await s.stop();
});

test('an edge that says nonsense is ended and started again; the server does not notice otherwise', async () => {
	const s = new Server({ settings: { BridgeSettings: { Edges: 'broken=/bin/sh -c exec<&3;echo>&3' } } });
	await s.start();
	await s.world();
	await until('it was started twice', () => (s.log.match(/edge started edge="broken"/g) ?? []).length >= 2);
	await s.post('still here');
	assert.ok((await s.messages()).some((p) => p.message === 'still here'));
	await s.stop();
});

run();
