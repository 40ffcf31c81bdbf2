// What the official web app cannot do without (API.md A.5.4, A.6): one missing answer, field or list there is a blank page.
import { test, run, assert, Server, Socket } from './harness.mjs';

const lines = (text) => text.split('\n').filter(Boolean).map((l) => JSON.parse(l));
const texts = (o, ...keys) => { for (const k of keys) assert.equal(typeof o[k], 'string', `${k} of ${JSON.stringify(o)}`); };
const numbers = (o, ...keys) => { for (const k of keys) assert.equal(typeof o[k], 'number', `${k} of ${JSON.stringify(o)}`); };
const isObject = (o) => assert.ok(o && typeof o === 'object' && !Array.isArray(o), JSON.stringify(o));

// A field each thing must have wherever it comes from.
const needs = {
	user: (u) => { texts(u, 'id', 'username', 'roles', 'locale'); assert.ok(u.roles); isObject(u.timezone); },
	team: (t) => { texts(t, 'id', 'name', 'display_name', 'type'); numbers(t, 'delete_at'); },
	teamMember: (m) => { texts(m, 'team_id', 'user_id', 'roles'); assert.match(m.roles, /team_(user|guest)/); numbers(m, 'delete_at'); },
	channel: (c) => { texts(c, 'id', 'team_id', 'name', 'display_name', 'type', 'header', 'purpose'); numbers(c, 'delete_at', 'total_msg_count', 'total_msg_count_root', 'last_post_at'); },
	channelMember: (m) => { texts(m, 'channel_id', 'user_id', 'roles'); assert.match(m.roles, /channel_(user|guest)/); numbers(m, 'msg_count', 'msg_count_root', 'mention_count', 'mention_count_root', 'last_viewed_at'); isObject(m.notify_props); },
	role: (r) => { texts(r, 'id', 'name'); assert.ok(Array.isArray(r.permissions)); },
	category: (c) => { texts(c, 'id', 'type', 'display_name', 'team_id', 'user_id'); assert.ok(Array.isArray(c.channel_ids)); },
	post: (p) => { texts(p, 'id', 'message', 'user_id', 'channel_id', 'root_id', 'type'); numbers(p, 'create_at', 'update_at', 'delete_at', 'edit_at'); isObject(p.props); isObject(p.metadata); },
	postList: (l) => { assert.ok(Array.isArray(l.order)); isObject(l.posts); texts(l, 'next_post_id', 'prev_post_id'); Object.values(l.posts).forEach(needs.post); for (const id of l.order) assert.ok(l.posts[id], id); },
};

// Everything that opening the app and a channel reads, as this person; any of it may not fail, be null or lack a field.
async function opens(s, who, { team, channel } = {}) {
	const get = async (path) => {
		const r = await s.raw('GET', `/api/v4/${path}`, { token: who.token });
		assert.equal(r.status, 200, `${path}: ${r.status} ${r.text}`);
		assert.equal(r.headers.get('cache-control'), null, `${path}: the version is taken from answers without it only`);
		assert.match(r.headers.get('x-version-id'), /^11\.6\.0\./);
		return r;
	};
	const all = async (path, need) => {
		const r = await get(path);
		assert.equal(r.headers.get('content-type'), 'application/json', path);
		assert.ok(Array.isArray(r.json), `${path}: ${r.text}`);
		r.json.forEach((x) => need?.(x));
		return r.json;
	};
	needs.user((await get('users/me')).json);
	await all('users/me/preferences', (p) => texts(p, 'user_id', 'category', 'name', 'value'));
	const teams = await all('users/me/teams', needs.team), members = await all('users/me/teams/members', needs.teamMember);
	await all('users/me/teams/unread?include_collapsed_threads=true', (t) => numbers(t, 'msg_count', 'mention_count', 'msg_count_root', 'mention_count_root'));
	const channels = await all('users/me/channels', needs.channel);
	const r = await get('users/me/channel_members?page=-1&per_page=60');
	assert.equal(r.headers.get('content-type'), 'application/x-ndjson');
	const own = lines(r.text);
	own.forEach(needs.channelMember);
	assert.deepEqual(channels.filter((c) => !own.some((m) => m.channel_id === c.id)), [], 'a channel is shown with its membership only');
	const names = [...new Set([(await get('users/me')).json.roles, ...members.map((m) => m.roles), ...own.map((m) => m.roles)].join(' ').split(' ').filter(Boolean))];
	const roles = await s.api('POST', '/roles/names', names, who.token);
	roles.forEach(needs.role);
	assert.deepEqual(roles.map((x) => x.name).sort(), names.sort());
	assert.deepEqual(await s.api('POST', '/roles/names', [], who.token).catch((e) => (/400/.test(e.message) ? [] : e)), []);
	for (const t of team ? [team] : teams) {
		await all(`users/me/teams/${t.id}/channels?include_deleted=true&last_delete_at=0`, needs.channel);
		await all(`users/me/teams/${t.id}/channels/members`, needs.channelMember);
		const c = (await get(`users/me/teams/${t.id}/channels/categories`)).json;
		assert.deepEqual(c.order, c.categories.map((x) => x.id), 'all of them, in order');
		c.categories.forEach(needs.category);
		assert.deepEqual(['favorites', 'channels', 'direct_messages'].filter((k) => !c.categories.some((x) => x.type === k)), []);
		await all(`users/me/teams/${t.id}/drafts`);
		const threads = (await get(`users/me/teams/${t.id}/threads`)).json;
		assert.ok(Array.isArray(threads.threads), JSON.stringify(threads));
		numbers(threads, 'total', 'total_unread_threads', 'total_unread_mentions');
	}
	for (const c of channel ? [channel] : channels) {
		needs.postList((await get(`users/me/channels/${c.id}/posts/unread?limit_before=30&limit_after=30&collapsedThreads=true`)).json);
		needs.postList((await get(`channels/${c.id}/posts?per_page=30`)).json);
		needs.postList((await get(`channels/${c.id}/posts?since=1`)).json);
		needs.postList((await get(`channels/${c.id}/pinned`)).json);
		const stats = (await get(`channels/${c.id}/stats`)).json;
		numbers(stats, 'member_count', 'guest_count', 'pinnedpost_count', 'files_count');
	}
	return { teams, channels };
}

test('who is nobody yet gets settings with a way to sign in, and nothing else', async () => {
	const s = await new Server().start();
	await s.world();
	const open = (await s.raw('GET', '/api/v4/config/client?format=old')).json;
	assert.equal(open.EnableSignInWithEmail, 'true');
	assert.deepEqual([open.WebsocketURL, open.WebsocketPort, open.WebsocketSecurePort], ['', '80', '443'], 'the page\'s own address is the WebSocket\'s');
	const full = await s.api('GET', '/config/client?format=old');
	texts(full, 'AvailableLocales', 'CustomUrlSchemes');
	for (const key of ['MaxPostSize', 'MaxFileSize', 'MinimumHashtagLength', 'TimeBetweenUserTypingUpdatesMilliseconds', 'UniqueEmojiReactionLimitPerPost']) assert.ok(full[key] !== '' && Number.isFinite(Number(full[key])), `${key}=${full[key]}`);
	for (const path of ['users/me', 'users/me/teams', 'users/me/channels', 'users/me/preferences']) {
		const r = await s.raw('GET', `/api/v4/${path}`);
		assert.deepEqual([r.status, r.json.id, r.json.status_code, typeof r.json.message], [401, 'api.context.session_expired.app_error', 401, 'string'], path);
	}
	await s.stop();
});

test('somebody without a team gets empty lists, not null', async () => {
	const s = await new Server().start();
	await s.world();
	const alone = await s.user('alone');
	const { teams, channels } = await opens(s, alone);
	assert.deepEqual([teams, channels], [[], []]);
	await s.stop();
});

test('every answer of a start has what a page is made of: of members, administrators and guests, empty channels and full ones', async () => {
	const s = await new Server({ settings: { GuestAccountsSettings: { Enable: true } } }).start();
	await s.world();
	const ann = await s.member('ann'), guest = await s.member('guest');
	await s.api('POST', `/users/${guest.id}/demote`, {});
	guest.token = await s.login('guest');
	await s.api('POST', '/channels', { team_id: s.team.id, name: 'empty', display_name: 'Empty', type: 'P' });
	await s.api('POST', '/channels/direct', [ann.id, s.admin.id]);
	await s.api('POST', '/channels/group', [ann.id, s.admin.id, guest.id]);
	const first = await s.post('first'), reply = await s.post('reply', { root_id: first.id, token: ann.token });
	await s.post('with props', { props: { attachments: [{ text: 'a' }] } });
	await s.api('POST', '/reactions', { user_id: ann.id, post_id: reply.id, emoji_name: '+1' }, ann.token);
	await s.api('PUT', `/posts/${first.id}/patch`, { message: 'changed', is_pinned: true });
	const gone = await s.post('gone');
	await s.api('DELETE', `/posts/${gone.id}`);
	const old = await s.api('POST', '/channels', { team_id: s.team.id, name: 'old', display_name: 'Old', type: 'O' });
	await s.api('DELETE', `/channels/${old.id}`);
	for (const who of [ann, s.admin, guest]) await opens(s, who);
	await s.stop();
});

test('what events carry has the same fields, and they are numbered without a gap', async () => {
	const s = await new Server().start();
	await s.world();
	const ann = await s.member('ann'), socket = await new Socket(s, ann.token).ready();
	const root = await s.post('root @ann'), json = (e, key) => JSON.parse(e.data[key]);
	await s.post('reply', { root_id: root.id });
	await s.api('PUT', `/posts/${root.id}/patch`, { message: 'changed' });
	await s.api('PUT', `/channels/${s.channel.id}/patch`, { header: 'new' });
	await s.api('PUT', `/channels/${s.channel.id}/members/${ann.id}/roles`, { roles: 'channel_user channel_admin' });
	await s.api('POST', '/channels/direct', [ann.id, s.admin.id]);
	await s.api('DELETE', `/posts/${root.id}`);
	for (const name of ['posted', 'post_edited', 'post_deleted']) needs.post(json(await socket.event(name), 'post'));
	needs.channel(json(await socket.event('channel_updated', (e) => e.data.channel), 'channel'));
	needs.channelMember(json(await socket.event('channel_member_updated'), 'channelMember'));
	await socket.event('direct_added');
	assert.equal(socket.events[0].event, 'hello');
	assert.deepEqual(socket.events.map((e) => e.seq), socket.events.map((_, i) => i));
	for (const e of socket.events) assert.deepEqual(Object.keys(e.broadcast).slice(0, 6).sort(), ['channel_id', 'connection_id', 'omit_connection_id', 'omit_users', 'team_id', 'user_id'], e.event);
	await s.stop();
});

run();
