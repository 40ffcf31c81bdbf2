// What is deleted for good is gone: from every table, from the files, for everybody at once; what stays counts as before.
import { test, run, assert, Server, Socket, build, until } from './harness.mjs';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const denied = 'api.context.permissions.app_error', none = 'z'.repeat(26);
const on = { EnableAPIUserDeletion: true, EnableAPITeamDeletion: true, EnableAPIChannelDeletion: true, EnableAPIPostDeletion: true };

// Everything that is stored, as text; without the words of PostgreSQL's vocabulary, which say nothing of who or where.
function dump(s) {
	if (s.engine === 'postgres') {
		const out = execFileSync('/usr/lib/postgresql/15/bin/pg_dump', ['-h', s.database, '-U', 'hubbub', '--data-only', '--inserts', '-T', 'vocabulary', 'postgres'], { encoding: 'utf8', maxBuffer: 1 << 28 });
		return out.split('\n').filter((l) => l.startsWith('INSERT'));
	}
	const program = 'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nfor l in c.iterdump(): print(l.replace("\\n", " "))';
	return execFileSync('python3', ['-c', program, join(s.data, 'hubbub.db')], { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n').filter((l) => l.startsWith('INSERT'));
}

// Events go by themselves within a day, audits say what was done.
const left = (s, word) => dump(s).filter((l) => l.includes(word) && !/^INSERT INTO (public\.)?"?(events|audits|dedup)"?/.test(l));
const check = (s) => spawnSync(join(build, 'hubbub'), ['check', '--data', s.data], { encoding: 'utf8' }).stdout;
const blobs = (s) => { try { return readdirSync(join(s.data, 'files'), { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => f.name); } catch { return []; } };

async function upload(s, channel, name, token = s.token) {
	const body = new FormData();
	body.set('channel_id', channel.id);
	body.set('files', new Blob([`bytes of ${name}`]), name);
	const r = await fetch(`${s.url}/api/v4/files`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body });
	return (await r.json()).file_infos[0];
}

async function world(engine) {
	const s = await new Server({ engine, settings: { ServiceSettings: on } }).start();
	await s.world();
	s.bob = await s.member('bob');
	s.eve = await s.member('eve');
	return s;
}

// A channel in which there is one of everything, by bob; every text has the word in it.
async function fill(s, channel, word) {
	const { bob, eve } = s, made = {};
	const as = (who, method, path, body) => s.api(method, path, body, who.token);
	made.file = await upload(s, channel, `${word}.txt`, bob.token);
	made.root = await s.post(`${word} root #${word} @eve`, { channel, token: bob.token, file_ids: [made.file.id] });
	await as(bob, 'PUT', `/posts/${made.root.id}/patch`, { message: `${word} root, edited` });
	made.reply = await s.post(`${word} reply`, { channel, token: bob.token, root_id: made.root.id });
	made.other = await s.post(`${word} by eve`, { channel, token: eve.token, root_id: made.root.id });
	made.urgent = await s.post(`${word} @eve now`, { channel, token: bob.token, metadata: { priority: { priority: 'urgent', requested_ack: true } } });
	await as(eve, 'POST', `/users/me/posts/${made.urgent.id}/ack`);
	await as(eve, 'POST', '/reactions', { user_id: eve.id, post_id: made.root.id, emoji_name: 'smile' });
	await as(eve, 'PUT', '/users/me/preferences', [{ user_id: eve.id, category: 'flagged_post', name: made.root.id, value: 'true' }]);
	await as(eve, 'POST', `/users/${eve.id}/posts/${made.root.id}/reminder`, { target_time: Math.floor(Date.now() / 1000) + 3600 });
	await as(bob, 'POST', `/posts/${made.root.id}/pin`);
	await as(bob, 'POST', '/drafts', { user_id: bob.id, channel_id: channel.id, message: `${word} draft` });
	await as(bob, 'POST', '/posts/schedule', { channel_id: channel.id, message: `${word} later`, scheduled_at: Date.now() + 3_600_000 });
	return made;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`only who is allowed to deletes for good, and only where that is switched on (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), p = await s.post('hello');
		const refused = async (path, status, id, token = s.token) => { const r = await s.raw('DELETE', `/api/v4${path}?permanent=true`, { token }); assert.deepEqual([r.status, r.json?.id], [status, id], path); };
		await refused(`/posts/${p.id}`, 501, 'api.post.delete_post.not_enabled.app_error');
		await refused(`/channels/${s.channel.id}`, 501, 'api.user.delete_channel.not_enabled.app_error');
		await refused(`/teams/${s.team.id}`, 501, 'api.user.delete_team.not_enabled.app_error');
		await refused(`/users/${bob.id}`, 501, 'api.user.delete_user.not_enabled.app_error');
		await s.stop();
		const t = await world(engine), own = await t.post('mine', { token: t.bob.token });
		const no = async (path, status, id, token = t.token) => { const r = await t.raw('DELETE', `/api/v4${path}?permanent=true`, { token }); assert.deepEqual([r.status, r.json?.id], [status, id], path); };
		await no(`/posts/${own.id}`, 403, denied, t.bob.token);
		await no(`/users/${t.bob.id}`, 403, denied, t.bob.token);
		await no(`/users/${t.eve.id}`, 403, denied, t.bob.token);
		await no(`/teams/${t.team.id}`, 403, denied, t.bob.token);
		await no(`/users/${none}`, 404, 'app.user.missing_account.const');
		await no(`/posts/${none}`, 404, 'app.post.get.app_error');
		await no(`/users/${t.admin.id}`, 400, 'api.hubbub.delete_user.last_admin.app_error');
		const square = await t.api('GET', `/teams/${t.team.id}/channels/name/town-square`), dm = await t.api('POST', '/channels/direct', [t.admin.id, t.bob.id]);
		await no(`/channels/${square.id}`, 400, 'api.channel.delete_channel.cannot.app_error');
		await no(`/channels/${dm.id}`, 400, 'api.channel.delete_channel.type.invalid');
		await t.stop();
	});

	test(`a post deleted for good leaves nothing of what it said (${engine})`, async () => {
		const s = await world(engine), other = await s.post('before and after', { token: s.bob.token });
		const m = await fill(s, s.channel, 'zqone');
		const watch = await new Socket(s, s.eve.token).ready(), since = (await s.post('a mark')).create_at;
		assert.ok(left(s, 'zqone').length > 5, 'it is stored');
		await s.api('DELETE', `/posts/${m.root.id}?permanent=true`);
		await watch.event('post_deleted', (e) => JSON.parse(e.data.post).id === m.root.id);
		await s.api('DELETE', `/posts/${m.urgent.id}?permanent=true`);
		for (const p of [m.root, m.reply, m.other, m.urgent]) assert.equal((await s.raw('GET', `/api/v4/posts/${p.id}?include_deleted=true`, { token: s.token })).status, 404);
		assert.equal((await s.raw('GET', `/api/v4/files/${m.file.id}`, { token: s.token })).status, 404);
		await until('the blob is gone', () => blobs(s).length === 0);
		assert.ok(!(await s.api('GET', `/channels/${s.channel.id}/posts?include_deleted=true&per_page=200`)).order.includes(m.root.id));
		// Who was away hears that it went, and not of what it said.
		const news = (await s.api('GET', `/channels/${s.channel.id}/posts?since=${since}`, undefined, s.eve.token)).posts;
		assert.ok(news[m.root.id].delete_at > 0);
		assert.equal(news[m.root.id].message, '');
		assert.deepEqual(await s.api('GET', `/users/${s.eve.id}/posts/flagged`, undefined, s.eve.token).then((l) => l.order), []);
		// What was deleted before, and in an archived channel, goes too.
		const soft = await s.post('zqone soft'), archived = await s.api('POST', '/channels', { team_id: s.team.id, name: 'old', display_name: 'Old', type: 'O' });
		const late = await s.post('zqone archived', { channel: archived });
		await s.post('zqone too', { channel: archived, root_id: late.id });
		await s.api('DELETE', `/posts/${soft.id}`);
		await s.api('DELETE', `/channels/${archived.id}`);
		for (const p of [soft, late]) await s.api('DELETE', `/posts/${p.id}?permanent=true`);
		assert.equal((await s.api('GET', `/posts/${other.id}`)).message, 'before and after');
		await s.api('DELETE', '/drafts', undefined, s.bob.token).catch(() => {});
		await s.stop();
		assert.deepEqual(left(s, 'zqone').filter((l) => !/drafts|scheduled_posts/.test(l)), []);
		assert.match(check(s), /^0 counters are wrong$/m);
		await s.start();
		assert.ok((await s.messages()).some((p) => p.message === 'before and after'));
		await s.stop();
	});

	test(`a channel deleted for good leaves nothing, and no number of a row comes again (${engine})`, async () => {
		const s = await world(engine);
		const stays = await s.post('zqstays here', { token: s.bob.token });
		const doomed = await s.api('POST', '/channels', { team_id: s.team.id, name: 'doomed', display_name: 'zqtwo', type: 'P', purpose: 'zqtwo', header: 'zqtwo' });
		for (const u of [s.bob, s.eve]) await s.api('POST', `/channels/${doomed.id}/members`, { user_id: u.id });
		const m = await fill(s, doomed, 'zqtwo');
		const loose = await upload(s, doomed, 'zqtwo-loose.txt');
		const hook = await s.api('POST', '/hooks/incoming', { channel_id: doomed.id, display_name: 'zqtwo' });
		await s.raw('POST', `/hooks/${hook.id}`, { body: { text: 'zqtwo from a hook' } });
		await s.api('POST', '/hooks/outgoing', { team_id: s.team.id, channel_id: doomed.id, display_name: 'zqtwo', trigger_words: ['t'], callback_urls: ['http://127.0.0.1:1/'] }).catch(() => {});
		await s.api('POST', `/channels/${doomed.id}/bookmarks`, { display_name: 'zqtwo', type: 'link', link_url: 'https://example.com/zqtwo' });
		const found = async (terms) => (await s.api('POST', `/teams/${s.team.id}/posts/search`, { terms, is_or_search: false })).order;
		await until('the posts are found', async () => (await found('zqtwo')).length > 0);
		const watch = await new Socket(s, s.eve.token).ready();
		assert.ok(left(s, 'zqtwo').length > 8, 'it is stored');
		await s.api('DELETE', `/channels/${doomed.id}?permanent=true`);
		await watch.event('channel_deleted', (e) => e.data.channel_id === doomed.id);
		assert.equal((await s.raw('GET', `/api/v4/channels/${doomed.id}`, { token: s.token })).status, 404);
		assert.equal((await s.raw('POST', '/api/v4/posts', { token: s.eve.token, body: { channel_id: doomed.id, message: 'x' } })).status, 403);
		assert.ok((await s.raw('POST', `/hooks/${hook.id}`, { body: { text: 'x' } })).status >= 400);
		for (const id of [m.file.id, loose.id]) assert.equal((await s.raw('GET', `/api/v4/files/${id}`, { token: s.token })).status, 404);
		await until('the blobs are gone', () => blobs(s).length === 0);
		assert.deepEqual(await found('zqtwo'), []);
		// The next posts are found, and only they: of the same rows would be what went.
		const next = await s.post('zqnext one');
		await until('the next post is found', async () => (await found('zqnext')).includes(next.id));
		assert.deepEqual(await found('zqtwo'), []);
		assert.deepEqual(await found('zqstays'), [stays.id]);
		const again = await s.api('POST', '/channels', { team_id: s.team.id, name: 'doomed', display_name: 'Again', type: 'O' });
		assert.deepEqual(await s.messages(again).then((l) => l.filter((p) => !p.type)), []);
		await s.stop();
		assert.deepEqual(left(s, 'zqtwo'), []);
		assert.deepEqual(left(s, doomed.id), []);
		assert.match(check(s), /^0 counters are wrong$/m);
	});

	test(`a team deleted for good takes its channels with it (${engine})`, async () => {
		const s = await world(engine);
		const team = await s.api('POST', '/teams', { name: 'zqthree', display_name: 'zqthree', type: 'O' });
		for (const u of [s.bob, s.eve]) await s.api('POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: u.id });
		const one = await s.api('POST', '/channels', { team_id: team.id, name: 'zqthree', display_name: 'zqthree', type: 'O' });
		for (const u of [s.bob, s.eve]) await s.api('POST', `/channels/${one.id}/members`, { user_id: u.id });
		await fill(s, one, 'zqthree');
		await s.api('POST', '/commands', { team_id: team.id, trigger: 'zqthree', method: 'P', url: 'http://127.0.0.1:1/' });
		await s.api('GET', `/users/${s.eve.id}/teams/${team.id}/channels/categories`, undefined, s.eve.token);
		const watch = await new Socket(s, s.eve.token).ready();
		assert.ok(left(s, 'zqthree').length > 8, 'it is stored');
		await s.api('DELETE', `/teams/${team.id}?permanent=true`);
		await watch.event('delete_team', (e) => JSON.parse(e.data.team).id === team.id);
		assert.equal((await s.raw('GET', `/api/v4/teams/${team.id}`, { token: s.token })).status, 404);
		assert.ok(!(await s.api('GET', '/users/me/teams', undefined, s.eve.token)).some((t) => t.id === team.id));
		assert.ok(!(await s.api('GET', '/users/me/channels', undefined, s.eve.token)).some((c) => c.team_id === team.id));
		await until('the blobs are gone', () => blobs(s).length === 0);
		await s.post('life goes on', { token: s.bob.token });
		await s.stop();
		assert.deepEqual(left(s, 'zqthree'), []);
		assert.deepEqual(left(s, team.id), []);
		assert.match(check(s), /^0 counters are wrong$/m);
	});

	test(`a person deleted for good leaves empty posts and nobody (${engine})`, async () => {
		const s = await world(engine), { bob, eve } = s;
		await s.api('PUT', '/users/me/patch', { first_name: 'zqfour', nickname: 'zqfour', position: 'zqfour' }, bob.token);
		const m = await fill(s, s.channel, 'zqfour');
		const hers = await s.post('of eve alone', { token: eve.token });
		await s.post('zqfour answers her', { token: bob.token, root_id: hers.id });
		await s.api('POST', '/reactions', { user_id: bob.id, post_id: hers.id, emoji_name: 'wave' }, bob.token);
		const dm = await s.api('POST', '/channels/direct', [bob.id, eve.id], bob.token);
		await s.post('zqfour in private', { channel: dm, token: bob.token });
		await s.post('eve answers', { channel: dm, token: eve.token });
		await upload(s, s.channel, 'zqfour-loose.txt', bob.token);
		const own = await s.api('POST', `/users/${bob.id}/tokens`, { description: 'zqfour' });
		await s.api('PUT', `/users/${bob.id}/preferences`, [{ user_id: bob.id, category: 'display_settings', name: 'zqfour', value: 'zqfour' }], bob.token);
		const old = await s.api('POST', '/channels', { team_id: s.team.id, name: 'old', display_name: 'Old', type: 'O' });
		await s.api('POST', `/channels/${old.id}/members`, { user_id: bob.id });
		await s.post('zqfour in the archive', { channel: old, token: bob.token });
		await s.api('DELETE', `/channels/${old.id}`);
		const watch = await new Socket(s, eve.token).ready();
		assert.ok(left(s, 'zqfour').length > 8, 'it is stored');
		await s.api('DELETE', `/users/${bob.id}?permanent=true`);
		await watch.event('user_removed', (e) => e.data.user_id === bob.id || e.broadcast.user_id === bob.id);
		await watch.event('post_deleted', (e) => JSON.parse(e.data.post).id === m.root.id);
		for (const token of [bob.token, own.token]) assert.equal((await s.raw('GET', '/api/v4/users/me', { token })).status, 401);
		assert.equal((await s.raw('POST', '/api/v4/users/login', { body: { login_id: 'bob', password: 'password1' } })).status, 401);
		await until('the account is gone', async () => (await s.raw('GET', `/api/v4/users/${bob.id}`, { token: s.token })).status === 404);
		await until('the blobs are gone', () => blobs(s).length === 0);
		const texts = async (c, token) => (await s.messages(c, token)).filter((p) => !p.type.startsWith('system_')).map((p) => p.message);
		assert.deepEqual(await texts(s.channel, s.token), ['of eve alone']);
		assert.deepEqual(await texts(dm, eve.token), ['eve answers']);
		assert.deepEqual(await s.api('GET', `/posts/${hers.id}/reactions`), null ?? []);
		assert.equal((await s.api('GET', `/posts/${hers.id}/thread`)).order.length, 1);
		await s.user('bob');
		await s.stop();
		assert.deepEqual(left(s, 'zqfour'), []);
		assert.deepEqual(left(s, bob.id).filter((l) => !/INTO (public\.)?"?(posts|channels)"?/.test(l)), [], 'only the ids of who wrote what went, and the name of a direct channel');
		assert.match(check(s), /^0 counters are wrong$/m);
	});
}

run();
