// Files: sent, taken by a post, seen by those who may read the channel and by nobody else, served so that a browser runs none of them.
import { test, run, assert, Server, Socket, until } from './harness.mjs';
import { createRequire } from 'node:module';
import { randomBytes, createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync, existsSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

const { Client4 } = createRequire(import.meta.url)('@mattermost/client');
const sha = (b) => createHash('sha256').update(Buffer.from(b)).digest('hex');
const UNKNOWN = ['app.file_info.get.app_error', 404];

async function town(engine, more = {}) {
	const s = await new Server({ engine, ...more }).start();
	await s.world();
	s.send = async (files, { token = s.token, channel = s.channel.id, ids = true, fields = [] } = {}) => {
		const form = new FormData();
		if (channel) form.append('channel_id', channel);
		for (const [name, value] of fields) form.append(name, value);
		Object.entries(files).forEach(([name, bytes], i) => { form.append('files', new Blob([bytes]), name); if (ids) form.append('client_ids', `c${i}`); });
		const r = await fetch(`${s.url}/api/v4/files`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: form });
		return { status: r.status, json: await r.json().catch(() => null) };
	};
	s.file = async (name, bytes = 'hello', options) => (await s.send({ [name]: bytes }, options)).json.file_infos[0];
	s.fetch = async (path, { token = s.token, ...more } = {}) => {
		const r = await fetch(`${s.url}${path}`, { ...more, headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...more.headers } });
		return { status: r.status, headers: r.headers, bytes: Buffer.from(await r.arrayBuffer()) };
	};
	s.get = (id, token = s.token, rest = '') => s.fetch(`/api/v4/files/${id}${rest}`, { token });
	s.refused = async (path, token) => { const r = await s.fetch(path, { token }); const j = JSON.parse(r.bytes); return [j.id, r.status]; };
	s.drafts = () => readdirSync(join(s.data, 'files', '.drafts'));
	return s;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`a file is sent, taken by a post, told by every answer and event, and got back as it was (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
		const bytes = randomBytes(700_000), sent = await s.send({ 'a naïve 50% name.bin': bytes, 'notes.txt': 'hi' });
		assert.equal(sent.status, 201);
		assert.deepEqual(sent.json.client_ids, ['c0', 'c1']);
		const [first, second] = sent.json.file_infos;
		assert.deepEqual([second.name, second.extension, second.size, second.mime_type, second.user_id, second.channel_id, second.mini_preview, second.post_id],
			['notes.txt', 'txt', 2, 'text/plain; charset=utf-8', s.admin.id, s.channel.id, null, undefined]);
		assert.equal(first.name, 'a naïve 50% name.bin');

		const post = await s.post('two', { file_ids: [second.id, first.id] });
		assert.deepEqual(post.file_ids, [second.id, first.id]);
		const names = (p) => p.metadata.files?.map((f) => f.id);
		const both = [second.id, first.id];
		assert.deepEqual(names(post), both);
		assert.equal(post.metadata.files[0].post_id, post.id);
		const told = await ws.event('posted', (e) => JSON.parse(e.data.post).id === post.id);
		assert.deepEqual([names(JSON.parse(told.data.post)), told.data.otherFile, told.data.image], [both, 'true', undefined]);
		for (const list of [await s.api('GET', `/channels/${s.channel.id}/posts`), await s.api('GET', `/channels/${s.channel.id}/posts?since=1`), await s.api('GET', `/posts/${post.id}/thread`)])
			assert.deepEqual(names(list.posts[post.id]), both);
		assert.deepEqual(names((await s.api('POST', '/posts/ids', [post.id]))[0]), both);
		assert.deepEqual(names(await s.api('GET', `/posts/${post.id}`)), both);

		const client = new Client4();
		client.setUrl(s.url);
		client.setToken(bob.token);
		assert.deepEqual((await client.getFileInfosForPost(post.id)).map((f) => f.id).sort(), [...both].sort());
		assert.equal((await client.getChannelStats(s.channel.id, true)).files_count, 2);
		const form = new FormData();
		form.append('channel_id', s.channel.id);
		form.append('files', new Blob(['by the client']), 'mine.txt');
		form.append('client_ids', 'x');
		const own = await client.uploadFile(form);
		assert.equal(own.file_infos[0].user_id, bob.id);
		const found = await client.searchFiles(s.team.id, 'NOTES', false);
		assert.deepEqual([found.order, Object.keys(found.file_infos)], [[second.id], [second.id]]);
		assert.deepEqual((await client.searchFiles(s.team.id, 'notes bin', true)).order.sort(), [...both].sort());
		assert.deepEqual((await client.searchFiles(s.team.id, 'notes bin', false)).order, []);
		assert.deepEqual((await client.searchFiles(s.team.id, 'n_tes', false)).order, []);
		assert.deepEqual((await client.searchFiles(s.team.id, 'mine', false)).order, [], 'what no post has is not found');

		const got = await s.get(first.id, bob.token);
		assert.deepEqual([got.status, sha(got.bytes), got.headers.get('content-type'), got.headers.get('content-length')], [200, sha(bytes), 'application/octet-stream', '700000']);
		assert.match(got.headers.get('content-disposition'), /^attachment;filename="a na__ve 50_ name.bin"; filename\*=UTF-8''a%20na%C3%AFve%2050%25%20name.bin$/);
		assert.equal(got.headers.get('x-content-type-options'), 'nosniff');
		const head = await s.fetch(`/api/v4/files/${first.id}`, { method: 'HEAD' });
		assert.deepEqual([head.status, head.headers.get('content-length'), head.bytes.length], [200, '700000', 0]);
		const cached = await s.fetch(`/api/v4/files/${first.id}`, { headers: { 'If-None-Match': got.headers.get('etag') } });
		assert.deepEqual([cached.status, cached.bytes.length], [304, 0]);
		const part = async (range, more = {}) => { const r = await s.fetch(`/api/v4/files/${first.id}`, { headers: { Range: range, ...more } }); return [r.status, r.headers.get('content-range'), r.bytes.length, r.bytes]; };
		for (const [range, from, to] of [['bytes=0-9', 0, 9], ['bytes=699990-', 699990, 699999], ['bytes=-5', 699995, 699999], ['bytes=100-9999999', 100, 699999]]) {
			const [status, said, n, what] = await part(range);
			assert.deepEqual([status, said, n], [206, `bytes ${from}-${to}/700000`, to - from + 1]);
			assert.ok(what.equals(bytes.subarray(from, to + 1)));
		}
		for (const range of ['bytes=5-4', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,4-5', 'bytes=-']) assert.deepEqual((await part(range)).slice(0, 3), [200, null, 700000], range);
		for (const range of ['bytes=700000-', 'bytes=-0']) assert.deepEqual((await part(range)).slice(0, 2), [416, 'bytes */700000'], range);
		assert.deepEqual((await part('bytes=0-9', { 'If-Range': '"other"' })).slice(0, 3), [200, null, 700000]);
		const info = await s.api('GET', `/files/${first.id}/info`, undefined, bob.token);
		assert.deepEqual([info.id, info.post_id, info.size], [first.id, post.id, 700000]);
		await s.stop();
	});

	test(`a file is its sender's until a post takes it, once; then it is the channel's (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), eve = await s.member('eve', null);
		const file = await s.file('a.txt');
		const hidden = async (token) => { for (const rest of ['', '/info', '/thumbnail', '/preview']) assert.deepEqual(await s.refused(`/api/v4/files/${file.id}${rest}`, token), UNKNOWN, rest); };
		await hidden(bob.token);
		assert.deepEqual(await s.refused(`/api/v4/files/${'a'.repeat(26)}`), UNKNOWN);
		assert.equal((await s.refused(`/api/v4/files/${file.id}`, 'none'))[1], 401);
		assert.equal((await s.refused('/api/v4/files/short'))[1], 400);

		// Bob's post does not get it; nor does one that names what is not there. Named twice, it is there once.
		const stolen = await s.post('mine?', { token: bob.token, file_ids: [file.id, 'b'.repeat(26)] });
		assert.deepEqual([stolen.file_ids, stolen.metadata.files], [undefined, undefined]);
		const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'S', type: 'P' });
		const post = await s.post('here', { channel: secret, file_ids: [file.id, file.id] });
		assert.deepEqual([post.file_ids, post.metadata.files.length, post.metadata.files[0].channel_id], [[file.id], 1, secret.id]);
		const again = await s.post('again', { file_ids: [file.id] });
		assert.equal(again.file_ids, undefined);
		await hidden(bob.token);
		await s.api('POST', `/channels/${secret.id}/members`, { user_id: bob.id });
		assert.equal((await s.get(file.id, bob.token)).status, 200);
		await s.api('DELETE', `/channels/${secret.id}/members/${bob.id}`);
		await hidden(bob.token);
		await hidden(eve.token);

		// Two posts at once: one has it.
		const wanted = await s.file('b.txt');
		const both = await Promise.all(['x', 'y', 'z', 'u'].map((m) => s.post(m, { file_ids: [wanted.id] })));
		assert.equal(both.filter((p) => p.file_ids).length, 1);

		// An edit takes one away and adds another; the file that goes is gone, and so are those of what is deleted.
		const ws = await new Socket(s, s.token).ready(), one = await s.file('1.txt'), two = await s.file('2.txt'), three = await s.file('3.txt');
		const edited = await s.post('edit me', { file_ids: [one.id, two.id] });
		const now = await s.api('PUT', `/posts/${edited.id}/patch`, { file_ids: [two.id, three.id, wanted.id] });
		assert.deepEqual([now.file_ids, now.metadata.files.map((f) => f.id)], [[two.id, three.id], [two.id, three.id]]);
		const event = JSON.parse((await ws.event('post_edited', (e) => JSON.parse(e.data.post).id === edited.id)).data.post);
		assert.deepEqual(event.metadata.files.map((f) => f.id), [two.id, three.id]);
		assert.deepEqual(await s.refused(`/api/v4/files/${one.id}`), UNKNOWN);
		assert.equal((await s.get(three.id)).status, 200);
		const kept = await s.api('PUT', `/posts/${edited.id}/patch`, { message: 'other words' });
		assert.deepEqual(kept.metadata.files.map((f) => f.id), [two.id, three.id]);
		const reply = await s.file('reply.txt'), child = await s.post('reply', { root_id: edited.id, file_ids: [reply.id] });
		assert.deepEqual(child.metadata.files.map((f) => f.id), [reply.id]);
		await s.api('DELETE', `/posts/${edited.id}`);
		for (const f of [two, three, reply]) assert.deepEqual(await s.refused(`/api/v4/files/${f.id}`), UNKNOWN);

		// The file's own bytes after a restart.
		await s.stop();
		await s.start();
		assert.equal((await s.get(file.id)).bytes.toString(), 'hello');
		await s.stop();
	});

	test(`a file that comes in parts goes on where it was, also after a kill (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), bytes = randomBytes(3_000_000);
		const make = (more) => s.raw('POST', '/api/v4/uploads', { token: s.token, body: { channel_id: s.channel.id, filename: 'big.bin', file_size: bytes.length, ...more } });
		const up = (await make()).json;
		assert.deepEqual([up.type, up.file_size, up.file_offset, up.user_id, up.filename], ['attachment', 3_000_000, 0, s.admin.id, 'big.bin']);
		const put = (from, to, token = s.token) => s.fetch(`/api/v4/uploads/${up.id}`, { method: 'POST', token, body: bytes.subarray(from, to) });
		assert.equal((await put(0, 1_000_000)).status, 204);
		assert.equal((await s.api('GET', `/uploads/${up.id}`)).file_offset, 1_000_000);
		assert.equal((await put(1_000_000, 1_000_010, bob.token)).status, 404);
		await s.kill();
		await s.start();
		const [mine] = await s.api('GET', '/users/me/uploads');
		assert.deepEqual([mine.id, mine.file_offset], [up.id, 1_000_000]);
		assert.equal((await put(1_000_000, 2_000_000)).status, 204);
		assert.equal((await s.fetch(`/api/v4/uploads/${up.id}`, { method: 'POST', body: randomBytes(1_000_001) })).status, 400, 'more than it is to have');
		const done = await put(2_000_000, 3_000_000), info = JSON.parse(done.bytes);
		assert.deepEqual([done.status, info.name, info.size], [201, 'big.bin', 3_000_000]);
		assert.equal(sha((await s.get(info.id)).bytes), sha(bytes));
		assert.deepEqual(await s.api('GET', '/users/me/uploads'), []);
		assert.equal((await s.refused(`/api/v4/uploads/${up.id}`))[1], 404);
		for (const [more, status] of [[{ file_size: 0 }, 400], [{ file_size: 'x' }, 400], [{ filename: '' }, 400], [{ filename: 'a/' }, 400], [{ channel_id: 'x' }, 400],
			[{ file_size: 200_000_000 }, 413], [{ type: 'import' }, 400], [{ channel_id: 'c'.repeat(26) }, 404]]) assert.equal((await make(more)).status, status, JSON.stringify(more));
		await s.stop();
	});
}

test('what a browser would run is never shown in its place', async () => {
	const s = await town('sqlite'), page = '<script>alert(1)</script>';
	const served = async (name, bytes = page) => { const f = await s.file(name, bytes), r = await s.get(f.id); return [r.headers.get('content-type'), r.headers.get('content-disposition').split(';')[0], /sandbox/.test(r.headers.get('content-security-policy'))]; };
	for (const name of ['a.html', 'a.htm', 'a.js', 'a.mjs', 'a.xhtml', 'a.xml', 'A.HTML']) assert.deepEqual(await served(name), ['text/plain', 'attachment', true], name);
	assert.deepEqual(await served('a.svg', '<svg onload="alert(1)"/>'), ['image/svg+xml', 'attachment', true]);
	assert.deepEqual(await served('a.pdf'), ['application/pdf', 'attachment', true]);
	assert.deepEqual(await served('noend'), ['application/octet-stream', 'attachment', true]);
	assert.deepEqual(await served('a.mp4'), ['video/mp4', 'inline', false]);
	assert.deepEqual(await served('a.png'), ['image/png', 'inline', false]);
	const saved = await s.get((await s.file('b.mp4')).id, s.token, '?download=1');
	assert.match(saved.headers.get('content-disposition'), /^attachment/);
	for (const name of ['../../etc/passwd', '..\\..\\evil.txt', '.hidden', '...', 'x'.repeat(400) + '.txt', 'né\u202e.txt']) {
		const f = await s.file(name);
		assert.ok(f.name.length <= 255 && !/[\/\\]/.test(f.name), f.name);
		assert.equal((await s.get(f.id)).bytes.toString(), 'hello');
	}
	await s.stop();
});

test('public links are there where they are allowed, for who has the hash', async () => {
	const s = await town('sqlite', { settings: { FileSettings: { EnablePublicLink: true } } }), bob = await s.member('bob', null);
	const loose = await s.file('l.txt'), file = await s.file('f.txt');
	await s.post('x', { file_ids: [file.id] });
	const { link } = await s.api('GET', `/files/${file.id}/link`), url = new URL(link);
	const got = await s.fetch(url.pathname + url.search, { token: null });
	assert.deepEqual([got.status, got.bytes.toString(), got.headers.get('x-content-type-options')], [200, 'hello', 'nosniff']);
	assert.equal((await s.fetch(`${url.pathname}?h=${'x'.repeat(43)}`, { token: null })).status, 400);
	assert.equal((await s.fetch(url.pathname, { token: null })).status, 400);
	assert.equal((await s.fetch(`/files/${loose.id}/public${url.search}`, { token: null })).status, 400);
	assert.equal((await s.fetch(`/api/v4/files/${loose.id}/link`)).status, 400);
	const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'S', type: 'P' }), other = await s.file('o.txt');
	await s.post('y', { channel: secret, file_ids: [other.id] });
	assert.equal((await s.fetch(`/api/v4/files/${other.id}/link`, { token: bob.token })).status, 404);
	await s.kill();
	const off = await town('sqlite'), plain = await off.file('f.txt');
	await off.post('x', { file_ids: [plain.id] });
	assert.equal((await off.fetch(`/api/v4/files/${plain.id}/link`)).status, 403);
	assert.equal((await off.fetch(`/files/${plain.id}/public${url.search}`)).status, 403);
	await off.stop();
});

test('what is wrong with an upload is said, and nothing of it stays', async () => {
	const s = await town('sqlite', { settings: { FileSettings: { MaxFileSize: 100_000 } } }), eve = await s.member('eve', null);
	const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'S', type: 'P' });
	const said = async (r) => { const a = await r; return [a.status, a.json?.id]; };
	const large = 'api.file.upload_file.too_large_detailed.app_error', body = 'api.context.invalid_body_param.app_error', url = 'api.context.invalid_url_param.app_error', broken = 'api.file.upload_file.read_request.app_error';
	assert.deepEqual(await said(s.send({ 'a': randomBytes(100_001) })), [413, large]);
	assert.deepEqual(await said(s.send({ 'a': 'x', 'b': randomBytes(200_000) })), [413, large]);
	assert.equal((await s.send({ 'a': randomBytes(100_000) })).status, 201);
	assert.deepEqual(await said(s.send({ a: 'x' }, { channel: null })), [400, body]);
	assert.deepEqual(await said(s.send({ a: 'x' }, { channel: 'short' })), [400, body]);
	assert.deepEqual(await said(s.send({ a: 'x' }, { fields: [['channel_id', secret.id]] })), [400, 'api.file.upload_file.multiple_channel_ids.app_error']);
	assert.deepEqual(await said(s.send({})), [400, 'api.file.upload_file.no_files.app_error']);
	assert.deepEqual(await said(s.send({ a: 'x' }, { fields: [['client_ids', 'more']] })), [400, 'api.file.upload_file.incorrect_number_of_client_ids.app_error']);
	assert.deepEqual(await said(s.send({ a: 'x' }, { token: eve.token, channel: secret.id })), [403, 'api.context.permissions.app_error']);
	assert.deepEqual(await said(s.send({ a: 'x' }, { token: 'none' })), [401, 'api.context.session_expired.app_error']);
	assert.deepEqual(await said(s.send(Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`f${i}`, 'x'])))), [400, 'api.file.upload_file.too_many_files.app_error']);
	assert.equal((await s.send(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, 'x'])))).status, 201);
	const raw = (query, options = {}) => s.raw('POST', `/api/v4/files${query}`, { token: s.token, body: 'text', ...options });
	const simple = await raw(`?channel_id=${s.channel.id}&filename=a%20b.txt&client_id=me`);
	assert.deepEqual([simple.status, simple.json.file_infos[0].name, simple.json.client_ids], [201, 'a b.txt', ['me']]);
	assert.deepEqual(await said(raw('')), [400, url]);
	assert.deepEqual(await said(raw(`?channel_id=${s.channel.id}`)), [400, url]);
	assert.deepEqual(await said(raw(`?channel_id=${s.channel.id}&filename=..%2F`)), [400, url]);
	assert.deepEqual(await said(raw(`?channel_id=${s.channel.id}&filename=x`, { body: 'x'.repeat(100_001) })), [413, large]);
	const form = (text, type = 'multipart/form-data; boundary=B') => s.raw('POST', '/api/v4/files', { token: s.token, body: text, headers: { 'Content-Type': type } });
	for (const text of ['', 'nothing', '--B\r\n', '--B\r\n\r\n\r\n--B--', '--B\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nno end', '--Bx\r\n', '--B\r\nno colon\r\n\r\nx\r\n--B--',
		`--B\r\nX: ${'y'.repeat(9000)}\r\n\r\n`, '--B--'.padEnd(20)]) assert.equal((await form(text)).status, 400, text.slice(0, 40));
	assert.deepEqual(await said(form('x', 'multipart/form-data')), [400, broken]);
	assert.deepEqual(await said(form('x', `multipart/form-data; boundary=${'B'.repeat(71)}`)), [400, broken]);
	await until('nothing is left of them', () => s.drafts().length === 0);

	// Whoever asks before he sends is told before; whoever is refused early need not send it all.
	const early = await new Promise((done) => {
		const c = net.connect(s.port, '127.0.0.1', () => c.write(`POST /api/v4/files?channel_id=${s.channel.id}&filename=x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${s.token}\r\nContent-Length: 90000000\r\nExpect: 100-continue\r\n\r\n`));
		c.on('data', (d) => { done(String(d)); c.destroy(); });
	});
	assert.match(early, /^HTTP\/1\.1 413 /);
	await s.kill();
	const off = await town('sqlite', { settings: { FileSettings: { EnableFileAttachments: false } } });
	assert.deepEqual(await said(off.send({ a: 'x' })), [403, 'api.file.attachments.disabled.app_error']);
	assert.equal((await off.raw('POST', '/api/v4/uploads', { token: off.token, body: {} })).status, 501);
	await off.stop();
});

// An endless body from one of our own clients: its memory is not ours.
function* pieces(total, size = 1 << 20) { const piece = randomBytes(size); for (let left = total; left > 0; left -= size) yield piece.subarray(0, Math.min(size, left)); }

test('a file of 50 MB takes no memory, in either direction', async () => {
	const s = await town('sqlite'), total = 50 << 20, kb = (what) => Number(readFileSync(`/proc/${s.child.pid}/status`, 'utf8').match(new RegExp(`${what}:\\s+(\\d+)`))[1]);
	await s.file('warm.bin', randomBytes(1 << 20));
	writeFileSync(`/proc/${s.child.pid}/clear_refs`, '5');
	const before = kb('VmRSS'), hash = createHash('sha256');
	const body = new ReadableStream({ start(c) { this.from = pieces(total); }, pull(c) { const n = this.from.next(); if (n.done) c.close(); else { hash.update(n.value); c.enqueue(n.value); } } });
	const r = await fetch(`${s.url}/api/v4/files?channel_id=${s.channel.id}&filename=big.bin`, { method: 'POST', headers: { Authorization: `Bearer ${s.token}` }, body, duplex: 'half' });
	assert.equal(r.status, 201, 'chunked, for its length was not said');
	const [info] = (await r.json()).file_infos;
	assert.equal(info.size, total);
	const back = await s.get(info.id);
	assert.equal(sha(back.bytes), hash.digest('hex'));
	const grown = kb('VmHWM') - before;
	console.log(`   RSS before ${before} KB, most after it ${before + grown} KB`);
	assert.ok(grown < 32 << 10, `it grew by ${grown} KB`);
	await s.stop();
});

test('a kill in the middle of an upload leaves nothing that anybody sees, and what it leaves is swept after a day', async () => {
	const s = await town('sqlite'), kept = await s.file('kept.txt');
	const c = net.connect(s.port, '127.0.0.1');
	c.on('error', () => {});
	c.write(`POST /api/v4/files?channel_id=${s.channel.id}&filename=half HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${s.token}\r\nContent-Length: 9000000\r\n\r\n`);
	c.write(randomBytes(1_000_000));
	await until('its draft is there', () => s.drafts().length === 1);
	await s.kill();
	c.destroy();
	const up = { session: null };
	await s.start();
	up.session = await s.api('POST', '/uploads', { channel_id: s.channel.id, filename: 'u', file_size: 100 });
	assert.equal(s.drafts().length, 1);
	await s.stop();
	const { utimesSync } = await import('node:fs'), old = Date.now() / 1000 - 2 * 86400;
	for (const name of s.drafts()) utimesSync(join(s.data, 'files', '.drafts', name), old, old);
	await s.start();
	await until('the draft is swept', () => s.drafts().length === 0);
	assert.equal((await s.get(kept.id)).bytes.toString(), 'hello');
	assert.equal((await s.api('GET', '/users/me/uploads')).length, 1, 'a young upload stays');

	// A client that goes away in the middle leaves nothing at all.
	const gone = net.connect(s.port, '127.0.0.1');
	gone.on('error', () => {});
	gone.write(`POST /api/v4/files?channel_id=${s.channel.id}&filename=half HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${s.token}\r\nContent-Length: 9000000\r\n\r\n`);
	gone.write(randomBytes(600_000));
	await until('its draft is there', () => s.drafts().length === 1);
	gone.destroy();
	await until('its draft is gone', () => s.drafts().length === 0);
	await s.stop();
});

await run();
