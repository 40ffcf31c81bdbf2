// The scene under kill -9 of serve, of the bots and of the irc process, with posts flowing, at random moments and at forced
// ones: every acknowledged post is there once, every delivery arrives with one id, a bot answers and counts once, IRC hears
// everything in order with at most one repeated line a kill, no child outlives serve, and nothing needs a hand.
import { test, run, assert, until, alive, build, tempDir } from '../flow/harness.mjs';
import { scene } from '../flow/scene.mjs';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Each forced moment of base/crash.h, in the process that has it; the number is the passage that is its last.
const FORCED = [
	['hubbub', 'before_commit', 40], ['hubbub', 'after_commit', 45], ['hubbub', 'before_publish', 12], ['hubbub', 'after_publish', 15],
	['hubbub', 'before_send', 2], ['hubbub', 'after_send', 3], ['hubbub', 'before_ack', 2], ['hubbub', 'after_ack', 3],
	['hubbub', 'before_deliver', 6], ['hubbub', 'after_deliver', 9], ['hubbub', 'before_settle', 8], ['hubbub', 'after_settle', 7],
	['hubbub-irc', 'before_send', 4], ['hubbub-irc', 'after_send', 3], ['hubbub-irc', 'before_ack', 5], ['hubbub-irc', 'after_ack', 4],
	['hubbub-bots', 'before_send', 2], ['hubbub-bots', 'after_send', 1], ['hubbub-bots', 'before_ack', 4], ['hubbub-bots', 'after_ack', 3],
];
const ROUNDS = Number(process.env.HUBBUB_KILLS ?? FORCED.length);
const NAMES = { 'hubbub-irc': 'irc', 'hubbub-bots': 'bots' };

async function keep(what, fn) { return until(what, fn, 120_000); }

// A POST that is sent again with its key until it is acknowledged.
async function insist(s, text, key = text) {
	return keep(`the answer to ${text}`, async () => {
		const r = await s.raw('POST', '/api/v4/posts', { token: s.token, body: { channel_id: s.channel.id, message: text, pending_post_id: key } });
		return r.status === 201 && r.json;
	});
}

// Posts without end until stopped: for the hook, for IRC, from a webhook, and two for the bot.
class Flow {
	constructor({ s, hook }) {
		Object.assign(this, { s, hook, acked: [], marcos: 0, says: 0, n: 0, stopped: false });
		this.done = this.loop();
	}

	async step(n) {
		if (n % 5 === 0) return this.acked.push(await insist(this.s, `deploy ${n}`));
		if (n % 5 === 1) return this.acked.push(await insist(this.s, `n ${n}`));
		if (n % 5 === 2) return keep('a webhook', async () => (await this.hook({ text: `hooked ${n}` }, `hooked ${n}`)).status === 200);
		if (n % 5 === 3) return this.acked.push(await insist(this.s, 'marco', `marco ${n}`)) && this.marcos++;
		return this.acked.push(await insist(this.s, `@echo say word ${n}`)) && this.says++;
	}

	async loop() { while (!this.stopped) await this.step(++this.n); }

	async moves(s) {
		const before = this.acked.length;
		await keep('posts flow', () => this.acked.length > before + 4 || s.child.signalCode);
	}
}

// The kills, counted by victim.
class Killer {
	constructor(s) { Object.assign(this, { s, kills: { serve: 0, irc: 0, bots: 0 }, marks: tempDir() }); }

	// kill -9 of serve, now; no child is left after it.
	async serve() {
		const children = ['bots', 'irc'].map((name) => this.s.edgePid(name));
		this.s.child.kill('SIGKILL');
		await this.serveDied(children);
	}

	async serveDied(children) {
		await this.s.exited;
		assert.equal(this.s.child.signalCode, 'SIGKILL', this.s.tail());
		this.kills.serve++;
		await until('no child is left', () => !children.some(alive));
	}

	async edge(name) {
		const pid = this.s.edgePid(name);
		process.kill(pid, 'SIGKILL');
		await this.edgeDied(name, pid);
	}

	async edgeDied(name, pid) {
		this.kills[name]++;
		await keep(`${name} is there again`, () => this.s.edgePid(name) !== pid && alive(this.s.edgePid(name)));
	}

	// Starts serve with a forced end in its environment, and waits until that has come.
	async forced(program, point, passage, round) {
		const mark = join(this.marks, String(round));
		await this.s.start({ HUBBUB_CRASH: `${program}/${point}:${passage}:${mark}` });
		await keep(`${program} passes ${point}`, () => existsSync(mark) && readFileSync(mark, 'utf8').endsWith('\n'));
		const pid = Number(readFileSync(mark, 'utf8'));
		await until(`${program} died at ${point}`, () => !alive(pid));
		if (NAMES[program]) return this.edgeDied(NAMES[program], pid);
		assert.equal(pid, this.s.child.pid);
		return this.serveDied(['bots', 'irc'].map((name) => this.s.edgePid(name)));
	}

	// What the supervisor itself ended: on a machine so busy that a ping stayed unanswered.
	get ended() { return (this.s.log.match(/edge ended edge="irc" pid=\d+ why="did not/g) ?? []).length; }
}

async function everything(s) {
	const all = [];
	for (let page = 0; ; page++) {
		const list = await s.api('GET', `/channels/${s.channel.id}/posts?page=${page}&per_page=200`);
		all.push(...list.order.map((id) => list.posts[id]));
		if (list.order.length < 200) return all.reverse().filter((p) => !p.type.startsWith('system_'));
	}
}

// Every post once; the bot answered each word once, and counted none twice.
async function checkPosts(s, flow) {
	const all = await everything(s);
	for (const a of flow.acked) assert.equal(all.filter((p) => p.id === a.id).length, 1, `${a.message} ${a.id}`);
	assert.equal(all.filter((p) => p.message === 'Polo!').length, flow.marcos, 'the bot answers once');
	const counts = all.map((p) => p.message.match(/^word \d+ \((\d+)\)$/)).filter(Boolean).map((m) => Number(m[1]));
	assert.deepEqual(counts, Array.from({ length: flow.says }, (_, i) => i + 1), 'the bot counts each once, and answers once');
	const joes = all.filter((p) => /^joe \d+$/.test(p.message)).map((p) => p.message);
	assert.equal(new Set(joes).size, joes.length, 'no line of IRC is a post twice');
	return joes.length;
}

// Outgoing: each deploy at least once, always with the same id and bytes; its answer is a post, once.
async function checkHooks(s, outgoing) {
	const deploys = (await everything(s)).filter((p) => /^deploy \d+$/.test(p.message));
	const calls = (p) => outgoing.requests.filter((q) => JSON.parse(q.body).post_id === p.id);
	await keep('every deploy was delivered', () => deploys.every((p) => calls(p).length));
	for (const p of deploys) {
		assert.equal(new Set(calls(p).map((q) => q.headers['webhook-id'])).size, 1);
		assert.equal(new Set(calls(p).map((q) => q.body)).size, 1);
	}
	await keep('every answer is a post, once', async () => {
		const now = await everything(s);
		return deploys.every((p) => now.filter((x) => x.message === `got it: ${p.message}`).length === 1);
	});
}

// IRC: all of it, in order; how many lines came again.
async function checkIrc(s, joe) {
	const ours = /^(deploy|n|hooked) \d+$/;
	const texts = (await everything(s)).filter((p) => ours.test(p.message)).map((p) => p.message);
	const lines = () => joe.said.map((m) => m.text.replace(/^<[^>]*> /, '')).filter((t) => ours.test(t));
	await keep('IRC heard everything', () => texts.every((t) => lines().includes(t)));
	assert.equal(new Set(texts).size, texts.length, 'a webhook sent again with its key is one post');
	const heard = lines();
	const firsts = heard.filter((t, i) => heard.indexOf(t) === i);
	const wrong = firsts.findIndex((t, i) => t !== texts[i]);
	assert.equal(wrong, -1, `IRC hears in the order of the channel: ${firsts.slice(Math.max(0, wrong - 3), wrong + 3)} but ${texts.slice(Math.max(0, wrong - 3), wrong + 3)}`);
	const all = joe.said.map((m) => m.text);
	return all.filter((t, i) => !t.includes('Polo!') && !t.includes('marco') && all.indexOf(t) !== i).length;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`the scene survives ${ROUNDS} forced and as many random kills of serve, bots and irc (${engine})`, async () => {
		const sc = await scene({ engine, failFirst: 0 });
		const { s, joe, outgoing } = sc;
		const flow = new Flow(sc);
		const killer = new Killer(s);
		for (let i = 0; i < ROUNDS; i++) {
			joe.say(`joe ${i}`);
			await flow.moves(s);
			if (!s.child.signalCode) await killer.serve();
			await killer.forced(...FORCED[i % FORCED.length], i);
			if (s.child.signalCode) await s.start({ HUBBUB_CRASH: '' });
			await keep('the edges are there', () => ['bots', 'irc'].every((name) => alive(s.edgePid(name))));
			await flow.moves(s);
			await killer.edge(i % 2 ? 'bots' : 'irc');
		}
		flow.stopped = true;
		await flow.done;
		await insist(s, 'the last one');
		await joe.hears('the last one');
		await keep('the bot has answered all', async () => {
			const all = await everything(s);
			return all.filter((p) => p.message === 'Polo!').length >= flow.marcos && all.filter((p) => /^word \d+ \(/.test(p.message)).length >= flow.says;
		});
		const fromIrc = await checkPosts(s, flow);
		await checkHooks(s, outgoing);
		const repeated = await checkIrc(s, joe);
		const { serve, irc, bots } = killer.kills;
		console.log(`note: ${serve} kills of serve, ${irc} of irc, ${bots} of bots; ${flow.acked.length} posts acknowledged, ${flow.marcos + flow.says} answers, `
			+ `${repeated} repeated IRC lines, ${fromIrc} of ${ROUNDS} lines from IRC (${engine})`);
		assert.ok(repeated <= serve + irc + killer.ended, `${repeated} repeated lines after ${serve} kills of serve and ${irc} of irc`);
		await s.stop();
		assert.match(execFileSync(`${build}/hubbub`, ['check', '--data', s.data], { encoding: 'utf8' }), /^0 counters are wrong/m);
	});
}

run();
