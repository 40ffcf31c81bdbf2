// What an administrator does with what exists: channels of all teams, moving them and commands, bots that become people and people bots.
import { test, run, assert, Server, Socket } from './harness.mjs';

const denied = 'api.context.permissions.app_error', badBody = 'api.context.invalid_body_param.app_error', badUrl = 'api.context.invalid_url_param.app_error';
const none = 'z'.repeat(26);
const refuses = (s) => async (method, path, body, status, id, token = s.token) => {
	const r = await s.raw(method, `/api/v4${path}`, { body, token });
	assert.deepEqual([r.status, r.json?.id], [status, id], `${method} ${path} ${r.text}`);
};

async function twoTeams(settings = {}) {
	const s = await new Server(settings).start();
	await s.world();
	s.beta = await s.api('POST', '/teams', { name: 'beta', display_name: 'Beta', type: 'O' });
	s.secret = await s.api('POST', '/channels', { team_id: s.beta.id, name: 'secret', display_name: 'Secret', type: 'P', purpose: 'plans of war' });
	s.old = await s.api('POST', '/channels', { team_id: s.beta.id, name: 'old', display_name: 'Old', type: 'O' });
	await s.api('DELETE', `/channels/${s.old.id}`);
	return s;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`the channels of all teams are listed and searched (${engine})`, async () => {
		const s = await twoTeams({ engine }), no = refuses(s);
		const names = (list) => list.map((c) => c.name).sort();
		const all = await s.api('GET', '/channels');
		assert.deepEqual(names(all), ['dev', 'off-topic', 'off-topic', 'secret', 'town-square', 'town-square']);
		assert.deepEqual(all.filter((c) => c.name === 'secret').map((c) => [c.team_name, c.team_display_name, c.team_update_at]), [['beta', 'Beta', s.beta.update_at]]);
		assert.deepEqual(names(await s.api('GET', '/channels?exclude_default_channels=true&include_deleted=true')), ['dev', 'old', 'secret']);
		const counted = await s.api('GET', '/channels?include_total_count=true&exclude_default_channels=true&per_page=1&page=1');
		assert.deepEqual([names(counted.channels), counted.total_count], [['secret'], 2]);
		assert.equal((await s.api('GET', `/channels?not_associated_to_group=${none}&exclude_policy_constrained=true`)).length, 6);
		await no('GET', '/channels?not_associated_to_group=x', undefined, 400, badUrl);
		const bob = await s.member('bob');
		await no('GET', '/channels', undefined, 403, denied, bob.token);
		await no('POST', '/channels/search', { term: 'dev' }, 403, denied, bob.token);

		const find = async (body, query = '', token) => s.api('POST', `/channels/search${query}`, body, token);
		assert.deepEqual(names(await find({ term: 'SECR' })), ['secret']);
		assert.deepEqual(names(await find({ term: 'of war' })), ['secret'], 'the purpose too');
		assert.deepEqual(names(await find({ term: '', exclude_default_channels: true })), ['dev', 'secret']);
		assert.deepEqual(names(await find({ term: '', exclude_default_channels: true, private: true })), ['secret']);
		assert.deepEqual(names(await find({ term: '', exclude_default_channels: true, public: true })), ['dev']);
		assert.deepEqual(names(await find({ term: '', exclude_default_channels: true, public: true, private: true })), ['dev', 'secret']);
		assert.deepEqual(names(await find({ term: '', deleted: true })), ['old']);
		assert.deepEqual(names(await find({ term: 'o', include_deleted: true })), ['off-topic', 'off-topic', 'old', 'secret', 'town-square', 'town-square']);
		assert.deepEqual(names(await find({ term: '', team_ids: [s.beta.id], exclude_default_channels: true })), ['secret']);
		assert.deepEqual(names(await find({ term: s.secret.id })), []);
		assert.deepEqual(names(await find({ term: s.secret.id, include_search_by_id: true })), ['secret']);
		assert.deepEqual(await find({ term: '', group_constrained: true }), []);
		assert.equal((await find({ term: '', exclude_group_constrained: true, exclude_policy_constrained: true, exclude_remote: true, not_associated_to_group: none })).length, 6);
		const paged = await find({ term: '', exclude_default_channels: true, page: 0, per_page: 1 });
		assert.deepEqual([names(paged.channels), paged.total_count], [['dev'], 2]);
		for (const body of [{ term: 1 }, { term: '', team_ids: ['x'] }, { term: '', team_ids: 'x' }, { term: '', public: 'yes' }, { term: '', page: -2 }, { term: '', per_page: 0 }, { term: '', not_associated_to_group: 'x' }])
			await no('POST', '/channels/search', body, 400, badBody);
		// Not of the console: what he may know of. Bob is in acme only.
		assert.deepEqual(names(await find({ term: '', exclude_default_channels: true }, '?system_console=false', bob.token)), ['dev']);
		await s.api('POST', `/teams/${s.beta.id}/members`, { team_id: s.beta.id, user_id: bob.id });
		assert.deepEqual(names(await find({ term: 'secret' }, '?system_console=false', bob.token)), []);
		await s.api('POST', `/channels/${s.secret.id}/members`, { user_id: bob.id });
		assert.deepEqual(names(await find({ term: 'secret' }, '?system_console=false', bob.token)), ['secret']);
		await s.stop();
	});

	test(`a channel moves to another team with all that is in it (${engine})`, async () => {
		const s = await twoTeams({ engine }), no = refuses(s);
		const bob = await s.member('bob'), eve = await s.member('eve');
		const move = (body, id = s.channel.id) => s.raw('POST', `/api/v4/channels/${id}/move`, { body, token: s.token });
		const root = await s.post('a root');
		await s.post('a reply', { token: bob.token, root_id: root.id });
		const hook = await s.api('POST', '/hooks/incoming', { channel_id: s.channel.id, display_name: 'ci' });
		const out = await s.api('POST', '/hooks/outgoing', { team_id: s.team.id, channel_id: s.channel.id, display_name: 'out', trigger_words: ['t'], callback_urls: ['http://127.0.0.1:1/'] });
		assert.equal((await s.raw('POST', `/hooks/${hook.id}`, { body: { text: 'before' } })).status, 200, 'the hook is in memory');
		await s.api('PUT', `/users/${bob.id}/teams/${s.team.id}/channels/categories`, await s.api('GET', `/users/${bob.id}/teams/${s.team.id}/channels/categories`, undefined, bob.token).then((r) => r.categories), bob.token);

		await no('POST', `/channels/${s.channel.id}/move`, { team_id: 'x' }, 400, badBody);
		await no('POST', `/channels/${s.channel.id}/move`, { team_id: s.beta.id, force: 'x' }, 400, badBody);
		await no('POST', `/channels/${s.channel.id}/move`, { team_id: none }, 404, 'app.team.get.find.app_error');
		await no('POST', `/channels/${s.channel.id}/move`, { team_id: s.beta.id }, 403, denied, bob.token);
		const dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		await no('POST', `/channels/${dm.id}/move`, { team_id: s.beta.id }, 403, 'api.channel.move_channel.type.invalid');
		const square = await s.api('GET', `/teams/${s.team.id}/channels/name/town-square`);
		assert.equal((await move({ team_id: s.beta.id }, square.id)).status, 400);
		await no('POST', `/channels/${s.channel.id}/move`, { team_id: s.beta.id }, 400, 'app.channel.move_channel.members_do_not_match.error');
		assert.equal((await s.api('GET', `/channels/${s.channel.id}`)).team_id, s.team.id);
		const twin = await s.api('POST', '/channels', { team_id: s.beta.id, name: 'dev', display_name: 'Dev of beta', type: 'O' });
		await s.api('POST', `/teams/${s.beta.id}/members`, { team_id: s.beta.id, user_id: bob.id });
		await no('POST', `/channels/${s.channel.id}/move`, { team_id: s.beta.id, force: true }, 400, 'store.sql_channel.update.exists.app_error');
		await s.api('PUT', `/channels/${twin.id}/patch`, { name: 'dev2' });

		const watch = await new Socket(s, bob.token).ready();
		const left = await new Socket(s, eve.token).ready();
		await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: eve.id });
		const r = await move({ team_id: s.beta.id, force: true });
		assert.equal(r.status, 200, r.text);
		assert.equal(r.json.team_id, s.beta.id);
		assert.equal(JSON.parse((await watch.event('channel_updated', (e) => JSON.parse(e.data.channel).team_id === s.beta.id)).data.channel).id, s.channel.id);
		await left.event('user_removed', (e) => e.data.channel_id === s.channel.id);
		assert.deepEqual((await s.api('GET', `/channels/${s.channel.id}/members`)).map((m) => m.user_id).sort(), [s.admin.id, bob.id].sort());
		assert.equal((await s.raw('GET', `/api/v4/channels/${s.channel.id}/posts`, { token: eve.token })).status, 403);
		assert.ok((await s.messages()).some((p) => p.type === 'system_move_channel' && p.message.includes('from acme.')));
		// Threads are of the new team, hooks too.
		assert.equal((await s.api('GET', `/users/${bob.id}/teams/${s.beta.id}/threads`, undefined, bob.token)).total, 1);
		assert.equal((await s.api('GET', `/users/${bob.id}/teams/${s.team.id}/threads`, undefined, bob.token)).total, 0);
		assert.deepEqual((await s.api('GET', `/hooks/incoming?team_id=${s.beta.id}`)).map((h) => h.id), [hook.id]);
		assert.deepEqual((await s.api('GET', `/hooks/outgoing?team_id=${s.beta.id}`)).map((h) => h.id), [out.id]);
		assert.equal((await s.raw('POST', `/hooks/${hook.id}`, { body: { text: 'after' } })).status, 200);
		const categories = async (team) => (await s.api('GET', `/users/${bob.id}/teams/${team.id}/channels/categories`, undefined, bob.token)).categories.flatMap((c) => c.channel_ids);
		assert.ok((await categories(s.beta)).includes(s.channel.id));
		assert.ok(!(await categories(s.team)).includes(s.channel.id));
		// Who was connected hears what is told to the team he is in by this channel now.
		await s.api('PUT', `/teams/${s.beta.id}/patch`, { description: 'moved in' });
		await watch.event('update_team', (e) => JSON.parse(e.data.team).description === 'moved in');
		await s.post('and on it goes', { token: bob.token });
		await s.stop();
	});

	test(`a command moves to another team, and people are told apart from groups (${engine})`, async () => {
		const s = await twoTeams({ engine }), no = refuses(s);
		const bob = await s.member('bob'), eve = await s.member('eve');
		const make = (team, trigger) => s.api('POST', '/commands', { team_id: team.id, trigger, method: 'P', url: 'http://127.0.0.1:1/' });
		const tow = await make(s.team, 'tow'), other = await make(s.beta, 'tow');
		const path = `/commands/${tow.id}/move`;
		await no('PUT', path, { team_id: s.beta.id }, 400, 'api.command.duplicate_trigger.app_error');
		await s.api('DELETE', `/commands/${other.id}`);
		await no('PUT', path, { team_id: 'x' }, 400, badBody);
		await no('PUT', path, { team_id: none }, 404, 'app.team.get.find.app_error');
		await no('PUT', path, { team_id: s.beta.id }, 404, 'store.sql_command.get.missing.app_error', bob.token);
		assert.equal((await s.api('PUT', path, { team_id: s.beta.id })).status, 'OK');
		assert.equal((await s.api('GET', `/commands/${tow.id}`)).team_id, s.beta.id);
		assert.ok((await s.api('GET', `/teams/${s.beta.id}/commands/autocomplete`), true));
		assert.deepEqual((await s.api('GET', `/commands?team_id=${s.team.id}&custom_only=true`)), []);

		const group = await s.api('POST', '/groups', { name: 'ops', display_name: 'Ops', source: 'custom', allow_reference: true, user_ids: [bob.id] });
		const second = await s.api('POST', '/groups', { name: 'qa', display_name: 'QA', source: 'custom', allow_reference: true, user_ids: [eve.id] });
		for (const place of [`/channels/${s.channel.id}`, `/teams/${s.team.id}`]) {
			const read = (ids, more = '') => s.api('GET', `${place}/members_minus_group_members?group_ids=${ids}${more}`);
			const got = await read(group.id);
			assert.deepEqual(got.users.map((u) => u.username), ['admin', 'eve']);
			assert.equal(got.total_count, 2);
			assert.deepEqual(got.users[1].groups.map((g) => g.name), ['qa']);
			assert.deepEqual([got.users[0].scheme_admin, got.users[1].scheme_admin, got.users[1].scheme_user, got.users[1].scheme_guest], [true, false, true, false]);
			assert.deepEqual((await read(`${group.id},${second.id}`)).users.map((u) => u.username), ['admin']);
			const page = await read(group.id, '&page=1&per_page=1');
			assert.deepEqual([page.users.map((u) => u.username), page.total_count], [['eve'], 2]);
			await no('GET', `${place}/members_minus_group_members?group_ids=x`, undefined, 400, badUrl);
			await no('GET', `${place}/members_minus_group_members`, undefined, 400, badUrl);
			await no('GET', `${place}/members_minus_group_members?group_ids=${group.id}`, undefined, 403, denied, bob.token);
		}
		await no('GET', `/channels/${none}/members_minus_group_members?group_ids=${group.id}`, undefined, 404, 'app.channel.get.existing.app_error');
		await no('GET', `/teams/${none}/members_minus_group_members?group_ids=${group.id}`, undefined, 404, 'app.team.get.find.app_error');
		await s.stop();
	});

	test(`a bot becomes a person and a person a bot (${engine})`, async () => {
		const s = await twoTeams({ engine }), no = refuses(s);
		const bob = await s.member('bob');
		const bot = await s.api('POST', '/bots', { username: 'helper', display_name: 'Helper', description: 'helps' });
		const path = `/bots/${bot.user_id}/convert_to_user`;
		await no('POST', path, {}, 400, badBody);
		await no('POST', path, { password: 'x' }, 400, 'model.user.is_valid.pwd_min_length.app_error');
		await no('POST', path, { password: 'password1', username: 'bob' }, 400, 'app.user.save.username_exists.app_error');
		await no('POST', path, { password: 'password1' }, 403, denied, bob.token);
		await no('POST', `/bots/${bob.id}/convert_to_user`, { password: 'password1' }, 404, 'store.sql_bot.get.missing.app_error');
		const u = await s.api('POST', path, { password: 'password1', email: 'Helper@example.com', first_name: 'Hel' });
		assert.deepEqual([u.id, u.username, u.email, u.first_name, u.is_bot ?? false, u.roles], [bot.user_id, 'helper', 'helper@example.com', 'Hel', false, 'system_user']);
		await no('GET', `/bots/${bot.user_id}`, undefined, 404, 'store.sql_bot.get.missing.app_error');
		const token = await s.login('helper');
		assert.equal((await s.api('GET', '/users/me', undefined, token)).id, bot.user_id);
		const second = await s.api('POST', '/bots', { username: 'chief', display_name: 'Chief' });
		assert.equal((await s.api('POST', `/bots/${second.user_id}/convert_to_user?set_system_admin=true`, { password: 'password1' })).roles, 'system_admin system_user');

		await no('POST', `/users/${bob.id}/convert_to_bot`, undefined, 403, denied, bob.token);
		await no('POST', `/users/${none}/convert_to_bot`, undefined, 404, 'app.user.missing_account.const');
		const own = await s.api('POST', `/users/${bob.id}/tokens`, { description: 'bridge' });
		const b = await s.api('POST', `/users/${bob.id}/convert_to_bot`);
		assert.deepEqual([b.user_id, b.username, b.owner_id], [bob.id, 'bob', bob.id]);
		assert.equal((await s.raw('GET', '/api/v4/users/me', { token: bob.token })).status, 401, 'its sessions end');
		assert.equal((await s.raw('POST', '/api/v4/users/login', { body: { login_id: 'bob', password: 'password1' } })).status, 401);
		assert.equal((await s.api('GET', '/users/me', undefined, own.token)).is_bot, true, 'its tokens stay');
		assert.equal((await s.post('as a bot', { token: own.token })).props.from_bot, 'true');
		await no('POST', `/users/${bob.id}/convert_to_bot`, undefined, 400, badUrl);
		await s.stop();
	});

	test(`who signs in elsewhere has no password here (${engine})`, async () => {
		const s = await twoTeams({ engine }), no = refuses(s);
		const bob = await s.member('bob'), eve = await s.member('eve');
		const put = (u, body, token) => s.raw('PUT', `/api/v4/users/${u.id}/auth`, { body, token: token ?? s.token });
		for (const body of [{}, { auth_service: 'ldap' }, { auth_service: 'ldap', auth_data: '' }, { auth_service: 'nowhere', auth_data: 'x' }, { auth_service: 'ldap', auth_data: 'x'.repeat(129) }])
			await no('PUT', `/users/${bob.id}/auth`, body, 400, badBody);
		await no('PUT', `/users/${bob.id}/auth`, { auth_service: 'ldap', auth_data: 'x' }, 403, denied, bob.token);
		await no('PUT', `/users/${none}/auth`, { auth_service: 'ldap', auth_data: 'x' }, 404, 'app.user.missing_account.const');
		assert.deepEqual((await put(bob, { auth_service: 'ldap', auth_data: 'uid=bob' })).json, { auth_data: 'uid=bob', auth_service: 'ldap' });
		await no('PUT', `/users/${eve.id}/auth`, { auth_service: 'ldap', auth_data: 'uid=bob' }, 400, 'app.user.update_auth_data.email_exists.app_error');
		assert.equal((await s.api('GET', `/users/${bob.id}`)).auth_service, 'ldap');
		assert.equal((await s.raw('POST', '/api/v4/users/login', { body: { login_id: 'bob', password: 'password1' } })).status, 401);
		await no('PUT', `/users/${bob.id}/password`, { new_password: 'password2' }, 400, 'api.user.update_password.oauth.app_error');
		assert.deepEqual((await put(bob, { auth_service: 'email' })).json, { auth_data: '', auth_service: '' });
		await s.api('PUT', `/users/${bob.id}/password`, { new_password: 'password2' });
		await s.login('bob', 'password2');
		await s.stop();
	});
}

run();
