// Scheduled posts: kept, changed, dropped; said at their time exactly once, whatever dies; and why one could not be said.
import { test, run, assert, Server, Socket, receiver, until, tempDir } from './harness.mjs';
import { join } from 'node:path';

const HOUR = 3600_000;
const NONE = 'app.update_scheduled_post.existing_scheduled_post.not_exist', badBody = 'api.context.invalid_body_param.app_error';

async function town(engine, more = {}) {
	const s = await new Server({ engine, ...more }).start();
	await s.world();
	s.later = (message, { at = Date.now() + HOUR, channel = s.channel, token = s.token, ...rest } = {}) =>
		s.api('POST', '/posts/schedule', { channel_id: channel.id, message, scheduled_at: at, ...rest }, token);
	s.waiting = async (token = s.token) => {
		const lists = await s.api('GET', `/posts/scheduled/team/${s.team.id}?includeDirectChannels=true`, undefined, token);
		return [...lists[s.team.id], ...lists.directChannels];
	};
	s.refused = async (method, path, body, token = s.token) => {
		const r = await s.raw(method, `/api/v4/posts/schedule${path}`, { token, body });
		return [r.status, r.json.id];
	};
	return s;
}
const told = async (ws, kind, id, match = () => true) => {
	const e = await ws.event(`scheduled_post_${kind}`, (x) => { const p = JSON.parse(x.data.scheduledPost); return p.id === id && match(p); });
	return { ...JSON.parse(e.data.scheduledPost), to: e.broadcast };
};
const plain = ({ to, ...post }) => post;

for (const engine of ['sqlite', 'postgres']) {
	test(`a scheduled post is kept, changed and dropped, and only its author sees it (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), ws = await new Socket(s, s.token).ready();
		const others = await new Socket(s, bob.token).ready();
		const root = await s.post('a root'), reply = await s.post('a reply', { root_id: root.id });
		const dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		const priority = { priority: 'urgent', requested_ack: true, persistent_notifications: false };
		const a = await s.later('first', { priority, props: { x: 1, from_webhook: 'true' } });
		const b = await s.later('second', { root_id: reply.id, at: Date.now() + HOUR / 2 });
		const c = await s.later('to bob', { channel: dm });
		assert.deepEqual([a.user_id, a.channel_id, a.root_id, a.message, a.props, a.priority, a.file_ids, a.processed_at, a.error_code, a.delete_at],
			[s.admin.id, s.channel.id, '', 'first', { x: 1 }, priority, [], 0, '', 0]);
		assert.equal(b.root_id, root.id, 'a reply goes to the root of its thread');
		assert.deepEqual(await s.waiting(), [b, a, c], 'by team and time');
		assert.deepEqual(Object.keys(await s.api('GET', `/posts/scheduled/team/${s.team.id}`)), [s.team.id]);
		assert.deepEqual(await s.waiting(bob.token), []);
		const first = await told(ws, 'created', a.id);
		assert.deepEqual(plain(first), a);
		assert.deepEqual([first.to.user_id, first.to.channel_id], [s.admin.id, s.channel.id]);

		// Changing: what is not said stays; what cannot change does not.
		const later = a.scheduled_at + HOUR;
		const changed = await s.api('PUT', `/posts/schedule/${a.id}`, { id: a.id, channel_id: dm.id, user_id: bob.id, message: 'changed', scheduled_at: later });
		assert.ok(changed.update_at > a.update_at);
		assert.deepEqual(changed, { ...a, message: 'changed', scheduled_at: later, update_at: changed.update_at });
		assert.deepEqual(plain(await told(ws, 'updated', a.id)), changed);
		assert.deepEqual((await s.waiting())[1], changed);

		// Nobody else's business, and nobody can tell that it is there.
		const unknown = 'z'.repeat(26);
		for (const id of [a.id, unknown]) {
			assert.deepEqual(await s.refused('PUT', `/${id}`, { id, message: 'mine', scheduled_at: later }, bob.token), [404, NONE]);
			assert.deepEqual(await s.refused('DELETE', `/${id}`, undefined, bob.token), [404, NONE]);
		}
		assert.deepEqual(plain(await s.api('DELETE', `/posts/schedule/${a.id}`)), changed);
		assert.deepEqual(plain(await told(ws, 'deleted', a.id)), changed);
		assert.deepEqual(await s.refused('DELETE', `/${a.id}`), [404, NONE]);
		assert.deepEqual(await s.waiting(), [b, c]);
		assert.ok(!others.events.some((e) => e.event.startsWith('scheduled_post')));
		const quiet = await s.raw('POST', '/api/v4/posts/schedule', { token: s.token, headers: { 'Connection-Id': ws.connectionId }, body: { channel_id: s.channel.id, message: 'x', scheduled_at: later } });
		assert.equal(quiet.status, 201);
		const loud = await s.later('y');
		await told(ws, 'created', loud.id);
		assert.ok(!ws.events.some((e) => e.event === 'scheduled_post_created' && JSON.parse(e.data.scheduledPost).id === quiet.json.id), 'the session that wrote it knows');
		await s.stop();
		await s.start();
		assert.equal((await s.waiting()).length, 4);
		await s.stop();
	});

	test(`what cannot be scheduled is refused, and nothing is kept (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), at = Date.now() + HOUR;
		const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'S', type: 'P' });
		const old = await s.api('POST', '/channels', { team_id: s.team.id, name: 'old', display_name: 'O', type: 'O' });
		await s.api('DELETE', `/channels/${old.id}`);
		const hidden = await s.post('hidden', { channel: secret }), root = await s.post('root');
		const body = (more) => ({ channel_id: s.channel.id, message: 'm', scheduled_at: at, ...more });
		for (const [more, id] of [[{ message: '' }, 'model.scheduled_post.is_valid.empty_post.app_error'], [{ message: 'x'.repeat(16384) }, 'model.draft.is_valid.message_length.app_error'],
			[{ scheduled_at: Date.now() - 1000 }, 'model.scheduled_post.is_valid.scheduled_at.app_error'], [{ scheduled_at: undefined }, 'model.scheduled_post.is_valid.scheduled_at.app_error'],
			[{ scheduled_at: '1' }, badBody], [{ channel_id: 'x' }, badBody], [{ message: 1 }, badBody], [{ props: [] }, badBody], [{ file_ids: ['x'] }, badBody], [{ priority: { priority: 'high' } }, badBody],
			[{ metadata: 1 }, badBody], [{ root_id: hidden.id }, 'api.post.create_post.root_id.app_error'], [{ root_id: 'x' }, 'api.post.create_post.root_id.app_error'],
			[{ root_id: root.id, priority: { priority: 'urgent' } }, 'api.post.post_priority.priority_post_only_allowed_for_root_post.request_error'],
			[{ channel_id: old.id }, 'app.save_scheduled_post.channel_deleted.app_error']])
			assert.deepEqual(await s.refused('POST', '', body(more)), [400, id], JSON.stringify(more).slice(0, 80));
		const unknown = await s.refused('POST', '', body({ channel_id: 'z'.repeat(26) }), bob.token);
		assert.deepEqual(await s.refused('POST', '', body({ channel_id: secret.id }), bob.token), unknown, 'a hidden channel is like none');
		assert.deepEqual(await s.waiting(), []);
		const mine = await s.later('mine');
		for (const [more, id] of [[{ scheduled_at: 5 }, 'model.scheduled_post.is_valid.scheduled_at.app_error'], [{ message: '' }, 'model.scheduled_post.is_valid.empty_post.app_error'], [{ id: root.id }, badBody]])
			assert.deepEqual(await s.refused('PUT', `/${mine.id}`, { message: 'm', ...more }), [400, id]);
		assert.deepEqual(await s.waiting(), [mine]);
		await s.stop();
		await s.start({ MM_SERVICESETTINGS_SCHEDULEDPOSTS: 'false' });
		assert.deepEqual(await s.refused('POST', '', body({})), [400, 'api.scheduled_posts.feature_disabled']);
		assert.equal((await s.api('GET', '/config/client?format=old')).ScheduledPosts, 'false');
		await s.stop();
	});

	test(`at its time it is said as any post is, once (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), ws = await new Socket(s, s.token).ready(), heard = await new Socket(s, bob.token).ready();
		const out = await receiver(() => ({}));
		await s.api('POST', '/hooks/outgoing', { team_id: s.team.id, channel_id: s.channel.id, display_name: 'out', callback_urls: [out.url], content_type: 'application/json' });
		const root = await s.post('root'), dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		const priority = { priority: 'important', requested_ack: false, persistent_notifications: false };
		const plan = [await s.later('hello @bob', { priority, props: { x: 1 } }), await s.later('a reply', { root_id: root.id }), await s.later('psst', { channel: dm })];
		const far = await s.later('not yet', { at: Date.now() + 10 * HOUR });
		await s.shiftClock(HOUR + 1000, ws);
		for (const p of plan) await told(ws, 'deleted', p.id);
		const posted = (text) => heard.event('posted', (e) => JSON.parse(e.data.post).message === text);
		const said = JSON.parse((await posted('hello @bob')).data.post);
		assert.deepEqual([said.user_id, said.props, said.metadata.priority, said.channel_id], [s.admin.id, { x: 1 }, priority, s.channel.id]);
		assert.ok(said.create_at >= plan[0].scheduled_at);
		assert.match((await posted('hello @bob')).data.mentions, new RegExp(bob.id));
		assert.equal(JSON.parse((await posted('a reply')).data.post).root_id, root.id);
		assert.equal(JSON.parse((await posted('psst')).data.post).channel_id, dm.id);
		assert.deepEqual(await s.waiting(), [far]);
		assert.equal((await s.api('GET', `/users/${bob.id}/channels/${s.channel.id}/unread`, undefined, bob.token)).mention_count, 1);
		await until('outgoing webhooks hear it', () => out.requests.some((r) => JSON.parse(r.body).text === 'hello @bob'));
		await s.later('last', { at: Date.now() + HOUR + 1500 });
		await posted('last');
		assert.deepEqual((await s.messages()).map((p) => p.message).filter((m) => !/joined|added/.test(m)), ['root', 'hello @bob', 'a reply', 'last']);
		await s.stop();
	});

	test(`one that cannot be said stays with its reason, and may be tried again (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), eve = await s.member('eve'), ws = await new Socket(s, bob.token).ready(), mine = await new Socket(s, s.token).ready();
		const channel = (name) => s.api('POST', '/channels', { team_id: s.team.id, name, display_name: name, type: 'P' });
		const join = (c, u) => s.api('POST', `/channels/${c.id}/members`, { user_id: u.id });
		const old = await channel('old'), shut = await channel('shut');
		for (const c of [old, shut]) await join(c, bob);
		const root = await s.post('root');
		const late = (message, more) => s.later(message, { token: bob.token, ...more });
		const plan = { channel_archived: await late('a', { channel: old }), no_channel_permission: await late('b', { channel: shut }), thread_deleted: await late('c', { root_id: root.id }) };
		const fine = await late('fine'), hers = await s.later('hers', { token: eve.token });
		await s.api('DELETE', `/channels/${old.id}`);
		await s.api('DELETE', `/channels/${shut.id}/members/${bob.id}`);
		await s.api('DELETE', `/posts/${root.id}`);
		await s.api('PUT', `/users/${eve.id}/active`, { active: false });
		await s.shiftClock(HOUR + 1000, mine);
		for (const [code, p] of Object.entries(plan)) {
			const now = await told(ws, 'updated', p.id, (x) => x.error_code);
			assert.equal(now.error_code, code);
			assert.ok(now.processed_at >= p.scheduled_at);
		}
		await told(ws, 'deleted', fine.id);
		assert.deepEqual((await s.waiting(bob.token)).map((p) => p.error_code).sort(), Object.keys(plan).sort());
		await s.api('PUT', `/users/${eve.id}/active`, { active: true });
		eve.token = await s.login('eve');
		assert.deepEqual((await s.waiting(eve.token)).map((p) => [p.id, p.error_code]), [[hers.id, 'user_deleted']]);

		// With the reason gone its author says when again.
		await join(shut, bob);
		const again = await s.api('PUT', `/posts/schedule/${plan.no_channel_permission.id}`, { message: 'at last', scheduled_at: Date.now() + HOUR + 2000 }, bob.token);
		assert.deepEqual([again.error_code, again.processed_at], ['', 0]);
		await told(ws, 'deleted', again.id);
		assert.ok((await s.messages(shut)).some((p) => p.message === 'at last'));
		assert.ok(!(await s.messages()).some((p) => ['a', 'c', 'hers'].includes(p.message)));
		await s.stop();
	});

	test(`whatever it dies of, and however long it was away, each is said once (${engine})`, async () => {
		const s = await town(engine);
		const points = ['', 'before_commit', 'after_commit', 'before_publish', 'after_publish'];
		for (const point of points) {
			const at = Date.now() + 1500, text = `said after ${point || 'a stop'}`;
			for (const n of [1, 2]) await s.later(`${text} ${n}`, { at });
			await s.kill();
			await until('its time has come', () => Date.now() > at);
			if (point) {
				await s.start({ HUBBUB_CRASH: `hubbub/${point}:1:${join(tempDir(), 'died')}` }).catch(() => {});
				await s.exited;
			}
			await s.start();
			await until('both are said', async () => (await s.waiting()).length === 0);
			assert.deepEqual((await s.messages()).map((p) => p.message).filter((m) => m.startsWith(text)).sort(), [`${text} 1`, `${text} 2`]);
		}
		await s.stop();
	});
}

run();
