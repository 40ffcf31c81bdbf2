// Group messages: found by who is in them, and made a private channel of a team that all their people are in.
import { test, run, assert, Server, Socket } from './harness.mjs';

const badBody = 'api.context.invalid_body_param.app_error';

for (const engine of ['sqlite', 'postgres']) {
	test(`a group message becomes a private channel with all it had (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), eve = await s.member('eve'), dan = await s.member('dan'), out = await s.user('out');
		const gm = await s.api('POST', '/channels/group', [s.admin.id, bob.id, eve.id]), mixed = await s.api('POST', '/channels/group', [s.admin.id, bob.id, out.id]);
		const find = async (term, u = bob) => (await s.api('POST', '/channels/group/search', { term }, u.token)).map((c) => c.id).sort();
		assert.deepEqual(await find('ev'), [gm.id]);
		assert.deepEqual(await find('admin'), [gm.id, mixed.id].sort());
		assert.deepEqual(await find('eve', dan), [], 'only one\'s own');
		assert.deepEqual([await find('%'), await find('dan')], [[], []]);
		for (const body of [{}, { term: 1 }, { term: '' }]) assert.equal((await s.raw('POST', '/api/v4/channels/group/search', { token: bob.token, body })).json.id, badBody);

		const root = await s.post('before', { channel: gm });
		await s.post('answer', { channel: gm, root_id: root.id, token: bob.token });
		await s.post('read this', { channel: gm, root_id: root.id });
		const ws = await new Socket(s, eve.token).ready();
		const convert = (c, more = {}, u = bob) => s.raw('POST', `/api/v4/channels/${c.id}/convert_to_channel`, { token: u.token, body: { team_id: s.team.id, name: 'from-group', display_name: 'From group', ...more } });
		const refused = async (...args) => { const r = await convert(...args); return [r.status, r.json.id]; };
		assert.deepEqual(await refused(mixed), [400, 'app.channel.group_message_conversion.incorrect_team']);
		assert.deepEqual(await refused(s.channel), [400, 'app.channel.group_message_conversion.original_channel_not_gm']);
		assert.deepEqual(await refused(gm, { name: 'dev' }), [400, 'store.sql_channel.save_channel.exists.app_error']);
		assert.deepEqual(await refused(gm, { name: 'No Name' }), [400, 'model.channel.is_valid.1_or_more.app_error']);
		for (const more of [{ team_id: 'x' }, { name: '' }, { display_name: 1 }, { channel_id: mixed.id }]) assert.deepEqual(await refused(gm, more), [400, badBody]);
		assert.deepEqual(await refused(gm, {}, dan), await refused({ id: 'z'.repeat(26) }, {}, dan), 'somebody else\'s is like none');
		assert.equal((await s.api('GET', `/channels/${gm.id}`)).type, 'G');

		const made = (await convert(gm)).json;
		assert.deepEqual([made.id, made.type, made.team_id, made.name, made.display_name], [gm.id, 'P', s.team.id, 'from-group', 'From group']);
		await ws.event('channel_updated', (e) => JSON.parse(e.data.channel).type === 'P' && JSON.parse(e.data.channel).team_id === s.team.id);
		await ws.event('channel_converted', (e) => e.data.channel_id === gm.id);
		assert.deepEqual(await s.api('GET', `/teams/${s.team.id}/channels/name/from-group`, undefined, eve.token), await s.api('GET', `/channels/${gm.id}`));
		assert.deepEqual(await find('eve'), []);
		await s.post('after', { channel: gm, token: eve.token });
		const posts = await s.messages(gm);
		assert.deepEqual(posts.filter((p) => !p.type).map((p) => p.message), ['before', 'answer', 'read this', 'after']);
		assert.equal(posts.find((p) => p.type === 'system_gm_to_channel').props.convertedByUserId, bob.id);
		await s.api('POST', `/channels/${gm.id}/members`, { user_id: dan.id });
		const threads = await s.api('GET', `/users/${bob.id}/teams/${s.team.id}/threads?excludeDirect=true`, undefined, bob.token);
		assert.deepEqual(threads.threads.map((t) => t.id), [root.id], 'its threads are the team\'s');
		assert.deepEqual(await refused(gm, { name: 'again' }), [400, 'app.channel.group_message_conversion.original_channel_not_gm']);
		const fresh = await s.api('POST', '/channels/group', [s.admin.id, bob.id, eve.id]);
		assert.notEqual(fresh.id, gm.id);
		await s.stop();
	});
}

run();
