// Pictures: seen small, the right way up, and decoded where a bad one hurts nobody.
import { test, run, assert, Server, Socket, until } from './harness.mjs';
import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { png, turned, sizeOf, gif, bmp } from './pictures.mjs';

const { Client4 } = createRequire(import.meta.url)('@mattermost/client');

async function town(engine, settings = {}) {
	const s = await new Server({ engine, settings }).start();
	await s.world();
	s.form = async (path, files, fields = {}, { token = s.token, method = 'POST' } = {}) => {
		const form = new FormData();
		for (const [name, value] of Object.entries(fields)) form.append(name, value);
		for (const [field, [name, bytes]] of Object.entries(files)) form.append(field, new Blob([bytes]), name);
		const r = await fetch(`${s.url}/api/v4${path}`, { method, headers: { Authorization: `Bearer ${token}` }, body: form });
		return { status: r.status, json: await r.json().catch(() => null) };
	};
	s.file = async (name, bytes) => {
		const r = await s.form('/files', { files: [name, bytes] }, { channel_id: s.channel.id });
		assert.equal(r.status, 201, JSON.stringify(r.json));
		return r.json.file_infos[0];
	};
	s.get = async (path, token = s.token) => {
		const r = await fetch(`${s.url}/api/v4${path}`, { headers: { Authorization: `Bearer ${token}` } });
		return { status: r.status, type: r.headers.get('content-type'), tag: r.headers.get('etag'), bytes: Buffer.from(await r.arrayBuffer()) };
	};
	return s;
}

const children = async (s) => (await import('node:child_process')).execFileSync('pgrep', ['-P', String(s.child.pid), '-a'], { encoding: 'utf8' }).split('\n').filter((l) => /hubbub-images/.test(l));

for (const engine of ['sqlite', 'postgres'])
	test(`a picture has a preview, a thumbnail and a tiny form in its info (${engine})`, async () => {
		const s = await town(engine), ws = await new Socket(s, s.token).ready();
		const big = await s.file('big.png', png(3000, 1000));
		assert.deepEqual([big.width, big.height, big.has_preview_image, big.mime_type], [3000, 1000, true, 'image/png']);
		const mini = Buffer.from(big.mini_preview, 'base64');
		assert.deepEqual([mini.readUInt16BE(0), ...sizeOf(mini)], [0xffd8, 16, 16]);
		const preview = await s.get(`/files/${big.id}/preview`), thumbnail = await s.get(`/files/${big.id}/thumbnail`);
		assert.deepEqual([preview.status, preview.type, sizeOf(preview.bytes)], [200, 'image/jpeg', [1920, 640]]);
		assert.deepEqual([thumbnail.status, thumbnail.type, sizeOf(thumbnail.bytes)], [200, 'image/jpeg', [120, 100]]);
		assert.notEqual(preview.tag, thumbnail.tag);
		const post = await s.post('look', { file_ids: [big.id] });
		assert.equal(post.metadata.files[0].mini_preview, big.mini_preview);
		assert.equal((await ws.event('posted', (e) => JSON.parse(e.data.post).id === post.id)).data.image, 'true');

		// A telephone held upright: the file stays as it is, what is shown is turned.
		const side = await s.file('side.jpg', turned(preview.bytes, 6));
		assert.deepEqual([side.width, side.height, side.mime_type], [640, 1920, 'image/jpeg']);
		const upright = await s.get(`/files/${side.id}/preview`);
		assert.deepEqual(sizeOf(upright.bytes), [640, 1920]);
		assert.ok(!upright.bytes.includes('Exif'), 'nothing of the camera is in it');
		assert.deepEqual((await s.get(`/files/${side.id}`)).bytes, turned(preview.bytes, 6));

		const small = await s.file('s.bmp', bmp(20, 10));
		assert.deepEqual([small.width, small.height, small.mime_type, sizeOf((await s.get(`/files/${small.id}/preview`)).bytes)], [20, 10, 'image/bmp', [20, 10]]);
		const dots = await s.file('dots.gif', gif);
		assert.deepEqual([dots.width, dots.height, dots.mime_type], [2, 2, 'image/gif']);
		// The name does not decide what it is, and what is none is a file like any other.
		assert.equal((await s.file('noend', png(5, 5))).mime_type, 'image/png');
		const none = await s.file('none.png', 'no picture');
		assert.deepEqual([none.width, none.has_preview_image, none.mini_preview], [undefined, undefined, null]);
		for (const what of ['preview', 'thumbnail']) assert.deepEqual([(await s.get(`/files/${none.id}/${what}`)).status, JSON.parse((await s.get(`/files/${none.id}/${what}`)).bytes).id], [400, `api.file.get_file_${what}.no_${what}.app_error`]);
		await s.stop();
	});

test('a bad picture hurts nobody', async () => {
	const s = await town('sqlite'), pid = s.child.pid;
	const bomb = await s.form('/files', { files: ['bomb.png', png(10, 10, { claimed: [60000, 60000] })] }, { channel_id: s.channel.id });
	assert.deepEqual([bomb.status, bomb.json.id], [400, 'api.file.upload_file.large_image_detailed.app_error']);
	const good = png(300, 300);
	for (let i = 0; i < 12; i++) {
		const bad = Buffer.from(good);
		if (i < 6) randomBytes(40).copy(bad, 30 + i * 20);
		const f = await s.file(`bad${i}.png`, i < 6 ? bad : good.subarray(0, 20 + i * 30));
		assert.equal((await s.get(`/files/${f.id}`)).status, 200);
	}
	const liar = await s.file('liar.png', png(10, 10, { claimed: [5000, 5000] }));
	assert.equal((await s.get(`/files/${liar.id}`)).status, 200);
	assert.equal(s.child.pid, pid);
	assert.equal((await s.raw('GET', '/api/v4/system/ping')).status, 200);
	assert.ok((await s.file('good.png', good)).has_preview_image);
	await until('no process is left', async () => { try { return !(await children(s)).length; } catch { return true; } });
	await s.stop();
});

for (const engine of ['sqlite', 'postgres'])
	test(`custom emoji are made, told, found by name, seen and deleted (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
		const client = new Client4();
		client.setUrl(s.url);
		client.setToken(s.token);
		const make = (name, bytes = png(300, 200), { token, creator = s.admin.id, image = 'image' } = {}) => s.form('/emoji', { [image]: ['e.png', bytes] }, { emoji: JSON.stringify({ creator_id: creator, name }) }, { token: token ?? s.token });
		const made = await make('party');
		assert.deepEqual([made.status, made.json.name, made.json.creator_id, made.json.delete_at], [200, 'party', s.admin.id, 0]);
		const told = await ws.event('emoji_added');
		assert.deepEqual(JSON.parse(told.data.emoji), made.json);
		assert.equal((await make('PARTY2', gif)).status, 200);
		const image = await s.get(`/emoji/${made.json.id}/image`);
		assert.deepEqual([image.status, image.type, sizeOf(image.bytes)], [200, 'image/jpeg', [128, 85]]);
		const moving = await client.getCustomEmojiByName('PARTY2');
		assert.deepEqual((await s.get(`/emoji/${moving.id}/image`)).bytes, gif);
		assert.deepEqual((await client.getCustomEmojis(0, 60, 'name')).map((e) => e.name).sort(), ['PARTY2', 'party']);
		assert.deepEqual((await client.getCustomEmojis(1, 1)).map((e) => e.name), ['PARTY2']);
		assert.deepEqual((await client.searchCustomEmoji('art')).length, 2);
		assert.deepEqual((await client.searchCustomEmoji('art', { prefix_only: true })).length, 0);
		assert.deepEqual((await client.autocompleteCustomEmoji('par')).length, 2);
		assert.deepEqual((await client.getCustomEmojisByNames(['party', 'none'])).map((e) => e.id), [made.json.id]);
		assert.equal((await client.getCustomEmoji(made.json.id)).name, 'party');

		const said = async (r) => { const a = await r; return [a.status, a.json.id]; };
		assert.deepEqual(await said(make('party')), [400, 'api.emoji.create.duplicate.app_error']);
		for (const name of ['', 'a b', 'é', 'x'.repeat(65)]) assert.deepEqual(await said(make(name)), [400, 'model.emoji.name.app_error'], name);
		assert.deepEqual(await said(make('bad', 'no picture')), [400, 'api.emoji.upload.image.app_error']);
		assert.deepEqual(await said(make('large', randomBytes(600_000))), [413, 'api.emoji.create.too_large.app_error']);
		assert.deepEqual(await said(make('other', png(5, 5), { creator: bob.id })), [403, 'api.context.permissions.app_error']);
		assert.deepEqual(await said(make('x', png(5, 5), { image: 'picture' })), [400, 'api.context.invalid_body_param.app_error']);
		assert.deepEqual(await said(s.form('/emoji', { image: ['e.png', png(5, 5)] }, { emoji: 'no json' })), [400, 'api.context.invalid_body_param.app_error']);
		assert.equal((await s.raw('DELETE', `/api/v4/emoji/${made.json.id}`, { token: bob.token })).status, 403);
		await client.deleteCustomEmoji(made.json.id);
		for (const path of ['', '/image']) assert.equal((await s.get(`/emoji/${made.json.id}${path}`)).status, 404);
		assert.equal((await s.get('/emoji/name/party')).status, 404);
		assert.equal((await make('party')).status, 200, 'the name is free again');
		await s.stop();
	});

for (const engine of ['sqlite', 'postgres'])
	test(`people, teams and the server have pictures of their own (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob', null), ws = await new Socket(s, bob.token).ready(), picture = { image: ['p.png', png(400, 400)] };
		const made = await s.get(`/users/${bob.id}/image`);
		assert.deepEqual([made.status, made.type, (await s.api('GET', '/users/me', undefined, bob.token)).last_picture_update], [200, 'image/png', 0]);
		assert.equal((await s.form(`/users/${bob.id}/image`, picture, {}, { token: bob.token })).status, 200);
		const told = await ws.event('user_updated', (e) => e.data.user.last_picture_update > 0), own = await s.get(`/users/${bob.id}/image`);
		assert.equal(told.data.user.id, bob.id);
		assert.deepEqual([own.type, sizeOf(own.bytes)], ['image/jpeg', [128, 128]]);
		assert.deepEqual((await s.get(`/users/${bob.id}/image/default`)).bytes, made.bytes);
		const other = await s.form(`/users/${bob.id}/image`, { image: ['p.png', png(50, 50)] });
		assert.equal(other.status, 200, 'an administrator may');
		assert.notEqual((await s.get(`/users/${bob.id}/image`)).tag, own.tag);
		assert.equal((await s.raw('DELETE', '/api/v4/users/me/image', { token: bob.token })).status, 200);
		assert.deepEqual((await s.get(`/users/${bob.id}/image`)).bytes, made.bytes);
		const said = async (r) => { const a = await r; return [a.status, a.json.id]; };
		assert.equal((await s.form(`/users/${s.admin.id}/image`, picture, {}, { token: bob.token })).status, 403);
		assert.deepEqual(await said(s.form('/users/me/image', {})), [400, 'api.user.upload_profile_user.no_file.app_error']);
		assert.deepEqual(await said(s.form('/users/me/image', { image: ['x', 'none'] })), [400, 'api.user.upload_profile_user.decode.app_error']);

		const icon = `/teams/${s.team.id}/image`;
		assert.deepEqual([(await s.get(icon)).status, s.team.last_team_icon_update], [404, undefined]);
		assert.equal((await s.form(icon, picture)).status, 200);
		const team = JSON.parse((await ws.event('update_team')).data.team);
		assert.ok(team.last_team_icon_update > 0);
		assert.deepEqual(sizeOf((await s.get(icon, bob.token)).bytes), [128, 128]);
		assert.equal((await s.form(icon, picture, {}, { token: bob.token })).status, 403);
		assert.deepEqual(await said(s.form(icon, { image: ['x', 'none'] })), [400, 'api.team.set_team_icon.decode.app_error']);
		assert.equal((await s.raw('DELETE', `/api/v4${icon}`, { token: s.token })).status, 200);
		assert.equal((await s.get(icon)).status, 404);

		assert.equal((await s.get('/brand/image')).status, 404);
		assert.equal((await s.form('/brand/image', picture)).status, 201);
		assert.deepEqual(sizeOf((await s.get('/brand/image')).bytes), [400, 400]);
		assert.equal((await s.form('/brand/image', picture, {}, { token: bob.token })).status, 403);
		assert.equal((await s.raw('DELETE', '/api/v4/brand/image', { token: s.token })).status, 200);
		assert.equal((await s.get('/brand/image')).status, 404);
		await s.stop();
	});

await run();
