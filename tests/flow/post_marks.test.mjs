// What somebody marks a post with: a reminder comes once, acknowledgements are seen by all, urgent posts notify again and again, saved posts are listed.
import { test, run, assert, Server, Socket, until, tempDir } from './harness.mjs';
import { join } from 'node:path';

const HOUR = 3600_000, MINUTE = 60_000;
const badBody = 'api.context.invalid_body_param.app_error', badUrl = 'api.context.invalid_url_param.app_error', noPost = 'app.post.get.app_error', perms = 'api.context.permissions.app_error';
const ASKS = { metadata: { priority: { priority: 'urgent', requested_ack: true, persistent_notifications: false } } };
const LOUD = { metadata: { priority: { priority: 'urgent', requested_ack: false, persistent_notifications: true } } };

async function town(engine, more = {}) {
	const s = await new Server({ engine, ...more }).start();
	await s.world();
	s.refused = async (method, path, body, token = s.token) => {
		const r = await s.raw(method, `/api/v4${path}`, { token, body });
		return [r.status, r.json.id];
	};
	s.secret = async () => {
		const channel = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'S', type: 'P' });
		return s.post('hidden', { channel, ...ASKS });
	};
	s.remind = (u, post, at) => s.api('POST', `/users/${u.id}/posts/${post.id}/reminder`, { target_time: Math.floor(at / 1000) }, u.token);
	// What the system's bot has told this person.
	s.told = async (u) => {
		const bot = await s.raw('GET', '/api/v4/users/username/system-bot', { token: s.token });
		if (bot.status !== 200) return [];
		const dm = (await s.api('GET', '/users/me/channels', undefined, u.token)).find((c) => c.type === 'D' && c.name.includes(bot.json.id));
		return dm ? (await s.messages(dm, u.token)).map((p) => ({ ...p, bot: bot.json })) : [];
	};
	return s;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`a reminder comes at its time in a direct message of the system's bot (${engine})`, async () => {
		const s = await town(engine, { settings: { TeamSettings: { RestrictDirectMessage: 'team' } } }), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
		const post = await s.post('think of it'), gone = await s.post('gone by then'), secret = await s.secret();
		const dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]), psst = await s.post('psst', { channel: dm });
		for (const p of [post, gone, psst]) await s.remind(bob, p, Date.now() + HOUR);
		await s.remind(bob, post, Date.now() + 2 * HOUR);
		const noted = JSON.parse((await ws.event('ephemeral_message')).data.post);
		assert.deepEqual([noted.channel_id, noted.props.post_id, noted.props.username, noted.props.team_name], [s.channel.id, post.id, 'admin', 'acme']);
		await s.api('DELETE', `/posts/${gone.id}`);
		await s.shiftClock(HOUR + 2000, ws);
		await until('the first', async () => (await s.told(bob)).length === 1);
		await s.shiftClock(2 * HOUR + 2000, ws);
		const told = await until('the second', async () => { const list = await s.told(bob); return list.length === 2 && list; });
		assert.deepEqual(told.map((p) => [p.type, p.props.post_id, p.props.username, p.props.team_name, p.user_id]),
			[['reminder', psst.id, 'admin', 'acme', told[0].bot.id], ['reminder', post.id, 'admin', 'acme', told[0].bot.id]]);
		assert.match(told[1].message, new RegExp(`@admin.*/acme/pl/${post.id}$`));
		assert.equal(told[0].bot.is_bot, true);
		await ws.event('posted', (e) => JSON.parse(e.data.post).id === told[1].id && e.data.mentions?.includes(bob.id));

		const path = (p, u = bob) => `/users/${u.id}/posts/${p.id}/reminder`, at = { target_time: 4e9 };
		for (const body of [{}, { target_time: 0 }, { target_time: 'soon' }, { target_time: -1 }, []])
			assert.deepEqual(await s.refused('POST', path(post), body, bob.token), [400, badBody]);
		assert.deepEqual(await s.refused('POST', path(secret), at, bob.token), [404, noPost]);
		assert.deepEqual(await s.refused('POST', path({ id: 'z'.repeat(26) }), at, bob.token), [404, noPost]);
		assert.deepEqual(await s.refused('POST', path(post, s.admin), at, bob.token), [403, perms]);
		const taken = await s.raw('POST', '/api/v4/users', { token: s.token, body: { email: 'x@example.com', username: 'system-bot', password: 'password1' } });
		assert.deepEqual([taken.status, taken.json.id], [400, 'app.user.save.username_exists.app_error']);
		await s.stop();
	});

	test(`whatever it dies of, a reminder comes once (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), post = await s.post('think of it');
		await s.remind(bob, post, Date.now() - 1000);
		await until('the bot is there', async () => (await s.told(bob)).length === 1);
		let n = 1;
		for (const point of ['before_commit', 'after_commit', 'before_publish', 'after_publish']) {
			const at = Date.now() + 2000;
			await s.remind(bob, post, at);
			await s.kill();
			await until('its time has come', () => Date.now() > at);
			await s.start({ HUBBUB_CRASH: `hubbub/${point}:1:${join(tempDir(), 'died')}` }).catch(() => {});
			await s.exited;
			await s.start();
			await until('it came', async () => (await s.told(bob)).length > n);
			// Another one, behind it: so it is known that nothing more comes of the first.
			await s.remind(bob, await s.post(`mark ${point}`), Date.now() - 1000);
			await until('the mark came', async () => (await s.told(bob)).length >= n + 2);
			assert.equal((await s.told(bob)).length, n += 2);
		}
		await s.stop();
	});

	test(`a post that asks for it is acknowledged, for all to see, and the acknowledgement may be taken back for a while (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), eve = await s.member('eve'), ws = await new Socket(s, s.token).ready();
		const post = await s.post('read this', ASKS), plain = await s.post('as always'), secret = await s.secret();
		const path = (u, p = post) => `/users/${u.id}/posts/${p.id}/ack`;
		const acks = async () => [...(await s.api('GET', `/posts/${post.id}`)).metadata.acknowledgements ?? []];
		const first = await s.api('POST', path(bob), undefined, bob.token);
		assert.deepEqual([first.user_id, first.post_id, first.acknowledged_at > post.create_at], [bob.id, post.id, true]);
		assert.deepEqual(await s.api('POST', path(bob), undefined, bob.token), first, 'again changes nothing');
		const second = await s.api('POST', path(eve), undefined, eve.token);
		assert.deepEqual(JSON.parse((await ws.event('post_acknowledgement_added')).data.acknowledgement), first);
		await ws.event('post_acknowledgement_added', (e) => JSON.parse(e.data.acknowledgement).user_id === eve.id && e.broadcast.channel_id === s.channel.id);
		assert.equal(ws.events.filter((e) => e.event === 'post_acknowledgement_added').length, 2);
		assert.deepEqual(await acks(), [first, second]);
		for (const list of [await s.messages(), Object.values((await s.api('GET', `/channels/${s.channel.id}/posts?since=${second.acknowledged_at - 1}`)).posts)])
			assert.deepEqual(list.find((p) => p.id === post.id).metadata.acknowledgements, [first, second]);

		assert.deepEqual(await s.api('DELETE', path(eve), undefined, eve.token), { status: 'OK' });
		assert.equal(JSON.parse((await ws.event('post_acknowledgement_removed')).data.acknowledgement).user_id, eve.id);
		assert.deepEqual(await acks(), [first]);
		assert.deepEqual(await s.refused('DELETE', path(eve), undefined, eve.token), [404, 'app.acknowledgement.get.app_error']);
		await s.shiftClock(6 * MINUTE, ws);
		assert.deepEqual(await s.refused('DELETE', path(bob), undefined, bob.token), [403, 'api.acknowledgement.delete.deadline.app_error']);

		for (const method of ['POST', 'DELETE']) {
			assert.deepEqual(await s.refused(method, path(bob, secret), undefined, bob.token), [404, noPost]);
			assert.deepEqual(await s.refused(method, path(bob, { id: 'z'.repeat(26) }), undefined, bob.token), [404, noPost]);
			assert.deepEqual(await s.refused(method, path(eve), undefined, bob.token), [403, perms]);
		}
		assert.deepEqual(await s.refused('POST', path(bob, plain), undefined, bob.token), [400, 'api.hubbub.acknowledgement.not_asked.app_error']);
		await s.stop();
		await s.start();
		assert.deepEqual(await acks(), [first]);
		await s.api('DELETE', `/channels/${s.channel.id}`);
		assert.deepEqual(await s.refused('POST', path(eve), undefined, eve.token), [403, 'api.acknowledgement.save.archived_channel.app_error']);
		await s.stop();
	});

	test(`an urgent post notifies those it names again and again, until they have seen it or it was often enough (${engine})`, async () => {
		const s = await town(engine, { settings: { ServiceSettings: { PersistentNotificationMaxCount: 3 } } });
		const names = ['bob', 'eve', 'dan', 'flo', 'gil'], people = Object.fromEntries(await Promise.all(names.map(async (n) => [n, await s.member(n)])));
		const sockets = Object.fromEntries(await Promise.all(names.map(async (n) => [n, await new Socket(s, people[n].token).ready()])));
		const post = await s.post(names.map((n) => `@${n}`).join(' '), LOUD);
		const count = (n, p = post) => sockets[n].events.filter((e) => e.event === 'persistent_notification_triggered' && JSON.parse(e.data.post).id === p.id).length;
		let at = 0;
		const later = async (minutes) => s.shiftClock(at += minutes * MINUTE, sockets.bob);
		const reach = (n, want, p) => until(`${n} is notified ${want} times`, () => count(n, p) === want);
		await later(5.2);
		for (const n of names) await reach(n, 1);
		const e = await sockets.bob.event('persistent_notification_triggered');
		assert.deepEqual([e.data.sender_name, e.data.mentions, e.data.channel_name, e.broadcast.user_id], ['@admin', JSON.stringify([people.bob.id]), 'dev', people.bob.id]);
		// Reading, reacting and answering end it, each for him who does it.
		await s.api('POST', '/channels/members/me/view', { channel_id: s.channel.id }, people.eve.token);
		await s.api('POST', '/reactions', { user_id: people.dan.id, post_id: post.id, emoji_name: 'ok' }, people.dan.token);
		await s.post('on it', { root_id: post.id, token: people.flo.token });
		await s.stop();
		at = 0;
		await s.start();
		for (const n of names) sockets[n] = await new Socket(s, people[n].token).ready();
		await later(15);
		for (const n of ['bob', 'gil']) await reach(n, 1);
		await s.api('DELETE', `/channels/${s.channel.id}/members/${people.gil.id}`);
		await later(10);
		await reach('bob', 2);
		// It was often enough: the next one's first comes alone.
		const asks = { metadata: { priority: { ...ASKS.metadata.priority, persistent_notifications: true } } };
		const next = await s.post('@bob @eve', asks);
		await s.api('POST', `/users/${people.eve.id}/posts/${next.id}/ack`, undefined, people.eve.token);
		await later(10);
		await reach('bob', 1, next);
		const gone = await s.post('@bob gone', LOUD), last = await s.post('@bob last', LOUD);
		await s.api('DELETE', `/posts/${gone.id}`);
		await later(10);
		await reach('bob', 1, last);
		await reach('bob', 2, next);
		assert.deepEqual(names.map((n) => count(n)), [2, 0, 0, 0, 1], 'counted on after the restart');
		assert.deepEqual([count('eve', next), count('bob', gone)], [0, 0]);
		await s.stop();
	});

	test(`what may not notify again and again is refused (${engine})`, async () => {
		const s = await town(engine, { settings: { ServiceSettings: { PersistentNotificationMaxRecipients: 1 } } }), bob = await s.member('bob');
		await s.member('eve');
		const refused = (message) => s.refused('POST', '/posts', { channel_id: s.channel.id, message, ...LOUD });
		const before = await s.messages();
		assert.deepEqual(await refused('nobody'), [400, 'api.post.post_priority.min_recipients_persistent_notification_post.request_error']);
		assert.deepEqual(await refused('@channel'), [400, 'api.post.post_priority.min_recipients_persistent_notification_post.request_error']);
		assert.deepEqual(await refused('@bob @eve'), [400, 'api.post.post_priority.max_recipients_persistent_notification_post.request_error']);
		assert.deepEqual(await s.messages(), before);
		const dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		await s.post('you', { channel: dm, ...LOUD });
		await s.stop();
		await s.start({ MM_SERVICESETTINGS_ALLOWPERSISTENTNOTIFICATIONS: 'false' });
		assert.deepEqual(await refused('@bob'), [403, 'api.post.post_priority.priority_post_not_allowed_for_user.request_error']);
		assert.equal((await s.api('GET', '/config/client?format=old')).AllowPersistentNotifications, 'false');
		await s.stop();
	});

	test(`saved posts are listed, by team, channel and page, where one still is (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob');
		const other = await s.api('POST', '/channels', { team_id: s.team.id, name: 'other', display_name: 'O', type: 'O' });
		await s.api('POST', `/channels/${other.id}/members`, { user_id: bob.id });
		const team = await s.api('POST', '/teams', { name: 'beta', display_name: 'B', type: 'O' });
		const dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		const posts = [await s.post('one'), await s.post('two', { channel: other }), await s.post('three'), await s.post('psst', { channel: dm }), await s.post('gone')];
		const save = (list, u = bob) => s.api('PUT', `/users/${u.id}/preferences`, list.map((p) => ({ user_id: u.id, category: 'flagged_post', name: p.id, value: 'true' })), u.token);
		const texts = async (query = '') => { const l = await s.api('GET', `/users/me/posts/flagged?${query}`, undefined, bob.token); return l.order.map((id) => l.posts[id].message); };
		assert.deepEqual(await texts(), []);
		await save(posts);
		await s.api('DELETE', `/posts/${posts[4].id}`);
		assert.deepEqual(await texts(), ['psst', 'three', 'two', 'one']);
		assert.deepEqual(await texts(`team_id=${s.team.id}`), ['psst', 'three', 'two', 'one']);
		assert.deepEqual(await texts(`team_id=${team.id}`), ['psst']);
		assert.deepEqual(await texts(`channel_id=${s.channel.id}`), ['three', 'one']);
		assert.deepEqual(await texts(`channel_id=${'z'.repeat(26)}`), []);
		assert.deepEqual(await texts('page=1&per_page=3'), ['one']);
		await s.api('DELETE', `/channels/${other.id}/members/${bob.id}`);
		await s.api('POST', `/users/${bob.id}/preferences/delete`, [{ user_id: bob.id, category: 'flagged_post', name: posts[0].id }], bob.token);
		assert.deepEqual(await texts(), ['psst', 'three']);
		assert.deepEqual(await s.refused('GET', `/users/${s.admin.id}/posts/flagged`, undefined, bob.token), [403, perms]);
		assert.deepEqual(await s.refused('GET', '/users/me/posts/flagged?team_id=x', undefined, bob.token), [400, badUrl]);
		assert.deepEqual(await s.refused('GET', '/users/me/posts/flagged?channel_id=x', undefined, bob.token), [400, badUrl]);
		await s.stop();
	});
}

run();
