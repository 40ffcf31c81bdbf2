// hubbub check: a counter that is wrong is found, and set right when asked.
import { test, run, assert, Server, Socket, build } from './harness.mjs';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';


function check(s, ...more) {
	return spawnSync(join(build, 'hubbub'), ['check', '--data', s.data, ...more], { encoding: 'utf8' });
}

test('what comes after a channel was read is unread, though the clock of the machine was set back', async () => {
	const s = await new Server().start();
	await s.world();
	const bob = await s.member('bob'), c = s.channel.id, ws = await new Socket(s, s.token).ready();
	await s.post('before');
	await s.shiftClock(3_600_000, ws);
	await s.api('POST', '/channels/members/me/view', { channel_id: c }, bob.token);
	await s.shiftClock(0, ws);
	const late = await s.post('after');
	const member = await s.api('GET', `/channels/${c}/members/me`, undefined, bob.token);
	assert.ok(member.last_viewed_at < late.create_at);
	assert.equal((await s.api('GET', `/users/me/channels/${c}/unread`, undefined, bob.token)).msg_count, 1);
	await s.stop();
	assert.match(check(s).stdout, /^0 counters are wrong$/m);
});

run();
