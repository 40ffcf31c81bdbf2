// What an administrator does to the server as a whole: the buttons of the System Console and mmctl's system commands.
import { test, run, assert, Server, Socket, receiver, until, slow } from './harness.mjs';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { smtp } from './mailbox.mjs';

const perms = 'api.context.permissions.app_error';
const refused = (r) => [r.status, r.json?.id];
const put = (s, method, path, body, token = s.token) => s.raw(method, `/api/v4${path}`, { body, token });

test('a restart reads what waited for it, and clients keep their places', async () => {
	const s = await new Server().start();
	await s.world();
	const bob = await s.user('bob'), socket = await new Socket(s, s.token).ready(), pid = s.child.pid;
	assert.deepEqual(refused(await put(s, 'POST', '/restart', undefined, bob.token)), [403, perms]);
	await s.api('PUT', '/config/patch', { ServiceSettings: { MaximumURLLength: 8000 } });
	await s.api('POST', '/restart');
	await socket.closed;
	await until('it is there again, and reads the setting', async () => (await s.raw('GET', `/api/v4/users/me?x=${'x'.repeat(3000)}`, { token: s.token })).status === 200);
	assert.equal(s.child.pid, pid);
	const post = await s.post('afterwards');
	const again = new Socket(s, s.token, { id: socket.connectionId, seq: socket.next });
	await again.event('posted', (e) => JSON.parse(e.data.post).id === post.id);
	assert.equal(again.hello, undefined, 'it goes on where it was');
	await s.stop();
});

test('while the server is said to be busy, searching and typing wait, and nothing else', async () => {
	const s = await new Server().start();
	await s.world();
	const search = () => put(s, 'POST', '/posts/search', { terms: 'x' });
	assert.deepEqual((await put(s, 'GET', '/server_busy')).json, { busy: false, expires: 0 });
	assert.deepEqual(refused(await put(s, 'POST', '/server_busy?seconds=soon')), [400, 'api.context.invalid_url_param.app_error']);
	await s.api('POST', '/server_busy?seconds=600');
	const { busy, expires } = await s.api('GET', '/server_busy');
	assert.ok(busy && Math.abs(expires - Date.now() / 1000 - 600) < 300);
	assert.deepEqual(refused(await search()), [503, 'api.context.server_busy.app_error']);
	assert.equal((await put(s, 'POST', '/users/me/typing', { channel_id: s.channel.id })).status, 503);
	await s.post('still');
	await s.api('DELETE', '/server_busy');
	assert.equal((await search()).status, 200);
	await s.api('POST', '/server_busy?seconds=600');
	const socket = await new Socket(s, s.token).ready();
	await s.shiftClock(700_000, socket);
	assert.equal((await search()).status, 200, 'it passes by itself');
	await s.stop();
});

test('a test of the mail settings sends a mail, with those that nobody saved too', async () => {
	const mail = await smtp();
	const s = await new Server({ settings: { EmailSettings: { SMTPPassword: 'kept' } } }).start();
	await s.world();
	assert.deepEqual(refused(await put(s, 'POST', '/email/test')), [400, 'api.admin.test_email.missing_server']);
	const tried = { EmailSettings: { SMTPServer: '127.0.0.1', SMTPPort: String(mail.port), FeedbackEmail: 'hub@example.com' } };
	assert.deepEqual(refused(await put(s, 'POST', '/email/test', { EmailSettings: { ...tried.EmailSettings, SMTPPassword: '*'.repeat(32) } })), [400, 'api.admin.test_email.reenter_password']);
	assert.equal((await put(s, 'POST', '/email/test', { EmailSettings: { ...tried.EmailSettings, SMTPPassword: 'new' } })).status, 200);
	await until('the mail', () => mail.mails.some((m) => /admin@example\.com/.test(m.to.join()) && /System Console/.test(m.text)));
	assert.equal((await s.api('GET', '/config')).EmailSettings.SMTPServer, '', 'nothing was saved');
	const wrong = await put(s, 'POST', '/email/test', { EmailSettings: { SMTPServer: '127.0.0.1', SMTPPort: '1', SMTPPassword: 'new' } });
	assert.deepEqual(refused(wrong), [500, 'app.admin.test_email.failure']);
	assert.ok(!wrong.text.includes('kept'));
	await s.stop();
});

test('a test of the site\'s address finds this server there, and no other', async () => {
	const s = await new Server().start(), other = await receiver(() => ({ body: '{"status":"teapot"}' }));
	await s.world();
	assert.equal((await put(s, 'POST', '/site_url/test', { site_url: s.url })).status, 200);
	assert.deepEqual(refused(await put(s, 'POST', '/site_url/test', { site_url: other.url })), [400, 'app.admin.test_site_url.failure']);
	assert.deepEqual(refused(await put(s, 'POST', '/site_url/test', { site_url: 'chat' })), [400, 'api.context.invalid_body_param.app_error']);
	assert.deepEqual(refused(await put(s, 'POST', '/file/s3_test', {})), [400, 'api.admin.test_s3.missing_s3_bucket']);
	assert.deepEqual(refused(await put(s, 'POST', '/file/s3_test', { FileSettings: { AmazonS3Bucket: 'b', AmazonS3Endpoint: '127.0.0.1:1', AmazonS3SSL: false } })), [500, 'api.file.test_connection_s3_auth.app_error']);
	await s.stop();
});

test('caches fall, and connections to the database are opened anew', async () => {
	const s = await new Server({ engine: 'postgres' }).start();
	await s.world();
	const source = JSON.parse(readFileSync(join(s.data, 'config.json'), 'utf8')).SqlSettings.DataSource;
	const pids = () => execFileSync('psql', [source, '-Atc', 'SELECT pid FROM pg_stat_activity WHERE backend_type = \'client backend\' AND pid <> pg_backend_pid()'], { encoding: 'utf8', timeout: slow }).trim().split('\n').sort();
	await s.messages();
	const before = pids();
	execFileSync('psql', [source, '-c', 'UPDATE users SET nickname = \'Behind\' WHERE username = \'admin\''], { timeout: slow });
	assert.equal((await s.api('GET', '/users/me')).nickname, '');
	await s.api('POST', '/caches/invalidate');
	assert.equal((await s.api('GET', '/users/me')).nickname, 'Behind');
	await s.api('POST', '/database/recycle');
	await s.messages();
	await until('one only is the same: the writer', () => pids().filter((p) => before.includes(p)).length === 1);
	await s.stop();
});

test('the log is read by page, level and time', async () => {
	for (const json of [false, true]) {
		const s = new Server({ settings: { LogSettings: { ConsoleJson: json } } });
		const file = join(s.data, 'hubbub.log');
		await s.start({ MM_LOGSETTINGS_FILELOCATION: file });
		await s.world();
		const lines = () => readFileSync(file, 'utf8').trim().split('\n');
		for (let i = 0; i < 5; i++) await s.api('PUT', '/config/patch', { TeamSettings: { MaxUsersPerTeam: 100 + i } });
		s.child.kill('SIGHUP');
		assert.deepEqual(await s.api('GET', '/logs?page=0&logs_per_page=2'), lines().slice(-2));
		assert.deepEqual(await s.api('GET', '/logs?page=1&logs_per_page=2'), lines().slice(-4, -2));
		assert.deepEqual(await s.api('GET', '/logs'), lines());
		const all = (await s.api('POST', '/logs/query', { server_names: [], log_levels: ['info'] })).default;
		assert.ok(all.length && all.every((l) => l.level === 'info' && l.timestamp && l.msg), JSON.stringify(all[0]));
		assert.deepEqual((await s.api('POST', '/logs/query', { log_levels: ['error'] })).default, []);
		assert.deepEqual((await s.api('POST', '/logs/query', { date_from: '2100-01-01 00:00:00' })).default, []);
		assert.equal((await s.api('POST', '/logs/query', { date_from: all[0].timestamp, date_to: '2100-01-01' })).default.length, lines().length - (json ? 0 : lines().findIndex((l) => l.startsWith(all[0].timestamp))));
		assert.equal((await s.raw('GET', '/api/v4/logs/download', { token: s.token })).text, readFileSync(file, 'utf8'));
		await s.stop();
	}
	const s = await new Server().start();
	await s.world();
	assert.deepEqual([await s.api('GET', '/logs'), await s.api('POST', '/logs/query', {})], [[], { default: [] }]);
	assert.deepEqual(refused(await put(s, 'GET', '/logs/download')), [501, 'api.system.logs.download_bytes_buffer.app_error']);
	await s.stop();
});

test('what needs a licence elsewhere is refused in its words, and what goes with a permission is told', async () => {
	const s = await new Server().start();
	await s.world();
	for (const [method, path, status, id] of [['POST', '/ldap/sync', 501, 'api.ldap_groups.license_error'], ['GET', '/data_retention/policy', 501, 'ent.data_retention.generic.license.error'],
		['POST', '/plugins', 501, 'app.plugin.disabled.app_error'], ['GET', '/system/support_packet', 403, 'api.no_license'], ['GET', '/saml/metadata', 501, 'api.admin.saml.not_available.app_error']])
		assert.deepEqual(refused(await put(s, method, path)), [status, id], path);
	assert.deepEqual(refused(await put(s, 'POST', '/ldap/sync', undefined, undefined)), [501, 'api.ldap_groups.license_error']);
	assert.deepEqual(await s.api('POST', '/permissions/ancillary', ['sysconsole_write_environment_smtp', 'x']), ['sysconsole_write_environment_smtp', 'x', 'test_email']);
	const [newest, ...older] = await s.api('GET', '/system/schema/version');
	assert.deepEqual([newest.version, older.at(-1)], [older.length + 1, { version: 1, name: 'core' }]);
	assert.deepEqual([await s.api('GET', '/cluster/status'), await s.api('GET', '/license/load_metric')], [[], { load: 0 }]);
	await s.stop();
});

run();
