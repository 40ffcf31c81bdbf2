// kill -9 of serve takes all its children along, at once: those that read the end of file, and one that never reads anything.
import { test, run, assert, Server, until, alive, cleanup } from '../flow/harness.mjs';
import { readFileSync, readdirSync } from 'node:fs';
import { ngircd } from '../flow/irc.mjs';

const DEAF = 'sleep 86400';
const ROUNDS = Number(process.env.HUBBUB_KILLS ?? 5);

// The living children of a process, as the kernel knows them.
function childrenOf(pid) {
	return readdirSync('/proc').filter((d) => /^\d+$/.test(d)).map(Number).filter((child) => {
		try { return readFileSync(`/proc/${child}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[1] === String(pid) && alive(child); } catch { return false; }
	});
}

// One kill; how long after it the last child was seen.
async function killed(s) {
	await s.start();
	await until('the edges are there', () => ['bots', 'irc', 'deaf'].every((name) => s.edgePid(name) && alive(s.edgePid(name))));
	const children = childrenOf(s.child.pid);
	cleanup(() => { for (const pid of children.filter(alive)) process.kill(pid, 'SIGKILL'); });
	for (const name of ['bots', 'irc', 'deaf']) assert.ok(children.includes(s.edgePid(name)), `${name} is a child`);
	s.log = '';
	await s.kill();
	const died = Date.now();
	await until(`no child is left of ${children}`, () => !children.some(alive), 10_000);
	return Date.now() - died;
}

test('a second after kill -9 of serve no child is left, not even one that does not listen', async () => {
	const irc = await ngircd();
	const s = await new Server({ settings: { BridgeSettings: { Edges: `deaf=${DEAF}` } } }).start();
	await s.world();
	const command = (text) => s.api('POST', '/commands/execute', { command: text, channel_id: s.channel.id, team_id: s.team.id });
	await command('/bot enable echo');
	await command(`/irc link test 127.0.0.1:${irc.port} hub #dev`);
	await s.kill();
	const all = [];
	for (let i = 0; i < ROUNDS; i++) {
		// Where the machine has no time for us, a second measurement tells it from a child that waits.
		const took = [];
		while (took.length < 3 && !took.some((ms) => ms < 1000)) took.push(await killed(s));
		assert.ok(took.some((ms) => ms < 1000), `the last child went ${took.join(', ')} ms after serve`);
		all.push(...took);
	}
	console.log(`note: the last child went ${all.join(', ')} ms after serve`);
});

run();
