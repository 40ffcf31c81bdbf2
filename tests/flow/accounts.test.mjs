// Terms of service, audits, and what administrators do to accounts.
import { test, run, assert, Server, Socket, until } from './harness.mjs';

const denied = 'api.context.permissions.app_error', badBody = 'api.context.invalid_body_param.app_error';
const login = (s, login_id, password = 'password1') => until('the answer', async () => { const r = await s.raw('POST', '/api/v4/users/login', { body: { login_id, password } }); return r.status !== 429 && r; });

for (const engine of ['sqlite', 'postgres']) {
	test(`terms are written, accepted and declined (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob');
		const no = async (method, path, body, status, id, token = s.token) => { const r = await s.raw(method, `/api/v4${path}`, { body, token }); assert.deepEqual([r.status, r.json?.id], [status, id], `${method} ${path} ${r.text}`); };
		await no('GET', '/terms_of_service', undefined, 404, 'app.terms_of_service.get.no_rows.app_error');
		await no('POST', '/terms_of_service', { text: 'x' }, 403, denied, bob.token);
		await no('POST', '/terms_of_service', {}, 400, badBody);
		await no('POST', '/terms_of_service', { text: 'x'.repeat(16384) }, 400, 'model.terms_of_service.is_valid.text.app_error');
		const first = await s.api('POST', '/terms_of_service', { text: 'be kind' });
		assert.deepEqual([first.text, first.user_id], ['be kind', s.admin.id]);
		assert.equal((await s.api('POST', '/terms_of_service', { text: 'be kind' })).id, first.id);
		assert.deepEqual(await s.api('GET', '/terms_of_service', undefined, bob.token), first);
		await no('GET', '/users/me/terms_of_service', undefined, 404, 'app.user_terms_of_service.get_by_user.no_rows.app_error', bob.token);
		await no('POST', '/users/me/terms_of_service', { termsOfServiceId: 'z'.repeat(26), accepted: true }, 404, 'app.terms_of_service.get.no_rows.app_error', bob.token);
		await no('POST', '/users/me/terms_of_service', { termsOfServiceId: first.id }, 400, badBody, bob.token);
		await no('POST', '/users/me/terms_of_service', { accepted: true }, 400, badBody, bob.token);
		await no('POST', `/users/${bob.id}/terms_of_service`, { termsOfServiceId: first.id, accepted: true }, 403, denied);
		assert.equal((await s.api('GET', '/users/me', undefined, bob.token)).terms_of_service_id, undefined);
		await s.api('POST', '/users/me/terms_of_service', { termsOfServiceId: first.id, accepted: true }, bob.token);
		const mine = await s.api('GET', `/users/${bob.id}/terms_of_service`, undefined, bob.token);
		assert.deepEqual([mine.user_id, mine.terms_of_service_id], [bob.id, first.id]);
		for (const me of [await s.api('GET', '/users/me', undefined, bob.token), (await login(s, 'bob')).json]) assert.deepEqual([me.terms_of_service_id, me.terms_of_service_create_at], [first.id, mine.create_at]);
		const second = await s.api('POST', '/terms_of_service', { text: 'be kinder' });
		assert.equal((await s.api('GET', '/terms_of_service')).id, second.id);
		await s.api('POST', '/users/me/terms_of_service', { serviceTermsId: first.id, accepted: false }, bob.token);
		await no('GET', '/users/me/terms_of_service', undefined, 404, 'app.user_terms_of_service.get_by_user.no_rows.app_error', bob.token);
		await s.stop();
	});

	test(`what is done to accounts is kept with it (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), carol = await s.member('carol');
		await login(s, 'bob', 'wrong');
		await s.api('PUT', '/users/me/patch', { nickname: 'B' }, bob.token);
		await s.api('PUT', `/users/${carol.id}/active`, { active: false });
		await s.api('PUT', `/users/${carol.id}/active`, { active: true });
		await s.kill();
		await s.start();
		const own = await s.api('GET', '/users/me/audits', undefined, bob.token);
		assert.deepEqual(own.map((a) => [a.action, a.extra_info.split('=')[0], a.user_id, a.ip_address]), [[`/api/v4/users/me/patch`, 'bob', bob.id, '127.0.0.1'],
			['/api/v4/users/login', 'fail - login_id', bob.id, '127.0.0.1'], ['/api/v4/users/login', 'success session_user', bob.id, '127.0.0.1']]);
		assert.ok(own.every((a) => a.create_at > 0 && a.id.length === 26) && own[0].session_id.length === 26);
		assert.equal((await s.raw('GET', `/api/v4/users/${bob.id}/audits`, { token: (await login(s, 'carol')).headers.get('token') })).status, 403);
		assert.equal((await s.raw('GET', '/api/v4/audits', { token: bob.token })).json.id, denied);
		const all = await s.api('GET', '/audits?per_page=200');
		assert.ok(all.some((a) => a.user_id === s.admin.id && a.extra_info === `user_id=${carol.id} active=false`));
		assert.equal((await s.api('GET', '/audits?page=1&per_page=2'))[0].id, all[2].id);
		await s.stop();
	});

	test(`an administrator unlocks, verifies, and ends every session (${engine})`, async () => {
		const s = await new Server({ engine, settings: { ServiceSettings: { MaximumLoginAttempts: 2 } } }).start();
		await s.world();
		const bob = await s.member('bob');
		const denies = async (path) => assert.equal((await s.raw('POST', `/api/v4${path}`, { token: bob.token })).json.id, denied, path);
		for (let i = 0; i < 2; i++) await login(s, 'bob', 'wrong');
		assert.equal((await login(s, 'bob')).json.id, 'api.user.check_user_login_attempts.too_many.app_error');
		await denies(`/users/${bob.id}/reset_failed_attempts`);
		await s.api('POST', `/users/${bob.id}/reset_failed_attempts`);
		assert.equal((await login(s, 'bob')).status, 200);
		await denies(`/users/${bob.id}/email/verify/member`);
		assert.equal((await s.api('POST', `/users/${bob.id}/email/verify/member`)).email_verified, true);
		assert.equal((await s.raw('POST', `/api/v4/users/${'z'.repeat(26)}/reset_failed_attempts`, { token: s.token })).status, 404);
		const watch = await new Socket(s, bob.token).ready();
		await s.api('PUT', `/users/${bob.id}/active`, { active: true });
		await watch.event('user_activation_status_change');
		await denies('/users/sessions/revoke/all');
		await s.api('POST', '/users/sessions/revoke/all');
		await watch.closed;
		for (const token of [bob.token, s.token]) assert.equal((await s.raw('GET', '/api/v4/users/me', { token })).status, 401);
		assert.ok(await s.login('bob'));
		await s.stop();
	});
}

test('there is no other way to sign in to switch to', async () => {
	const s = await new Server().start();
	await s.world();
	const ask = (body) => until('the answer', async () => { const r = await s.raw('POST', '/api/v4/users/login/switch', { body }); return r.status !== 429 && [r.status, r.json.id]; });
	assert.deepEqual(await ask({ current_service: 'email', new_service: 'gitlab', email: 'a', password: 'b' }), [501, 'api.user.email_to_oauth.not_available.app_error']);
	assert.deepEqual(await ask({ current_service: 'gitlab', new_service: 'email' }), [501, 'api.user.oauth_to_email.not_available.app_error']);
	assert.deepEqual(await ask({ current_service: 'email' }), [400, badBody]);
	await s.stop();
});

test('whoever administers the system is changed by his like only, however much was delegated', async () => {
	const s = await new Server().start();
	await s.world();
	const manager = await s.user('manager'), bob = await s.user('bob');
	const role = await s.api('GET', '/roles/name/system_user_manager');
	await s.api('PUT', `/roles/${role.id}/patch`, { permissions: [...role.permissions, 'edit_other_users', 'sysconsole_write_user_management_users', 'create_user_access_token', 'read_user_access_token', 'revoke_user_access_token'] });
	await s.api('PUT', `/users/${manager.id}/roles`, { roles: 'system_user system_user_manager' });
	const theirs = await s.api('POST', `/users/${s.admin.id}/tokens`, { description: 'of an administrator' });
	const changes = (id) => [['PUT', `/users/${id}/patch`, { nickname: 'Nick' }], ['PUT', `/users/${id}/password`, { new_password: 'password2' }], ['POST', `/users/${id}/sessions/revoke/all`],
		['POST', `/users/${id}/tokens`, { description: 'mine now' }], ['GET', `/users/${id}/tokens`], ['PUT', `/users/${id}/mfa`, { activate: false }], ['PUT', `/users/${id}/active`, { active: false }], ['DELETE', `/users/${id}`]];
	for (const [method, path, body] of changes(bob.id)) {
		const r = await s.raw(method, `/api/v4${path}`, { body, token: manager.token });
		assert.equal(r.status, 200, `${method} ${path} of somebody else: ${r.text}`);
	}
	for (const [method, path, body] of [...changes(s.admin.id), ['GET', `/users/tokens/${theirs.id}`], ['POST', '/users/tokens/revoke', { token_id: theirs.id }]]) {
		const r = await s.raw(method, `/api/v4${path}`, { body, token: manager.token });
		assert.deepEqual([r.status, r.json?.id], [403, 'api.context.permissions.app_error'], `${method} ${path} of an administrator: ${r.text}`);
	}
	assert.equal((await s.raw('GET', '/api/v4/users/me', { token: theirs.token })).status, 200);
	assert.ok(await s.login('admin'));
	await s.stop();
});

run();
