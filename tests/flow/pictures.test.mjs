// Pictures: seen small, the right way up, and decoded where a bad one hurts nobody.
import { test, run, assert, Server, Socket, until } from './harness.mjs';
import { randomBytes } from 'node:crypto';
import { png, turned, sizeOf, gif, bmp } from './pictures.mjs';

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

await run();
