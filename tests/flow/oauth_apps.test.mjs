// Programs that may be let in: who registers them, who sees their secrets, and what they may say of themselves.
import { test, run, assert, Server } from './harness.mjs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const denied = 'api.context.permissions.app_error', badBody = 'api.context.invalid_body_param.app_error', notFound = 'app.oauth.get_app.find.app_error';
const none = 'z'.repeat(26);
const app = { name: 'Calendar', description: 'Shows dates', homepage: 'https://cal.example.com', callback_urls: ['https://cal.example.com/back', 'http://localhost:3000/back'], icon_url: 'https://cal.example.com/i.png' };

function stored(s) {
	if (s.engine === 'postgres')
		return execFileSync('/usr/lib/postgresql/15/bin/psql', ['-qAtX', '-h', s.database, '-U', 'hubbub', 'postgres', '-c', 'SELECT * FROM oauth_apps'], { encoding: 'utf8' });
	return execFileSync('python3', ['-c', 'import sqlite3,sys\nfor r in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM oauth_apps"): print(*r)', join(s.data, 'hubbub.db')], { encoding: 'utf8' });
}

for (const engine of ['sqlite', 'postgres']) {
	test(`a program is registered, changed and deleted by who manages it (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), eve = await s.member('eve');
		const no = async (method, path, body, status, id, token = s.token) => { const r = await s.raw(method, `/api/v4${path}`, { body, token }); assert.deepEqual([r.status, r.json?.id], [status, id], `${method} ${path} ${r.text}`); };
		await no('POST', '/oauth/apps', app, 403, denied, bob.token);
		await no('GET', '/oauth/apps', undefined, 403, denied, bob.token);
		const role = await s.api('GET', '/roles/name/system_user');
		await s.api('PUT', `/roles/${role.id}/patch`, { permissions: [...role.permissions, 'manage_oauth'] });

		const r = await s.raw('POST', '/api/v4/oauth/apps', { body: { ...app, is_trusted: true, id: none, client_secret: 'mine' }, token: bob.token });
		assert.equal(r.status, 201, r.text);
		const made = r.json;
		assert.deepEqual([made.creator_id, made.name, made.callback_urls, made.is_trusted, made.is_public], [bob.id, 'Calendar', app.callback_urls, false, false], 'only administrators trust');
		assert.match(made.client_secret, /^[a-z0-9]{26}$/);
		assert.match(made.id, /^[a-z0-9]{26}$/);
		assert.notEqual(made.id, none);
		for (const [more, id] of [[{ name: '' }, 'name'], [{ name: 'n'.repeat(65) }, 'name'], [{ callback_urls: [] }, 'callback'], [{ callback_urls: ['javascript:alert(1)'] }, 'callback'], [{ callback_urls: ['https://x/#f'] }, 'callback'],
			[{ callback_urls: [`https://x/${'y'.repeat(1024)}`] }, 'callback'], [{ homepage: 'x' }, 'homepage'], [{ description: 'd'.repeat(513) }, 'description'], [{ icon_url: 'x' }, 'icon_url']])
			await no('POST', '/oauth/apps', { ...app, ...more }, 400, `model.oauth.is_valid.${id}.app_error`);
		for (const more of [{ name: 1 }, { callback_urls: 'x' }, { is_trusted: 'yes' }, { is_public: 1 }]) await no('POST', '/oauth/apps', { ...app, ...more }, 400, badBody);

		// What others registered is not there for them; who manages all sees all.
		const path = `/oauth/apps/${made.id}`;
		assert.deepEqual(await s.api('GET', path, undefined, bob.token), made);
		assert.deepEqual(await s.api('GET', path), made);
		for (const [method, body] of [['GET'], ['PUT', { ...app, id: made.id }], ['DELETE']]) await no(method, path, body, 404, notFound, eve.token);
		await no('POST', `${path}/regen_secret`, undefined, 404, notFound, eve.token);
		await no('GET', `/oauth/apps/${none}`, undefined, 404, notFound);
		const trusted = await s.api('POST', '/oauth/apps', { ...app, name: 'Trusted', is_trusted: true });
		assert.equal(trusted.is_trusted, true);
		assert.deepEqual((await s.api('GET', '/oauth/apps', undefined, bob.token)).map((o) => o.name), ['Calendar']);
		assert.deepEqual((await s.api('GET', '/oauth/apps')).map((o) => o.name), ['Calendar', 'Trusted']);
		assert.deepEqual((await s.api('GET', '/oauth/apps?page=1&per_page=1')).map((o) => o.name), ['Trusted']);
		assert.deepEqual(await s.api('GET', '/oauth/apps', undefined, eve.token), []);
		assert.deepEqual(await s.api('GET', `${path}/info`, undefined, eve.token), { ...made, client_secret: '' }, 'who is asked may know who asks');
		assert.deepEqual(await s.api('GET', `/users/${bob.id}/oauth/apps/authorized`, undefined, bob.token), []);

		await no('PUT', path, { ...app, id: none }, 400, badBody);
		const changed = await s.api('PUT', path, { ...app, id: made.id, name: 'Diary', is_trusted: true }, bob.token);
		assert.deepEqual([changed.name, changed.is_trusted, changed.client_secret], ['Diary', false, made.client_secret]);
		assert.equal((await s.api('PUT', path, { ...app, id: made.id, name: 'Diary', is_trusted: true })).is_trusted, true);
		assert.equal((await s.api('PUT', path, { ...app, id: made.id, name: 'Diary' }, bob.token)).is_trusted, true, 'who may not trust may not distrust');
		const again = await s.api('POST', `${path}/regen_secret`, undefined, bob.token);
		assert.notEqual(again.client_secret, made.client_secret);
		const open = await s.api('POST', '/oauth/apps', { ...app, name: 'Phone', is_public: true });
		assert.deepEqual([open.is_public, open.client_secret], [true, '']);
		await no('POST', `/oauth/apps/${open.id}/regen_secret`, undefined, 400, 'api.oauth.regenerate_secret.public_client.app_error');
		await no('POST', '/oauth/apps/register', { redirect_uris: ['https://x.example.com/'] }, 501, 'api.oauth.dynamic_registration.disabled.app_error', null);
		await s.stop();
		assert.ok(stored(s).includes('Diary'));
		for (const secret of [made.client_secret, again.client_secret]) assert.ok(!stored(s).includes(secret), 'no secret stands plain');
		await s.start();
		assert.equal((await s.api('GET', path, undefined, bob.token)).client_secret, again.client_secret);
		await s.api('DELETE', path, undefined, bob.token);
		await no('GET', path, undefined, 404, notFound);
		await s.stop();
	});

	test(`without the provider nothing of it is there (${engine})`, async () => {
		const s = await new Server({ engine, settings: { ServiceSettings: { EnableOAuthServiceProvider: false } } }).start();
		await s.world();
		const off = 'api.oauth.allow_oauth.turn_off.app_error', register = 'api.oauth.register_oauth_app.turn_off.app_error';
		for (const [method, path, id, body] of [['POST', '/oauth/apps', register, app], ['GET', '/oauth/apps', off], ['GET', `/oauth/apps/${none}`, off], ['PUT', `/oauth/apps/${none}`, off, { ...app, id: none }],
			['DELETE', `/oauth/apps/${none}`, off], ['POST', `/oauth/apps/${none}/regen_secret`, off], ['GET', `/oauth/apps/${none}/info`, off], ['GET', '/users/me/oauth/apps/authorized', off], ['POST', '/oauth/apps/register', register, {}]]) {
			const r = await s.raw(method, `/api/v4${path}`, { body, token: s.token });
			assert.deepEqual([r.status, r.json?.id], [501, id], `${method} ${path}`);
		}
		assert.equal((await s.api('GET', '/config/client?format=old')).EnableOAuthServiceProvider, 'false');
		await s.stop();
	});
}

run();
