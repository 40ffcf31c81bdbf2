// The priority of a post: kept with it and told by every way it goes, refused where it may not be, and what of urgent posts is counted.
import { test, run, assert, Server, Socket, receiver, until, tempDir, root } from './harness.mjs';
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

const URGENT = { priority: 'urgent', requested_ack: false, persistent_notifications: false };
const LOUD = { priority: 'urgent', requested_ack: true, persistent_notifications: true };
const REPLY = 'api.post.post_priority.priority_post_only_allowed_for_root_post.request_error';
const labelled = (priority) => ({ metadata: { priority } });

async function town(engine, more = {}) {
	const s = await new Server({ engine, ...more }).start();
	await s.world();
	s.refused = async (priority, more = {}) => {
		const r = await s.raw('POST', '/api/v4/posts', { token: s.token, body: { channel_id: s.channel.id, message: 'no', metadata: { priority }, ...more } });
		return [r.status, r.json.id];
	};
	s.said = async (message, channel) => until(message, async () => (await s.messages(channel)).find((p) => p.message === message));
	s.unread = async (u, channel = s.channel) => {
		const one = await s.api('GET', `/users/${u.id}/channels/${channel.id}/unread`, undefined, u.token);
		const mine = await s.api('GET', `/users/me/teams/${s.team.id}/channels/members`, undefined, u.token);
		const urgent = one.urgent_mention_count;
		assert.equal(mine.find((m) => m.channel_id === channel.id).urgent_mention_count, urgent);
		return [one.mention_count, urgent];
	};
	s.view = (u, channel = s.channel) => s.api('POST', '/channels/members/me/view', { channel_id: channel.id }, u.token);
	return s;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`a post keeps its priority, and every answer and event says it (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
		const post = await s.post('look here @bob', labelled(LOUD)), plain = await s.post('as always');
		assert.deepEqual(post.metadata, { priority: LOUD });
		assert.deepEqual(plain.metadata, {});
		const told = async (event, id) => JSON.parse((await ws.event(event, (e) => JSON.parse(e.data.post).id === id)).data.post).metadata;
		assert.deepEqual(await told('posted', post.id), { priority: LOUD });
		assert.deepEqual(await told('posted', plain.id), {});

		// What is not said is no; what says nothing is none.
		for (const [given, kept] of [[{ priority: 'important' }, { priority: 'important', requested_ack: false, persistent_notifications: false }],
			[{ priority: '', requested_ack: true }, { priority: '', requested_ack: true, persistent_notifications: false }],
			[{ priority: null, requested_ack: null, persistent_notifications: null }, undefined], [{ priority: '' }, undefined], [{}, undefined], [null, undefined]])
			assert.deepEqual((await s.post('x', labelled(given))).metadata.priority, kept);

		const path = `/channels/${s.channel.id}/posts`, everywhere = async (text) => {
			const lists = await Promise.all([s.messages(), s.api('GET', `${path}?since=1`), s.api('GET', `${path}?before=${plain.id}`), s.api('GET', `/posts/${post.id}/thread`),
				s.api('POST', '/posts/ids', [post.id]), s.api('GET', `/posts/${post.id}`),
				until('the index knows it', async () => { const r = await s.api('POST', `/teams/${s.team.id}/posts/search`, { terms: text.replace(' @bob', '') }); return r.order.length && r; })]);
			for (const list of lists) {
				const found = list.id ? list : Object.values(list.posts ?? list).find((p) => p.id === post.id);
				assert.deepEqual([found.message, found.metadata.priority], [text, LOUD]);
			}
		};
		await everywhere('look here @bob');

		// An edit keeps it, whatever it says of it itself; a reaction stands beside it.
		const edited = await s.api('PUT', `/posts/${post.id}/patch`, { message: 'look there', metadata: { priority: { priority: '' } } });
		assert.deepEqual(edited.metadata, { priority: LOUD });
		assert.deepEqual(await told('post_edited', post.id), { priority: LOUD });
		await s.api('POST', '/reactions', { user_id: bob.id, post_id: post.id, emoji_name: 'ok' }, bob.token);
		assert.deepEqual(Object.keys((await s.api('GET', `/posts/${post.id}`)).metadata).sort(), ['priority', 'reactions']);
		await s.api('POST', `/posts/${post.id}/pin`);
		assert.deepEqual((await s.api('GET', `/channels/${s.channel.id}/pinned`)).posts[post.id].metadata.priority, LOUD);
		await s.post('a reply', { root_id: post.id });
		await s.stop();
		await s.start();
		await everywhere('look there');
		await s.stop();
	});

	test(`a priority that is none, or a reply's, is refused, and nothing is written (${engine})`, async () => {
		const s = await town(engine), first = await s.post('root', labelled(URGENT)), reply = await s.post('reply', { root_id: first.id });
		const before = await s.messages();
		for (const wrong of ['urgent', 7, [], { priority: 'Urgent' }, { priority: 'urgent ' }, { priority: 1 }, { priority: 'high' }, { priority: ['urgent'] },
			{ priority: 'urgent', requested_ack: 'true' }, { priority: 'urgent', persistent_notifications: 1 }])
			assert.deepEqual(await s.refused(wrong), [400, 'api.context.invalid_body_param.app_error'], JSON.stringify(wrong));
		assert.deepEqual(await s.refused(URGENT, { metadata: 'x' }), [400, 'api.context.invalid_body_param.app_error']);
		for (const label of ['', 'important'])
			assert.deepEqual(await s.refused({ priority: label, persistent_notifications: true }), [400, 'api.post.post_priority.urgent_persistent_notification_post.request_error']);
		for (const root_id of [first.id, reply.id])
			for (const priority of [URGENT, { requested_ack: true }]) assert.deepEqual(await s.refused(priority, { root_id }), [400, REPLY]);
		assert.deepEqual(await s.messages(), before);
		assert.deepEqual((await s.post('fine', { root_id: first.id, ...labelled({ priority: '' }) })).metadata, {});
		await s.stop();
	});

	test(`a webhook's priority is that of its post, in its body and in the answer to one that goes out (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
		const hook = await s.api('POST', '/hooks/incoming', { channel_id: s.channel.id, display_name: 'ci' });
		const send = (body, type = 'application/json') => s.raw('POST', `/hooks/${hook.id}`, { body, headers: { 'Content-Type': type } });
		const json = (text, priority, more = {}) => JSON.stringify({ text, priority, ...more });
		for (const [text, r] of [['json @bob', await send(json('json @bob', LOUD))],
			['form @bob', await send(new URLSearchParams({ payload: json('form @bob', LOUD) }).toString(), 'application/x-www-form-urlencoded')]]) {
			assert.deepEqual([r.status, r.text], [200, 'ok']);
			const post = await s.said(text);
			assert.deepEqual(post.metadata.priority, LOUD);
			const told = await ws.event('posted', (e) => JSON.parse(e.data.post).id === post.id);
			assert.deepEqual(JSON.parse(told.data.post).metadata.priority, LOUD);
		}
		assert.deepEqual(await s.unread(bob), [2, 2]);
		const long = 'x'.repeat(20000);
		assert.equal((await send(json(long, URGENT))).status, 200);
		assert.deepEqual((await s.messages()).slice(-2).map((p) => p.metadata.priority), [URGENT, URGENT], 'each part has it');

		const before = await s.messages();
		for (const body of [json('no', 'urgent'), json('no', { priority: 'high' }), json('no', { priority: 'important', persistent_notifications: true }),
			json('no', URGENT, { root_id: before[0].id })]) {
			const r = await send(body);
			assert.deepEqual([r.status, r.json.id], [400, 'web.incoming_webhook.general.app_error'], body);
		}
		assert.deepEqual(await s.messages(), before);

		// A comment has none, but is said.
		const out = await receiver((rq) => ({ body: JSON.stringify({ text: `answer to ${JSON.parse(rq.body).text}`, priority: LOUD, response_type: JSON.parse(rq.body).text.slice(4) }) }));
		await s.api('POST', '/hooks/outgoing', { team_id: s.team.id, channel_id: s.channel.id, display_name: 'out', trigger_words: ['ask'], trigger_when: 1,
			callback_urls: [out.url], content_type: 'application/json' });
		await s.post('ask post');
		assert.deepEqual((await s.said('answer to ask post')).metadata.priority, LOUD);
		await s.post('ask comment');
		const comment = await s.said('answer to ask comment');
		assert.ok(comment.root_id);
		assert.deepEqual(comment.metadata, {});
		await s.stop();
	});

	test(`an edge hears a priority and says one (${engine})`, async () => {
		const folder = tempDir();
		const s = await town(engine, { env: { HUBBUB_FOLDER: folder }, settings: { BridgeSettings: { Edges: `custom=${process.execPath} ${join(root, 'tests/flow/edge_program.mjs')} ${folder}` } } });
		const account = await until('its account', () => s.api('GET', '/users/username/custom'));
		await s.api('POST', `/teams/${s.team.id}/members`, { team_id: s.team.id, user_id: account.id });
		await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: account.id });
		const write = (text, priority) => ({ op: 'post', channel_id: s.channel.id, text, priority });
		writeFileSync(join(folder, 'orders.json'), JSON.stringify({ go: [write('from outside', LOUD)], wrong: [write('not this', { priority: 'high' })] }));
		await s.post('go', labelled(URGENT));
		assert.deepEqual((await s.said('from outside')).metadata.priority, LOUD);
		await s.post('wrong');
		await s.post('last');
		const heard = () => (existsSync(join(folder, 'lines')) ? readFileSync(join(folder, 'lines'), 'utf8') : '').trim().split('\n').filter(Boolean).map(JSON.parse);
		const post = (text) => heard().find((l) => l.event?.post?.message === text)?.event.post;
		await until('the last', () => post('last'));
		assert.deepEqual(post('go').priority, URGENT);
		assert.equal(post('wrong').priority, undefined);
		assert.ok(!(await s.messages()).some((p) => p.message === 'not this'));
		await s.stop();
	});

	test(`mentions in urgent posts are counted apart, until they are read and again when they are unread (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), eve = await s.member('eve'), deaf = await s.member('deaf');
		await s.api('PUT', `/channels/${s.channel.id}/members/${deaf.id}/notify_props`, { ignore_channel_mentions: 'on' }, deaf.token);
		const all = async () => [await s.unread(bob), await s.unread(eve), await s.unread(deaf)];
		const first = await s.post('@bob', labelled(URGENT));
		await s.post('@bob', labelled({ priority: 'important', requested_ack: true }));
		await s.post('@bob');
		assert.deepEqual(await all(), [[3, 1], [0, 0], [0, 0]]);
		await s.post('@channel and @bob', labelled(URGENT));
		assert.deepEqual(await all(), [[4, 2], [1, 1], [0, 0]]);
		await s.post('@all @deaf', labelled(URGENT));
		await s.post('@all');
		assert.deepEqual(await all(), [[6, 3], [3, 2], [1, 1]]);
		assert.deepEqual(await s.unread(s.admin), [0, 0], 'not of oneself');

		// A wish that changes leaves what was counted.
		await s.api('PUT', `/channels/${s.channel.id}/members/${eve.id}/notify_props`, { ignore_channel_mentions: 'on' }, eve.token);
		await s.api('PUT', `/users/${bob.id}/patch`, { notify_props: { ...bob.notify_props, channel: 'false' } }, bob.token);
		assert.deepEqual(await all(), [[6, 3], [3, 2], [1, 1]]);
		await s.post('@all', labelled(URGENT));
		assert.deepEqual(await all(), [[6, 3], [3, 2], [1, 1]]);
		await s.api('PUT', `/channels/${s.channel.id}/members/${eve.id}/notify_props`, { ignore_channel_mentions: 'off' }, eve.token);

		// Reading, writing, coming anew.
		await s.view(bob);
		await s.post('I write, so I have read', { token: eve.token });
		await s.api('DELETE', `/channels/${s.channel.id}/members/${deaf.id}`);
		await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: deaf.id });
		assert.deepEqual(await all(), [[0, 0], [0, 0], [0, 0]]);

		// Unread again: what is not there any more does not count.
		const ws = await new Socket(s, eve.token).ready();
		const gone = await s.post('@eve @bob', labelled(URGENT));
		assert.deepEqual((await all()).slice(0, 2), [[1, 1], [1, 1]]);
		await s.api('DELETE', `/posts/${gone.id}`);
		assert.deepEqual((await all()).slice(0, 2), [[1, 1], [1, 1]], 'as every mention, until the channel is read');
		for (const [u, want] of [[eve, [4, 3]], [bob, [4, 2]]]) {
			const back = await s.api('POST', `/users/${u.id}/posts/${first.id}/set_unread`, {}, u.token);
			assert.deepEqual([back.mention_count, back.urgent_mention_count], want);
			assert.deepEqual(await s.unread(u), want);
		}
		const told = await ws.event('post_unread');
		assert.deepEqual([told.data.mention_count, told.data.urgent_mention_count], [4, 3]);
		await s.view(eve);
		assert.deepEqual(await s.unread(eve), [0, 0]);

		// In a direct message everything is for the other one.
		const dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		await s.post('psst', { channel: dm });
		await s.post('now', { channel: dm, ...labelled(URGENT) });
		assert.deepEqual(await s.unread(bob, dm), [2, 1]);
		await s.stop();
		await s.start();
		assert.deepEqual(await s.unread(bob, dm), [2, 1]);
		await s.stop();
	});

	test(`posts of one commit keep each its own priority, and are counted each (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), eve = await s.member('eve');
		const kinds = [['@bob', labelled(URGENT)], ['@bob', {}], ['@channel', labelled(URGENT)], ['plain', labelled(URGENT)], ['plain', {}], ['@channel', labelled({ priority: 'important' })]];
		const made = await Promise.all(Array.from({ length: 60 }, (_, i) => s.post(kinds[i % 6][0], { token: i % 2 ? eve.token : s.token, ...kinds[i % 6][1] })));
		for (const [i, post] of made.entries()) assert.equal(post.metadata.priority?.priority, kinds[i % 6][1].metadata?.priority.priority);
		const stored = new Map((await s.messages()).map((p) => [p.id, p.metadata]));
		for (const post of made) assert.deepEqual(stored.get(post.id), post.metadata);
		assert.deepEqual(await s.unread(bob), [40, 20]);
		await s.stop();
	});

	test(`mentions in the thread of an urgent post are urgent (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
		const mine = `/users/${bob.id}/teams/${s.team.id}`;
		const totals = async () => {
			const [list, team, teams] = await Promise.all([s.api('GET', `${mine}/threads`, undefined, bob.token), s.api('GET', `${mine}/unread`, undefined, bob.token),
				s.api('GET', '/users/me/teams/unread?include_collapsed_threads=true', undefined, bob.token)]);
			assert.equal(team.thread_urgent_mention_count, list.total_unread_urgent_mentions);
			assert.equal(teams[0].thread_urgent_mention_count, list.total_unread_urgent_mentions);
			return [list.total_unread_mentions, list.total_unread_urgent_mentions, list.threads.map((t) => [t.post.message, t.is_urgent])];
		};
		const urgent = await s.post('fire', labelled(URGENT)), important = await s.post('smoke', labelled({ priority: 'important' }));
		await s.post('@bob', { root_id: important.id });
		await s.post('@bob', { root_id: urgent.id });
		await s.post('@bob again', { root_id: urgent.id });
		assert.deepEqual(await totals(), [3, 2, [['fire', true], ['smoke', false]]]);
		assert.equal((await s.api('GET', `${mine}/threads/${urgent.id}`, undefined, bob.token)).is_urgent, true);
		for (const [post, is] of [[urgent, true], [important, false]]) {
			const told = await ws.event('thread_updated', (e) => JSON.parse(e.data.thread).id === post.id);
			assert.equal(JSON.parse(told.data.thread).is_urgent, is);
			assert.equal(JSON.parse(told.data.thread).post.metadata.priority.priority, is ? 'urgent' : 'important');
		}
		assert.deepEqual(await s.unread(bob), [3, 0], 'a reply is not urgent in the channel');
		await s.api('PUT', `${mine}/threads/${urgent.id}/read/${Date.now() + 1000}`, {}, bob.token);
		assert.deepEqual((await totals()).slice(0, 2), [1, 0]);
		await s.api('PUT', `${mine}/threads/${urgent.id}/read/${urgent.create_at}`, {}, bob.token);
		assert.deepEqual((await totals()).slice(0, 2), [3, 2]);
		await s.api('DELETE', `/posts/${urgent.id}`);
		assert.deepEqual((await totals()).slice(0, 2), [1, 0]);
		await s.stop();
	});

	test(`where priorities are switched off people are refused, webhooks heard without, and what is labelled stays so (${engine})`, async () => {
		const s = await town(engine), was = await s.post('before', labelled(URGENT));
		const client = async () => (await s.api('GET', '/config/client?format=old')).PostPriority;
		const hook = await s.api('POST', '/hooks/incoming', { channel_id: s.channel.id, display_name: 'ci' });
		assert.equal(await client(), 'true');
		await s.stop();
		await s.start({ MM_SERVICESETTINGS_POSTPRIORITY: 'false' });
		assert.equal(await client(), 'false');
		const before = await s.messages();
		assert.deepEqual(await s.refused(URGENT), [403, 'api.post.post_priority.priority_post_not_allowed_for_user.request_error']);
		assert.deepEqual(await s.messages(), before);
		assert.deepEqual((await s.post('plain', labelled({ priority: '' }))).metadata, {});
		assert.equal((await s.raw('POST', `/hooks/${hook.id}`, { body: { text: 'built', priority: URGENT } })).status, 200);
		assert.deepEqual((await s.said('built')).metadata, {});
		assert.deepEqual((await s.api('GET', `/posts/${was.id}`)).metadata.priority, URGENT);
		await s.stop();
	});
}

run();
