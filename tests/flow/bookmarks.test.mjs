// Bookmarks of a channel: their order, who may change them, what everybody in the channel hears.
import { test, run, assert, Server, Socket } from './harness.mjs';

const NONE = 'app.channel.bookmark.get.app_error', perms = 'api.context.permissions.app_error', badBody = 'api.context.invalid_body_param.app_error';
async function upload(s, channel, name, token = s.token) {
	const body = new FormData();
	body.set('channel_id', channel.id);
	body.set('files', new Blob([name]), name);
	return (await (await fetch(`${s.url}/api/v4/files`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body })).json()).file_infos[0];
}
const valid = (what) => `model.channel_bookmark.is_valid.${what}.app_error`;

for (const engine of ['sqlite', 'postgres']) {
	test(`a channel keeps links and files at hand, in an order that members change (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready(), path = `/channels/${s.channel.id}/bookmarks`;
		const add = (name, more = {}, token = s.token) => s.api('POST', path, { display_name: name, type: 'link', link_url: `https://example.com/${name}`, ...more }, token);
		const list = (token) => s.api('GET', path, undefined, token ?? s.token);
		const heard = async (kind, match) => { const e = await ws.event(`channel_bookmark_${kind}`, (x) => match(JSON.parse(x.data.bookmark ?? x.data.bookmarks))); return [JSON.parse(e.data.bookmark ?? e.data.bookmarks), e.broadcast.channel_id]; };
		assert.deepEqual(await list(), []);
		const a = await add('a', { emoji: 'tea', image_url: 'https://example.com/a.png' }), b = await add('b', {}, bob.token), c = await add('c', { type: 'file', link_url: '', file_id: (await upload(s, s.channel, 'c.txt')).id });
		assert.deepEqual([a.owner_id, a.sort_order, a.emoji, a.image_url, a.link_url, a.delete_at], [s.admin.id, 0, 'tea', 'https://example.com/a.png', 'https://example.com/a', 0]);
		assert.deepEqual(await list(bob.token), [a, b, c]);
		assert.deepEqual(await heard('created', (x) => x.id === a.id), [a, s.channel.id]);

		const sorted = await s.api('POST', `${path}/${c.id}/sort_order`, '0', bob.token);
		assert.deepEqual(sorted.map((x) => [x.display_name, x.sort_order]), [['c', 0], ['a', 1], ['b', 2]]);
		assert.deepEqual(await heard('sorted', () => true), [sorted, s.channel.id]);
		assert.deepEqual(await list(), sorted);
		assert.deepEqual((await s.api('POST', `${path}/${c.id}/sort_order`, '2')).map((x) => x.display_name), ['a', 'b', 'c']);

		// One's own changes; another's becomes one's own.
		const own = await s.api('PATCH', `${path}/${a.id}`, { display_name: 'A', emoji: '' });
		assert.deepEqual(Object.keys(own), ['updated']);
		assert.deepEqual([own.updated.id, own.updated.display_name, own.updated.link_url, own.updated.emoji], [a.id, 'A', a.link_url, undefined]);
		const taken = await s.api('PATCH', `${path}/${a.id}`, { link_url: 'https://example.com/bob' }, bob.token);
		assert.deepEqual([taken.updated.owner_id, taken.updated.original_id, taken.updated.sort_order, taken.updated.display_name], [bob.id, a.id, 0, 'A']);
		assert.ok(taken.deleted.id === a.id && taken.deleted.delete_at > 0);
		assert.deepEqual((await heard('updated', (x) => x.deleted))[0], taken);
		assert.deepEqual((await list()).map((x) => x.display_name), ['A', 'b', 'c']);

		const gone = await s.api('DELETE', `${path}/${b.id}`);
		assert.ok(gone.id === b.id && gone.delete_at > 0);
		assert.deepEqual(await heard('deleted', (x) => x.id === b.id), [gone, s.channel.id]);
		const since = await s.api('GET', `${path}?bookmarks_since=${gone.delete_at}`);
		assert.deepEqual(since, [gone], 'what changed since, also what is gone');
		await s.stop();
		await s.start();
		assert.deepEqual((await list()).map((x) => x.display_name), ['A', 'c']);
		for (let i = 0; i < 48; i++) await add(`n${i}`);
		const r = await s.raw('POST', `/api/v4${path}`, { token: s.token, body: { display_name: 'x', type: 'link', link_url: 'https://x.com' } });
		assert.deepEqual([r.status, r.json.id], [400, 'api.hubbub.bookmarks_limit.app_error']);
		await s.stop();
	});

	test(`a bookmark takes a file of who makes it, once, and gives it to the channel (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), out = await s.user('out'), path = `/channels/${s.channel.id}/bookmarks`;
		const other = await s.api('POST', '/channels', { team_id: s.team.id, name: 'other', display_name: 'Other', type: 'O' });
		const mine = await upload(s, s.channel, 'mine.txt'), bobs = await upload(s, s.channel, 'bobs.txt', bob.token), elsewhere = await upload(s, other, 'else.txt');
		const posted = await upload(s, s.channel, 'posted.txt');
		await s.post('with a file', { file_ids: [posted.id] });
		const read = async (f, token) => (await s.raw('GET', `/api/v4/files/${f.id}`, { token })).status;
		const add = (file, token = s.token) => s.raw('POST', `/api/v4${path}`, { token, body: { display_name: 'f', type: 'file', file_id: file.id } });
		for (const file of [bobs, elsewhere, posted, { id: 'z'.repeat(26) }]) {
			const r = await add(file);
			assert.deepEqual([r.status, r.json.id], [400, valid('file_id.missing_or_invalid')]);
		}
		assert.equal(await read(mine, bob.token), 404, 'nobody else reads it yet');
		const b = (await add(mine)).json;
		assert.equal(b.file_id, mine.id);
		assert.deepEqual([await read(mine, bob.token), await read(mine, out.token)], [200, 404]);
		assert.equal((await add(mine)).status, 400, 'it is taken');
		const stays = await s.post('no file', { file_ids: [mine.id] });
		assert.deepEqual(stays.file_ids ?? [], [], 'no post takes it either');
		// Bob makes it his, and gives it another file: the first one goes.
		const his = (await s.api('PATCH', `${path}/${b.id}`, { display_name: 'his' }, bob.token)).updated;
		assert.deepEqual([his.file_id, await read(mine, bob.token)], [mine.id, 200]);
		await s.api('PATCH', `${path}/${his.id}`, { file_id: bobs.id }, bob.token);
		assert.deepEqual([await read(mine, s.token), await read(bobs, s.token)], [404, 200]);
		await s.api('DELETE', `${path}/${his.id}`);
		assert.equal(await read(bobs, bob.token), 404, 'it went with its bookmark');
		assert.equal(await read(posted, bob.token), 200);
		await s.stop();
	});

	test(`who may not, or says it wrong, changes no bookmark (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), gus = await s.user('gus');
		await s.api('PUT', `/users/${gus.id}/roles`, { roles: 'system_guest' });
		for (const p of [`/teams/${s.team.id}/members`, `/channels/${s.channel.id}/members`]) await s.api('POST', p, { team_id: s.team.id, user_id: gus.id });
		const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'S', type: 'P' });
		const dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		const good = { display_name: 'a', type: 'link', link_url: 'https://example.com' }, none = 'z'.repeat(26);
		const of = (c) => `/channels/${c.id ?? c}/bookmarks`;
		const refused = async (method, path, body, token = bob.token) => { const r = await s.raw(method, `/api/v4${path}`, { token, body }); return [r.status, r.json.id]; };
		const mine = await s.api('POST', of(s.channel), good), hidden = await s.api('POST', of(secret), good);
		await s.api('POST', of(dm), good, bob.token);
		for (const [method, tail, body] of [['GET', ''], ['POST', '', good], ['PATCH', `/${hidden.id}`, {}], ['DELETE', `/${hidden.id}`], ['POST', `/${hidden.id}/sort_order`, '0']])
			assert.deepEqual(await refused(method, of(secret) + tail, body), await refused(method, of(none) + tail, body), 'a hidden channel is like none');
		for (const [method, tail, body] of [['PATCH', '', {}], ['DELETE', ''], ['POST', '/sort_order', '0']])
			for (const id of [none, hidden.id]) assert.deepEqual(await refused(method, `${of(s.channel)}/${id}${tail}`, body), [404, NONE]);
		for (const [method, tail, body] of [['POST', '', good], ['PATCH', `/${mine.id}`, {}], ['DELETE', `/${mine.id}`], ['POST', `/${mine.id}/sort_order`, '0']])
			assert.deepEqual(await refused(method, of(s.channel) + tail, body, gus.token), [403, perms], 'a guest');
		assert.equal((await s.api('GET', of(s.channel), undefined, gus.token)).length, 1);
		for (const [more, id] of [[{ type: 'x' }, valid('type')], [{ type: undefined }, valid('type')], [{ display_name: '' }, valid('display_name')], [{ display_name: 'x'.repeat(65) }, valid('display_name')],
			[{ link_url: '' }, valid('link_url.missing_or_invalid')], [{ link_url: 'javascript:alert(1)' }, valid('link_url.missing_or_invalid')], [{ type: 'file', link_url: '' }, valid('file_id.missing_or_invalid')],
			[{ file_id: none }, valid('link_file')], [{ image_url: 'x' }, valid('image_url')], [{ emoji: 1 }, badBody]])
			assert.deepEqual(await refused('POST', of(s.channel), { ...good, ...more }), [400, id], JSON.stringify(more));
		for (const place of ['1', '-1', '"0"', '{}', '1.5', '[', '']) assert.deepEqual(await refused('POST', `${of(s.channel)}/${mine.id}/sort_order`, place), [400, badBody], place);
		assert.deepEqual(await refused('PATCH', `${of(s.channel)}/${mine.id}`, { sort_order: -1 }), [400, badBody]);
		assert.deepEqual(await s.api('GET', of(s.channel)), [mine]);
		await s.api('DELETE', `/channels/${s.channel.id}`);
		assert.deepEqual(await refused('POST', of(s.channel), good, s.token), [403, 'api.channel.bookmark.create_channel_bookmark.deleted_channel.forbidden.app_error']);
		await s.stop();
	});
}

run();
