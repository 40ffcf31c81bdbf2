// The scene under kill -9 of serve, of the bots and of the irc process, with posts flowing: every acknowledged post is there
// once, every delivery arrives with one id, the bot answers once, IRC hears everything in order with at most one repeated
// line a kill, no child outlives serve by more than a second, and nothing needs a hand.
import { test, run, assert, until, alive, build } from '../flow/harness.mjs';
import { scene, said } from '../flow/scene.mjs';
import { execFileSync } from 'node:child_process';

const KILLS = Number(process.env.HUBBUB_KILLS ?? 21);
const VICTIMS = ['serve', 'bots', 'irc'];
const POINTS = ['before_commit', 'before_send', 'after_commit', 'after_send', 'before_ack', 'before_publish', 'after_ack', 'after_publish'];

async function keep(what, fn) { return until(what, fn, 120_000); }

// A POST that is sent again with its key until it is acknowledged.
async function insist(s, text) {
	return keep(`the answer to ${text}`, async () => {
		const r = await s.raw('POST', '/api/v4/posts', { token: s.token, body: { channel_id: s.channel.id, message: text, pending_post_id: text } });
		return r.status === 201 && r.json;
	});
}

for (const engine of ['sqlite', 'postgres']) {
	test(`the scene survives ${KILLS} kills of serve, bots and irc (${engine})`, async () => {
		// A dying process names no point of its own: each passes those it has.
		const sc = await scene({ engine, failFirst: 0 });
		const { s, joe, outgoing, hook } = sc;
		const acked = [];
		let stop = false;
		let marcos = 0;
		let n = 0;
		const flow = (async () => {
			while (!stop) {
				n++;
				if (n % 4 === 0) { acked.push(await insist(s, `deploy ${n}`)); continue; }
				if (n % 4 === 1) { await insist(s, `n ${n}`).then((p) => acked.push(p)); continue; }
				if (n % 4 === 2) { await keep('a webhook', async () => (await hook({ text: `hooked ${n}` })).status === 200); continue; }
				const p = await keep('marco', async () => {
					const r = await s.raw('POST', '/api/v4/posts', { token: s.token, body: { channel_id: s.channel.id, message: 'marco', pending_post_id: `marco ${n}` } });
					return r.status === 201 && r.json;
				});
				marcos++;
				acked.push(p);
			}
		})();
		let ircSaid = 0;
		for (let i = 0; i < KILLS; i++) {
			const victim = VICTIMS[i % VICTIMS.length];
			const before = acked.length;
			await keep('posts flow', () => acked.length > before + 4 || s.child.signalCode);
			await keep('the edges are there', () => s.child.signalCode || (s.edgePid('bots') && s.edgePid('irc')));
			joe.say(`joe ${++ircSaid}`);
			if (victim === 'serve' || s.child.signalCode) {
				const children = ['bots', 'irc'].map((name) => s.edgePid(name));
				if (!s.child.signalCode) s.child.kill('SIGKILL');
				await s.exited;
				const died = Date.now();
				await until('no child is left', () => !children.some(alive), 10_000);
				assert.ok(Date.now() - died < 10_000);
				await s.start({ HUBBUB_CRASH: i % 2 ? `${POINTS[i % POINTS.length]}:${20 + i}` : '' });
			} else {
				const pid = s.edgePid(victim);
				try { process.kill(pid, 'SIGKILL'); } catch { /* it died by itself, at its forced moment */ }
				await keep(`${victim} is there again`, () => s.child.signalCode || (s.edgePid(victim) !== pid && alive(s.edgePid(victim))));
			}
		}
		stop = true;
		const ended = flow.then(() => true);
		await keep('the flow ends', async () => {
			if (s.child.signalCode) await s.start({ HUBBUB_CRASH: '' });
			return Promise.race([ended, new Promise((r) => setTimeout(() => r(false), 100))]);
		});
		await s.kill();
		await s.start({ HUBBUB_CRASH: '' });         // a life without forced ends, to come to rest
		const last = await insist(s, 'the last one');
		await joe.hears('the last one');
		await keep('the bot has answered all', async () => (await everything(s)).filter((p) => p.message === 'Polo!').length >= marcos);
		const all = await everything(s);

		for (const a of [...acked, last]) assert.equal(all.filter((p) => p.id === a.id).length, 1, `${a.message} ${a.id}`);
		assert.equal(all.filter((p) => p.message === 'Polo!').length, marcos, 'the bot answers once');
		assert.equal(new Set(all.filter((p) => p.message === 'Polo!').map((p) => p.id)).size, marcos);

		// Outgoing: each deploy at least once, always with the same id and bytes.
		const deploys = all.filter((p) => /^deploy \d+$/.test(p.message));
		await keep('every deploy was delivered', () => deploys.every((p) => outgoing.requests.some((q) => JSON.parse(q.body).post_id === p.id)));
		for (const p of deploys) {
			const calls = outgoing.requests.filter((q) => JSON.parse(q.body).post_id === p.id);
			assert.equal(new Set(calls.map((q) => q.headers['webhook-id'])).size, 1);
			assert.equal(new Set(calls.map((q) => q.body)).size, 1);
		}
		await keep('every answer is a post, once', async () => {
			const now = await everything(s);
			return deploys.every((p) => now.filter((x) => x.message === `got it: ${p.message}`).length === 1);
		});

		// IRC: all of it, in order, repeats no more than kills.
		const texts = (await everything(s)).filter((p) => /^(deploy|n|hooked) \d+$/.test(p.message)).map((p) => p.message);
		await keep('IRC heard everything', () => texts.every((t) => joe.said.some((m) => m.text.endsWith(t))));
		const heard = joe.said.map((m) => texts.find((t) => m.text.endsWith(` ${t}`) || m.text === t)).filter(Boolean);
		const firsts = heard.filter((t, i) => heard.indexOf(t) === i);
		assert.deepEqual(firsts, texts, 'IRC hears in the order of the channel');
		assert.ok(heard.length - firsts.length <= KILLS * 2 + 1, `${heard.length - firsts.length} repeated lines`);
		const joes = (await everything(s)).filter((p) => /^joe \d+$/.test(p.message)).map((p) => p.message);
		assert.equal(new Set(joes).size, joes.length, 'no line of IRC is a post twice');
		console.log(`note: ${acked.length} posts acknowledged, ${marcos} answers, ${heard.length - firsts.length} repeated IRC lines, ${joes.length} of ${ircSaid} lines from IRC (${engine})`);
		await s.stop();
		assert.match(execFileSync(`${build}/hubbub`, ['check', '--data', s.data], { encoding: 'utf8' }), /^0 counters are wrong/m);
	});
}

async function everything(s) {
	const all = [];
	for (let page = 0; ; page++) {
		const list = await s.api('GET', `/channels/${s.channel.id}/posts?page=${page}&per_page=200`);
		all.push(...list.order.map((id) => list.posts[id]));
		if (list.order.length < 200) return all.reverse().filter((p) => !p.type.startsWith('system_'));
	}
}

void said;
run();
