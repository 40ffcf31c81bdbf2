// A link with two channels and posts of several lines, under kill -9 of serve at the moments when much is said and little is
// kept: whatever the posts look like, a kill repeats one line of the link at most.
import { test, run, assert, Server, until, tempDir, cleanup } from '../flow/harness.mjs';
import { ngircd, Person } from '../flow/irc.mjs';
import { join } from 'node:path';

const KILLS = Number(process.env.HUBBUB_KILLS ?? 12);
const POINTS = ['before_settle', 'after_settle', 'before_commit'];

async function linked() {
	const irc = await ngircd();
	const s = await new Server().start();
	await s.world();
	const ops = await s.api('POST', '/channels', { team_id: s.team.id, name: 'ops', display_name: 'Ops', type: 'O' });
	const command = (text, channel) => s.api('POST', '/commands/execute', { command: text, channel_id: channel.id, team_id: s.team.id });
	await command(`/irc link test 127.0.0.1:${irc.port} hub #dev line_interval_ms=0`, s.channel);
	await command('/irc link test #ops', ops);
	const people = [await new Person(irc.port, 'joe', '#dev').join(), await new Person(irc.port, 'ann', '#ops').join()];
	for (const p of people) await until('the link is there', () => p.lines.some((l) => /:hub\S* JOIN/.test(l) || / 353 .*[ :@]hub\b/.test(l)));
	return { s, people, channels: [s.channel, ops] };
}

// Posts of three lines until stopped, one after the other, each sent again with its key until it is acknowledged.
class Poster {
	constructor(s, channel, name) {
		Object.assign(this, { s, channel, name, n: 0, said: [], stopped: false });
		this.done = this.loop();
	}

	async loop() {
		while (!this.stopped) {
			const lines = ['a', 'b', 'c'].map((x) => `${this.name} ${this.n} ${x}`);
			await until(`the answer to ${lines[0]}`, async () => {
				const r = await this.s.raw('POST', '/api/v4/posts', { token: this.s.token,
					body: { channel_id: this.channel.id, message: lines.join('\n'), pending_post_id: lines[0] } });
				return r.status === 201;
			}, 120_000);
			this.said.push(...lines);
			this.n++;
		}
	}
}

test(`${KILLS} kills of serve repeat at most one line each, with two channels and posts of three lines`, async () => {
	const { s, people, channels } = await linked();
	const marks = tempDir();
	const posters = channels.map((c, i) => new Poster(s, c, `p${i}`));
	cleanup(() => { for (const p of posters) p.stopped = true; });
	await s.kill();                      // one more
	for (let i = 0; i < KILLS; i++) {
		await s.start({ HUBBUB_CRASH: `hubbub/${POINTS[i % POINTS.length]}:${14 + i}:${join(marks, String(i))}` });
		const { signal } = await s.exited;
		assert.equal(signal, 'SIGKILL', s.tail());
	}
	await s.start({ HUBBUB_CRASH: '' });
	for (const p of posters) p.stopped = true;
	await Promise.all(posters.map((p) => p.done));
	let repeated = 0;
	for (const [i, p] of posters.entries()) {
		const lines = () => people[i].said.map((m) => m.text.replace(/^<[^>]*> /, ''));
		await until('IRC heard everything', () => p.said.every((t) => lines().some((l) => l.endsWith(t))));
		const heard = lines().filter((t) => /p\d \d+ [abc]$/.test(t));
		const firsts = heard.filter((t, k) => heard.indexOf(t) === k);
		assert.deepEqual(firsts.map((t) => t.match(/p\d \d+ [abc]$/)[0]), p.said, 'in the order of the channel');
		repeated += heard.length - firsts.length;
	}
	console.log(`note: ${repeated} repeated lines of ${posters[0].said.length + posters[1].said.length}`);
	assert.ok(repeated <= KILLS + 1, `${repeated} repeated lines after ${KILLS} kills`);
	await s.stop();
});

run();
