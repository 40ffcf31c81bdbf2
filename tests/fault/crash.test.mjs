// kill -9 of serve, ten times at random and ten times at forced moments, with posts flowing: nothing acknowledged is lost,
// nothing is there twice, order and counters hold, and nothing needs a hand.
import { test, run, assert, Server, Socket, until, build } from '../flow/harness.mjs';
import { execFileSync } from 'node:child_process';

const KILLS = Number(process.env.HUBBUB_KILLS ?? 10);
const POINTS = ['before_commit', 'after_commit', 'before_publish', 'after_publish'];

// Posts without end until stopped; each message is sent again with its key until it is acknowledged.
class Poster {
	constructor(server, name) {
		this.server = server;
		this.name = name;
		this.acked = [];
		this.n = 0;
		this.stopped = false;
		this.done = this.loop();
	}

	async once(text) {
		const r = await this.server.raw('POST', '/api/v4/posts', { token: this.server.token,
			body: { channel_id: this.server.channel.id, message: text, pending_post_id: text } });
		if (r.status === 201) return r.json;
		if (r.status === 503) return null;
		throw new Error(`POST /posts: ${r.status} ${r.text}`);
	}

	async loop() {
		while (!this.stopped) {
			const text = `${this.name}-${this.n++}`;
			const made = await until(`the answer to ${text}`, async () => this.stopped === 'now' || this.once(text));
			if (made === true) return;
			this.acked.push({ id: made.id, text, create_at: made.create_at });
		}
	}
}

async function everyPost(s) {
	const all = [];
	for (let page = 0; ; page++) {
		const list = await s.api('GET', `/channels/${s.channel.id}/posts?page=${page}&per_page=200`);
		all.push(...list.order.map((id) => list.posts[id]));
		if (list.order.length < 200) return all.reverse().filter((p) => !p.type);
	}
}

for (const engine of ['sqlite', 'postgres']) {
	test(`${KILLS} random and as many forced kills of serve lose no acknowledged post and make none twice (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const posters = Array.from({ length: 8 }, (_, i) => new Poster(s, `p${i}`));
		for (let i = 0; i < KILLS; i++) {
			const before = posters.reduce((n, p) => n + p.acked.length, 0);
			await until('posts flow', () => posters.reduce((n, p) => n + p.acked.length, 0) > before + 20);
			s.child.kill('SIGKILL');
			await s.exited;
			// The next life ends by itself, at a forced moment.
			await s.start({ HUBBUB_CRASH: `hubbub/${POINTS[i % POINTS.length]}:${30 + i}` });
			await until(`it died ${POINTS[i % POINTS.length]}`, () => s.child.signalCode === 'SIGKILL');
			await s.start({ HUBBUB_CRASH: '' });
		}
		for (const p of posters) p.stopped = true;
		await Promise.all(posters.map((p) => p.done));
		const stored = await everyPost(s);
		const byText = new Map();
		for (const p of stored) byText.set(p.message, (byText.get(p.message) ?? 0) + 1);
		const acked = posters.flatMap((p) => p.acked);
		for (const a of acked) assert.equal(byText.get(a.text), 1, `${a.text} is there ${byText.get(a.text) ?? 0} times`);
		for (const [text, n] of byText) assert.equal(n, 1, `${text} is there ${n} times`);
		for (const p of posters) {
			const own = stored.filter((x) => x.message.startsWith(`${p.name}-`)).map((x) => Number(x.message.split('-')[1]));
			assert.deepEqual(own, [...own].sort((a, b) => a - b), `the order of ${p.name}`);
		}
		for (let i = 1; i < stored.length; i++) assert.ok(stored[i].create_at > stored[i - 1].create_at);
		await s.stop();
		const out = execFileSync(`${build}/hubbub`, ['check', '--data', s.data], { encoding: 'utf8' });
		assert.match(out, /^0 counters are wrong/m);
		console.log(`note: ${acked.length} posts acknowledged, ${stored.length} stored (${engine})`);
	});
}

test('a WebSocket client that comes back after kill -9 is told to start anew and finds everything', async () => {
	const s = await new Server().start();
	await s.world();
	const first = await new Socket(s, s.token).ready();
	await s.post('one');
	await s.kill();
	await s.start();
	await s.post('two');
	const second = await new Socket(s, s.token, { id: first.connectionId, seq: first.next }).ready();
	assert.notEqual(second.connectionId, first.connectionId);
	assert.deepEqual((await s.messages()).filter((p) => !p.type).map((p) => p.message), ['one', 'two']);
	await s.stop();
});

test('a second serve on the same database is refused and says who holds it', async () => {
	const s = await new Server().start();
	let text = '';
	try {
		execFileSync(`${build}/hubbub`, ['check', '--data', s.data], { encoding: 'utf8', stdio: 'pipe' });
	} catch (e) { text = e.stderr; }
	assert.match(text, new RegExp(`${s.child.pid}`));
	await s.stop();
});

run();
