// The boots of the official clients, call by call, as they were traced: a browser with its cookies, and the mobile app with its token.
// What a client cannot do without is looked at in each answer.
import { test, run, assert, Server, Socket, until } from './harness.mjs';
import { png } from './pictures.mjs';

const texts = (object, ...keys) => { for (const k of keys) assert.equal(typeof object[k], 'string', `${k} of ${JSON.stringify(object).slice(0, 300)}`); };
const numbers = (object, ...keys) => { for (const k of keys) assert.equal(typeof object[k], 'number', `${k} of ${JSON.stringify(object).slice(0, 300)}`); };
const list = (value, min = 0) => { assert.ok(Array.isArray(value) && value.length >= min, `a list of ${min}: ${JSON.stringify(value).slice(0, 300)}`); return value; };
const posts = (l) => { list(l.order); assert.ok(l.order.every((id) => l.posts[id])); texts(l, 'next_post_id', 'prev_post_id'); for (const p of Object.values(l.posts)) { texts(p, 'id', 'message', 'type', 'user_id'); assert.equal(typeof p.props, 'object'); } };
const isTeam = (t) => { texts(t, 'id', 'name', 'display_name', 'type'); numbers(t, 'delete_at'); };
const isChannel = (c) => { texts(c, 'id', 'team_id', 'type', 'name', 'display_name'); numbers(c, 'delete_at', 'total_msg_count', 'total_msg_count_root', 'last_post_at'); };
const isMember = (m) => { texts(m, 'channel_id', 'user_id', 'roles'); numbers(m, 'msg_count', 'msg_count_root', 'mention_count', 'mention_count_root', 'last_viewed_at'); };
const isUser = (u) => texts(u, 'id', 'username', 'roles', 'locale', 'email');
const ok = (a) => assert.equal(a.status, 'OK');

// A browser: cookies, the mark of a script, the token against forgery; a refusal of an answer's type is what the web app stumbles over.
class Browser {
	constructor(s) { this.s = s; this.cookies = {}; this.calls = 0; }

	async call(method, path, body, code = 200) {
		const headers = { 'X-Requested-With': 'XMLHttpRequest', Cookie: Object.entries(this.cookies).map(([k, v]) => `${k}=${v}`).join('; ') };
		if (this.bearer) headers.Authorization = `Bearer ${this.bearer}`;
		if (method !== 'GET' && this.cookies.MMCSRF) headers['X-CSRF-Token'] = this.cookies.MMCSRF;
		const r = await this.s.raw(method, `/api/v4/${path}`, { body, headers });
		for (const line of r.headers.getSetCookie()) { const [, k, v] = line.match(/^([^=]+)=([^;]*)/); this.cookies[k] = v; }
		assert.equal(r.status, code, `${method} ${path}: ${r.text.slice(0, 300)}`);
		if (code < 300 && r.text) assert.equal(r.headers.get('content-type'), path.includes('page=-1') ? 'application/x-ndjson' : 'application/json', path);
		assert.ok(code >= 300 || r.headers.get('x-version-id').startsWith('11.6.0.'), path);
		this.calls++;
		return path.includes('page=-1') ? r.text.trim().split('\n').map((l) => JSON.parse(l)) : r.json ?? r;
	}

	// Rows of [METHOD path, body, what must be so]; in the order of the trace.
	async play(rows) {
		for (const [what, look, body, code] of rows) {
			const [method, path] = what.split(' ');
			look(await this.call(method, path, body, code));
		}
	}
}

async function town(engine) {
	const s = await new Server({ engine }).start();
	await s.world();
	const w = { s, bob: await s.member('bob') };
	w.root = await s.post('a root, @bob');
	await s.post('a reply', { token: w.bob.token, root_id: w.root.id });
	w.dm = await s.api('POST', '/channels/direct', [s.admin.id, w.bob.id]);
	await s.post('psst', { channel: w.dm, token: w.bob.token });
	return w;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`the web app boots: login page, sign-in, root, a team, a channel, a word (${engine})`, async () => {
		const w = await town(engine), { s } = w, b = new Browser(s), t = s.team.id, c = s.channel.id;
		await b.play([
			['GET config/client?format=old', (a) => { texts(a, 'Version', 'SiteName', 'EnableSignInWithEmail'); assert.equal(a.AppsPluginEnabled ?? 'false', 'false'); }],
			['GET license/client?format=old', (a) => assert.equal(a.IsLicensed, 'true')],
			['GET plugins/webapp', (a) => assert.deepEqual(a, [])],
			['GET brand/image?t=1', () => {}, undefined, 404],
			['POST users/login/type', () => {}, { login_id: 'bob' }, 404],
			['POST users/login', (a) => assert.match(a.id, /^api\.user\.login\.invalid_credentials_email_username/), { login_id: 'bob', password: 'wrong', token: '', deviceId: '' }, 401],
			['GET users/me', (a) => assert.equal(a.id, 'api.context.session_expired.app_error'), undefined, 401],
			['POST users/login', isUser, { login_id: 'bob', password: 'password1', token: '', deviceId: '' }],
		]);
		assert.deepEqual(Object.keys(b.cookies).sort(), ['MMAUTHTOKEN', 'MMCSRF', 'MMUSERID']);
		assert.equal(b.cookies.MMUSERID, w.bob.id);
		let me = null;
		await b.play([
			['GET config/client?format=old', (a) => { texts(a, 'AvailableLocales', 'CustomUrlSchemes', 'MaxPostSize', 'CollapsedThreads', 'WebsocketURL', 'WebsocketPort'); assert.ok(Number(a.MaxPostSize) > 0); assert.equal(a.CollapsedThreads, 'always_on'); }],
			['GET users/me', (a) => { isUser(a); me = a; assert.equal(typeof a.notify_props, 'object'); assert.equal(typeof a.timezone, 'object'); }],
			['GET users/me/preferences', (a) => list(a).forEach((p) => texts(p, 'category', 'name', 'value'))],
			['GET users/me/teams', (a) => list(a, 1).forEach(isTeam)],
			['GET users/me/teams/members', (a) => list(a, 1).forEach((m) => texts(m, 'team_id', 'user_id', 'roles'))],
			['GET users/me/teams/unread?include_collapsed_threads=true', (a) => list(a, 1).forEach((u) => numbers(u, 'msg_count', 'mention_count', 'msg_count_root', 'mention_count_root', 'thread_count', 'thread_mention_count'))],
			['GET limits/server', (a) => numbers(a, 'postHistoryLimit', 'maxUsersLimit')],
			['POST roles/names', (a) => list(a, 3).forEach((r) => list(r.permissions)), ['system_user', 'team_user', 'channel_user']],
			['POST emoji/names', (a) => list(a), ['none']],
		]);
		await b.play([
			['PUT users/me', (a) => assert.equal(a.timezone.automaticTimezone, 'Europe/Rome'), { ...me, timezone: { useAutomaticTimezone: 'true', automaticTimezone: 'Europe/Rome', manualTimezone: '' } }],
			['GET users/me/channels', (a) => list(a, 4).forEach(isChannel)],
			['GET users/me/channel_members?page=-1&per_page=60', (a) => list(a, 4).forEach((m) => { isMember(m); texts(m, 'team_name'); })],
			[`GET users/me/teams/${t}/channels/categories`, (a) => { assert.deepEqual(list(a.categories, 3).map((x) => x.type).sort(), ['channels', 'direct_messages', 'favorites']); assert.deepEqual(a.order, a.categories.map((x) => x.id)); }],
			[`GET users/me/teams/${t}/drafts`, (a) => list(a)],
			[`GET posts/scheduled/team/${t}?includeDirectChannels=true`, (a) => list(a.directChannels)],
			[`GET users/me/teams/${t}/threads?totalsOnly=true&threadsOnly=false`, (a) => numbers(a, 'total', 'total_unread_threads', 'total_unread_mentions')],
			[`GET system/notices/${t}?client=web&clientVersion=11.6.0&locale=en&clientType=x`, (a) => assert.deepEqual(a, [])],
			['GET users?page=0&per_page=100', (a) => list(a, 2).forEach((u) => texts(u, 'id', 'username'))],
			['GET agents/status', (a) => assert.equal(a.available, false)],
			['GET custom_profile_attributes/fields', (a) => assert.deepEqual(a, [])],
		]);
		const ws = new Socket(s, b.cookies.MMAUTHTOKEN);
		await ws.ready();
		assert.equal(ws.hello.seq, 0);
		let read = null;
		await b.play([
			['GET teams/name/acme', isTeam],
			[`GET users/me/teams/${t}/channels?include_deleted=true&last_delete_at=0`, (a) => list(a, 4).forEach(isChannel)],
			[`GET users/me/teams/${t}/channels/members`, (a) => list(a, 4).forEach(isMember)],
			[`GET teams/${t}/channels/name/dev?include_deleted=true`, isChannel],
			[`GET users/me/channels/${c}/posts/unread?limit_before=30&limit_after=30&skipFetchThreads=false&collapsedThreads=true&collapsedThreadsExtended=false`, (a) => { posts(a); assert.ok(a.posts[w.root.id]); }],
			[`GET channels/${c}/stats?exclude_files_count=true`, (a) => numbers(a, 'member_count', 'guest_count', 'pinnedpost_count')],
			[`GET channels/${c}/members/me`, isMember],
			['POST users/ids', (a) => list(a, 1), [s.admin.id]],
			['POST users/status/ids', (a) => list(a, 1).forEach((x) => texts(x, 'user_id', 'status')), [s.admin.id, w.bob.id]],
			['POST users/group_channels', (a) => assert.equal(typeof a, 'object'), []],
			[`GET sharedchannels/users/${w.bob.id}/can_dm/${s.admin.id}`, (a) => assert.equal(a.can_dm, true)],
			['POST channels/members/me/view', (a) => { ok(a); assert.ok(a.last_viewed_at_times[c] > 0); }, { channel_id: c, prev_channel_id: '', collapsed_threads_supported: true }],
			['PUT users/me/preferences', ok, [{ user_id: w.bob.id, category: 'last', name: 'channel', value: c }]],
			['POST drafts', (a) => assert.equal(a.message, 'hel'), { user_id: w.bob.id, channel_id: c, message: 'hel', props: {}, file_ids: [], root_id: '' }, 201],
			['POST posts', (a) => assert.equal(a.pending_post_id, `${w.bob.id}:1`), { channel_id: c, message: 'hello', pending_post_id: `${w.bob.id}:1`, user_id: w.bob.id, props: {}, metadata: {}, file_ids: [], create_at: 0 }, 201],
			[`DELETE users/me/channels/${c}/drafts`, () => {}],
			[`GET channels/${c}/posts?since=${w.root.create_at}&collapsedThreads=true`, posts],
			[`GET posts/${w.root.id}/thread?perPage=60&direction=down&skipFetchThreads=false&collapsedThreads=true&collapsedThreadsExtended=false`, posts],
			[`GET users/me/teams/${t}/threads?extended=true&per_page=25`, (a) => { read = list(a.threads, 1)[0]; assert.equal(read.id, w.root.id); }],
			[`GET teams/${t}/commands/autocomplete_suggestions?user_input=%2Fshr&channel_id=${c}`, (a) => assert.equal(a[0].Complete, 'shrug')],
			['POST client_perf', () => {}, { version: '0.1.0', client_id: 'x', labels: {}, start: 1, end: 2, counters: [], histograms: [] }],
		]);
		assert.ok(read.post && read.participants);
		const told = await ws.event('posted', (e) => JSON.parse(e.data.post).message === 'hello');
		assert.deepEqual([told.data.channel_name, told.data.sender_name, told.data.team_id], ['dev', '@bob', t]);
		assert.equal(ws.gaps, 0);
		await b.play([['POST users/logout', ok]]);
		await ws.closed;
		assert.ok(!b.cookies.MMAUTHTOKEN);
		await s.stop();
	});

	test(`the mobile app enters: with a token, a socket that signs in twice, what was missed since (${engine})`, async () => {
		const w = await town(engine), { s } = w, b = new Browser(s), t = s.team.id, c = s.channel.id;
		await b.play([
			['GET system/ping?device_id=apple_rnbeta-v2:abc', (a) => texts(a, 'status', 'CanReceiveNotifications')],
			['GET config/client?format=old', (a) => texts(a, 'Version', 'AsymmetricSigningPublicKey')],
			['GET license/client?format=old', (a) => assert.equal(a.IsLicensed, 'true')],
		]);
		b.bearer = await s.login('bob');
		await b.play([
			['GET config/client?format=old', (a) => texts(a, 'SchemaVersion', 'Version', 'ExperimentalEnablePostMetadata')],
			['GET users/me/preferences', (a) => list(a)],
			['GET users/me', isUser],
			['GET users/me/teams', (a) => list(a, 1).forEach(isTeam)],
			['GET users/me/teams/members', (a) => list(a, 1)],
			[`GET users/me/teams/${t}/channels?include_deleted=true&last_delete_at=0`, (a) => list(a, 4).forEach(isChannel)],
			[`GET users/me/teams/${t}/channels/members`, (a) => list(a, 4).forEach(isMember)],
			[`GET users/me/teams/${t}/channels/categories`, (a) => list(a.categories, 3)],
			['POST roles/names', (a) => list(a, 4), ['system_user', 'team_user', 'channel_user', 'channel_admin']],
			[`GET users/me/teams/${t}/threads?since=1&extended=true&deleted=true&per_page=60`, (a) => list(a.threads, 1)],
			['GET groups?per_page=200&page=0&filter_allow_reference=true&include_member_count=false', (a) => list(a)],
			['GET users/me/groups', (a) => list(a)],
			[`GET posts/scheduled/team/${t}?includeDirectChannels=true`, (a) => list(a.directChannels)],
			['PUT users/sessions/device', ok, { device_id: 'apple_rnbeta-v2:abc', device_notification_disabled: 'false', mobile_version: '2.40.0' }],
			[`GET channels/${c}/posts?page=0&per_page=60&collapsedThreads=true&collapsedThreadsExtended=true`, posts],
			[`GET users?in_channel=${c}&page=0&per_page=60`, (a) => list(a, 2)],
		]);
		const ws = await new Socket(s, b.bearer).ready();
		ws.send('authentication_challenge', { token: b.bearer });
		assert.equal((await ws.ask('ping')).data.text, 'pong');
		assert.ok(!ws.replies.some((r) => r.seq_reply === 1), 'a challenge of who is signed in is passed over');
		const { id, next } = { id: ws.connectionId, next: ws.next };
		await ws.close();
		await s.post('missed');
		const back = new Socket(s, b.bearer, { id, seq: next });
		await back.event('posted', (e) => JSON.parse(e.data.post).message === 'missed');
		assert.deepEqual([back.gaps, back.hello], [0, undefined]);
		await until('the file', async () => (await s.raw('POST', `/api/v4/files?channel_id=${c}&filename=a.png`, { token: b.bearer, body: png(8, 8) })).status === 201);
		await s.stop();
	});
}

run();
