// Settings, log and start: what an administrator meets.
import { test, run, assert, Server, build, slow, tempDir, until } from './harness.mjs';
import { spawnSync } from 'node:child_process';
import { writeFileSync, readFileSync, renameSync, existsSync } from 'node:fs';
import { join } from 'node:path';

function hubbub(args, env = {}) {
	return spawnSync(join(build, 'hubbub'), args, { encoding: 'utf8', timeout: slow, env: { ...process.env, ...env } });
}

test('the example of the settings is valid, and every setting has a sentence', async () => {
	const dir = tempDir();
	const example = hubbub(['config', 'example']);
	assert.equal(example.status, 0);
	writeFileSync(join(dir, 'config.json'), example.stdout);
	const check = hubbub(['config', 'check', '--config', join(dir, 'config.json')]);
	assert.equal(check.status, 0, check.stderr);
	assert.equal(check.stderr, '');
	for (const line of hubbub(['config', 'show', '--config', join(dir, 'config.json')]).stdout.trim().split('\n')) assert.match(line, /^\w+\.\w+ = .* \(\w[\w ]*\) - .+\.$/);
});

test('a wrong value names file, key, value and what is allowed, and stops the start', async () => {
	const dir = tempDir();
	const file = join(dir, 'config.json');
	for (const [settings, parts] of [
		[{ PasswordSettings: { MinimumLength: 'three' } }, ['PasswordSettings.MinimumLength', 'three', '5 to 72']],
		[{ PasswordSettings: { MinimumLength: 1000 } }, ['PasswordSettings.MinimumLength', '1000']],
		[{ SqlSettings: { DriverName: 'mysql' } }, ['SqlSettings.DriverName', 'mysql', 'sqlite postgres']],
		[{ EmailSettings: { ConnectionSecurity: 'SSL' } }, ['EmailSettings.ConnectionSecurity', 'SSL', '"" TLS STARTTLS']],
		[{ EmailSettings: { ConnectionSecurity: '""' } }, ['EmailSettings.ConnectionSecurity', '"" TLS STARTTLS']],
		[{ PasswordSettings: { MinimumLength: '' } }, ['PasswordSettings.MinimumLength']],
		[{ SqlSettings: { DriverName: '' } }, ['SqlSettings.DriverName', 'sqlite postgres']],
		[{ ServiceSettings: { ListenAddress: 'here' } }, ['ServiceSettings.ListenAddress', 'here', 'HOST:PORT']],
		[{ MetricsSettings: { ListenAddress: '127.0.0.1:70000' } }, ['MetricsSettings.ListenAddress', '70000', 'HOST:PORT']],
		[{ ServiceSettings: { TrustedProxies: '10.0.0.0/8, proxy' } }, ['ServiceSettings.TrustedProxies', 'proxy', 'CIDR']],
		[{ ServiceSettings: { AllowedUntrustedInternalConnections: 'host 10.0.0.0/99' } }, ['ServiceSettings.AllowedUntrustedInternalConnections', '10.0.0.0/99', 'CIDR']],
		[{ DeliverySettings: { RetrySeconds: '5,soon' } }, ['DeliverySettings.RetrySeconds', 'soon', '0 to 2592000']],
		[{ MetricsSettings: { Enable: 'yes' } }, ['MetricsSettings.Enable', 'yes', 'true or false']],
	]) {
		writeFileSync(file, JSON.stringify(settings));
		const r = hubbub(['serve', '--data', dir]);
		assert.notEqual(r.status, 0);
		for (const part of [file, ...parts]) assert.ok(r.stderr.includes(part), `${r.stderr} names ${part}`);
		assert.equal(hubbub(['config', 'check', '--config', file]).status, 1, 'config check says what serve would');
	}
	writeFileSync(file, JSON.stringify({ ServiceSettings: { ListenAddress: ':0', TrustedProxies: '10.0.0.0/8, ::1 127.0.0.1', AllowedUntrustedInternalConnections: ['host.local', 'fd00::/8', '10.0.0.7'] },
		DeliverySettings: { RetrySeconds: ['1', '2'] } }));
	assert.equal(hubbub(['config', 'check', '--config', file]).stderr, '');
	writeFileSync(file, JSON.stringify({ LogSettings: { FileLocation: '/no/such/folder/log' } }));
	const log = hubbub(['serve', '--data', dir]);
	assert.equal(log.status, 2);
	assert.match(log.stderr, /^hubbub: the log file \/no\/such\/folder\/log cannot be opened: [^\n]+\n$/);
	for (const security of ['', 'TLS', 'STARTTLS']) {
		writeFileSync(file, JSON.stringify({ EmailSettings: { ConnectionSecurity: security } }));
		assert.equal(hubbub(['config', 'check', '--config', file]).status, 0, security);
	}
	writeFileSync(file, '{ "broken": ');
	assert.match(hubbub(['config', 'check', '--config', file]).stderr, /line 1/);
});

test('the environment wins over the file, and what is unknown is reported and harmless', async () => {
	const dir = tempDir();
	writeFileSync(join(dir, 'config.json'), JSON.stringify({ TeamSettings: { SiteName: 'File' }, PluginSettings: { Enable: true } }));
	const r = hubbub(['config', 'show', '--data', dir], { MM_TEAMSETTINGS_SITENAME: 'Environment' });
	assert.match(r.stdout, /TeamSettings.SiteName = Environment \(environment\)/);
	assert.match(r.stderr, /PluginSettings.Enable/);
});

test('the log is JSON lines with the request id when asked, and is opened again on SIGHUP', async () => {
	const dir = tempDir();
	const file = join(dir, 'hubbub.log');
	const s = new Server({ settings: { LogSettings: { ConsoleJson: true, FileLocation: file, ConsoleLevel: 'DEBUG' } } });
	await s.start();
	const r = await s.raw('POST', '/api/v4/users', { body: '{"email":' });
	assert.equal(r.status, 400);
	await until('a line with the request id', () => readFileSync(file, 'utf8').split('\n').some((l) => l && JSON.parse(l).request_id === r.json.request_id));
	for (const path of ['/api/v4/no/such/route', '/api/v4/config', '/api/v4/users/x']) {
		const early = await s.raw('GET', path, {});
		await until(`a line of ${path}`, () => readFileSync(file, 'utf8').split('\n').some((l) => l && JSON.parse(l).request_id === early.json.request_id));
	}
	renameSync(file, `${file}.1`);
	s.child.kill('SIGHUP');
	await until('a new file', async () => { await s.raw('POST', '/api/v4/users', { body: '{' }); return existsSync(file) && readFileSync(file, 'utf8').length > 0; });
	await s.stop();
});

test('passwords and tokens are never in the log', async () => {
	const s = new Server({ settings: { LogSettings: { ConsoleLevel: 'DEBUG' } } });
	await s.start();
	await s.world();
	await s.raw('POST', '/api/v4/users/login', { body: { login_id: 'admin', password: 'wrong-password-1' } });
	await s.raw('GET', '/api/v4/users/me', { token: 'notatokennotatokennotatoke' });
	await s.stop();
	for (const secret of ['password1', 'wrong-password-1', s.token, 'notatokennotatoken']) assert.ok(!s.log.includes(secret), secret);
});

test('only somebody at the machine may make the first account, and he is the administrator', async () => {
	const s = new Server({ settings: { ServiceSettings: { TrustedProxies: '127.0.0.1' } } });
	await s.start();
	const body = { email: 'a@example.com', username: 'first', password: 'password1' };
	const far = await s.raw('POST', '/api/v4/users', { body, headers: { 'X-Forwarded-For': '203.0.113.9' } });
	assert.equal(far.status, 403);
	const near = await s.raw('POST', '/api/v4/users', { body });
	assert.equal(near.status, 201);
	assert.match(near.json.roles, /system_admin/);
	await s.stop();
});

test('a word that no command takes is refused, not passed over', async () => {
	const data = tempDir();
	for (const args of [['serve', '--data', data, 'now'], ['check', '--data', data, 'all'], ['config', 'check', '--data', data, 'it'], ['routes', 'all'],
		['user', 'create', '--email', 'a@example.com', '--username', 'a', '--password', 'password1', '--data', data, '--', 'admin']]) {
		const r = hubbub(args);
		assert.equal(r.status, 2, `${args}: ${r.stderr}`);
		assert.match(r.stderr, new RegExp(`"${args.at(-1)}"`));
	}
});

test('a port that another server has is said, and not shared with it', async () => {
	const s = await new Server().start(), second = new Server();
	second.port = s.port;
	await assert.rejects(second.start(), /Cannot listen on .*Address already in use/s);
	await s.stop();
});

test('metrics are served on their own listener', async () => {
	const s = new Server();
	const port = await (await import('./harness.mjs')).freePort();
	await s.start({ MM_METRICSSETTINGS_LISTENADDRESS: `127.0.0.1:${port}` });
	await s.world();
	await s.post('counted');
	const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
	assert.match(text, /^hubbub_posts_total [1-9]/m);
	assert.match(text, /^# TYPE hubbub_store_healthy gauge$/m);
	assert.equal((await fetch(`http://127.0.0.1:${port}/other`)).status, 404);
	assert.equal((await s.raw('GET', '/metrics')).status, 404);
	await s.stop();
});

run();
