// The second factor: codes of 6 digits from a phone.
import { inflateSync } from 'node:zlib';
import { test, run, assert, Server, Socket, until } from './harness.mjs';
import { codeOf } from './totp.mjs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

function sql(s, text) {
	if (s.engine === 'postgres')
		return execFileSync('/usr/lib/postgresql/15/bin/psql', ['-qAtX', '-h', s.database, '-U', 'hubbub', 'postgres', '-c', text], { encoding: 'utf8' });
	const program = 'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nfor r in c.execute(sys.argv[2]): print(*r)\nc.commit()';
	return execFileSync('python3', ['-c', program, join(s.data, 'hubbub.db'), text], { encoding: 'utf8' });
}


const need = 'mfa.validate_token.authenticate.app_error';
const login = (s, name, token, password = 'password1') => until('the answer', async () => { const r = await s.raw('POST', '/api/v4/users/login', { body: { login_id: name, password, token } }); return r.status !== 429 && r; });
const required = async (s, login_id) => (await until('the answer', async () => { const r = await s.raw('POST', '/api/v4/users/mfa', { body: { login_id } }); return r.status === 200 && r; })).json.mfa_required;

for (const engine of ['sqlite', 'postgres'])
	test(`a second factor is set up, asked for and taken away; no code works twice (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), carol = await s.member('carol');
		const watch = await new Socket(s, bob.token).ready();
		const set = (body, token = bob.token, id = 'me') => s.raw('PUT', `/api/v4/users/${id}/mfa`, { body, token });
		assert.equal((await s.raw('POST', `/api/v4/users/${bob.id}/mfa/generate`, { token: carol.token })).status, 403);
		const { secret, qr_code: picture } = await s.api('POST', '/users/me/mfa/generate', undefined, bob.token);
		assert.match(secret, /^[A-Z2-7]{32}$/);
		const png = Buffer.from(picture, 'base64'), side = png.readUInt32BE(16), row = Math.ceil(side / 8) + 1;
		const data = inflateSync(png.subarray(png.indexOf('IDAT') + 4, png.indexOf('IEND') - 8));
		assert.equal(data.length, side * row);
		assert.ok(data.some((b, i) => i % row && b), 'something is drawn');
		assert.deepEqual([(await set({})).json.id, (await set({ activate: true })).json.id], Array(2).fill('api.context.invalid_body_param.app_error'));
		for (const code of ['000000'.replace('0', codeOf(secret)[0] === '1' ? '2' : '1'), '12345', 'abcdef', `${codeOf(secret)}0`]) {
			const r = await set({ activate: true, code });
			assert.deepEqual([r.status, r.json.id], [400, 'ent.mfa.activate.authenticate.app_error']);
		}
		assert.equal((await login(s, 'bob')).status, 200, 'not before it was confirmed');
		assert.equal(await required(s, 'bob'), false);
		const used = codeOf(secret);
		assert.equal((await set({ activate: true, code: used })).status, 200);
		assert.equal((await watch.event('user_updated')).data.user.mfa_active, true);
		assert.equal((await s.api('GET', '/users/me', undefined, bob.token)).mfa_active, true);
		assert.deepEqual([await required(s, 'bob'), await required(s, 'BOB@example.com'), await required(s, 'carol'), await required(s, 'nobody')], [true, true, false, false]);

		// The password alone does not do, nor does a wrong code, nor the one that activated.
		for (const code of [undefined, '', '12', used]) {
			const r = await login(s, 'bob', code);
			assert.deepEqual([r.status, r.json.id], [401, need], `${code}`);
		}
		assert.equal((await login(s, 'bob', codeOf(secret, 60_000), 'wrong')).json.id, 'api.user.login.invalid_credentials_email_username');
		await s.shiftClock(120_000, watch);
		const next = codeOf(secret, 120_000);
		const both = await Promise.all([1, 2].map(() => login(s, 'bob', next)));
		assert.deepEqual(both.map((r) => r.status).sort(), [200, 401], 'a code works once');
		assert.equal((await login(s, 'bob', used)).status, 401, 'it is too old');
		assert.equal((await login(s, 'carol')).status, 200);

		// An administrator takes it away for who lost his phone.
		assert.equal((await set({ activate: false }, carol.token, bob.id)).status, 403);
		assert.equal((await set({ activate: false }, s.token, bob.id)).status, 200);
		assert.equal((await login(s, 'bob')).status, 200);
		await s.stop();
	});

for (const engine of ['sqlite', 'postgres'])
	test(`no secret stands plain, and those from before are sealed at the next start (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), carol = await s.member('carol');
		const { secret } = await s.api('POST', '/users/me/mfa/generate', undefined, bob.token), pending = (await s.api('POST', '/users/me/mfa/generate', undefined, carol.token)).secret;
		await s.api('PUT', '/users/me/mfa', { activate: true, code: codeOf(secret) }, bob.token);
		const stored = () => sql(s, 'SELECT mfa_secret, mfa_pending FROM users');
		assert.ok(stored().includes('s1:'));
		for (const x of [secret, pending]) assert.ok(!stored().includes(x));
		await s.stop();
		// As a server from before left it.
		sql(s, `UPDATE users SET mfa_secret = '${secret}' WHERE id = '${bob.id}'`);
		sql(s, `UPDATE users SET mfa_pending = '${pending}' WHERE id = '${carol.id}'`);
		sql(s, "DELETE FROM system WHERE name = 'MfaSealed'");
		assert.ok(stored().includes(secret));
		await s.start();
		for (const x of [secret, pending]) assert.ok(!stored().includes(x));
		await s.shiftClock(120_000, await new Socket(s, bob.token).ready());
		assert.equal((await login(s, 'bob', '000')).status, 401);
		assert.equal((await login(s, 'bob', codeOf(secret, 120_000))).status, 200);
		assert.equal((await s.raw('PUT', '/api/v4/users/me/mfa', { body: { activate: true, code: codeOf(pending, 120_000) }, token: carol.token })).status, 200);
		await s.stop();
	});

test('where it is enforced nothing else works before', async () => {
	const s = await new Server().start();
	await s.world();
	const bob = await s.member('bob');
	const pat = await s.api('POST', '/bots', { username: 'helper' }).then((b) => s.api('POST', `/users/${b.user_id}/tokens`, { description: 'd' }));
	await s.stop();
	await s.start({ MM_SERVICESETTINGS_ENFORCEMULTIFACTORAUTHENTICATION: 'true' });
	const closed = await s.raw('GET', '/api/v4/users/me', { token: bob.token });
	assert.deepEqual([closed.status, closed.json.id], [403, 'api.context.mfa_required.app_error']);
	assert.notEqual(await new Socket(s, bob.token).closed, undefined);
	assert.equal((await s.raw('GET', '/api/v4/users/me', { token: pat.token })).status, 200, 'bots have no phone');
	const { secret } = await s.api('POST', '/users/me/mfa/generate', undefined, bob.token);
	await s.api('PUT', '/users/me/mfa', { activate: true, code: codeOf(secret) }, bob.token);
	assert.equal((await s.api('GET', '/users/me', undefined, bob.token)).username, 'bob');
	await s.stop();
	await s.start({ MM_SERVICESETTINGS_ENABLEMULTIFACTORAUTHENTICATION: 'false' });
	const off = await s.raw('POST', '/api/v4/users/me/mfa/generate', { token: bob.token });
	assert.deepEqual([off.status, off.json.id], [501, 'mfa.mfa_disabled.app_error']);
	assert.equal((await login(s, 'bob')).status, 200);
	await s.stop();
});

run();
