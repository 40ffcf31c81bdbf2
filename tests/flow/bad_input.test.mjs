// Bad input on every route there is: a clear error in Mattermost's shape, never a 5xx, nothing half-written.
import { test, run, assert, Server, build, WebSocket, until } from './harness.mjs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import net from 'node:net';

const routes = execFileSync(join(build, 'hubbub'), ['routes'], { encoding: 'utf8' }).trim().split('\n').map((line) => {
	const [method, path] = line.split(/\s+/);
	return { method, path, built: !/ 501 /.test(line) };
}).filter((r) => r.path.startsWith('/api/v4'));

const bodies = {
	'a cut object': '{"a":',
	nothing: '',
	null: 'null',
	'a number': '5',
	'a text': '"x"',
	'a list of everything wrong': '[null,5,{},[],"x",true]',
	'an object of wrong types': JSON.stringify(Object.fromEntries(['message', 'channel_id', 'user_id', 'team_id', 'name', 'display_name', 'root_id', 'props', 'file_ids', 'emails',
		'email', 'username', 'password', 'login_id', 'type', 'trigger', 'url', 'callback_urls', 'trigger_words', 'roles', 'notify_props', 'active', 'token_id', 'command', 'terms', 'status',
		'post_id', 'emoji_name', 'id', 'header', 'purpose', 'pending_post_id', 'is_pinned', 'metadata', 'description'].map((k, i) => [k, [{}, [], 5, true, -1e99][i % 5]]))),
	'seventy levels': '['.repeat(70) + ']'.repeat(70),
	'bad UTF-8': Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
	'a NUL': '{"message":"\\u0000","channel_id":"\\u0000"}',
};

test('every route is listed once, as it is', async () => {
	const seen = routes.map((r) => `${r.method} ${r.path}`);
	assert.deepEqual(seen.filter((r, i) => seen.indexOf(r) !== i), []);
});

function checkShape(r, what) {
	assert.ok(r.status < 500 || r.status === 501, `${what}: ${r.status} ${r.text.slice(0, 300)}`);
	if (r.status >= 400 && r.text) {
		assert.ok(r.json && typeof r.json.id === 'string' && r.json.id && typeof r.json.message === 'string' && r.json.status_code === r.status
			&& typeof r.json.request_id === 'string', `${what}: ${r.status} ${r.text.slice(0, 300)}`);
		assert.equal(r.headers.get('content-type'), 'application/json', what);
	}
}

// What would end the test's own session or person is called with a wrong id only.
const dangerous = /logout|sessions\/revoke|\/active$|^\/api\/v4\/users\/\{user_id\}$|\/roles$|\/password$/;

test('every route answers wrong bodies, ids and pages with a 4xx of Mattermost\'s shape', async () => {
	const s = await new Server().start();
	await s.world();
	let calls = 0;
	const own = { team_id: s.team.id, channel_id: s.channel.id, user_id: s.admin.id };
	const fill = (path, id) => path.replace(/\{(\w+)\}/g, (_, name) => (id === 'own' ? own[name] ?? 'a'.repeat(26) : id));
	for (const route of routes) {
		for (const id of ['a'.repeat(26), 'x', '%00', '..%2f..', '%F0%28%8C%28', 'A'.repeat(300)]) {
			const r = await s.raw(route.method, fill(route.path, id) + '?page=-1&per_page=99999999999&since=x&before=%27&limit=1e9', { token: s.token,
				body: ['GET', 'HEAD', 'DELETE'].includes(route.method) ? undefined : '{}' });
			checkShape(r, `${route.method} ${route.path} with id ${id}`);
			calls++;
		}
		if (['GET', 'HEAD', 'DELETE'].includes(route.method) || dangerous.test(route.path)) continue;
		for (const [name, body] of Object.entries(bodies)) {
			const r = await fetch(s.url + fill(route.path, 'own'), { method: route.method, body, headers: { Authorization: `Bearer ${s.token}`, 'Content-Type': 'application/json' } });
			const text = await r.text();
			let json = null;
			try { json = JSON.parse(text); } catch { /* not JSON */ }
			checkShape({ status: r.status, text, json, headers: r.headers }, `${route.method} ${route.path} with ${name}`);
			calls++;
		}
	}
	console.log(`note: ${calls} calls to ${routes.length} routes`);
	await s.stop();
	assert.match(execFileSync(join(build, 'hubbub'), ['check', '--data', s.data], { encoding: 'utf8' }), /^0 counters are wrong/m);
});

test('without a session every route but the open ones answers 401, and the web client is not told more', async () => {
	const s = await new Server().start();
	await s.world();
	const open = [];
	for (const route of routes.filter((r) => r.built)) {
		const path = route.path.replace(/\{\w+\}/g, 'a'.repeat(26));
		const r = await s.raw(route.method, path, { body: ['GET', 'HEAD', 'DELETE'].includes(route.method) ? undefined : '{}' });
		if (r.status !== 401) open.push(`${route.method} ${route.path}`);
		else if (r.text) checkShape(r, `${route.method} ${route.path}`);
	}
	const expected = /\/(system\/ping|config\/client|license\/client|plugins\/webapp|saml\/metadata(fromidp)?|logs|brand\/image|users|users\/login.*|actions\/dialogs\/open|oauth\/apps\/register|users\/logout|users\/mfa|files\/\{file_id\}\/public|users\/password.*|users\/email\/verify.*|teams\/invite\/\{invite_id\})$/;
	for (const o of open) assert.match(o, expected);
	await s.stop();
});

test('a body over the limit is 413, and a cookie without its proof is 401', async () => {
	const s = await new Server().start();
	await s.world();
	const big = await s.raw('POST', '/api/v4/posts', { token: s.token, body: JSON.stringify({ channel_id: s.channel.id, message: 'x'.repeat(300001) }) });
	assert.equal(big.status, 413);
	assert.equal(big.json.id, 'api.context.request_body_too_large.app_error');
	const long = await s.raw('POST', '/api/v4/posts', { token: s.token, body: { channel_id: s.channel.id, message: 'x'.repeat(16384) } });
	assert.equal(long.json.id, 'model.post.is_valid.message_length.app_error');
	assert.equal((await s.post('x'.repeat(16383))).message.length, 16383);
	const Cookie = `MMAUTHTOKEN=${s.token}`;
	const body = { channel_id: s.channel.id, message: 'by cookie' };
	assert.equal((await s.raw('POST', '/api/v4/posts', { body, headers: { Cookie } })).status, 401);
	assert.equal((await s.raw('POST', '/api/v4/posts', { body, headers: { Cookie, 'X-Requested-With': 'XMLHttpRequest' } })).status, 201);
	assert.equal((await s.raw('GET', '/api/v4/users/me', { headers: { Cookie } })).status, 200);
	await s.stop();
});

test('hostile framing is refused and the server goes on', async () => {
	const s = await new Server().start();
	const ask = (text) => new Promise((done) => {
		const c = net.connect(s.port, '127.0.0.1', () => c.write(text));
		let out = '';
		c.on('data', (d) => { out += d; c.end(); });
		c.on('close', () => done(out));
		c.on('error', () => done(out));
	});
	const head = 'POST /api/v4/users HTTP/1.1\r\nHost: x\r\n';
	assert.match(await ask(`${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`), /^HTTP\/1.1 400/);
	assert.match(await ask(`${head}Content-Length: -5\r\n\r\n`), /^HTTP\/1.1 400/);
	assert.match(await ask(`${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`), /^HTTP\/1.1 400/);
	assert.match(await ask(`${head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`), /^HTTP\/1.1 400/);
	assert.match(await ask(`GET /${'a'.repeat(5000)} HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1.1 414/);
	assert.match(await ask(`GET /x HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(5000)}\r\n`), /^HTTP\/1.1 431/);
	const chunked = JSON.stringify({ email: 'a@example.com', username: 'chunked', password: 'password1' });
	assert.match(await ask(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n${chunked.slice(0, 5)}\r\n${(chunked.length - 5).toString(16)}\r\n${chunked.slice(5)}\r\n0\r\n\r\n`), /^HTTP\/1.1 201/);
	assert.equal((await s.raw('GET', '/api/v4/system/ping')).status, 200);
	await s.stop();
});

test('a WebSocket of another origin, or with nonsense in it, gets nowhere', async () => {
	const s = await new Server().start();
	await s.world();
	const foreign = new WebSocket(`${s.url.replace('http', 'ws')}/api/v4/websocket`, { headers: { Authorization: `Bearer ${s.token}`, Origin: 'http://evil.example' } });
	let why = '';
	foreign.on('error', (e) => { why = e.message; });
	await until('the foreign origin is refused', () => /40[03]/.test(why));
	for (const data of ['nonsense', '[]', '{"seq":-1,"action":"ping"}', 'x'.repeat(9000)]) {
		const ws = new WebSocket(`${s.url.replace('http', 'ws')}/api/v4/websocket`);
		ws.on('error', () => {});
		ws.on('open', () => ws.send(data));
		await new Promise((done) => ws.on('close', done));
	}
	assert.equal((await s.raw('GET', '/api/v4/system/ping')).status, 200);
	await s.stop();
});

run();
