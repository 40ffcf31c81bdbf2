// What clients rely on to the letter: statuses, error ids, headers and parameters that are easily passed over.
import { test, run, assert, Server, WebSocket, until } from './harness.mjs';

const noId = 'a'.repeat(26);

async function refused(s, token, method, path, body, status, id) {
	const r = await s.raw(method, `/api/v4${path}`, { body, token });
	assert.equal(r.status, status, `${method} ${path}: ${r.status} ${r.text}`);
	assert.equal(r.json.id, id);
	return r;
}

test('a page of another site, or one behind a proxy nobody named, cannot make the first account', async () => {
	const s = await new Server().start();
	const body = { email: 'evil@example.com', username: 'evil', password: 'password1' };
	for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { Origin: 'http://127.0.0.1.evil.example' }, { 'X-Forwarded-For': '203.0.113.9' },
		{ 'X-Forwarded-For': '127.0.0.1' }, { 'X-Real-IP': '203.0.113.9' }, { Forwarded: 'for=203.0.113.9' }]) {
		const r = await s.raw('POST', '/api/v4/users', { body, headers });
		assert.equal(r.status, 403, JSON.stringify(headers));
		assert.equal(r.json.id, 'api.user.create_user.first.app_error');
	}
	assert.equal((await s.raw('POST', '/api/v4/users', { body, headers: { Origin: s.url } })).status, 201);
	await s.stop();
});

test('what is no WebSocket handshake is told so', async () => {
	const s = await new Server().start();
	for (const path of ['/api/v4/websocket', '/api/v4/websocket/', '/api/v4/websocket?connection_id=']) {
		const r = await s.raw('GET', path);
		assert.deepEqual([r.status, r.json?.id, r.json?.status_code], [400, 'api.web_socket.connect.upgrade.app_error', 400], path);
	}
	await s.stop();
});

test('a WebSocket is signed in by the cookie, of its own pages only', async () => {
	const s = await new Server().start();
	await s.world();
	const open = (Origin) => new WebSocket(`${s.url.replace('http', 'ws')}/api/v4/websocket`, { headers: { Cookie: `a=b; MMAUTHTOKEN=${s.token}`, Origin } });
	const own = open(s.url), foreign = open('https://evil.example');
	const refusal = new Promise((done) => { foreign.on('error', (e) => done(e.message)); foreign.on('open', () => done('open')); });
	const hello = await new Promise((done) => own.on('message', (d) => done(JSON.parse(d))));
	assert.deepEqual([hello.event, hello.seq, hello.broadcast.user_id], ['hello', 0, s.admin.id]);
	assert.match(await refusal, /400/);
	own.terminate();
	await s.stop();
});

test('a password that is wrong where one is signed in already does not sign the client out', async () => {
	const s = await new Server().start();
	await s.world();
	const bob = await s.member('bob');
	await refused(s, bob.token, 'PUT', '/users/me/patch', { email: 'new@example.com', password: 'wrong-one' }, 400, 'api.context.invalid_body_param.app_error');
	await refused(s, bob.token, 'PUT', '/users/me/password', { current_password: 'wrong-one', new_password: 'password2' }, 400, 'api.user.update_password.incorrect.app_error');
	assert.equal((await s.api('PUT', '/users/me/patch', { email: 'new@example.com', password: 'password1' }, bob.token)).email, 'new@example.com');
	await s.stop();
});

test('a webhook whose id is none is answered as one that is unknown', async () => {
	const s = await new Server().start();
	for (const id of ['x', noId, 'A'.repeat(27)]) {
		const r = await s.raw('POST', `/hooks/${id}`, { body: { text: 'x' } });
		assert.deepEqual([r.status, r.json.id], [400, 'web.incoming_webhook.general.app_error'], id);
		const late = await s.raw('POST', `/hooks/commands/${id}`, { body: { text: 'x' } });
		assert.deepEqual([late.status, late.json.id], [400, 'web.command_webhook.invalid.app_error'], id);
	}
	await s.stop();
});

test('ping tells the state also in headers, and a phone that asks for push that nothing is known of it', async () => {
	const s = await new Server().start();
	await s.world();
	const full = await s.raw('GET', '/api/v4/system/ping?get_server_status=true&device_id=apple_rn:x');
	assert.deepEqual([full.headers.get('status'), full.headers.get('database_status'), full.headers.get('filestore_status')], ['OK', 'OK', 'OK']);
	assert.equal(full.json.CanReceiveNotifications, 'unknown');
	const short = await s.raw('GET', '/api/v4/system/ping');
	assert.deepEqual([short.headers.get('database_status'), short.json.CanReceiveNotifications, short.json.database_status], [null, undefined, undefined]);
	await s.stop();
});

for (const engine of ['sqlite', 'postgres']) {
	test(`people are listed by what they are: changed since, inactive, without a team, and sorted (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), out = await s.user('out'), zoe = await s.member('zoe'), t = s.team.id, c = s.channel.id;
		const names = async (method, path, body) => (await s.api(method, path, body)).map((u) => u.username);
		const before = (await s.api('GET', `/users/${bob.id}`)).update_at;
		await s.api('PUT', `/users/${zoe.id}/patch`, { nickname: 'Z' });
		assert.deepEqual(await names('POST', `/users/ids?since=${before}`, [bob.id, zoe.id]), ['zoe']);
		assert.deepEqual((await names('POST', '/users/ids', [bob.id, zoe.id])).sort(), ['bob', 'zoe']);
		assert.deepEqual(await names('GET', '/users?without_team=true'), ['out']);
		await s.api('PUT', `/users/${out.id}/active`, { active: false });
		assert.deepEqual(await names('GET', '/users?inactive=true'), ['out']);
		assert.deepEqual(await names('GET', '/users?active=true'), ['admin', 'bob', 'zoe']);
		assert.deepEqual(await names('GET', '/users'), ['admin', 'bob', 'out', 'zoe']);
		assert.deepEqual(await names('GET', `/users?in_team=${t}&sort=create_at`), ['zoe', 'bob', 'admin']);
		await s.api('PUT', `/users/${zoe.id}/status`, { user_id: zoe.id, status: 'away' });
		await s.api('PUT', `/users/${bob.id}/status`, { user_id: bob.id, status: 'dnd' });
		await s.api('PUT', `/users/${s.admin.id}/status`, { user_id: s.admin.id, status: 'offline' });
		// Statuses are written now and then, not each time somebody moves.
		await until('the order of their statuses', async () => (await names('GET', `/users?in_channel=${c}&sort=status`)).join() === 'zoe,bob,admin');
		await s.api('PUT', `/channels/${c}/members/${zoe.id}/schemeRoles`, { scheme_user: true, scheme_admin: true });
		assert.deepEqual(await names('GET', `/users?in_channel=${c}&sort=admin`), ['admin', 'zoe', 'bob']);
		const wrong = 'api.context.invalid_url_param.app_error';
		for (const query of ['sort=size', 'active=true&inactive=true', 'sort=status', `in_channel=${c}&sort=create_at`, `in_team=${t}&sort=admin`])
			await refused(s, s.token, 'GET', `/users?${query}`, undefined, 400, wrong);
		await s.stop();
	});

	test(`people are listed by their roles, and a group that is not there is said not to be (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), zoe = await s.member('zoe'), man = await s.user('man'), t = s.team.id, c = s.channel.id;
		const names = async (query) => (await s.api('GET', `/users?${query}`)).map((u) => u.username).join();
		await s.api('PUT', `/users/${man.id}/roles`, { roles: 'system_user system_manager' });
		await s.api('PUT', `/teams/${t}/members/${bob.id}/schemeRoles`, { scheme_user: true, scheme_admin: true });
		await s.api('PUT', `/channels/${c}/members/${zoe.id}/schemeRoles`, { scheme_user: true, scheme_admin: true });
		for (const [query, want] of [['role=system_user', 'admin,bob,man,zoe'], ['role=system_admin', 'admin'], ['role=system_man', ''], [`role=system_admin&in_team=${t}`, 'admin'],
			['roles=system_user', 'bob,zoe'], ['roles=system_manager', 'man'], ['roles=system_admin,system_manager', 'admin,man'], ['roles=', 'admin,bob,man,zoe'],
			[`in_team=${t}&team_roles=team_admin`, 'bob'], [`in_team=${t}&team_roles=team_user`, 'zoe'], [`in_team=${t}&team_roles=team_user,team_admin`, 'bob,zoe'],
			[`in_team=${t}&team_roles=team_guest`, ''], [`in_team=${t}&roles=system_admin&team_roles=team_user`, 'admin,zoe'], [`in_team=${t}&roles=system_user`, 'bob,zoe'],
			[`in_channel=${c}&channel_roles=channel_admin`, 'zoe'], [`in_channel=${c}&channel_roles=channel_user`, 'bob'], [`in_channel=${c}&channel_roles=team_admin`, ''],
			// The roles of a place say nothing where there is no place.
			[`channel_roles=channel_admin&team_roles=team_admin`, 'admin,bob,man,zoe'], [`in_channel=${c}&team_roles=team_admin`, 'admin,bob,zoe'], ['group_constrained=false&in_group=', 'admin,bob,man,zoe']])
			assert.equal(await names(query), want, query);
		const wrong = 'api.context.invalid_url_param.app_error', unbuilt = 'api.hubbub.not_built.app_error';
		for (const query of ['role=a%25', 'roles=system_user,%27', `in_team=${t}&team_roles=a,,b`, `in_channel=${c}&channel_roles=%20`, `roles=${'a'.repeat(65)}`, `roles=${'a,'.repeat(100)}a`])
			await refused(s, s.token, 'GET', `/users?${query}`, undefined, 400, wrong);
		for (const query of [`in_group=${bob.id}`, `not_in_group=${bob.id}`])
			await refused(s, s.token, 'GET', `/users?${query}`, undefined, 404, 'app.group.no_rows');
		for (const query of [`group_constrained=true&not_in_team=${t}`])
			await refused(s, s.token, 'GET', `/users?${query}`, undefined, 501, unbuilt);
		await s.stop();
	});

	test(`the counts are those of the whole server, or of one team; one that is not counted is no name (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), other = await s.api('POST', '/teams', { name: 'other', display_name: 'Other', type: 'O' }), t = s.team.id;
		const counts = async (query) => Object.fromEntries((await s.api('GET', `/analytics/old?${query}`)).map((r) => [r.name, r.value]));
		await s.api('POST', '/channels', { team_id: t, name: 'hidden', display_name: 'Hidden', type: 'P' });
		const all = await counts(''), before = (await counts(`team_id=${t}`)).post_count;
		assert.deepEqual(await counts('name=standard&team_id='), all);
		await s.post('one');
		assert.deepEqual(await counts('name=standard'), { ...all, post_count: all.post_count + 1 });
		const { channel_open_count, channel_private_count, post_count, unique_user_count, team_count } = await counts(`team_id=${t}`);
		assert.deepEqual([channel_open_count, channel_private_count, post_count, unique_user_count, team_count], [3, 1, before + 1, 2, all.team_count]);
		const elsewhere = await counts(`team_id=${other.id}`);
		assert.deepEqual([elsewhere.channel_open_count, elsewhere.channel_private_count, elsewhere.unique_user_count], [2, 0, 1]);
		await refused(s, s.token, 'GET', '/analytics/old?name=nonsense', undefined, 400, 'api.context.invalid_body_param.app_error');
		await refused(s, s.token, 'GET', '/analytics/old?team_id=x', undefined, 400, 'api.context.invalid_url_param.app_error');
		await refused(s, bob.token, 'GET', '/analytics/old', undefined, 403, 'api.context.permissions.app_error');
		await s.stop();
	});

	test(`deleted posts are for system administrators who ask for them (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), c = s.channel.id, perms = 'api.context.permissions.app_error';
		const gone = await s.post('gone', { token: bob.token });
		await s.api('DELETE', `/posts/${gone.id}`, undefined, bob.token);
		await s.post('there');
		assert.equal((await s.api('GET', `/posts/${gone.id}?include_deleted=true`)).delete_at > 0, true);
		await refused(s, s.token, 'GET', `/posts/${gone.id}`, undefined, 404, 'app.post.get.app_error');
		await refused(s, bob.token, 'GET', `/posts/${gone.id}?include_deleted=true`, undefined, 403, perms);
		await refused(s, bob.token, 'GET', `/channels/${c}/posts?include_deleted=true`, undefined, 403, perms);
		const list = await s.api('GET', `/channels/${c}/posts?include_deleted=true&per_page=2`);
		assert.deepEqual([list.order.length, list.order[1], list.posts[gone.id].delete_at > 0], [2, gone.id, true]);
		assert.ok(!(await s.api('GET', `/channels/${c}/posts`)).order.includes(gone.id));
		await s.stop();
	});

	test(`a thread's root says whether one follows it, and who takes part as fully as asked (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), c = s.channel.id;
		const root = await s.post('root'), lone = await s.post('lone');
		await s.post('reply', { root_id: root.id, token: bob.token });
		const seen = async (query, token) => (await s.api('GET', `/channels/${c}/posts?${query}`, undefined, token)).posts;
		const eve = await s.member('eve');
		assert.equal((await seen('collapsedThreads=true'))[root.id].is_following, true);
		assert.equal((await seen('collapsedThreads=true', eve.token))[root.id].is_following, false);
		assert.equal((await seen(''))[root.id].is_following, undefined);
		assert.equal((await seen('collapsedThreads=true'))[lone.id].is_following, undefined);
		const short = (await seen('collapsedThreads=true'))[root.id].participants, full = (await seen('collapsedThreads=true&collapsedThreadsExtended=true'))[root.id].participants;
		assert.deepEqual(short, [{ id: bob.id }]);
		assert.deepEqual([full[0].id, full[0].username], [bob.id, 'bob']);
		const threads = `/users/me/teams/${s.team.id}/threads`;
		assert.equal((await s.api('GET', `${threads}?extended=true`)).threads[0].participants[0].username, 'bob');
		assert.equal((await s.api('GET', `${threads}/${root.id}?extended=true`)).participants[0].username, 'bob');
		assert.equal((await s.api('GET', threads)).threads[0].participants[0].username, undefined);
		assert.equal((await s.api('GET', `/posts/${root.id}/thread?collapsedThreads=true`)).posts[root.id].is_following, true);
		await s.stop();
	});
}

run();
