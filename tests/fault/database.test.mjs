// PostgreSQL goes away at once, with posts flowing, and comes back: what was acknowledged is there once, what cannot be
// done is refused without waiting for it, and nothing needs a hand.
import { test, run, assert, Server, Socket, until, root } from '../flow/harness.mjs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ROUNDS = Number(process.env.HUBBUB_KILLS ?? 3);

// Posts without end; each is sent again with its key until it is acknowledged. Refusals are kept.
class Poster {
	constructor(server, name) {
		Object.assign(this, { server, name, acked: [], refused: [], n: 0, stopped: false });
		this.done = this.loop();
	}

	async once(text) {
		const r = await this.server.raw('POST', '/api/v4/posts', { token: this.server.token,
			body: { channel_id: this.server.channel.id, message: text, pending_post_id: text } });
		if (r.status === 201) return r.json;
		this.refused.push({ status: r.status, body: r.json });
		return null;
	}

	async loop() {
		while (!this.stopped) {
			const text = `${this.name}-${this.n++}`;
			const made = await until(`the answer to ${text}`, () => this.once(text), 180_000);
			this.acked.push({ id: made.id, text });
		}
	}
}

// A client as the official ones: resumes, or starts anew and reads what is there.
class Client {
	constructor(server) {
		Object.assign(this, { server, seen: new Set(), gaps: 0, stopped: false });
		this.done = this.loop();
	}

	take(socket) {
		for (const p of socket.posts()) this.seen.add(p.id);
		this.gaps += socket.gaps;
	}

	async loop() {
		let last = null;
		while (!this.stopped) {
			const socket = new Socket(this.server, this.server.token, last ? { id: last.connectionId, seq: last.next } : {});
			this.socket = socket;
			await socket.closed;
			this.take(socket);
			last = socket.connectionId ? socket : null;
			if (!this.stopped) await new Promise((r) => setTimeout(r, 100));
		}
	}

	async stop() {
		this.stopped = true;
		this.socket.ws.terminate();
		await this.done;
	}
}

const total = (posters, what) => posters.reduce((n, p) => n + p[what].length, 0);

async function everyPost(s) {
	const all = [];
	for (let page = 0; ; page++) {
		const list = await s.api('GET', `/channels/${s.channel.id}/posts?page=${page}&per_page=200`);
		all.push(...list.order.map((id) => list.posts[id]));
		if (list.order.length < 200) return all.reverse().filter((p) => !p.type);
	}
}

test('PostgreSQL shut down at once under load: everybody is refused, then on by itself, nothing lost, nothing twice', async () => {
	const s = await new Server({ engine: 'postgres' }).start();
	await s.world();
	const database = (what) => execFileSync(join(root, 'tests/postgres.sh'), [what, s.database, 'immediate'], { stdio: 'ignore' });
	const client = new Client(s);
	await until('the client is there', () => client.socket.hello);
	const posters = Array.from({ length: 8 }, (_, i) => new Poster(s, `p${i}`));
	for (let round = 0; round < ROUNDS; round++) {
		const before = total(posters, 'acked');
		await until('posts flow', () => total(posters, 'acked') > before + 30);
		const refused = posters.map((p) => p.refused.length);
		database('stop');
		// While it is away: nobody is left waiting for its return.
		await until('everybody is refused', () => posters.every((p, i) => p.refused.length > refused[i]));
		for (const path of ['/users/me', `/users/${s.admin.id}/status`]) {
			const known = await s.raw('GET', `/api/v4${path}`, { token: s.token });
			assert.equal(known.status, 200, `memory knows ${path}: ${known.text}`);
		}
		const ping = await s.raw('GET', '/api/v4/system/ping');
		assert.equal(ping.status, 200);
		const told = await s.raw('GET', '/api/v4/system/ping?get_server_status=true');
		assert.equal(told.json.database_status, 'UNHEALTHY', told.text);
		database('start');
	}
	const before = total(posters, 'acked');
	await until('posts flow again', () => total(posters, 'acked') > before + 30);
	await until('the status is good again', async () => (await s.raw('GET', '/api/v4/system/ping?get_server_status=true')).json.database_status === 'OK');
	for (const p of posters) p.stopped = true;
	await Promise.all(posters.map((p) => p.done));
	for (const r of posters.flatMap((p) => p.refused)) {
		assert.equal(r.status, 503, JSON.stringify(r));
		for (const key of ['id', 'message', 'detailed_error', 'request_id']) assert.equal(typeof r.body[key], 'string', JSON.stringify(r));
		assert.equal(r.body.status_code, 503);
	}
	const stored = await everyPost(s);
	const byText = new Map();
	for (const p of stored) byText.set(p.message, (byText.get(p.message) ?? 0) + 1);
	const acked = posters.flatMap((p) => p.acked);
	for (const a of acked) assert.equal(byText.get(a.text), 1, `${a.text} is there ${byText.get(a.text) ?? 0} times`);
	for (const [text, n] of byText) assert.equal(n, 1, `${text} is there ${n} times`);
	for (let i = 1; i < stored.length; i++) assert.ok(stored[i].create_at > stored[i - 1].create_at);
	const marker = await s.post('the last one');
	await until('the client hears again', () => client.socket.posts().some((p) => p.id === marker.id));
	await client.stop();
	assert.equal(client.gaps, 0);
	await s.stop();
	console.log(`note: ${acked.length} acknowledged, ${stored.length} stored, ${total(posters, 'refused')} refused, ${client.seen.size} heard`);
});

run();
