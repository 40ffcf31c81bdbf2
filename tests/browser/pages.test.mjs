// Files, pages of other origins, and the web app's own files, as a browser handles them.
import { createServer } from 'node:http';
import { assert, cleanup, run, until } from '../flow/harness.mjs';
import { png } from '../flow/pictures.mjs';
import { browserTest, cookiesOf, say, scene, signIn, told } from './browser.mjs';

// A minute of silence: longer than what a browser reads ahead.
function wav(seconds, rate = 44_100) {
	const b = Buffer.alloc(44 + seconds * rate * 2);
	b.write('RIFF', 0); b.writeUInt32LE(b.length - 8, 4); b.write('WAVEfmt ', 8); b.writeUInt32LE(16, 16); b.writeUInt16LE(1, 20); b.writeUInt16LE(1, 22);
	b.writeUInt32LE(rate, 24); b.writeUInt32LE(rate * 2, 28); b.writeUInt16LE(2, 32); b.writeUInt16LE(16, 34); b.write('data', 36); b.writeUInt32LE(b.length - 44, 40);
	return b;
}

const statusOf = (page, path) => page.context().seen.filter((r) => r.path === path).map((r) => r.status);
const loaded = (picture) => picture.evaluate((i) => i.decode().then(() => [i.naturalWidth, i.naturalHeight]));

browserTest('a picture goes up with its progress and is shown small and large, a sound is played from its end', async () => {
	const { s, page, dev } = await scene();
	const ann = await page(), bob = await page();
	await signIn(ann, dev, 'ann');
	await signIn(bob, dev, 'bob');
	await ann.setInputFiles('#file', { name: 'über.png', mimeType: 'image/png', buffer: png(2400, 1200) });
	await told(ann, 'uploaded', 1);
	assert.equal(await told(ann, 'progress'), '100');
	await ann.setInputFiles('#file', { name: 'silence.wav', mimeType: 'audio/wav', buffer: wav(180) });
	await told(ann, 'uploaded', 2);
	await say(ann, 'look and listen');
	const post = bob.locator('#posts article', { hasText: 'look and listen' });
	const [small, large] = [await loaded(post.locator('.thumbnail')), await loaded(post.locator('.preview'))];
	assert.ok(small[0] > 0 && small[0] <= 120 && large[0] > small[0] && large[0] <= 2400, `${small} ${large}`);
	assert.equal(await post.locator('a.file').textContent(), 'über.png');
	const [down] = await Promise.all([bob.waitForEvent('download').catch(() => null), post.locator('a.file').evaluate((a) => { a.download = ''; a.click(); })]);
	assert.equal(down.suggestedFilename(), 'über.png');
	const sound = post.locator('video'), url = new URL(await sound.getAttribute('src'));
	const end = await sound.evaluate(async (v) => {
		const once = (name) => new Promise((done) => v.addEventListener(name, done, { once: true }));
		if (v.readyState < 1) await once('loadedmetadata');
		const seeked = once('seeked');
		v.currentTime = v.duration - 1;
		await seeked;
		return [v.duration, v.currentTime];
	});
	assert.deepEqual(end, [180, 179]);
	const parts = bob.context().seen.filter((r) => r.path === url.pathname);
	assert.ok(parts.length >= 2 && parts.every((r) => r.status === 206) && parts.some((r) => /^bytes=[1-9]\d+-/.test(r.headers.range)), JSON.stringify(parts.map((r) => [r.status, r.headers.range])));
	// Who is not signed in sees nothing of it.
	const path = new URL(await post.locator('.thumbnail').getAttribute('src')).pathname, nobody = await page();
	assert.equal((await nobody.goto(`${s.url}${path}`)).status(), 401);
	assert.deepEqual([ann, bob].flatMap((p) => p.context().troubles), []);
	await s.stop();
});

// A page of another port: the browser sends our cookies along, as they are of the host.
async function stranger() {
	const web = createServer((rq, rs) => { rs.writeHead(200, { 'Content-Type': 'text/html' }); rs.end('<title>stranger</title>'); });
	await new Promise((done) => web.listen(0, '127.0.0.1', done));
	cleanup(() => { web.closeAllConnections(); web.close(); });
	return `http://127.0.0.1:${web.address().port}`;
}

// What a page of theirs gets from us: {status or "refused"} of each try.
const tries = (page, url, channel) => page.evaluate(async ([u, c]) => {
	const ask = (path, options) => fetch(u + path, { credentials: 'include', ...options }).then((r) => r.status, () => 'refused');
	const body = JSON.stringify({ channel_id: c, message: 'forged' });
	const open = new Promise((done) => { const w = new WebSocket(`${u.replace('http', 'ws')}/api/v4/websocket`); w.onmessage = () => { w.close(); done('open'); }; w.onerror = () => done('refused'); });
	return {
		read: await ask('/api/v4/users/me'), plain: await ask('/api/v4/posts', { method: 'POST', mode: 'no-cors', body }),
		marked: await ask('/api/v4/posts', { method: 'POST', body, headers: { 'X-Requested-With': 'XMLHttpRequest' } }), socket: await open,
	};
}, [url, channel]);

browserTest('a page of another origin reads nothing, writes nothing, opens no WebSocket and shows us in no frame', async () => {
	const { s, page, dev } = await scene();
	const p = await page(), other = await stranger();
	await signIn(p, dev, 'ann');
	const evil = await p.context().newPage();
	await evil.goto(other);
	const seen = p.context().seen;
	const r = await tries(evil, s.url, s.channel.id);
	assert.deepEqual([r.read, r.marked, r.socket], ['refused', 'refused', 'refused']);
	const writes = seen.filter((x) => x.path === '/api/v4/posts' && x.method === 'POST');
	assert.deepEqual(writes.map((x) => x.status), [401], 'it came, with the cookie, and without what only our page knows');
	assert.deepEqual((await s.messages()).filter((m) => m.message === 'forged'), []);
	// The cookies are gone with that, as in Mattermost; the session is still good for whoever has its token.
	assert.deepEqual(Object.keys(await cookiesOf(p)), []);
	await p.goto(dev);
	await signIn(p, dev, 'ann');
	await evil.goto(other);
	await evil.evaluate((u) => { const f = document.createElement('iframe'); f.src = u; document.body.append(f); }, s.url);
	await until('the frame was refused', () => evil.frames().some((f) => f.url().startsWith('chrome-error:')));
	// The same from a page of ours is shown.
	await p.evaluate((u) => { const f = document.createElement('iframe'); f.src = u; document.body.append(f); }, dev);
	await p.frameLocator('iframe').locator('#state[data-booted=yes]').waitFor({ state: 'attached' });
	await s.stop();
});

browserTest('a page of an origin that is listed may do all that', async () => {
	const other = await stranger();
	const { s, page, dev } = await scene({ settings: { ServiceSettings: { AllowCorsFrom: other, CorsAllowCredentials: true, FrameAncestors: other } } });
	const p = await page();
	await signIn(p, dev, 'ann');
	const friend = await p.context().newPage();
	await friend.goto(other);
	const r = await tries(friend, s.url, s.channel.id);
	assert.deepEqual([r.read, r.socket], [200, 'open']);
	await s.stop();
});

browserTest('the web app\'s files come packed and once, its page at every deep link', async () => {
	const { s, page, dev, script } = await scene();
	const p = await page();
	await signIn(p, dev, 'ann');
	const sizes = () => p.evaluate((path) => performance.getEntriesByType('resource').filter((e) => new URL(e.name).pathname === path).map((e) => ({ sent: e.transferSize, packed: e.encodedBodySize, whole: e.decodedBodySize })), script);
	const [first] = await sizes();
	assert.ok(first.packed < first.whole / 2, JSON.stringify(first));
	for (const path of ['/acme/channels/dev', '/acme/pl/abcdefghijklmnopqrstuvwxyz', '/acme/threads', '/admin_console/about/license', '/login?redirect_to=%2Facme', '/_redirect/pl/x', '/acme/messages/@bob']) {
		const r = await p.goto(s.url + path);
		assert.deepEqual([r.status(), await p.title()], [200, 'Hubbub'], path);
	}
	const [again] = await sizes();
	assert.deepEqual([again.sent, again.whole], [0, first.whole], 'kept by the browser');
	const manifest = await p.evaluate(() => fetch(document.querySelector('link[rel=manifest]').href).then((r) => r.json()));
	assert.equal(manifest.name, 'Fixture');
	for (const [path, status] of [['/static/images/favicon.png', 200], ['/static/nothing.js', 404], ['/static/plugins/x/main.js', 404], ['/plugins/playbooks/api/v0/bot/connect', 404], ['/api/v4/plugins/webapp', 200]])
		assert.equal(await p.evaluate((u) => fetch(u).then((r) => r.status), path), status, path);
	// A script from elsewhere, or in the page itself, is not run.
	const refused = await p.evaluate(() => new Promise((done) => {
		document.addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective));
		const e = document.createElement('script');
		e.textContent = 'window.ran = true';
		document.head.append(e);
	}));
	assert.deepEqual([refused, await p.evaluate(() => window.ran)], ['script-src-elem', undefined]);
	await s.stop();
});

run();
