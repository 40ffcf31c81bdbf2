// A built web app is served from its folder: its files for a year, its page for everything else.
import { test, run, assert, Server, tempDir } from './harness.mjs';
import { mkdirSync, writeFileSync, symlinkSync } from 'node:fs';
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

run();
