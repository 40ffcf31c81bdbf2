// Clients that mean harm, at the HTTP and WebSocket doors. After each, others are still served, and the server ends
// cleanly: the sanitizers of the dev build would say what was leaked or overrun.
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { test, run, assert, Server, Socket, until } from './harness.mjs';

const head = (token, more = '') => `GET /api/v4/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
	`Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}${more}\r\n`;

class Raw {
	constructor(s, bytes = '') {
		this.got = Buffer.alloc(0);
		this.socket = net.connect(s.port, '127.0.0.1');
		this.closed = new Promise((done) => this.socket.on('close', () => { this.over = true; done(this.text()); }));
		this.socket.on('error', () => {});
		this.socket.on('data', (d) => { if (this.got.length < 1e6) this.got = Buffer.concat([this.got, d]); });
		this.socket.write(bytes);
	}
	text() { return this.got.toString('latin1'); }
	status() { return Number(this.text().match(/^HTTP\/1\.1 (\d+)/)?.[1]); }
	async upgraded() { await until('101', () => this.text().includes('\r\n\r\n')); assert.equal(this.status(), 101); return this; }
	end() { this.socket.destroy(); }
}

// One frame; mask null: not masked. length: what it says it has.
function frame(first, payload = Buffer.alloc(0), { mask = Buffer.from([1, 2, 3, 4]), length = BigInt(payload.length) } = {}) {
	const bit = mask ? 0x80 : 0;
	const size = length < 126n ? Buffer.from([bit | Number(length)]) : length < 65536n ? Buffer.from([bit | 126, 0, 0]) : Buffer.concat([Buffer.from([bit | 127]), Buffer.alloc(8)]);
	if (size.length === 3) size.writeUInt16BE(Number(length), 1);
	if (size.length === 9) size.writeBigUInt64BE(length, 1);
	const body = Buffer.from(payload);
	if (mask) for (let i = 0; i < body.length; i++) body[i] ^= mask[i % 4];
	return Buffer.concat([Buffer.from([first]), size, ...(mask ? [mask] : []), body]);
}

async function begin(options) {
	const s = await new Server(options).start();
	await s.world();
	return s;
}

async function stillWell(s) {
	assert.equal((await s.raw('GET', '/api/v4/system/ping')).status, 200);
	const ws = await new Socket(s, s.token).ready();
	const sign = randomBytes(8).toString('hex');
	await s.post(sign);
	await until('the post', () => ws.posts().some((p) => p.message === sign));
	await ws.close();
}

const residentKB = (s) => Number(readFileSync(`/proc/${s.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);

test('heads and bodies that never end, from one address, hinder nobody and are ended', async () => {
	const s = await begin();
	const heads = Array.from({ length: 300 }, () => new Raw(s, 'GET /api/v4/users/me HTTP/1.1\r\nHost: x\r\nX-'));
	const bodies = Array.from({ length: 300 }, () => new Raw(s, `POST /api/v4/posts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${s.token}\r\nContent-Length: 200000\r\n\r\n{"channel`));
	const chunks = Array.from({ length: 100 }, () => new Raw(s, `POST /api/v4/posts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${s.token}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{`));
	const drip = setInterval(() => { for (const c of [...heads, ...bodies]) if (!c.over) c.socket.write('a'); for (const c of chunks) if (!c.over) c.socket.write('\r\n1\r\n '); }, 500);
	await stillWell(s);
	for (const c of [...heads, ...bodies, ...chunks]) { assert.match(await c.closed, /^(HTTP\/1\.1 408|$)/); }
	clearInterval(drip);
	await stillWell(s);
	await s.stop();
});

test('too many or too long headers, lines without end and strange bytes are refused', async () => {
	const s = await begin();
	for (const [bytes, status] of [
		[`GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(200)}\r\n`, 431],
		[`GET / HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(20000)}\r\n\r\n`, 431],
		[`GET / HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(100000)}`, 431],
		[`GET /${'a'.repeat(20000)}`, [414, 431]],
		[`GET /${'a'.repeat(5000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414],
		['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
		['GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400],
		['GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n', 400],
		['GET / HTTP/1.1\r\nHost: x\r\n folded: b\r\n\r\n', 400],
		['GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n', 400],
		['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
		['POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', [400, 501]],
		['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 501, 505]],
	]) {
		const c = new Raw(s, Buffer.from(bytes, 'latin1'));
		await until(`an answer to ${JSON.stringify(bytes.slice(0, 40))}`, () => c.status());
		assert.ok([status].flat().includes(c.status()), `${JSON.stringify(bytes.slice(0, 60))}: ${c.text().slice(0, 100)}`);
		c.end();
	}
	await stillWell(s);
	await s.stop();
});

test('an upgrade that is none is answered as a request', async () => {
	const s = await begin();
	const up = 'Upgrade: websocket\r\nConnection: Upgrade\r\n', key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n', v = 'Sec-WebSocket-Version: 13\r\n';
	for (const [request, statuses] of [
		[`POST /api/v4/websocket HTTP/1.1\r\nHost: x\r\n${up}${key}${v}Content-Length: 3\r\n\r\nabc`, [400, 404, 405, 501]],
		[`GET /api/v4/websocket HTTP/1.1\r\nHost: x\r\n${up}${key}Sec-WebSocket-Version: 8\r\n\r\n`, [400, 426]],
		[`GET /api/v4/websocket HTTP/1.1\r\nHost: x\r\n${up}${v}\r\n`, [400]],
		[`GET /api/v4/websocket HTTP/1.1\r\nHost: x\r\n${up}${v}Sec-WebSocket-Key: short\r\n\r\n`, [400]],
		[`GET /api/v4/websocket HTTP/1.1\r\nHost: x\r\n${up}${v}Sec-WebSocket-Key: ${'a'.repeat(4000)}\r\n\r\n`, [400]],
		[`GET /api/v4/websocket HTTP/1.0\r\nHost: x\r\n${up}${key}${v}\r\n`, [400, 401, 404, 501]],
		[`GET /api/v4/websocket HTTP/1.1\r\nHost: x\r\n${up}${key}${v}Content-Length: 3\r\n\r\nabc`, [400, 101]],
		[`GET /api/v4/websocket HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n${up}${key}${v}Authorization: Bearer ${s.token}\r\n\r\n`, [400, 403, 101]],
		[`GET /api/v4/users/me HTTP/1.1\r\nHost: x\r\n${up}${key}${v}\r\n`, [400, 401, 404]],
		['GET /api/v4/system/ping HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n', [200]],
	]) {
		const c = new Raw(s, request);
		await until(`an answer to ${request.slice(0, 60)}`, () => c.status());
		assert.ok(statuses.includes(c.status()), `${c.status()} for ${request}`);
		c.end();
	}
	await stillWell(s);
	await s.stop();
});

test('frames against the protocol end their connection and nothing else', async () => {
	const s = await begin();
	const text = (t) => Buffer.from(t);
	for (const bytes of [
		frame(0x81, text('{}'), { length: (1n << 62n) }), frame(0x81, text('{}'), { length: (1n << 63n) }), frame(0x82, text('x'), { length: 0xffffffffn }),
		frame(0x81, Buffer.alloc(9000, 'a')), frame(0x81, Buffer.from([0xff, 0xfe, 0xc0, 0x80])), frame(0x81, Buffer.from([0xed, 0xa0, 0x80])),
		frame(0xc1, text('rsv')), frame(0x83, text('op')), frame(0x8b, text('op')), frame(0x09, text('part of a ping')), frame(0x89, Buffer.alloc(126, 'p')),
		frame(0x80, text('goes on with nothing')), Buffer.concat([frame(0x01, text('a')), frame(0x01, text('b'))]),
		frame(0x88, Buffer.from([1])), frame(0x88, Buffer.from([0x03, 0xe8, 0xff, 0xff])), frame(0x88, Buffer.alloc(200, 1)),
		Buffer.concat(Array.from({ length: 20 }, () => frame(0x01, Buffer.alloc(1000, 'f')))), randomBytes(5000),
	]) {
		const c = await new Raw(s, head(s.token)).upgraded();
		c.socket.write(bytes);
		/* Some are taken, or only begin something: then the client goes. */
		await Promise.race([c.closed, until('an answer', () => c.got.length > 600).catch(() => {})]);
		c.end();
	}
	await stillWell(s);
	await s.stop();
});

test('many who begin frames and never end them, and floods of pings, cost little', async () => {
	const s = await begin();
	const open = await Promise.all(Array.from({ length: 300 }, () => new Raw(s, head(s.token)).upgraded()));
	const before = residentKB(s);
	for (const c of open) c.socket.write(Buffer.concat([frame(0x01, Buffer.alloc(4000, 'a')), frame(0x00, Buffer.alloc(4000, 'a')), frame(0x00, Buffer.alloc(100), { length: 190n })]));
	const [reads, deaf] = [await new Raw(s, head(s.token)).upgraded(), await new Raw(s, head(s.token)).upgraded()];
	deaf.socket.pause();
	const pings = Buffer.concat(Array.from({ length: 2000 }, () => frame(0x89, Buffer.alloc(125, 'p'))));
	for (let i = 0; i < 50; i++) {
		for (const c of [reads, deaf]) if (!c.over && c.socket.writableLength < 4e6) c.socket.write(pings);
		await new Promise((done) => setImmediate(done));
	}
	await stillWell(s);
	await until('pongs', () => reads.got.includes(Buffer.from([0x8a, 125])));
	const grown = residentKB(s) - before;
	assert.ok(grown < 100_000, `${grown} KB more`);
	for (const c of [...open, reads, deaf]) c.end();
	await stillWell(s);
	await s.stop();
});

test('WebSockets of people who do not say who they are are ended', async () => {
	const s = await begin();
	const silent = await Promise.all(Array.from({ length: 200 }, () => new Raw(s, head('')).upgraded()));
	const talking = await Promise.all(Array.from({ length: 50 }, () => new Raw(s, head('')).upgraded()));
	const wrong = await Promise.all(Array.from({ length: 50 }, () => new Raw(s, head('')).upgraded()));
	for (const c of talking) c.socket.write(frame(0x01, Buffer.from('{"seq":1')));
	for (const c of wrong) c.socket.write(frame(0x81, Buffer.from(JSON.stringify({ seq: 1, action: 'authentication_challenge', data: { token: 'x'.repeat(26) } }))));
	await stillWell(s);
	for (const c of [...silent, ...talking, ...wrong]) await c.closed;
	await stillWell(s);
	await s.stop();
});

test('whoever takes every connection there is leaves the server its own files', async () => {
	const s = await new Server({ nofile: 400 }).start();
	await s.world();
	const hook = await s.api('POST', '/hooks/incoming', { channel_id: s.channel.id });
	const idle = Array.from({ length: 500 }, () => new Raw(s));
	await until('some are refused', () => idle.filter((c) => c.over || /^HTTP\/1\.1 503/.test(c.text())).length > 50);
	/* A connection of ours that is open already goes on, with whatever the server opens for it. */
	assert.ok(readdirSync(`/proc/${s.child.pid}/fd`).length < 400 - 50);
	for (const c of idle) c.end();
	await until('room again', async () => (await s.raw('POST', `/hooks/${hook.id}`, { body: { text: 'hello' } })).status === 200);
	await stillWell(s);
	assert.ok(!/no file descriptor/.test(s.log));
	await s.stop();
});

run();
