// Forgotten passwords and addresses to be verified: by mail, once, within a day.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import net from 'node:net';
import { test, run, assert, Server, Socket, until, cleanup, build, freePort } from './harness.mjs';
import { smtp, mailing } from './mailbox.mjs';

const tokenOf = (mail) => mail.text.match(/token=([0-9a-f]{64})/)[1];

// The way in is limited per address, so it is asked again.
async function ask(s, path, body) {
	return until(path, async () => { const r = await s.raw('POST', `/api/v4/users/${path}`, { body }); return r.status !== 429 && r; });
}

for (const engine of ['sqlite', 'postgres']) {
	test(`a forgotten password is set anew with the mailed link, once (${engine})`, async () => {
		const mail = await smtp();
		const s = await new Server({ engine, settings: mailing(mail.port) }).start();
		await s.world();
		const bob = await s.member('bob');
		for (const email of ['BOB@example.com', 'nobody@example.com']) {
			const r = await ask(s, 'password/reset/send', { email });
			assert.deepEqual([r.status, r.json], [200, { status: 'OK' }]);
		}
		await until('the mail', () => mail.mails.length === 1);
		assert.deepEqual(mail.mails[0].to, ['<bob@example.com>']);
		assert.equal(mail.server.auth, '\0hub\0sesame');
		const token = tokenOf(mail.mails[0]);
		assert.equal((await ask(s, 'password/reset', { token, new_password: 'x' })).status, 400);
		assert.equal((await ask(s, 'email/verify', { token })).status, 400);
		const both = await Promise.all([1, 2].map(() => ask(s, 'password/reset', { token, new_password: 'password2' })));
		assert.deepEqual(both.map((r) => r.status).sort(), [200, 400]);
		assert.equal((await s.raw('GET', '/api/v4/users/me', { token: bob.token })).status, 401, 'the session goes on');
		assert.ok(await s.login('bob', 'password2'));
		assert.equal((await ask(s, 'login', { login_id: 'bob', password: 'password1' })).status, 401);
		assert.equal((await ask(s, 'password/reset', { token, new_password: 'password3' })).status, 400);
		assert.equal((await ask(s, 'password/reset', { token: 'a'.repeat(64), new_password: 'password3' })).json.id, 'api.user.reset_password.invalid_link.app_error');
		await s.stop();
	});

	test(`an address is verified with the mailed link (${engine})`, async () => {
		const mail = await smtp();
		const s = await new Server({ engine, settings: mailing(mail.port) }).start();
		await s.world();
		const bob = await s.member('bob');
		assert.equal((await ask(s, 'email/verify/send', { email: 'bob@example.com' })).status, 200);
		await until('the mail', () => mail.mails.length === 1);
		const token = tokenOf(mail.mails[0]);
		assert.equal((await ask(s, 'email/verify', { token })).status, 200);
		assert.equal((await s.api('GET', '/users/me', undefined, bob.token)).email_verified, true);
		assert.equal((await ask(s, 'email/verify', { token })).status, 400);
		assert.equal((await ask(s, 'email/verify/send', { email: 'x\r\nBcc: eve@example.com' })).status, 200);
		assert.equal(mail.mails.length, 1);
		await s.stop();
	});
}

test('a link to reset is good for 24 hours', async () => {
	const mail = await smtp();
	const s = await new Server({ settings: mailing(mail.port) }).start();
	await s.world();
	await s.member('bob');
	for (const n of [1, 2]) {
		await ask(s, 'password/reset/send', { email: 'bob@example.com' });
		await until('the mail', () => mail.mails.length === n);
	}
	const [first, second] = mail.mails.map(tokenOf);
	const watch = await new Socket(s, s.token).ready();
	await s.shiftClock(23 * 3600 * 1000, watch);
	assert.equal((await ask(s, 'password/reset', { token: first, new_password: 'password2' })).status, 200);
	await s.shiftClock(25 * 3600 * 1000, watch);
	assert.equal((await ask(s, 'password/reset', { token: second, new_password: 'password3' })).json.id, 'api.user.reset_password.invalid_link.app_error');
	assert.ok(await s.login('bob', 'password2'));
	await s.stop();
});

test('a reset that is killed half-way is done as a whole or not at all', async () => {
	const mail = await smtp();
	const s = await new Server({ settings: mailing(mail.port) }).start();
	await s.world();
	let bob = await s.member('bob'), password = 'password1', done = 0;
	for (let n = 1; n <= 6; n++) {
		const before = mail.mails.length;
		await ask(s, 'password/reset/send', { email: 'bob@example.com' });
		await until('the mail', () => mail.mails.length > before);
		const token = tokenOf(mail.mails.at(-1)), wanted = `newpassword${n}`;
		await s.stop();
		await s.start({ HUBBUB_CRASH: `${n % 2 ? 'after' : 'before'}_commit:${(n + 1) >> 1}` });
		await s.raw('POST', '/api/v4/users/password/reset', { body: { token, new_password: wanted } }).catch(() => {});
		await s.kill();
		await s.start();
		const changed = (await ask(s, 'login', { login_id: 'bob', password: wanted })).status === 200;
		assert.equal((await ask(s, 'login', { login_id: 'bob', password })).status, changed ? 401 : 200, 'one of the passwords');
		assert.equal((await s.raw('GET', '/api/v4/users/me', { token: bob.token })).status, changed ? 401 : 200, 'the session goes with the password');
		assert.equal((await ask(s, 'password/reset', { token, new_password: 'x' })).json.id, changed ? 'api.user.reset_password.invalid_link.app_error' : 'model.user.is_valid.pwd_min_length.app_error', 'and so does the token');
		if (changed) { password = wanted; bob = { ...bob, token: await s.login('bob', password) }; done++; }
	}
	assert.ok(done > 0);
	await s.stop();
});

// What /deliveries tells an administrator.
async function deliveries(s) {
	return (await s.api('POST', '/commands/execute', { command: '/deliveries', channel_id: s.channel.id, team_id: s.team.id })).text;
}

function bodies(s) {
	const sql = "SELECT count(*) FROM deliveries WHERE body <> ''";
	if (s.engine === 'postgres') return Number(execFileSync('/usr/lib/postgresql/15/bin/psql', ['-qAtX', '-h', s.database, '-U', 'hubbub', 'postgres', '-c', sql]));
	return Number(execFileSync('python3', ['-c', 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])', join(s.data, 'hubbub.db'), sql]));
}

for (const engine of ['sqlite', 'postgres']) {
	test(`a mail that was promised is sent after kill -9, and its link works (${engine})`, async () => {
		const silent = net.createServer(() => {});       // takes the connection and says nothing
		await new Promise((done) => silent.listen(0, '127.0.0.1', done));
		const { port } = silent.address();
		const asked = new Promise((done) => silent.on('connection', (c) => { c.on('error', () => {}); done(c); }));
		const s = await new Server({ engine, settings: mailing(port) }).start();
		await s.world();
		assert.equal((await ask(s, 'password/reset/send', { email: 'admin@example.com' })).status, 200);
		const connection = await asked;
		assert.equal(bodies(s), 1);
		await s.kill();
		connection.destroy();
		await new Promise((done) => silent.close(done));
		const mail = await smtp({ port });
		await s.start();
		await until('nothing waits', async () => /Nothing waits/.test(await deliveries(s)));
		assert.equal(mail.mails.length, 1);
		assert.equal(bodies(s), 0);
		assert.equal((await ask(s, 'password/reset', { token: tokenOf(mail.mails[0]), new_password: 'password2' })).status, 200);
		await s.stop();
	});

	test(`a mail that is not taken is tried again, and what is given up leaves nothing to read (${engine})`, async () => {
		const mail = await smtp({ refusals: 5 });
		const s = await new Server({ engine, settings: { ...mailing(mail.port), DeliverySettings: { RetrySeconds: '0,0' } } }).start();
		await s.world();
		await ask(s, 'password/reset/send', { email: 'admin@example.com' });
		const told = await until('it is given up', async () => { const text = await deliveries(s); return /dead/.test(text) && text; });
		assert.match(told, /\| mail `mail` \| dead \| 3 \|.*\|/);
		assert.deepEqual([mail.mails.length, bodies(s)], [0, 0]);
		const id = told.match(/`([0-9a-z]{26})`/)[1];
		await s.api('POST', '/commands/execute', { command: `/deliveries redeliver ${id}`, channel_id: s.channel.id, team_id: s.team.id });
		await until('there is nothing to send any more', async () => /dead.*gone/.test(await deliveries(s)));
		// Two refusals are left, and then it is taken.
		await ask(s, 'password/reset/send', { email: 'admin@example.com' });
		await until('the next mail', () => mail.mails.length === 1);
		await until('it is acknowledged', () => bodies(s) === 0);
		assert.equal((await deliveries(s)).match(/`mail`/g).length, 1);
		await s.stop();
		assert.match(execFileSync(join(build, 'hubbub'), ['check', '--repair', '--data', s.data], { encoding: 'utf8' }), /^0 counters are wrong/m);
	});
}

for (const [point, copies] of [['before_send', 1], ['after_send', 2], ['before_ack', 2], ['after_ack', 1]])
	test(`a mail arrives after a death at ${point}; a second copy has the first one's Message-ID`, async () => {
		const mail = await smtp();
		const s = await new Server({ settings: mailing(mail.port) }).start();
		await s.world();
		await s.stop();
		await s.start({ HUBBUB_CRASH: `hubbub/${point}:1` });
		await ask(s, 'password/reset/send', { email: 'admin@example.com' }).catch(() => {});       // the death may be quicker than the answer
		assert.equal((await s.exited).signal, 'SIGKILL');
		await s.start();
		await until('nothing waits', async () => /Nothing waits/.test(await deliveries(s)));
		assert.equal(mail.mails.length, copies);
		assert.equal(new Set(mail.mails.map((m) => m.head.match(/^Message-ID: (.*)$/m)[1])).size, 1);
		assert.equal(new Set(mail.mails.map((m) => m.head + m.text)).size, 1);
		await s.stop();
	});

test('a mail is given up when its link is too old', async () => {
	const s = await new Server({ settings: { ...mailing(await freePort()), DeliverySettings: { RetrySeconds: '3600' } } }).start();
	await s.world();
	await s.member('bob');
	await ask(s, 'password/reset/send', { email: 'admin@example.com' });
	await until('it failed', async () => /failed/.test(await deliveries(s)));
	const watch = await new Socket(s, s.token).ready();
	await s.shiftClock(25 * 3600 * 1000, watch);
	await ask(s, 'password/reset/send', { email: 'bob@example.com' });       // wakes the mailer
	await until('it is given up', async () => /dead \| 1 \| too old/.test(await deliveries(s)));
	await s.stop();
});

test('a server without mail says so, and a mail server that is away blocks nobody', async () => {
	const plain = await new Server().start();
	await plain.world();
	const r = await ask(plain, 'password/reset/send', { email: 'admin@example.com' });
	assert.deepEqual([r.status, r.json.id], [501, 'api.hubbub.email_not_configured.app_error']);
	await plain.stop();
	const silent = net.createServer(() => {});       // takes the connection and says nothing
	await new Promise((done) => silent.listen(0, '127.0.0.1', done));
	cleanup(() => silent.close());
	const s = await new Server({ settings: mailing(silent.address().port) }).start();
	await s.world();
	assert.equal((await ask(s, 'password/reset/send', { email: 'admin@example.com' })).status, 200);
	assert.equal((await s.post('still here')).message, 'still here');
	await s.stop();
});

run();
