// What a WebSocket client may cost: the ring it comes back to, a reader that does not read, a login that is over.
import net from 'node:net';
import { test, run, assert, Server, Socket, until, freePort } from './harness.mjs';

const page = 'x'.repeat(16000);                 // a post of this, framed, is about 17 KB

async function metric(port, name) {
	const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
	return Number(text.match(new RegExp(`^hubbub_${name} (\\d+)`, 'm'))[1]);
}

async function away(s, token) {
	const ws = await new Socket(s, token).ready();
	await ws.close();
	return ws;
}

const back = (s, token, old) => new Socket(s, token, { id: old.connectionId, seq: old.next });

async function said(s, count, options) {
	for (let i = 0; i < count; i++) await s.post(`${i} ${page}`, options);
}

test('a client resumes what fits into its ring of 256 KB, and is told when it missed more', async () => {
	const s = await new Server().start();
	await s.world();
	const [one, two] = [await away(s, s.token), await away(s, s.token)];
	await said(s, 10);
	const first = back(s, s.token, one);
	await until('ten posts', () => first.posts().length === 10);
	assert.equal(first.hello, undefined, 'it went on, it did not begin anew');
	assert.equal(first.gaps, 0);
	await said(s, 10);
	const second = await back(s, s.token, two).ready();
	assert.notEqual(second.connectionId, two.connectionId);
	await s.stop();
});

test('all rings together are bounded, and what many share is counted once', async () => {
	const port = await freePort();
	const s = await new Server({ settings: { DeliverySettings: { WebSocketRingsMB: 1 }, MetricsSettings: { ListenAddress: `127.0.0.1:${port}` } } }).start();
	await s.world();
	const alone = [];
	for (let i = 0; i < 8; i++) {
		const u = await s.member(`user${i}`, null);
		const channel = await s.api('POST', '/channels', { team_id: s.team.id, name: `own${i}`, display_name: 'Own', type: 'P' }, u.token);
		alone.push({ ...u, channel });
	}
	for (const u of alone) u.old = await away(s, u.token);
	for (const u of alone) await said(s, 12, { token: u.token, channel: u.channel });
	assert.ok(await metric(port, 'websocket_ring_bytes') <= 1024 * 1024);
	const last = back(s, alone[7].token, alone[7].old);
	await until('what the last one missed', () => last.posts().length === 12);
	assert.equal(last.hello, undefined);
	await back(s, alone[0].token, alone[0].old).ready();          // a hello: the oldest went first
	for (const u of alone) await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: u.id });
	for (const u of alone) u.old = await away(s, u.token);
	await said(s, 12);
	for (const u of alone) {
		const ws = back(s, u.token, u.old);
		await until('what all missed', () => ws.posts().length === 12);
		assert.equal(ws.hello, undefined);
	}
	await s.stop();
});

// A client that shakes hands and then never reads.
async function deaf(s, token) {
	const c = net.connect(s.port, '127.0.0.1');
	c.on('error', () => {});
	const gone = new Promise((done) => c.on('close', done));
	c.pause();
	c.write(`GET /api/v4/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
		`Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${token}\r\n\r\n`);
	return { socket: c, gone };
}

test('a reader that does not read is dropped, and that is said once', async () => {
	const port = await freePort();
	const s = await new Server({ settings: { MetricsSettings: { ListenAddress: `127.0.0.1:${port}` } } }).start();
	await s.world();
	const c = await deaf(s, s.token);
	await until('it is connected', async () => await metric(port, 'websocket_connections') === 1);
	while (!(await metric(port, 'websocket_slow_total'))) await Promise.all(Array.from({ length: 20 }, (_, i) => s.post(`${i} ${page}`)));
	await until('it is gone', async () => await metric(port, 'websocket_connections') === 0);
	await Promise.all(Array.from({ length: 20 }, (_, i) => s.post(`${i} ${page}`)));
	assert.equal(await metric(port, 'websocket_slow_total'), 1);
	assert.equal(s.log.match(/slow WebSocket dropped/g).length, 1);
	c.socket.destroy();
	await s.stop();
});

test('somebody who asks and does not read the answers is dropped', async () => {
	const port = await freePort();
	const s = await new Server({ settings: { MetricsSettings: { ListenAddress: `127.0.0.1:${port}` } } }).start();
	await s.world();
	const c = await deaf(s, s.token);
	await until('it is connected', async () => await metric(port, 'websocket_connections') === 1);
	const ping = Buffer.from(JSON.stringify({ seq: 1, action: 'ping' }));
	const frame = Buffer.concat([Buffer.from([0x81, 0x80 | ping.length, 0, 0, 0, 0]), ping]);
	const many = Buffer.concat(Array.from({ length: 2000 }, () => frame));
	const pump = setInterval(() => c.socket.writableLength < 1e6 && c.socket.write(many), 5);
	await until('it is dropped', async () => await metric(port, 'websocket_slow_total') === 1);
	clearInterval(pump);
	c.socket.destroy();
	await s.stop();
});

test('who says without end that he is typing is told of now and then', async () => {
	const s = await new Server().start();
	await s.world();
	const [eager, other] = [await new Socket(s, s.token).ready(), await new Socket(s, (await s.member('other')).token).ready()];
	for (let i = 0; i < 1000; i++) eager.send('user_typing', { channel_id: s.channel.id, parent_id: '' });
	await until('every answer', () => eager.replies.length === 1000);
	assert.ok(eager.replies.every((r) => r.status === 'OK'));
	await s.post('the end');
	await until('the end', () => other.posts().length === 1);
	const told = other.events.filter((e) => e.event === 'typing').length;
	assert.ok(told >= 1 && told < 500, `${told} were told`);
	await s.stop();
});

test('a WebSocket ends when its login expires, and goes on while the login is extended', async () => {
	const s = await new Server({ settings: { ServiceSettings: { SessionLengthWebInHours: 10 } } }).start();
	await s.world();
	const lazy = await s.login('admin');
	const [kept, idle] = [await new Socket(s, s.token).ready(), await new Socket(s, lazy).ready()];
	await s.shiftClock(9 * 3600 * 1000, kept);
	await s.api('GET', '/users/me');                 // activity: this login lives on
	await s.shiftClock(11 * 3600 * 1000, kept);
	assert.equal(await idle.closed, 4001);
	assert.equal((await kept.ask('ping')).status, 'OK');
	assert.equal((await s.raw('GET', '/api/v4/users/me', { token: lazy })).status, 401);
	await s.stop();
});

run();
