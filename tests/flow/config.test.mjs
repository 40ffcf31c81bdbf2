// The settings over the API: what an administrator of the System Console or mmctl does, and what stands in the file afterwards.
import { test, run, assert, Server, Socket, until } from './harness.mjs';
import { readFileSync, writeFileSync, statSync, chmodSync } from 'node:fs';
import { join } from 'node:path';

const mask = '*'.repeat(32);
const fileOf = (s) => JSON.parse(readFileSync(join(s.data, 'config.json'), 'utf8'));
const patch = (s, body, token = s.token) => s.raw('PUT', '/api/v4/config/patch', { body, token });
const refused = (r) => [r.status, r.json?.id];
const perms = 'api.context.permissions.app_error';

test('what is live holds at once, is written durably beside what nobody knows, and is told to clients', async () => {
	const s = new Server({ settings: { PluginSettings: { Enable: true, Deep: { a: [1, null] } }, TeamSettings: { SiteName: 'Before', Unknown: 'kept' } } });
	await s.start();
	await s.world();
	chmodSync(join(s.data, 'config.json'), 0o640);
	const socket = await new Socket(s, s.token).ready(), version = (await s.raw('GET', '/api/v4/users/me', { token: s.token })).headers.get('x-version-id');
	const r = await patch(s, { TeamSettings: { SiteName: 'After', MaxChannelsPerTeam: 3 }, ServiceSettings: { EnableCustomEmoji: false } });
	assert.equal(r.status, 200, r.text);
	assert.deepEqual([r.json.TeamSettings.SiteName, r.json.TeamSettings.MaxChannelsPerTeam, r.json.ServiceSettings.EnableCustomEmoji], ['After', 3, false]);
	assert.equal(r.json.TeamSettings.Unknown, undefined);
	const event = await socket.event('config_changed');
	assert.deepEqual([event.data.config.SiteName, event.data.config.EnableCustomEmoji, event.data.config.NoAccounts], ['After', 'false', 'false']);
	const client = await s.raw('GET', '/api/v4/config/client?format=old');
	assert.equal(client.json.SiteName, 'After');
	assert.notEqual(client.headers.get('x-version-id'), version);
	assert.equal((await s.raw('POST', '/api/v4/channels', { token: s.token, body: { team_id: s.team.id, name: 'four', display_name: 'Four', type: 'O' } })).status, 400, 'three channels are there');
	const file = fileOf(s);
	assert.deepEqual([file.PluginSettings, file.TeamSettings.Unknown, file.TeamSettings.SiteName, file.TeamSettings.EnableOpenServer], [{ Enable: true, Deep: { a: [1, null] } }, 'kept', 'After', true]);
	assert.equal(statSync(join(s.data, 'config.json')).mode & 0o777, 0o640);
	await s.kill();
	await s.start();
	assert.equal((await s.raw('GET', '/api/v4/config/client?format=old')).json.SiteName, 'After');
	assert.match((await s.api('GET', '/audits')).map((a) => a.extra_info).join(), /TeamSettings\.SiteName/);
	await s.stop();
});

test('a wrong value is refused with its id, and nothing of the request is done', async () => {
	const s = await new Server({ settings: { ServiceSettings: { SiteURL: 'http://chat.example.com' } } }).start();
	await s.world();
	const before = readFileSync(join(s.data, 'config.json'), 'utf8');
	for (const [settings, status, id] of [
		[{ TeamSettings: { MaxUsersPerTeam: 0 } }, 400, 'model.config.is_valid.max_users.app_error'],
		[{ TeamSettings: { MaxUsersPerTeam: 'many' } }, 400, 'model.config.is_valid.max_users.app_error'],
		[{ TeamSettings: { RestrictDirectMessage: 'nobody' } }, 400, 'model.config.is_valid.restrict_direct_message.app_error'],
		[{ PasswordSettings: { MinimumLength: 1000 } }, 400, 'model.config.is_valid.password_length.app_error'],
		[{ RateLimitSettings: { PerSec: -1 } }, 400, 'model.config.is_valid.rate_sec.app_error'],
		[{ ServiceSettings: { EnableCommands: { a: 1 } } }, 400, 'model.config.is_valid.enable_commands.app_error'],
		[{ ServiceSettings: { SiteURL: '' } }, 400, 'api.config.update_config.clear_siteurl.app_error'],
		[{ ServiceSettings: { SiteURL: 7 } }, 400, 'model.config.is_valid.site_url.app_error'],
		[{ ServiceSettings: { SiteURL: 'chat.example.com' } }, 400, 'model.config.is_valid.site_url.app_error'],
		[{ ServiceSettings: 'all' }, 400, 'api.context.invalid_body_param.app_error'],
	]) {
		const r = await patch(s, { TeamSettings: { SiteName: 'Other', ...settings.TeamSettings }, ...Object.fromEntries(Object.entries(settings).filter(([k]) => k !== 'TeamSettings')) });
		assert.deepEqual(refused(r), [status, id], JSON.stringify(settings));
	}
	// What nobody can change here is refused by itself, and passed over beside what can be changed: clients send whole sections.
	for (const [settings, status, id] of [
		[{ BridgeSettings: { Edges: 'mine=/bin/sh' } }, 403, 'api.config.update_config.not_allowed_security.app_error'],
		[{ LogSettings: { FileLocation: '/etc/passwd' } }, 403, 'api.config.update_config.not_allowed_security.app_error'],
		[{ LdapSettings: { Enable: true } }, 400, 'api.config.update_config.unknown_setting.app_error'],
		[{ NoSuchSettings: { Key: 'x' } }, 400, 'api.config.update_config.unknown_setting.app_error'],
	]) {
		assert.deepEqual(refused(await patch(s, settings)), [status, id], JSON.stringify(settings));
	}
	assert.equal(readFileSync(join(s.data, 'config.json'), 'utf8'), before);
	assert.equal((await s.raw('GET', '/api/v4/config/client?format=old')).json.SiteName, 'Hubbub');
	const was = await s.api('GET', '/config');
	const mixed = await patch(s, { TeamSettings: { SiteName: 'Mixed' }, BridgeSettings: { Edges: 'mine=/bin/sh' }, LogSettings: { FileLocation: '/etc/passwd' }, LdapSettings: { Enable: true } });
	assert.deepEqual([mixed.status, mixed.json], [200, { ...was, TeamSettings: { ...was.TeamSettings, SiteName: 'Mixed' } }]);
	await until('the log names them', () => /passed over.*LdapSettings\.Enable/.test(s.log) && /BridgeSettings\.Edges/.test(s.log));
	const put = await s.raw('PUT', '/api/v4/config', { token: s.token, body: { ...mixed.json, SqlSettings: { ...mixed.json.SqlSettings, DriverName: 'postgres' }, TeamSettings: { ...mixed.json.TeamSettings, SiteName: 'Hubbub' } } });
	assert.deepEqual([put.status, put.json.TeamSettings.SiteName, put.json.SqlSettings.DriverName], [200, 'Hubbub', 'sqlite']);
	writeFileSync(join(s.data, 'config.json'), before);
	assert.equal((await s.raw('POST', '/api/v4/config/reload', { token: s.token })).status, 200);
	assert.equal((await patch(s, { LdapSettings: { Enable: false, LdapServer: '', X: null }, NoSuchSettings: null, TeamSettings: { SiteName: null } })).status, 200, 'asks for nothing');
	assert.equal(readFileSync(join(s.data, 'config.json'), 'utf8'), before);
	await s.stop();
});

test('a secret is never shown, and its mask keeps it', async () => {
	const s = await new Server({ settings: { EmailSettings: { SMTPPassword: 'zq-secret', SMTPPort: 2525 } } }).start();
	await s.world();
	const r = await s.raw('GET', '/api/v4/config', { token: s.token });
	assert.ok(!r.text.includes('zq-secret'));
	assert.deepEqual([r.json.EmailSettings.SMTPPassword, r.json.EmailSettings.SMTPPort, r.json.FileSettings.AmazonS3SecretAccessKey], [mask, '2525', '']);
	assert.equal((await s.raw('PUT', '/api/v4/config', { token: s.token, body: { ...r.json, TeamSettings: { ...r.json.TeamSettings, SiteName: 'Same' } } })).status, 200);
	assert.equal(fileOf(s).EmailSettings.SMTPPassword, 'zq-secret');
	assert.equal((await patch(s, { EmailSettings: { SMTPPassword: 'other' } })).json.EmailSettings.SMTPPassword, mask);
	assert.equal(fileOf(s).EmailSettings.SMTPPassword, 'other');
	assert.equal((await s.raw('GET', '/api/v4/config?remove_masked=true', { token: s.token })).json.EmailSettings.SMTPPassword, undefined);
	assert.equal((await s.raw('GET', '/api/v4/config?remove_defaults=true', { token: s.token })).json.PasswordSettings, undefined);
	await s.stop();
	assert.ok(!s.log.includes('zq-secret') && !s.log.includes('other'));
});

test('PUT gives back the default of what it leaves out, and only in the sections it has', async () => {
	const s = await new Server({ settings: { TeamSettings: { SiteName: 'Mine', MaxChannelsPerTeam: 7 }, DeliverySettings: { QueueDays: 3 } } }).start();
	await s.world();
	const r = await s.raw('PUT', '/api/v4/config', { token: s.token, body: { TeamSettings: { SiteName: 'Yours' } } });
	assert.deepEqual([r.json.TeamSettings.SiteName, r.json.TeamSettings.MaxChannelsPerTeam, r.json.TeamSettings.EnableOpenServer, r.json.DeliverySettings.QueueDays], ['Yours', 10000, false, 3]);
	assert.deepEqual([fileOf(s).TeamSettings, fileOf(s).DeliverySettings], [{ SiteName: 'Yours' }, { QueueDays: 3 }]);
	await s.stop();
});

test('what waits for a restart is written, shown and said in the log, and holds after it', async () => {
	const s = await new Server({ settings: { LogSettings: { ConsoleLevel: 'INFO' } } }).start();
	await s.world();
	const long = `/api/v4/users/me?x=${'x'.repeat(3000)}`;
	assert.equal((await s.raw('GET', long, { token: s.token })).status, 414);
	assert.equal((await patch(s, { ServiceSettings: { MaximumURLLength: 8000 } })).json.ServiceSettings.MaximumURLLength, 8000);
	await until('the log says so', () => /setting changed.*setting="ServiceSettings.MaximumURLLength" holds="after a restart"/.test(s.log));
	assert.equal((await s.raw('GET', long, { token: s.token })).status, 414);
	await s.stop();
	await s.start();
	assert.equal((await s.raw('GET', long, { token: s.token })).status, 200);
	await s.stop();
});

test('the file is read anew on request and on SIGHUP; a wrong one changes nothing', async () => {
	const s = await new Server().start();
	await s.world();
	const name = async () => (await s.raw('GET', '/api/v4/config/client?format=old')).json.SiteName;
	const write = (settings) => writeFileSync(join(s.data, 'config.json'), JSON.stringify({ SqlSettings: fileOf(s).SqlSettings, ...settings }));
	write({ TeamSettings: { SiteName: 'Edited', EnableOpenServer: true } });
	assert.equal(await name(), 'Hubbub');
	await s.api('POST', '/config/reload');
	assert.equal(await name(), 'Edited');
	write({ TeamSettings: { SiteName: 'Again' } });
	s.child.kill('SIGHUP');
	await until('the name is another', async () => await name() === 'Again');
	write({ TeamSettings: { SiteName: 'Wrong', MaxUsersPerTeam: 'x' } });
	assert.deepEqual(refused(await s.raw('POST', '/api/v4/config/reload', { token: s.token })), [400, 'api.config.reload_config.app_error']);
	s.child.kill('SIGHUP');
	await until('the log says what is wrong', () => /the old ones stay.*MaxUsersPerTeam/.test(s.log));
	assert.equal(await name(), 'Again');
	const bob = await s.api('POST', '/users', { email: 'bob@example.com', username: 'bob', password: 'password1' }), token = await s.login('bob');
	assert.ok(bob.id);
	assert.deepEqual(refused(await s.raw('POST', '/api/v4/config/reload', { token })), [403, perms]);
	await s.stop();
});

test('what the environment holds is listed, and cannot be changed away', async () => {
	const s = await new Server().start({ MM_TEAMSETTINGS_SITENAME: 'Held' });
	await s.world();
	assert.deepEqual(await s.api('GET', '/config/environment'), { ServiceSettings: { ListenAddress: true }, TeamSettings: { SiteName: true } });
	assert.equal((await s.api('GET', '/config')).TeamSettings.SiteName, 'Held');
	assert.deepEqual(refused(await patch(s, { TeamSettings: { SiteName: 'Mine' } })), [400, 'api.config.update_config.environment.app_error']);
	assert.equal((await patch(s, { TeamSettings: { SiteName: 'Held', MaxChannelsPerTeam: 9 } })).status, 200);
	assert.equal(fileOf(s).TeamSettings.SiteName, undefined);
	await s.stop();
});

test('everybody sees and changes the pages of the console that his roles have', async () => {
	const s = await new Server().start();
	await s.world();
	const [bob, eve, ann] = [await s.user('bob'), await s.user('eve'), await s.user('ann')];
	await s.api('PUT', `/users/${bob.id}/roles`, { roles: 'system_user system_manager' });
	await s.api('PUT', `/users/${ann.id}/roles`, { roles: 'system_user system_read_only_admin' });
	assert.deepEqual(refused(await s.raw('GET', '/api/v4/config', { token: eve.token })), [403, perms]);
	assert.deepEqual(refused(await s.raw('GET', '/api/v4/config/environment', { token: eve.token })), [403, perms]);
	const seen = await s.api('GET', '/config', undefined, bob.token);
	assert.deepEqual([seen.TeamSettings.SiteName, seen.SupportSettings.CustomTermsOfServiceEnabled, seen.RateLimitSettings.PerSec], ['Hubbub', undefined, 10]);
	assert.equal((await patch(s, { TeamSettings: { SiteName: 'Bob' } }, bob.token)).json.TeamSettings.SiteName, 'Bob');
	assert.deepEqual(refused(await patch(s, { PasswordSettings: { MinimumLength: 20 } }, bob.token)), [403, perms]);
	assert.deepEqual(refused(await patch(s, { TeamSettings: { SiteName: 'Ann' } }, ann.token)), [403, perms]);
	assert.deepEqual(refused(await patch(s, { TeamSettings: { SiteName: 'Eve' } }, eve.token)), [403, perms]);
	assert.equal((await s.api('GET', '/config')).TeamSettings.SiteName, 'Bob');
	await s.stop();
});

test('limits, lengths, the site\'s address and the level of the log follow at once', async () => {
	const s = await new Server().start();
	await s.world();
	assert.equal((await patch(s, { ServiceSettings: { SiteURL: 'https://chat.example.com/' }, PasswordSettings: { MinimumLength: 12 }, LogSettings: { ConsoleLevel: 'DEBUG' }, FileSettings: { EnablePublicLink: true } })).status, 200);
	assert.equal((await s.api('GET', '/config')).ServiceSettings.SiteURL, 'https://chat.example.com');
	const short = await s.raw('POST', '/api/v4/users', { token: s.token, body: { email: 'x@example.com', username: 'xx', password: 'password1' } });
	assert.equal(short.status, 400);
	await until('the log has more', () => /debug request refused/.test(s.log));
	const form = new FormData();
	form.append('channel_id', s.channel.id);
	form.append('files', new Blob(['text']), 'a.txt');
	const { file_infos: [info] } = await (await fetch(`${s.url}/api/v4/files`, { method: 'POST', body: form, headers: { Authorization: `Bearer ${s.token}` } })).json();
	await s.api('POST', '/posts', { channel_id: s.channel.id, message: 'f', file_ids: [info.id] });
	assert.match((await s.api('GET', `/files/${info.id}/link`)).link, /^https:\/\/chat\.example\.com\/files\//);
	assert.equal((await patch(s, { RateLimitSettings: { Enable: true, PerSec: 1, MaxBurst: 2 } })).status, 200);
	const all = await Promise.all(Array.from({ length: 6 }, () => s.raw('GET', '/api/v4/users/me', { token: s.token })));
	assert.ok(all.some((r) => r.status === 429));
	assert.equal(all[0].headers.get('x-ratelimit-limit'), '2');
	await s.stop();
});

test('a death while the file is written leaves the old one or the new one', async () => {
	const s = await new Server({ settings: { PluginSettings: { Enable: true } } }).start();
	await s.world();
	for (const [point, name] of [['before_rename', 'Hubbub'], ['after_rename', 'New']]) {
		await s.stop();
		await s.start({ HUBBUB_CRASH: `hubbub/${point}:1` });
		await assert.rejects(patch(s, { TeamSettings: { SiteName: 'New' } }));
		assert.equal((await s.exited).signal, 'SIGKILL');
		assert.deepEqual([fileOf(s).TeamSettings.SiteName ?? 'Hubbub', fileOf(s).PluginSettings], [name, { Enable: true }]);
		await s.start({ HUBBUB_CRASH: '' });
		assert.equal((await s.api('GET', '/config')).TeamSettings.SiteName, name);
	}
	assert.equal((await patch(s, { TeamSettings: { SiteName: 'After' } })).status, 200);
	await s.stop();
});

test('while settings change, whoever reads them reads one or the other', async () => {
	const s = await new Server().start();
	await s.world();
	let changing = true;
	const names = new Set(['Hubbub']);
	const reader = async () => { while (changing) assert.ok(names.has((await s.raw('GET', '/api/v4/config/client?format=old', { token: s.token })).json.SiteName)); };
	const readers = [reader(), reader(), reader()];
	const writers = ['a', 'b'].map(async (w) => { for (let i = 0; i < 10; i++) { names.add(`${w}${i}`); assert.equal((await patch(s, { TeamSettings: { SiteName: `${w}${i}` } })).status, 200); } });
	await Promise.all(writers);
	changing = false;
	await Promise.all(readers);
	assert.equal(fileOf(s).TeamSettings.SiteName, (await s.api('GET', '/config')).TeamSettings.SiteName);
	await s.stop();
});

run();
