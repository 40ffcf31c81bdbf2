// Who is there, and what follows from it: @here, do-not-disturb until a time, away after a while, words of one's own until a time.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test, run, assert, Server, Socket, until } from './harness.mjs';

const MINUTE = 60_000;

async function town(engine) {
	const s = await new Server({ engine }).start();
	await s.world();
	s.status = async (u) => (await s.api('GET', `/users/${u.id}/status`, undefined, u.token));
	s.sets = (u, status, more = {}) => s.api('PUT', `/users/${u.id}/status`, { user_id: u.id, status, ...more }, u.token);
	s.count = async (u, channel = s.channel) => (await s.api('GET', `/users/${u.id}/channels/${channel.id}/unread`, undefined, u.token)).mention_count;
	return s;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`@here reaches those who are online, and nobody else (${engine})`, async () => {
		const s = await town(engine), people = {};
		for (const n of ['bob', 'dnd', 'away', 'gone', 'deaf', 'eve']) people[n] = await s.member(n);
		const { bob, gone, deaf, eve } = people, sockets = {};
		for (const n of ['bob', 'dnd', 'away', 'deaf', 'eve']) sockets[n] = await new Socket(s, people[n].token).ready();
		await s.sets(people.dnd, 'dnd');
		await s.sets(people.away, 'away');
		await s.api('PUT', `/channels/${s.channel.id}/members/${deaf.id}/notify_props`, { ignore_channel_mentions: 'on' }, deaf.token);
		const counts = async () => Promise.all(Object.values(people).map((u) => s.count(u)));
		const post = await s.post('@here, lunch');
		assert.deepEqual(await counts(), [1, 0, 0, 0, 0, 1]);
		for (const n of ['bob', 'dnd', 'away', 'deaf', 'eve']) {
			const e = await sockets[n].event('posted', (x) => JSON.parse(x.data.post).id === post.id);
			assert.equal(e.data.mentions, ['bob', 'eve'].includes(n) ? JSON.stringify([people[n].id]) : undefined, n);
		}
		await s.post('@here and @gone and @bob');
		assert.deepEqual(await counts(), [2, 0, 0, 1, 0, 2], 'the named besides, each once');
		await s.post('@here I am', { token: eve.token });
		assert.deepEqual(await counts(), [3, 0, 0, 1, 0, 0], 'not oneself');
		await s.post('@here @channel');
		assert.deepEqual(await counts(), [4, 1, 1, 2, 0, 1], '@channel is for everybody');

		// Unread again it is counted for who is there now.
		for (const [u, want] of [[bob, 4], [gone, 2], [people.dnd, 1], [deaf, 0]])
			assert.equal((await s.api('POST', `/users/${u.id}/posts/${post.id}/set_unread`, {}, u.token)).mention_count, want);
		assert.equal(await s.count(bob), 4);
		// In a thread it is for those who follow it.
		const root = await s.post('root', { token: bob.token });
		await s.post('I follow', { root_id: root.id, token: people.dnd.token });
		await s.post('me too', { root_id: root.id, token: bob.token });
		await s.post('@here', { root_id: root.id });
		const mentions = async (u) => (await s.api('GET', `/users/${u.id}/teams/${s.team.id}/threads`, undefined, u.token)).threads.map((t) => t.unread_mentions);
		assert.deepEqual([await mentions(bob), await mentions(people.dnd), await mentions(eve)], [[1], [0], []]);
		const dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		await s.post('@here', { channel: dm });
		assert.equal(await s.count(bob, dm), 1);
		await s.stop();
	});

	test(`do-not-disturb ends at its time, also over a restart (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob');
		let ws = await new Socket(s, bob.token).ready();
		const until_ = (minutes) => Math.floor((Date.now() + minutes * MINUTE) / 1000);
		const first = await s.sets(bob, 'dnd', { dnd_end_time: until_(10) });
		assert.deepEqual([first.status, first.manual, first.dnd_end_time > 0], ['dnd', true, true]);
		await ws.event('status_change', (e) => e.data.status === 'dnd' && e.data.user_id === bob.id);
		await s.shiftClock(9 * MINUTE, ws);
		assert.equal((await s.status(bob)).status, 'dnd');
		const seen = ws.events.length;
		await s.shiftClock(10 * MINUTE + 1000, ws);
		await until('it is over', () => ws.events.slice(seen).some((e) => e.event === 'status_change' && e.data.status === 'online'));
		assert.deepEqual(((p) => [p.status, p.manual, p.dnd_end_time])(await s.status(bob)), ['online', false, 0]);

		await s.sets(bob, 'dnd', { dnd_end_time: until_(20) });
		await s.stop();
		await s.start();
		ws = await new Socket(s, bob.token).ready();
		assert.deepEqual(((p) => [p.status, p.dnd_end_time > 0])(await s.status(bob)), ['dnd', true]);
		await s.shiftClock(20 * MINUTE + 1000, ws);
		await ws.event('status_change', (e) => e.data.status === 'online');
		await s.sets(bob, 'dnd');
		await s.shiftClock(500 * MINUTE, ws);
		assert.equal((await s.status(bob)).status, 'dnd', 'without an end it stays');
		await s.stop();
	});

	test(`who does nothing is away, until he does something (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
		const told = (status, from) => until(`${status} is told`, () => ws.events.slice(from).some((e) => e.event === 'status_change' && e.data.status === status && e.broadcast.user_id === bob.id));
		assert.equal((await s.status(bob)).status, 'online');
		await s.shiftClock(4 * MINUTE, ws);
		assert.equal((await s.status(bob)).status, 'online');
		let from = ws.events.length;
		await s.shiftClock(6 * MINUTE, ws);
		await told('away', from);
		assert.deepEqual(((p) => [p.status, p.manual])(await s.status(bob)), ['away', false]);
		from = ws.events.length;
		await ws.ask('user_update_active_status', { user_is_active: true });
		await told('online', from);
		from = ws.events.length;
		await ws.ask('user_update_active_status', { user_is_active: false });
		await told('away', from);
		from = ws.events.length;
		await s.post('here again', { token: bob.token });
		await told('online', from);
		await s.sets(bob, 'offline');
		await s.post('but hidden', { token: bob.token });
		assert.equal((await s.status(bob)).status, 'offline', 'what was set by hand stays');
		await s.stop();
	});

	test(`words of one's own go away at their time, and everybody is told (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), eve = await s.member('eve');
		let ws = await new Socket(s, eve.token).ready();
		const says = (text, minutes, duration = 'one_hour') => s.api('PUT', `/users/${bob.id}/status/custom`, { emoji: 'tea', text, duration, ...(minutes ? { expires_at: new Date(Date.now() + minutes * MINUTE).toISOString() } : {}) }, bob.token);
		const own = (u) => JSON.parse(u.props.customStatus || '{}').text ?? '';
		const read = async () => own(await s.api('GET', `/users/${bob.id}`, undefined, eve.token));
		const told = (text, from = 0) => until(`"${text}" is told`, () => ws.events.slice(from).some((e) => e.event === 'user_updated' && e.data.user.id === bob.id && own(e.data.user) === text));
		await says('soon over', 60);
		await told('soon over');
		await says('lunch', 30);
		await told('lunch');
		let from = ws.events.length;
		await s.shiftClock(31 * MINUTE, ws);
		await told('', from);
		assert.equal(await read(), '');
		// Written with the whole record, and while the server was away.
		await s.api('PUT', `/users/${bob.id}/patch`, { props: { customStatus: JSON.stringify({ emoji: 'zzz', text: 'patched', duration: 'today', expires_at: new Date(Date.now() + 40 * MINUTE).toISOString().replace('Z', '+00:00') }) } }, bob.token);
		assert.equal(await read(), 'patched');
		await s.stop();
		// A row as it is made for who had a status before the server looked at its end.
		if (engine === 'sqlite') execFileSync('python3', ['-c', 'import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute("UPDATE custom_status_ends SET at = 1"); d.commit()', join(s.data, 'hubbub.db')]);
		await s.start();
		ws = await new Socket(s, eve.token).ready();
		assert.equal(await read(), 'patched');
		await s.shiftClock(41 * MINUTE, ws);
		await told('');
		// What has no end stays, also after it took the place of what has one.
		await says('an hour', 70);
		await says('for ever', 0, '');
		from = ws.events.length;
		await s.shiftClock(500 * MINUTE, ws);
		await s.sets(bob, 'dnd');
		await says('last', 501);
		await s.shiftClock(502 * MINUTE, ws);
		await told('', from);
		assert.deepEqual(ws.events.slice(from).filter((e) => e.event === 'user_updated' && e.data.user.id === bob.id).map((e) => own(e.data.user)), ['last', '']);
		await s.stop();
	});
}

run();
