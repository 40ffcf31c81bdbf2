// Each setting does what its sentence says.
import { createServer } from 'node:https';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, run, assert, Server, cleanup, root, tempDir, until } from './harness.mjs';

test('every setting is read somewhere, or told to clients', async () => {
	const files = execFileSync('git', ['ls-files', 'api', 'hub', 'base', 'main.c'], { cwd: root, encoding: 'utf8' }).trim().split('\n').filter((f) => /\.(c|def)$/.test(f));
	const code = files.map((f) => readFileSync(join(root, f), 'utf8')).join('\n');
	for (const [, section, name] of readFileSync(join(root, 'conf/settings.def'), 'utf8').matchAll(/^SETTING\((\w+), (\w+),/gm))
		assert.ok(new RegExp(`\\bCONF_${section}_${name}\\b|"${section}\\.${name}"`).test(code), `${section}.${name}`);
});

test('signing up and in is refused where it is switched off', async () => {
	const s = await new Server().start();
	await s.world();
	const login = async (login_id) => (await s.raw('POST', '/api/v4/users/login', { body: { login_id, password: 'password1' } })).status;
	await s.stop();
	await s.start({ MM_EMAILSETTINGS_ENABLESIGNINWITHEMAIL: 'false', MM_EMAILSETTINGS_ENABLESIGNUPWITHEMAIL: 'false' });
	assert.deepEqual([await login('admin@example.com'), await login('admin')], [401, 200]);
	const r = await s.raw('POST', '/api/v4/users', { body: { email: 'x@example.com', username: 'x', password: 'password1' } });
	assert.deepEqual([r.status, r.json.id], [501, 'api.user.create_user.signup_email_disabled.app_error']);
	await s.stop();
	await s.start({ MM_EMAILSETTINGS_ENABLESIGNINWITHUSERNAME: 'false' });
	assert.deepEqual([await login('admin@example.com'), await login('admin')], [200, 401]);
	await s.stop();
});

test('direct messages are for team mates where that is wanted', async () => {
	const s = await new Server({ settings: { TeamSettings: { RestrictDirectMessage: 'team' } } }).start();
	await s.world();
	const bob = await s.member('bob'), out = await s.user('out');
	const make = (...others) => s.raw('POST', `/api/v4/channels/${others.length > 1 ? 'group' : 'direct'}`, { token: s.token, body: [s.admin.id, ...others.map((u) => u.id)] });
	assert.equal((await make(bob)).status, 201);
	for (const others of [[out], [bob, out]]) {
		const r = await make(...others);
		assert.deepEqual([r.status, r.json.id], [403, 'api.channel.create_channel.direct_channel.team_restricted_error']);
	}
	await s.stop();
});

test('without console and file nothing is logged', async () => {
	const s = await new Server({ settings: { LogSettings: { EnableConsole: false, ConsoleLevel: 'DEBUG' } } }).start();
	await s.raw('GET', '/api/v4/no/such/route');
	await s.stop();
	assert.equal(s.log, '');
});

test('a receiver whose certificate nobody vouches for is called where that is allowed, and only there', async () => {
	const dir = tempDir(), key = join(dir, 'key.pem'), cert = join(dir, 'cert.pem');
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=other', '-keyout', key, '-out', cert], { stdio: 'ignore' });
	let calls = 0;
	const peer = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (rq, rs) => { calls++; rq.resume(); rs.end(); });
	await new Promise((done) => peer.listen(0, '127.0.0.1', done));
	cleanup(() => { peer.closeAllConnections(); peer.close(); });
	const s = await new Server({ settings: { DeliverySettings: { RetrySeconds: '1,1,1,1,1,1,1,1,1' } } }).start();
	await s.world();
	await s.api('POST', '/hooks/outgoing', { team_id: s.team.id, channel_id: s.channel.id, display_name: 'o', callback_urls: [`https://127.0.0.1:${peer.address().port}/`] });
	await s.post('hello');
	await until('it is refused', () => /webhook failed/.test(s.log));
	assert.equal(calls, 0);
	await s.stop();
	await s.start({ MM_SERVICESETTINGS_ENABLEINSECUREOUTGOINGCONNECTIONS: 'true' });
	await until('it is called', () => calls > 0);
	await s.stop();
});

run();
