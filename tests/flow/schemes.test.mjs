// Roles are changed, and teams and channels have other roles than the usual: at once, for everybody, and after a restart.
import { test, run, assert, Server, Socket } from './harness.mjs';

const denied = 'api.context.permissions.app_error', badBody = 'api.context.invalid_body_param.app_error';

for (const engine of ['sqlite', 'postgres']) {
	test(`what a role may do counts as soon as it is answered (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob');
		const status = async (method, path, body, token = bob.token) => (await s.raw(method, `/api/v4${path}`, { body, token })).status;
		const role = await s.api('GET', '/roles/name/team_user');
		const patch = (permissions, token = s.token) => s.raw('PUT', `/api/v4/roles/${role.id}/patch`, { body: { permissions }, token });
		const make = (name) => status('POST', '/channels', { team_id: s.team.id, name, display_name: name, type: 'O' });
		assert.equal(await make('one'), 201);
		assert.equal((await patch([], bob.token)).json.id, denied);
		assert.equal((await patch(['no_such_right'])).json.id, badBody);
		assert.equal((await patch('x')).json.id, badBody);
		assert.equal((await s.raw('PUT', `/api/v4/roles/${'z'.repeat(26)}/patch`, { body: {}, token: s.token })).status, 404);
		assert.equal((await s.raw('PUT', `/api/v4/roles/${(await s.api('GET', '/roles/name/system_admin')).id}/patch`, { body: { permissions: [] }, token: s.token })).status, 403);
		const watch = await new Socket(s, bob.token).ready();
		const less = role.permissions.filter((p) => p !== 'create_public_channel');
		const now = (await patch([...less, less[0]])).json;
		assert.deepEqual(now.permissions.sort(), less.sort());
		assert.equal(await make('two'), 403);
		assert.deepEqual(JSON.parse((await watch.event('role_updated')).data.role).permissions.sort(), less.sort());
		await s.kill();
		await s.start();
		assert.equal(await make('three'), 403);
		assert.equal((await patch(role.permissions)).status, 200);
		assert.equal(await make('four'), 201);
		await s.stop();
	});

	test(`a team's scheme gives its members other roles, and ends (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob');
		const no = async (method, path, body, status, id, token = s.token) => { const r = await s.raw(method, `/api/v4${path}`, { body, token }); assert.deepEqual([r.status, r.json?.id], [status, id], `${method} ${path} ${r.text}`); };
		const make = async (name) => (await s.raw('POST', '/api/v4/channels', { body: { team_id: s.team.id, name, display_name: name, type: 'O' }, token: bob.token })).status;
		await no('POST', '/schemes', { display_name: 'Strict', scope: 'team' }, 403, denied, bob.token);
		await no('POST', '/schemes', { display_name: 'Strict', scope: 'galaxy' }, 400, badBody);
		await no('POST', '/schemes', { display_name: '', scope: 'team' }, 400, 'model.scheme.is_valid.app_error');
		const made = await s.raw('POST', '/api/v4/schemes', { body: { name: 'strict', display_name: 'Strict', scope: 'team' }, token: s.token });
		assert.equal(made.status, 201, made.text);
		const scheme = made.json;
		await no('POST', '/schemes', { name: 'strict', display_name: 'Again', scope: 'team' }, 400, 'app.scheme.save.invalid_scheme.app_error');
		const own = await s.api('GET', `/roles/name/${scheme.default_team_user_role}`);
		assert.deepEqual(own.permissions.sort(), (await s.api('GET', '/roles/name/team_user')).permissions.sort());
		await s.api('PUT', `/roles/${own.id}/patch`, { permissions: own.permissions.filter((p) => p !== 'create_public_channel') });
		assert.equal(await make('one'), 201, 'not given to the team yet');
		await no('PUT', `/teams/${s.team.id}/scheme`, { scheme_id: scheme.id }, 403, denied, bob.token);
		await no('PUT', `/teams/${s.team.id}/scheme`, { scheme_id: 'x' }, 400, badBody);
		await no('PUT', `/channels/${s.channel.id}/scheme`, { scheme_id: scheme.id }, 400, 'api.channel.update_channel_scheme.scheme_scope.error');
		const watch = await new Socket(s, bob.token).ready();
		await s.api('PUT', `/teams/${s.team.id}/scheme`, { scheme_id: scheme.id });
		assert.equal(JSON.parse((await watch.event('update_team_scheme')).data.team).scheme_id, scheme.id);
		assert.equal(await make('two'), 403);
		// Members are called by the scheme's roles, and may be called so.
		const team = await s.api('GET', `/teams/${s.team.id}/members/${bob.id}`), inChannel = await s.api('GET', `/channels/${s.channel.id}/members/${bob.id}`);
		assert.deepEqual([team.roles, team.explicit_roles, inChannel.roles, inChannel.explicit_roles], [scheme.default_team_user_role, '', scheme.default_channel_user_role, '']);
		for (const list of [await s.api('GET', '/users/me/channel_members?page=0', undefined, bob.token), await s.api('GET', `/users/me/teams/${s.team.id}/channels/members`, undefined, bob.token), await s.api('GET', `/channels/${s.channel.id}/members`)])
			assert.equal(list.find((m) => m.channel_id === s.channel.id && m.user_id === bob.id).roles, scheme.default_channel_user_role);
		await s.api('PUT', `/channels/${s.channel.id}/members/${bob.id}/roles`, { roles: `${inChannel.roles} ${scheme.default_channel_admin_role}` });
		assert.equal(JSON.parse((await watch.event('channel_member_updated', (e) => JSON.parse(e.data.channelMember).scheme_admin)).data.channelMember).roles, `${inChannel.roles} ${scheme.default_channel_admin_role}`);
		await s.api('PUT', `/channels/${s.channel.id}/members/${bob.id}/roles`, { roles: 'channel_user' });
		await s.api('PUT', `/teams/${s.team.id}/members/${bob.id}/roles`, { roles: team.roles });
		assert.equal(await make('two'), 403);
		assert.equal((await s.api('GET', `/teams/${s.team.id}`)).scheme_id, scheme.id);
		assert.deepEqual((await s.api('GET', `/schemes/${scheme.id}/teams`)).map((t) => t.id), [s.team.id]);
		await no('GET', `/schemes/${scheme.id}/channels`, undefined, 400, 'api.scheme.get_channels_for_scheme.scope.error');
		assert.deepEqual((await s.api('GET', '/schemes?scope=team')).map((x) => x.id), [scheme.id]);
		assert.deepEqual(await s.api('GET', '/schemes?scope=channel'), []);
		assert.equal((await s.api('PUT', `/schemes/${scheme.id}/patch`, { display_name: 'Lax' })).display_name, 'Lax');

		// The team's channels have the scheme's roles too.
		const talk = await s.api('GET', `/roles/name/${scheme.default_channel_user_role}`);
		await s.api('PUT', `/roles/${talk.id}/patch`, { permissions: talk.permissions.filter((p) => p !== 'create_post') });
		await no('POST', '/posts', { channel_id: s.channel.id, message: 'hush' }, 403, denied, bob.token);
		await s.stop();
		await s.start();
		assert.equal(await make('three'), 403);
		await s.api('DELETE', `/schemes/${scheme.id}`);
		await no('GET', `/schemes/${scheme.id}`, undefined, 404, 'app.scheme.get.app_error');
		assert.equal(await make('four'), 201);
		await s.post('again', { token: bob.token });
		await s.stop();
	});

	test(`a channel is moderated (${engine})`, async () => {
		const s = await new Server({ engine, settings: { GuestAccountsSettings: { Enable: true } } }).start();
		await s.world();
		const bob = await s.member('bob'), gus = await s.member('gus');
		await s.api('POST', `/users/${gus.id}/demote`);
		const path = `/channels/${s.channel.id}/moderations`, patch = (body, token = s.token) => s.raw('PUT', `/api/v4${path}/patch`, { body, token });
		const say = async (who) => (await s.raw('POST', '/api/v4/posts', { body: { channel_id: s.channel.id, message: 'x' }, token: who.token })).status;
		const all = await s.api('GET', path);
		assert.deepEqual(all.map((m) => m.name), ['create_post', 'create_reactions', 'manage_members', 'use_channel_mentions', 'manage_bookmarks']);
		assert.deepEqual(all[0].roles, { guests: { value: true, enabled: true }, members: { value: true, enabled: true } });
		assert.equal((await s.raw('GET', `/api/v4${path}`, { token: bob.token })).json.id, denied);
		assert.equal((await patch([], bob.token)).json.id, denied);
		for (const bad of [[{ name: 'nonsense' }], [{ name: 'create_post', roles: { members: 'no' } }], ['x']]) assert.equal((await patch(bad)).json.id, badBody);
		const watch = await new Socket(s, bob.token).ready();
		const before = (await s.api('GET', `/channels/${s.channel.id}/members/${bob.id}`)).roles;
		assert.equal(before, 'channel_user');
		const after = (await patch([{ name: 'create_post', roles: { members: false } }])).json;
		const own = (await s.api('GET', `/channels/${s.channel.id}/members/${bob.id}`)).roles;
		assert.ok(own !== before && !(await s.api('GET', `/roles/name/${own}`)).permissions.includes('create_post'), 'what clients see says what he may');
		assert.deepEqual(after[0].roles, { guests: { value: true, enabled: true }, members: { value: false, enabled: true } });
		await watch.event('channel_scheme_updated');
		assert.deepEqual([await say(bob), await say(gus), await say(s.admin)], [403, 201, 201]);
		assert.equal((await watch.ask('user_typing', { channel_id: s.channel.id, parent_id: '' })).error?.status_code, 403, 'who may not write does not type');
		await patch([{ name: 'create_post', roles: { members: true, guests: false } }]);
		assert.equal(await say(s.admin), 201);
		assert.equal((await watch.ask('user_typing', { channel_id: s.channel.id, parent_id: '' })).status, 'OK');
		assert.deepEqual([await say(bob), await say(gus)], [201, 403]);
		const elsewhere = await s.api('POST', '/channels', { team_id: s.team.id, name: 'free', display_name: 'F', type: 'O' });
		assert.equal((await s.api('GET', `/channels/${elsewhere.id}/moderations`))[0].roles.guests.value, true);

		// What the role above does not have, moderation cannot give.
		const above = await s.api('GET', '/roles/name/channel_user');
		await s.api('PUT', `/roles/${above.id}/patch`, { permissions: above.permissions.filter((p) => p !== 'create_post') });
		assert.equal(await say(bob), 403);
		assert.deepEqual((await s.api('GET', path))[0].roles.members, { value: false, enabled: false });
		await s.stop();
	});
}

run();
