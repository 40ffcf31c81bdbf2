// Custom groups: made, changed, mentioned together.
import { test, run, assert, Server, Socket } from './harness.mjs';

const denied = 'api.context.permissions.app_error', badBody = 'api.context.invalid_body_param.app_error', badUrl = 'api.context.invalid_url_param.app_error';
const names = (list) => list.map((u) => u.username ?? u.name).sort().join(' ');

for (const engine of ['sqlite', 'postgres']) {
	test(`a group is made, changed, archived and taken back (${engine})`, async () => {
		const s = await new Server({ engine, settings: { GuestAccountsSettings: { Enable: true } } }).start();
		await s.world();
		const [bob, carol] = [await s.member('bob'), await s.member('carol')];
		const no = async (method, path, body, status, id, token = s.token) => { const r = await s.raw(method, `/api/v4${path}`, { body, token }); assert.deepEqual([r.status, r.json?.id], [status, id], `${method} ${path} ${r.text}`); };
		const wish = { name: 'devs', display_name: 'Developers', source: 'custom', allow_reference: true, user_ids: [bob.id, bob.id, s.admin.id] };
		const watch = await new Socket(s, carol.token).ready(), own = await new Socket(s, bob.token).ready();
		const made = await s.raw('POST', '/api/v4/groups', { body: wish, token: s.token });
		assert.equal(made.status, 201, made.text);
		const g = made.json;
		assert.deepEqual([g.name, g.display_name, g.source, g.allow_reference, g.member_count, g.delete_at, g.has_syncables], ['devs', 'Developers', 'custom', true, 2, 0, false]);
		assert.equal(JSON.parse((await watch.event('received_group')).data.group).id, g.id);
		assert.equal(JSON.parse((await own.event('group_member_add')).data.group_member).user_id, bob.id);
		for (const [change, id] of [[{ name: 'bob' }, 'app.group.username_conflict'], [{}, 'app.custom_group.unique_name'], [{ name: 'channel' }, 'model.group.name.reserved_name.app_error'],
			[{ name: 'No Good' }, 'model.group.name.invalid_chars.app_error'], [{ name: 'x'.repeat(65) }, 'model.group.name.invalid_length.app_error'], [{ name: 'x', source: 'ldap' }, 'app.group.crud_permission'],
			[{ name: 'x', allow_reference: false }, 'api.custom_groups.must_be_referenceable'], [{ name: 'x', display_name: '' }, badBody], [{ name: 'x', user_ids: ['z'.repeat(26)] }, badBody],
			[{ name: 'x', display_name: 'y'.repeat(129) }, 'model.group.display_name.app_error'], [{ name: 'x', user_ids: 'bob' }, badBody]])
			await no('POST', '/groups', { ...wish, ...change }, 400, id);
		await no('POST', '/users', { email: 'd@example.com', username: 'devs', password: 'password1' }, 400, 'app.user.group_name_conflict');
		await no('PUT', '/users/me/patch', { username: 'devs' }, 400, 'app.user.group_name_conflict', carol.token);
		await no('GET', `/groups/${'z'.repeat(26)}`, undefined, 404, 'app.group.no_rows');

		assert.equal(names(await s.api('GET', '/groups?q=DEV')), 'devs');
		assert.equal(names(await s.api('GET', '/groups?q=x')), '');
		assert.equal((await s.api('GET', '/groups'))[0].member_count, undefined);
		assert.equal((await s.api('GET', '/groups?include_member_count=true&filter_allow_reference=true'))[0].member_count, 2);
		assert.deepEqual((await s.api('GET', '/groups?include_member_ids=true'))[0].member_ids.sort(), [bob.id, s.admin.id].sort());
		assert.equal(names(await s.api('GET', `/groups?filter_has_member=${carol.id}`)), '');
		assert.equal(names(await s.api('POST', '/groups/names', ['devs', 'nobody'])), 'devs');
		assert.equal(names(await s.api('GET', '/users/me/groups', undefined, bob.token)), 'devs');
		await no('GET', `/users/${bob.id}/groups`, undefined, 403, denied, carol.token);
		assert.equal(names((await s.api('GET', `/groups/${g.id}/members`)).members), 'admin bob');
		assert.deepEqual(await s.api('GET', `/groups/${g.id}/stats`), { group_id: g.id, total_member_count: 2 });
		assert.equal(names(await s.api('GET', `/users?in_group=${g.id}`)), 'admin bob');
		assert.equal(names(await s.api('GET', `/users?not_in_group=${g.id}`)), 'carol');
		await no('GET', '/users?in_group=x', undefined, 400, badUrl);
		assert.deepEqual(await s.api('GET', `/channels/${s.channel.id}/groups`), { groups: [], total_group_count: 0 });
		assert.deepEqual(await s.api('GET', `/teams/${s.team.id}/groups`), { groups: [], total_group_count: 0 });
		assert.deepEqual(await s.api('GET', `/teams/${s.team.id}/groups_by_channels`), { groups: {} });

		assert.equal((await s.api('POST', `/groups/${g.id}/members`, { user_ids: [carol.id] }))[0].user_id, carol.id);
		await watch.event('group_member_add');
		const gone = await s.api('DELETE', `/groups/${g.id}/members`, { user_ids: [bob.id] });
		assert.ok(gone[0].delete_at > 0);
		await own.event('group_member_deleted');
		assert.equal(names((await s.api('GET', `/groups/${g.id}/members?page=0&per_page=1`)).members), 'admin');
		await no('POST', `/groups/${g.id}/members`, { user_ids: [] }, 400, badBody);
		await no('DELETE', `/groups/${g.id}/members`, {}, 400, badBody);
		assert.equal((await s.api('PUT', `/groups/${g.id}/patch`, { display_name: 'Devs', description: 'd' })).display_name, 'Devs');
		await no('PUT', `/groups/${g.id}/patch`, { name: 'carol' }, 400, 'app.group.username_conflict');
		await no('PUT', `/groups/${g.id}/patch`, { allow_reference: false }, 400, 'api.custom_groups.must_be_referenceable');

		// A guest may look, and change nothing.
		await s.api('POST', `/users/${bob.id}/demote`);
		for (const [m, p, b] of [['POST', '/groups', { ...wish, name: 'mine' }], ['PUT', `/groups/${g.id}/patch`, {}], ['DELETE', `/groups/${g.id}`], ['POST', `/groups/${g.id}/restore`], ['POST', `/groups/${g.id}/members`, { user_ids: [bob.id] }], ['DELETE', `/groups/${g.id}/members`, { user_ids: [carol.id] }]])
			await no(m, p, b, 403, denied, bob.token);

		await s.api('DELETE', `/groups/${g.id}`);
		await no('DELETE', `/groups/${g.id}`, undefined, 404, 'app.group.no_rows');
		assert.equal(names(await s.api('GET', '/groups')), '');
		assert.equal(names(await s.api('GET', '/groups?filter_archived=true')), 'devs');
		await no('POST', '/users', { email: 'd@example.com', username: 'devs', password: 'password1' }, 400, 'app.user.group_name_conflict');
		await s.api('POST', `/groups/${g.id}/restore`);
		assert.equal(names(await s.api('GET', '/groups?since=1')), 'devs');
		await s.stop();
	});

	test(`a group's name notifies its members in the channel (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const [bob, carol, dave, erin] = [await s.member('bob'), await s.member('carol'), await s.member('dave', null), await s.member('erin')];
		const g = await s.api('POST', '/groups', { name: 'devs', display_name: 'D', source: 'custom', allow_reference: true, user_ids: [bob.id, carol.id, dave.id] });
		const watch = await new Socket(s, carol.token).ready(), other = await new Socket(s, erin.token).ready();
		const count = async (who) => (await s.api('GET', `/channels/${s.channel.id}/members/me`, undefined, who.token)).mention_count;
		await s.post('ping @devs. and @devs');
		assert.equal((await watch.event('posted')).data.mentions, JSON.stringify([carol.id]));
		assert.equal((await other.event('posted')).data.mentions, undefined);
		assert.deepEqual([await count(bob), await count(carol), await count(erin)], [1, 1, 0]);
		await s.post('from one of them: @devs', { token: bob.token });
		assert.deepEqual([await count(bob), await count(carol)], [0, 2]);
		await s.post('in code `@devs`');
		await s.api('DELETE', `/groups/${g.id}`);
		await s.post('gone @devs');
		assert.equal(await count(carol), 2);
		await s.api('POST', `/groups/${g.id}/restore`);
		await s.api('DELETE', `/groups/${g.id}/members`, { user_ids: [carol.id] });
		await s.post('without her @devs');
		assert.deepEqual([await count(bob), await count(carol)], [1, 2]);
		await s.stop();
	});
}

test('where groups are switched off there are none', async () => {
	const s = await new Server({ settings: { ServiceSettings: { EnableCustomGroups: false } } }).start();
	await s.world();
	const r = await s.raw('GET', '/api/v4/groups', { token: s.token });
	assert.deepEqual([r.status, r.json.id], [501, 'api.custom_groups.feature_disabled']);
	await s.stop();
});

run();
