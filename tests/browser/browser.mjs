// browser - a real one (Debian's chromium), and a small client of ours built from npm's @mattermost/client, for the tests beside it.
//
// The client tells what it is at in data-… of its footer; told(page, name) waits for that.
import { createRequire } from 'node:module';
import { mkdirSync, writeFileSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gzipSync, brotliCompressSync } from 'node:zlib';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { certificate, cleanup, freePort, has, root, Server, skip, slow, tempDir, test, until } from '../flow/harness.mjs';
import { png } from '../flow/pictures.mjs';

export const here = dirname(fileURLToPath(import.meta.url));
const need = createRequire(join(root, 'tests/flow/package.json'));

// A test of the browser; without one it says so.
export function browserTest(name, fn, programs = []) {
	const missing = ['chromium', ...programs].filter((p) => !has(p));
	return missing.length ? skip(name, `${missing.join(' and ')} not installed`) : test(name, fn);
}

let bundled;

// A folder as a build of the official web app leaves it: root.html, names that change with their content, and shorter forms beside.
export function webapp() {
	bundled ??= need('esbuild').buildSync({ entryPoints: [join(here, 'app/main.js')], bundle: true, minify: true, write: false, format: 'iife',
		nodePaths: [join(root, 'tests/flow/node_modules')], define: { 'process.env.NODE_ENV': '"production"' } }).outputFiles[0].contents;
	const dir = tempDir(), name = `main.${createHash('sha256').update(bundled).digest('hex').slice(0, 20)}.js`;
	mkdirSync(join(dir, 'images'));
	const put = (file, content) => writeFileSync(join(dir, file), content);
	put(name, bundled);
	put(`${name}.br`, brotliCompressSync(bundled));
	put(`${name}.gz`, gzipSync(bundled));
	for (const file of ['main.css', 'manifest.json']) put(file, readFileSync(join(here, 'app', file)));
	put('root.html', readFileSync(join(here, 'app/root.html'), 'utf8').replace('MAIN', name));
	put('images/favicon.png', png(16, 16));
	return { dir, script: `/static/${name}` };
}

// options: of a Playwright context. Every answer of the page is kept in context.seen as "METHOD path status".
export async function browser() {
	const b = await need('playwright-core').chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
	cleanup(() => b.close());
	return b;
}

export async function context(b, options = {}) {
	const c = await b.newContext(options);
	c.setDefaultTimeout(slow);
	c.seen = [];
	c.troubles = [];
	c.on('response', (r) => { const u = new URL(r.url()); c.seen.push({ method: r.request().method(), path: u.pathname, query: u.search, status: r.status(), type: r.headers()['content-type'], headers: r.request().headers() }); });
	c.on('weberror', (e) => c.troubles.push(String(e.error())));
	return c;
}

// A server with the client, Ann and Bob in the channel dev, and a browser; page() is a page of a new person's browser.
// options: of Server; path: SiteURL's.
export async function scene({ settings = {}, path = '' } = {}) {
	const { dir, script } = webapp();
	const port = await freePort(), site = path ? { SiteURL: `http://127.0.0.1:${port}${path}` } : {};
	const s = new Server({ args: ['--webapp', dir], settings: { ...settings, ServiceSettings: { ...site, ...settings.ServiceSettings } } });
	s.port = port;
	await s.start();
	s.url += path;
	await s.world();
	s.ann = await s.member('ann');
	s.bob = await s.member('bob');
	const b = await browser();
	return { s, b, script, page: async (options) => (await context(b, options)).newPage(), dev: `${s.url}/acme/channels/dev` };
}

export const cookiesOf = async (page) => Object.fromEntries((await page.context().cookies()).map((c) => [c.name, c]));

// What the page told under that name, as soon as it is so.
export async function told(page, name, value) {
	const wanted = value === undefined ? `#state[data-${name}]` : `#state[data-${name}="${value}"]`;
	await page.locator(`${wanted}, #state[data-error]`).waitFor({ state: 'attached' });
	const all = await page.locator('#state').evaluate((s) => ({ ...s.dataset }));
	if (all.error && name !== 'error') throw new Error(`the page: ${JSON.stringify(all)}`);
	return all[name];
}

export async function signIn(page, url, name, password = 'password1') {
	await page.goto(url);
	await told(page, 'booted', 'no');
	await page.fill('#login-name', name);
	await page.fill('#login-password', password);
	await page.click('#sign-in');
	await told(page, 'booted', 'yes');
}

// In the channel or the thread: what people's posts say, in order.
export const shown = (page, where = '#posts') => page.locator(`${where} [data-type=""] .message`).allTextContents();

export async function say(page, text) {
	await page.fill('#text', text);
	await page.click('#send');
	await page.locator('#posts .message', { hasText: text }).first().waitFor();
}

// nginx before the server, with TLS; gives its address. Where: the path it passes on, "" for all.
export async function nginx(server, where = '') {
	const dir = tempDir(), port = await freePort(), { key, cert } = certificate();
	const lines = `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log;
events { worker_connections 256; }
http {
	access_log off; default_type application/octet-stream; client_max_body_size 110m;
	${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((w) => `${w}_temp_path ${dir}/${w};`).join(' ')}
	map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
	server {
		listen 127.0.0.1:${port} ssl http2;
		ssl_certificate ${cert}; ssl_certificate_key ${key};
		location ${where}/ {
			proxy_pass http://127.0.0.1:${server.port};
			proxy_http_version 1.1;
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Forwarded-Proto $scheme;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $connection_upgrade;
			proxy_read_timeout 600s;
		}
	}
}
`;
	writeFileSync(join(dir, 'nginx.conf'), lines);
	const child = spawn('/usr/sbin/nginx', ['-c', join(dir, 'nginx.conf'), '-p', dir], { stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	child.stderr.on('data', (d) => { said += d; });
	const gone = new Promise((done) => child.on('exit', done));
	cleanup(() => { child.kill('SIGKILL'); return gone; });
	await until('nginx listens', async () => {
		if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
		return fetch(`http://127.0.0.1:${port}/`).then((r) => r.status === 400, () => false);        // plain HTTP on a port of TLS
	});
	return `https://127.0.0.1:${port}`;
}
