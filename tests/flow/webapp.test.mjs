// A built web app is served from its folder: its files for a year, its page for everything else.
import { test, run, assert, freePort, Server, Socket, tempDir } from './harness.mjs';
import { mkdirSync, writeFileSync, symlinkSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { gzipSync, brotliCompressSync } from 'node:zlib';
import { join } from 'node:path';
import { request } from 'node:http';

const page = '<!doctype html><html><head><title>Old name</title><script src="/static/main.abc.js"></script></head><body id="root"></body></html>';
const script = `console.log(${JSON.stringify('x'.repeat(5000))});\n`;

function folder() {
	const dir = tempDir(), put = (name, text) => writeFileSync(join(dir, name), text);
	for (const d of ['images', 'i18n', 'sub']) mkdirSync(join(dir, d));
	put('root.html', page);
	put('main.abc.js', script);
	put('main.abc.js.br', brotliCompressSync(script));
	put('main.abc.js.gz', gzipSync(script));
	put('manifest.json', '{}');
	put('remote_entry.js', 'x');
	put('robots.txt', 'User-agent: *\n');
	put('images/logo.svg', '<svg/>');
	put('sub/root.html', 'not this one');
	const outside = join(tempDir(), 'secret.txt');
	writeFileSync(outside, 'secret');
	symlinkSync(outside, join(dir, 'link.txt'));
	symlinkSync('/', join(dir, 'up'));
	return dir;
}

// As sent: fetch() would tidy the path and unpack the answer.
const plain = (s, path, { method = 'GET', headers = {} } = {}) => new Promise((done, fail) => {
	request({ host: '127.0.0.1', port: s.port, path, method, headers }, (r) => {
		const parts = [];
		r.on('data', (d) => parts.push(d)).on('end', () => done({ status: r.statusCode, headers: r.headers, body: Buffer.concat(parts) }));
	}).on('error', fail).end();
});

test('files of a web app are kept for a year, its page is asked for anew', async () => {
	const s = await new Server({ args: ['--webapp', folder()], settings: { TeamSettings: { SiteName: 'Ann & <Bob>', CustomDescriptionText: 'a "fine" place' } } }).start();
	for (const path of ['/', '/acme/channels/town-square', '/login?redirect_to=x', '/root.html', '/error', '/apiary']) {
		const r = await plain(s, path), text = r.body.toString();
		assert.equal(r.status, 200, path);
		assert.equal(r.headers['content-type'], 'text/html; charset=utf-8');
		assert.equal(r.headers['cache-control'], 'no-cache, max-age=31556926, public');
		assert.equal(r.headers['x-frame-options'], 'SAMEORIGIN');
		assert.match(r.headers['content-security-policy'], /^frame-ancestors 'self' .*script-src 'self'/);
		assert.ok(text.includes('<title>Ann &amp; &lt;Bob&gt;</title>') && text.includes('og:description" content="a &quot;fine&quot; place"'), text);
		assert.ok(text.endsWith('</head><body id="root"></body></html>') && !text.includes('Old name'));
	}
	const types = { 'main.abc.js': 'text/javascript; charset=utf-8', 'images/logo.svg': 'image/svg+xml' };
	for (const [name, type] of Object.entries(types)) {
		const r = await plain(s, `/static/${name}`);
		assert.deepEqual([r.status, r.headers['content-type'], r.headers['cache-control']], [200, type, 'max-age=31556926, public, immutable']);
		const again = await plain(s, `/static/${name}`, { headers: { 'If-None-Match': r.headers.etag } });
		assert.deepEqual([again.status, again.body.length], [304, 0]);
	}
	for (const name of ['manifest.json', 'remote_entry.js']) assert.match((await plain(s, `/static/${name}`)).headers['cache-control'], /^no-cache/);
	assert.equal((await plain(s, '/robots.txt')).body.toString(), 'User-agent: *\n');
	const head = await plain(s, '/static/main.abc.js', { method: 'HEAD' });
	assert.deepEqual([head.status, head.body.length, head.headers['content-length']], [200, 0, String(script.length)]);
	await s.stop();
});

test('who accepts a shorter form gets it', async () => {
	const s = await new Server({ args: ['--webapp', folder()] }).start();
	for (const [accepts, coding, want] of [['gzip, deflate, br', 'br', brotliCompressSync(script)], ['gzip', 'gzip', gzipSync(script)], ['identity', undefined, Buffer.from(script)]]) {
		const r = await plain(s, '/static/main.abc.js', { headers: { 'Accept-Encoding': accepts } });
		assert.deepEqual([r.status, r.headers['content-encoding'], r.headers.vary], [200, coding, 'Accept-Encoding']);
		assert.ok(r.body.equals(want));
	}
	await s.stop();
});

test('nothing outside of the folder is served, and nothing of the API is hidden', async () => {
	const s = await new Server({ args: ['--webapp', folder()] }).start();
	const root = (await plain(s, '/')).body;
	for (const path of ['/static/link.txt', '/static/up/etc/passwd', '/static/nothing.js', '/static/', '/static/images', '/static/..%2f..%2fetc/passwd', '/static/%2e%2e/%2e%2e/etc/passwd', '/static/%00']) {
		const r = await plain(s, path);
		assert.ok(!r.body.includes('secret') && !r.body.includes('root:'), path);
		assert.ok([400, 404].includes(r.status) || r.body.equals(root), `${path}: ${r.status}`);
	}
	assert.equal((await plain(s, '/sub/root.html')).body.toString(), 'not this one');
	for (const path of ['/link.txt', '/up/etc/passwd', '/sub', '/sub/']) assert.ok((await plain(s, path)).body.equals(root), path);
	for (const path of ['/api/v4/nothing', '/hooks/nothing', '/plugins/x', '/oauth/x', '/metrics']) {
		const r = await plain(s, path);
		assert.deepEqual([r.status, JSON.parse(r.body).id], [404, 'api.context.404.app_error'], path);
	}
	assert.equal((await plain(s, '/api/v4/system/ping')).status, 200);
	assert.equal((await plain(s, '/anything', { method: 'POST' })).status, 404);
	await s.stop();
});

test('a single-page client of another make has an index.html; a folder without a page stops the start', async () => {
	const dir = tempDir();
	const s = new Server({ settings: { ServiceSettings: { WebAppDirectory: dir } } });
	await assert.rejects(s.start(), /root\.html/);
	writeFileSync(join(dir, 'index.html'), '<title>mine</title>hello');
	await s.start();
	assert.match((await plain(s, '/deep/link')).body.toString(), /<title>Hubbub<\/title>.*hello$/);
	await s.stop();
	await assert.rejects(new Server({ args: ['--webapp', join(dir, 'nowhere')] }).start(), /cannot be opened/);
	const none = await new Server().start();
	const bare = await plain(none, '/');
	assert.equal(bare.status, 200, 'mmctl looks whether there is a server before it signs in');
	assert.equal((await plain(none, '/acme')).status, 404);
	await none.stop();
});

test('a server of a path is there only: its page, files, API, WebSocket and cookies', async () => {
	const port = await freePort(), dir = folder();
	writeFileSync(join(dir, 'main.css'), 'body { background: url(/static/images/logo.svg); }');
	writeFileSync(join(dir, 'main.css.gz'), gzipSync('not of this path'));
	writeFileSync(join(dir, 'manifest.json'), '{"icons":[{"src":"/static/images/logo.svg"}]}');
	const s = new Server({ args: ['--webapp', dir], settings: { ServiceSettings: { SiteURL: `http://127.0.0.1:${port}/team/chat/` } } });
	s.port = port;
	await s.start();
	for (const path of ['/team/chat', '/team/chat/', '/team/chat/acme/channels/dev']) {
		const r = await plain(s, path), text = r.body.toString();
		assert.equal(r.status, 200, path);
		const tells = "window.publicPath='/team/chat/static/'";
		assert.ok(text.includes(`<script>${tells}</script>`) && text.includes('src="/team/chat/static/main.abc.js"') && !text.includes('"/static/'), text);
		assert.ok(r.headers['content-security-policy'].endsWith(`'sha256-${createHash('sha256').update(tells).digest('base64')}'`), r.headers['content-security-policy']);
	}
	assert.equal((await plain(s, '/team/chat/static/main.abc.js')).body.toString(), script);
	assert.ok((await plain(s, '/team/chat/static/main.css', { headers: { 'Accept-Encoding': 'gzip' } })).body.toString().includes('url(/team/chat/static/images/logo.svg)'));
	assert.deepEqual(JSON.parse((await plain(s, '/team/chat/static/manifest.json')).body).icons, [{ src: '/team/chat/static/images/logo.svg' }]);
	// Elsewhere one is sent there, to the same place.
	for (const [path, to] of [['/', '/team/chat/'], ['/acme/channels/d%C3%BC?a=b%20c', '/team/chat/acme/channels/d%C3%BC?a=b%20c'], ['/api/v4/system/ping', '/team/chat/api/v4/system/ping'], ['/team/chatter', '/team/chat/team/chatter'],
		['//example.com/x', '/team/chat/example.com/x']]) {
		const r = await plain(s, path);
		assert.deepEqual([r.status, r.headers.location], [302, to]);
	}
	assert.equal((await plain(s, '/hooks/x', { method: 'POST' })).status, 307, 'what is posted stays posted');
	assert.equal((await plain(s, '/team/chat/api/v4/system/ping')).status, 200);
	assert.equal((await plain(s, '/team/chat/api/v4/nothing')).status, 404);
	s.url += '/team/chat';
	await s.world();
	const r = await s.raw('POST', '/api/v4/users/login', { body: { login_id: 'admin', password: 'password1' }, headers: { 'X-Requested-With': 'XMLHttpRequest' } });
	assert.ok(r.headers.getSetCookie().length === 3 && r.headers.getSetCookie().every((c) => c.includes('; Path=/team/chat;')), r.headers.getSetCookie().join('\n'));
	await new Socket(s, s.token).ready();
	await s.stop();
	await assert.rejects(new Server({ settings: { ServiceSettings: { SiteURL: 'https://example.com/a"b' } } }).start(), /SiteURL/);
});

test('a page that names the server otherwise is another one', async () => {
	const dir = folder();
	const one = await new Server({ args: ['--webapp', dir] }).start(), two = await new Server({ args: ['--webapp', dir], settings: { TeamSettings: { SiteName: 'Other' } } }).start();
	const tag = (await plain(one, '/')).headers.etag;
	assert.equal((await plain(one, '/', { headers: { 'If-None-Match': tag } })).status, 304);
	assert.equal((await plain(two, '/', { headers: { 'If-None-Match': tag } })).status, 200);
	await one.stop();
	await two.stop();
});

test('cookies go to pages of other sites only where those may show us in a frame, over TLS', async () => {
	for (const [frames, proto, site] of [['', 'https', 'Lax'], ['https://intranet.example.com', 'https', 'None'], ['https://intranet.example.com', 'http', 'Lax']]) {
		const s = await new Server({ settings: { ServiceSettings: { FrameAncestors: frames } } }).start();
		await s.world();
		const r = await s.raw('POST', '/api/v4/users/login', { body: { login_id: 'admin', password: 'password1' }, headers: { 'X-Requested-With': 'XMLHttpRequest', 'X-Forwarded-Proto': proto } });
		assert.ok(r.headers.getSetCookie().length === 3 && r.headers.getSetCookie().every((c) => c.endsWith(`; SameSite=${site}`)), r.headers.getSetCookie().join('\n'));
		await s.stop();
	}
});

test('behind a proxy that speaks TLS the cookies are for TLS only, whoever the proxy is', async () => {
	const s = await new Server().start();
	await s.world();
	for (const [proto, secure] of [['https', true], ['http', false]]) {
		const r = await s.raw('POST', '/api/v4/users/login', { body: { login_id: 'admin', password: 'password1' }, headers: { 'X-Requested-With': 'XMLHttpRequest', 'X-Forwarded-Proto': proto } });
		assert.deepEqual(r.headers.getSetCookie().map((c) => /; Secure/.test(c)), [secure, secure, secure]);
	}
	await s.stop();
});

run();
