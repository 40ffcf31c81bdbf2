// Who is notified: names, words of one's own, first names, @channel and its like. What the event says and what is counted agree.
import { test, run, assert, Server, Socket } from './harness.mjs';

// People who each have a socket; said() tells who was mentioned by a post, and that the counts say the same.
async function town(engine, settings = {}) {
	const s = await new Server({ engine, settings }).start();
	await s.world();
	const people = [];
	const count = async (u, channel) => {
		const [one, all, team] = await Promise.all([
			s.api('GET', `/users/${u.id}/channels/${channel.id}/unread`, undefined, u.token),
			s.api('GET', `/users/me/teams/${s.team.id}/channels/members`, undefined, u.token),
			s.api('GET', '/users/me/teams/unread', undefined, u.token)]);
		const m = all.find((row) => row.channel_id === channel.id);
		assert.equal(m.mention_count, one.mention_count);
		assert.equal(m.mention_count_root, one.mention_count_root);
		const total = all.reduce((n, row) => n + row.mention_count, 0);
		assert.equal(team.find((row) => row.team_id === s.team.id).mention_count, total);
		return one.mention_count;
	};
	s.count = count;
	s.joins = async (name, more = {}) => {
		const u = await s.member(name);
		u.name = name;
		u.wants = (notify, rest = {}) => s.api('PUT', `/users/${u.id}/patch`, { notify_props: Object.assign(u.notify_props, notify), ...rest }, u.token);
		u.here = (wishes) => s.api('PUT', `/channels/${s.channel.id}/members/${u.id}/notify_props`, wishes, u.token);
		if (Object.keys(more).length) await u.wants(more);
		u.ws = await new Socket(s, u.token).ready();
		people.push(u);
		return u;
	};
	s.said = async (message, { token = s.token, ...more } = {}) => {
		const before = await Promise.all(people.map((u) => count(u, s.channel)));
		const post = await s.post(message, { token, ...more });
		const named = [];
		for (const [i, u] of people.entries()) {
			const e = await u.ws.event('posted', (x) => JSON.parse(x.data.post).id === post.id);
			const mentioned = e.data.mentions !== undefined;
			if (mentioned) assert.equal(e.data.mentions, JSON.stringify([u.id]));
			if (u.token !== token) assert.equal(await count(u, s.channel) - before[i], mentioned ? 1 : 0, `${u.name} by ${message}`);
			if (mentioned) named.push(u.name);
		}
		return named.join(' ');
	};
	return s;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`a word of mention_keys notifies, as a whole word in any script (${engine})`, async () => {
		const s = await town(engine);
		const bob = await s.joins('bob', { mention_keys: 'bob,@bob,Release Day,Привет,東京' });
		await s.joins('eve');
		assert.equal(await s.said('Bob, are you there?'), 'bob');
		assert.equal(await s.said('bobby'), '');
		assert.equal(await s.said('@bob and @eve'), 'bob eve');
		assert.equal(await s.said('a release\nday!'), 'bob');
		assert.equal(await s.said('ну, ПРИВЕТ!'), 'bob');
		assert.equal(await s.said('приветик'), '');
		assert.equal(await s.said('今日は東京にいます'), 'bob');
		assert.equal(await s.said('`bob`'), '');
		assert.equal(await s.said('build', { props: { attachments: [{ pretext: '@eve', text: 'ask Bob' }] } }), 'bob eve');
		assert.equal(await s.said('I am bob', { token: bob.token }), '', 'nobody notifies himself');
		await s.kill();
		await s.start();
		await s.api('POST', `/channels/members/${bob.id}/view`, { channel_id: s.channel.id }, bob.token);
		const third = await s.post('bob');
		assert.equal(await s.count(bob, s.channel), 1, 'also after a restart');
		await s.post('Привет @bob bob');
		const back = await s.api('POST', `/users/${bob.id}/posts/${third.id}/set_unread`, {}, bob.token);
		assert.equal(back.mention_count, 2, 'counted again when he goes back to unread');
		await s.stop();
	});

	test(`who changes what he wants to hear is heard at once, also with a first name (${engine})`, async () => {
		const s = await town(engine);
		const bob = await s.joins('bob');
		assert.equal(await s.said('deploy'), '');
		await bob.wants({ mention_keys: 'deploy', first_name: 'true' }, { first_name: 'Robert' });
		assert.equal(await s.said('Deploy!'), 'bob');
		assert.equal(await s.said('ask Robert'), 'bob');
		assert.equal(await s.said('robert'), '', 'a first name is heard as it is written');
		await s.api('PUT', `/users/${bob.id}/patch`, { first_name: 'Rob' }, bob.token);
		assert.equal(await s.said('ask Robert'), '');
		assert.equal(await s.said('ask Rob'), 'bob');
		await s.api('PUT', `/users/${bob.id}/patch`, { username: 'robin' }, bob.token);
		assert.equal(await s.said('@bob'), '');
		assert.equal(await s.said('@robin'), 'bob');
		await bob.wants({ mention_keys: '', first_name: 'false' });
		assert.equal(await s.said('deploy, Rob'), '');
		await s.stop();
	});

	test(`who joins brings his words, who leaves or is deactivated takes them along (${engine})`, async () => {
		const s = await town(engine);
		const bob = await s.joins('bob', { mention_keys: 'deploy' });
		await s.said('hello');
		const path = `/channels/${s.channel.id}/members`;
		await s.api('DELETE', `${path}/${bob.id}`);
		await s.post('deploy');
		await s.api('POST', path, { user_id: bob.id });
		assert.equal(await s.count(bob, s.channel), 0);
		assert.equal(await s.said('deploy'), 'bob');
		await s.api('PUT', `/users/${bob.id}/active`, { active: false });
		await s.post('deploy');
		await s.api('PUT', `/users/${bob.id}/active`, { active: true });
		bob.token = await s.login('bob');
		assert.equal(await s.count(bob, s.channel), 1);
		await s.stop();
	});

	test(`@channel reaches those who hear it, once, and nobody else (${engine})`, async () => {
		const s = await town(engine);
		const deaf = await s.joins('deaf', { channel: 'false' });
		const off = await s.joins('off');
		await off.here({ ignore_channel_mentions: 'on' });
		const muted = await s.joins('muted');
		await muted.here({ mark_unread: 'mention' });
		const hears = await s.joins('hears', { mention_keys: 'lunch' });
		for (const word of ['@channel', '@all']) assert.equal(await s.said(`${word} lunch`), 'hears');
		assert.equal(await s.said('@all @deaf @off @muted @hears'), 'deaf off muted hears');
		assert.equal(await s.said('@all from me', { token: hears.token }), '', 'nor oneself');
		await muted.here({ ignore_channel_mentions: 'off' });
		assert.equal(await s.said('@channel'), 'muted hears');

		// A change counts from now on: what was something stays so, what was nothing does not become something.
		const before = await Promise.all([deaf, off, hears].map((u) => s.count(u, s.channel)));
		assert.deepEqual(before, [1, 1, 1]);
		await hears.wants({ channel: 'false' });
		await deaf.wants({ channel: 'true' });
		await off.here({ ignore_channel_mentions: 'off' });
		assert.deepEqual(await Promise.all([deaf, off, hears].map((u) => s.count(u, s.channel))), before);
		assert.equal(await s.said('@channel'), 'deaf off muted');
		const first = (await s.messages()).find((p) => p.message === '@channel lunch');
		const back = await s.api('POST', `/users/${hears.id}/posts/${first.id}/set_unread`, {}, hears.token);
		assert.equal(back.mention_count, 3, 'his words, and his name; @channel is nothing to him now');
		await s.stop();
	});

	test(`in a thread @channel and words count for those who follow it (${engine})`, async () => {
		const s = await town(engine);
		const bob = await s.joins('bob', { mention_keys: 'deploy' });
		const eve = await s.joins('eve', { channel: 'false' });
		const root = await s.post('root', { token: bob.token });
		await s.post('first', { token: eve.token, root_id: root.id });
		const thread = (u) => s.api('GET', `/users/${u.id}/teams/${s.team.id}/threads/${root.id}`, undefined, u.token);
		const was = [await thread(bob), await thread(eve)].map((t) => t.unread_mentions);
		assert.equal(await s.said('@channel', { root_id: root.id }), 'bob');
		assert.equal(await s.said('deploy', { root_id: root.id }), 'bob');
		const is = [await thread(bob), await thread(eve)].map((t) => t.unread_mentions);
		assert.deepEqual([is[0] - was[0], is[1] - was[1]], [2, 0]);
		await s.api('PUT', `/users/${bob.id}/teams/${s.team.id}/threads/${root.id}/read/${root.create_at}`, {}, bob.token);
		assert.equal((await thread(bob)).unread_mentions, 2, 'counted again');
		await s.stop();
	});

	test(`who has asked for it is notified of replies: to what he began, or to where he took part; with collapsed threads he follows instead (${engine})`, async () => {
		const s = await town(engine, { ServiceSettings: { CollapsedThreads: 'default_off' } });
		const ann = await s.joins('ann', { comments: 'root' }), bob = await s.joins('bob', { comments: 'any' }), never = await s.joins('never', { comments: 'never' }), eve = await s.joins('eve', { comments: 'any' });
		const collapses = await s.joins('collapses', { comments: 'any' });
		await s.api('PUT', '/users/me/preferences', [{ user_id: collapses.id, category: 'display_settings', name: 'collapsed_reply_threads', value: 'on' }], collapses.token);
		const root = await s.post('root', { token: ann.token });
		assert.equal(await s.said('one', { root_id: root.id, token: never.token }), 'ann');
		assert.equal(await s.said('two', { root_id: root.id, token: bob.token }), 'ann');
		assert.equal(await s.said('three', { root_id: root.id, token: collapses.token }), 'ann bob');
		assert.equal(await s.said('four', { root_id: root.id, token: ann.token }), 'bob', 'nor of one\'s own');
		assert.equal(await s.said('@ann five', { root_id: root.id, token: eve.token }), 'ann bob', 'once');
		assert.equal(await s.said('elsewhere'), '');
		// The same is counted when it is counted anew.
		const back = (u, post) => s.api('POST', `/users/${u.id}/posts/${post.id}/set_unread`, {}, u.token);
		assert.deepEqual([(await back(ann, root)).mention_count, (await back(never, root)).mention_count, (await back(collapses, root)).mention_count], [4, 0, 0]);
		await bob.wants({ comments: 'root' });
		const his = await s.post('his', { token: bob.token });
		assert.equal(await s.said('six', { root_id: root.id }), 'ann eve', 'who takes part asks for any');
		assert.equal(await s.said('seven', { root_id: his.id }), 'bob');
		await s.api('PUT', `/users/${bob.id}/active`, { active: false });
		await s.post('eight', { root_id: his.id });
		await s.stop();
		const always = await town(engine);
		const carl = await always.joins('carl', { comments: 'any' });
		const last = await always.post('root', { token: carl.token });
		assert.equal(await always.said('one', { root_id: last.id }), '', 'everybody collapses threads here');
		await always.stop();
	});

	if (engine === 'sqlite') test(`unread replies are counted up to a thousand, and all of them for who has never looked (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), eve = await s.member('eve');
		const root = await s.post('root'), thread = (u) => s.api('GET', `/users/${u.id}/teams/${s.team.id}/threads/${root.id}`, undefined, u.token);
		await s.post('@bob @eve', { root_id: root.id });
		await s.post('mine', { root_id: root.id, token: bob.token });
		assert.deepEqual([(await thread(bob)).unread_replies, (await thread(eve)).unread_replies], [0, 2], 'one\'s own is none, and is read up to');
		const replies = [];
		for (let i = 0; i < 11; i++) replies.push(...await Promise.all(Array.from({ length: 100 }, (_, n) => s.post(`${n}`, { root_id: root.id }))));
		assert.deepEqual([(await thread(bob)).unread_replies, (await thread(eve)).unread_replies], [1000, 1102]);
		await s.api('PUT', `/users/me/teams/${s.team.id}/threads/${root.id}/read/${replies.map((p) => p.create_at).sort()[199]}`, undefined, bob.token);
		assert.equal((await thread(bob)).unread_replies, 900);
		await s.api('DELETE', `/posts/${replies.at(-1).id}`);
		assert.deepEqual([(await thread(bob)).unread_replies, (await thread(eve)).unread_replies], [899, 1101]);
		await s.api('PUT', `/users/me/teams/${s.team.id}/threads/read`, undefined, eve.token);
		assert.deepEqual([(await thread(eve)).unread_replies, (await thread(eve)).reply_count], [0, 1101]);
		await s.stop();
	});
}

run();
