// What is acknowledged is on disk, is there once, and reaches those who listen.
import { test, run, assert, Server, Socket, until, freePort, build } from './harness.mjs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

for (const engine of ['sqlite', 'postgres']) {
	test(`a post is answered, read back and seen by a WebSocket (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob');
		const ws = await new Socket(s, bob.token).ready();
		const made = await s.post('hello @bob', { pending_post_id: `${s.admin.id}:1` });
		assert.equal(made.pending_post_id, `${s.admin.id}:1`);
		const seen = await ws.event('posted', (e) => JSON.parse(e.data.post).id === made.id);
		assert.equal(seen.data.sender_name, '@admin');
		assert.equal(seen.data.mentions, JSON.stringify([bob.id]));
		assert.equal(ws.gaps, 0);
		assert.deepEqual(await s.api('GET', `/posts/${made.id}`, undefined, bob.token).then((p) => p.message), 'hello @bob');
		await s.stop();
	});

	test(`the same pending_post_id makes one post, also at the same time and after a restart (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const answers = await Promise.all(Array.from({ length: 20 }, () => s.post('once', { pending_post_id: 'x:1' })));
		assert.equal(new Set(answers.map((p) => p.id)).size, 1);
		await s.kill();
		await s.start();
		const again = await s.post('once', { pending_post_id: 'x:1' });
		assert.equal(again.id, answers[0].id);
		assert.equal((await s.messages()).filter((p) => p.message === 'once').length, 1);
		await s.stop();
	});

	test(`create_at rises strictly in a channel, in the order everyone sees (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const ws = await new Socket(s, s.token).ready();
		const made = await Promise.all(Array.from({ length: 100 }, (_, i) => s.post(`n${i}`)));
		const list = (await s.messages()).filter((p) => /^n\d/.test(p.message));
		assert.equal(list.length, 100);
		for (let i = 1; i < list.length; i++) assert.ok(list[i].create_at > list[i - 1].create_at);
		await until('all events', () => ws.posts().filter((p) => /^n\d/.test(p.message)).length === 100);
		assert.deepEqual(ws.posts().filter((p) => /^n\d/.test(p.message)).map((p) => p.id), list.map((p) => p.id));
		assert.equal(new Set(made.map((p) => p.create_at)).size, 100);
		await s.stop();
	});
}

// PostgreSQL stores plain posts of one batch together: nobody may notice.
for (const engine of ['sqlite', 'postgres']) {
	test(`posts, replies, mentions and webhooks at the same moment: each is what it would be alone (${engine})`, async () => {
		const metrics = await freePort();
		const s = await new Server({ engine, settings: { MetricsSettings: { ListenAddress: `127.0.0.1:${metrics}` } } }).start();
		await s.world();
		const bob = await s.member('bob'), eve = await s.member('eve');
		const other = await s.api('POST', '/channels', { team_id: s.team.id, name: 'other', display_name: 'Other', type: 'O' });
		for (const u of [bob, eve]) await s.api('POST', `/channels/${other.id}/members`, { user_id: u.id });
		const hook = await s.api('POST', '/hooks/incoming', { channel_id: s.channel.id, display_name: 'ci' });
		const root = await s.post('root');
		const before = (await s.messages()).length, said = [], people = [s.admin, bob, eve];
		const say = async (i) => {
			const who = people[i % 3], channel = i % 5 === 4 ? other : s.channel;
			if (i % 11 === 10) return s.raw('POST', `/hooks/${hook.id}`, { body: { text: `hook ${i}` } }).then((r) => assert.equal(r.text, 'ok'));
			const more = i % 7 === 6 && channel === s.channel ? { root_id: root.id } : {};
			const text = `n${i} "quoted" \\ {a,b} 日本${i % 13 === 12 ? ' @bob' : ''}`;
			said.push({ made: await s.post(text, { token: who.token, channel, pending_post_id: `${who.id}:${i}`, ...more }), text, who });
		};
		await Promise.all(Array.from({ length: 240 }, (_, i) => say(i)));
		for (const channel of [s.channel, other]) {
			const list = await s.messages(channel), times = list.map((p) => p.create_at);
			assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
			for (const { made, text, who } of said.filter((p) => p.made.channel_id === channel.id)) {
				const found = list.find((p) => p.id === made.id);
				if (!found) continue;      // older than a page
				assert.deepEqual([found.message, found.user_id, found.create_at, found.root_id], [text, who.id, made.create_at, made.root_id]);
			}
		}
		const count = async (id, token) => (await s.api('GET', `/channels/${id}`, undefined, token)).total_msg_count;
		assert.equal(await count(s.channel.id) + await count(other.id), 240 + 1);
		assert.equal((await s.messages()).length, Math.min(200, before + 240 - said.filter((p) => p.made.channel_id === other.id).length));
		const twice = await Promise.all(said.slice(0, 40).map(({ made, text, who }) =>
			s.post(text, { token: who.token, channel: { id: made.channel_id }, pending_post_id: made.pending_post_id, root_id: made.root_id })));
		assert.deepEqual(twice.map((p) => p.id), said.slice(0, 40).map((p) => p.made.id));
		const packed = (await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()).match(/^hubbub_store_packed_total (\d+)$/m)[1];
		assert.equal(Number(packed) > 0, engine === 'postgres', packed);
		await s.stop();
		const check = spawnSync(join(build, 'hubbub'), ['check', '--data', s.data], { encoding: 'utf8' });
		assert.match(check.stdout, /^0 counters are wrong$/m);
	});
}

for (const engine of ['sqlite', 'postgres']) {
	test(`pages tell the posts just outside of them, whatever the page begins with (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const made = [];
		for (let i = 0; i < 70; i++) made.push(await s.post(`n${i}`, i % 10 === 9 ? { root_id: made[i - 9].id } : {}));
		await s.api('DELETE', `/posts/${made[35].id}`);
		const all = (await s.messages()).filter((p) => /^n/.test(p.message));
		const roots = all.filter((p) => !p.root_id), named = (p) => (p ? p.message : '');
		const by = (list, i) => named(list[i]);
		// The system's own "joined" stands before the first.
		const look = async (query) => {
			const r = await s.api('GET', `/channels/${s.channel.id}/posts?${query}`);
			const text = (id) => made.find((p) => p.id === id)?.message ?? '';
			return [r.order.map(text).join(' '), text(r.prev_post_id), text(r.next_post_id)];
		};
		const names = (list, from, to) => list.slice(from, to).map(named).reverse().join(' ');
		for (const [list, flag] of [[all, ''], [roots, '&collapsedThreads=true']]) {
			const n = list.length, mid = list.findIndex((p) => p.message === 'n30');
			assert.deepEqual(await look(`per_page=5${flag}`), [names(list, n - 5, n), by(list, n - 6), '']);
			assert.deepEqual(await look(`per_page=5&page=1${flag}`), [names(list, n - 10, n - 5), by(list, n - 11), by(list, n - 5)]);
			assert.deepEqual(await look(`per_page=61${flag}`), [names(list, n - 61, n), by(list, n - 62), '']);
			assert.deepEqual(await look(`per_page=5&before=${list[mid].id}${flag}`), [names(list, mid - 5, mid), by(list, mid - 6), 'n30']);
			assert.deepEqual(await look(`per_page=5&page=1&before=${list[mid].id}${flag}`), [names(list, mid - 10, mid - 5), by(list, mid - 11), by(list, mid - 5)]);
			assert.deepEqual(await look(`per_page=5&after=${list[mid].id}${flag}`), [names(list, mid + 1, mid + 6), 'n30', by(list, mid + 6)]);
			assert.deepEqual(await look(`per_page=5&after=${list[n - 3].id}${flag}`), [names(list, n - 2, n), by(list, n - 3), '']);
			const past = list.findIndex((p) => p.message === 'n36');
			assert.deepEqual((await s.raw('GET', `/api/v4/channels/${s.channel.id}/posts?per_page=5&before=${made[35].id}${flag}`, { token: s.token })).status, 404);
			// Around what was read last: the member has looked at n30 and not further.
			await s.api('POST', `/users/me/posts/${made[31].id}/set_unread`, { collapsed_threads_supported: true });
			const un = await s.api('GET', `/users/me/channels/${s.channel.id}/posts/unread?limit_before=3&limit_after=4${flag}`);
			const text = (id) => made.find((p) => p.id === id)?.message ?? '';
			assert.deepEqual([un.order.map(text).join(' '), text(un.prev_post_id), text(un.next_post_id)], [names(list, mid - 2, mid + 5), by(list, mid - 3), by(list, mid + 5)]);
			if (flag) assert.deepEqual(await look(`per_page=3&before=${made[39].id}${flag}`), [names(list, past, past + 3), by(list, past - 1), 'n40']);
		}
		await s.stop();
	});
}

for (const engine of ['sqlite', 'postgres']) {
	test(`a public channel is read by its whole team, a private one by its members (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob', null);
		const stranger = await s.user('stranger');
		const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'Secret', type: 'P' });
		const reads = async (channel, who) => {
			const post = (await s.messages(channel)).find((p) => p.message === 'root');
			const paths = [`/channels/${channel.id}/posts`, `/channels/${channel.id}/posts?since=1`, `/channels/${channel.id}/pinned`, `/posts/${post.id}`,
				`/posts/${post.id}/thread`, `/posts/${post.id}/reactions`, `/channels/${channel.id}`];
			const all = await Promise.all(paths.map((p) => s.raw('GET', `/api/v4${p}`, { token: who.token })));
			const ids = await s.api('POST', '/posts/ids', [post.id], who.token);
			return [...all.map((r) => r.status), ids.length].join(' ');
		};
		for (const channel of [s.channel, secret]) {
			const root = await s.post('root', { channel });
			await s.post('reply', { channel, root_id: root.id });
			await s.api('POST', `/posts/${root.id}/pin`);
		}
		assert.equal(await reads(s.channel, s.admin), '200 200 200 200 200 200 200 1');
		assert.equal(await reads(s.channel, bob), '200 200 200 200 200 200 200 1');
		assert.equal(await reads(s.channel, stranger), '403 403 403 404 404 404 403 0');
		assert.equal(await reads(secret, bob), '403 403 403 404 404 404 403 0');

		// Reading is all: nothing else comes with it.
		const [root] = (await s.messages()).filter((p) => p.message === 'root');
		const denied = async (method, path, body) => (await s.raw(method, `/api/v4${path}`, { body, token: bob.token })).status;
		assert.equal(await denied('POST', '/reactions', { user_id: bob.id, post_id: root.id, emoji_name: 'smile' }), 403);
		assert.equal(await denied('POST', `/posts/${root.id}/pin`), 403);
		assert.equal(await denied('DELETE', `/posts/${root.id}`), 403);
		assert.equal(await denied('GET', `/channels/${s.channel.id}/members`), 403);
		assert.equal(await denied('GET', `/channels/${s.channel.id}/stats`), 403);
		assert.equal(await denied('GET', `/users/me/channels/${s.channel.id}/posts/unread`), 404);
		assert.equal(await denied('POST', `/users/me/posts/${root.id}/set_unread`, {}), 404);
		await s.stop();
	});
}

test('a resumed WebSocket gets exactly what it missed, without a hello', async () => {
	const s = await new Server().start();
	await s.world();
	const first = await new Socket(s, s.token).ready();
	await s.post('one');
	await until('one', () => first.posts().some((p) => p.message === 'one'));
	await first.close();
	await s.post('two');
	await s.post('three');
	const second = new Socket(s, s.token, { id: first.connectionId, seq: first.next });
	await until('three', () => second.posts().some((p) => p.message === 'three'));
	assert.deepEqual(second.posts().map((p) => p.message), ['two', 'three']);
	assert.equal(second.hello, undefined);
	assert.equal(second.gaps, 0);
	await s.stop();
});

for (const engine of ['sqlite', 'postgres']) test(`a planned restart loses nobody's place (${engine})`, async () => {
	const s = await new Server({ engine }).start();
	await s.world();
	const first = await new Socket(s, s.token).ready();
	await s.post('before');
	await until('before', () => first.posts().some((p) => p.message === 'before'));
	await s.stop();
	assert.equal(await first.closed, 1012);
	await s.start();
	await s.post('after');
	const second = new Socket(s, s.token, { id: first.connectionId, seq: first.next });
	await until('after', () => second.posts().some((p) => p.message === 'after'));
	assert.equal(second.hello, undefined);
	assert.equal(second.gaps, 0);
	await s.stop();
});

test('a client that comes back too late, or as somebody else, is told to start anew', async () => {
	const s = await new Server().start();
	await s.world();
	const bob = await s.member('bob');
	const first = await new Socket(s, s.token).ready();
	await first.close();
	const stranger = await new Socket(s, bob.token, { id: first.connectionId, seq: first.next }).ready();
	assert.notEqual(stranger.connectionId, first.connectionId);
	const future = await new Socket(s, s.token, { id: first.connectionId, seq: 999 }).ready();
	assert.notEqual(future.connectionId, first.connectionId);
	await s.stop();
});

test('a challenge signs in: hello first, then the answer; a bad token closes', async () => {
	const s = await new Server().start();
	await s.world();
	const ws = await new Socket(s, s.token, { challenge: true }).ready();
	await until('the answer', () => ws.replies.find((r) => r.seq_reply === 1 && r.status === 'OK'));
	assert.equal(ws.first.event, 'hello', 'a driver takes whatever comes before it for a refusal');
	assert.equal((await ws.ask('ping')).data.text, 'pong');
	assert.equal((await ws.ask('no_such_action')).error.id, 'api.web_socket_router.bad_action.app_error');
	const bad = new Socket(s, 'x'.repeat(26), { challenge: true });
	await bad.closed;
	assert.equal(bad.hello, undefined);
	await s.stop();
});

test('who was removed from a channel hears nothing of it any more', async () => {
	const s = await new Server().start();
	await s.world();
	const bob = await s.member('bob');
	const ws = await new Socket(s, bob.token).ready();
	await s.post('heard');
	await s.api('DELETE', `/channels/${s.channel.id}/members/${bob.id}`);
	await s.post('secret');
	await ws.event('user_removed');
	const other = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
	await s.post('marker', { channel: other });
	await until('the marker', () => ws.posts().some((p) => p.message === 'marker'));
	assert.ok(ws.posts().some((p) => p.message === 'heard'));
	assert.ok(!JSON.stringify(ws.events).includes('secret'));
	const r = await s.raw('GET', `/api/v4/channels/${s.channel.id}/posts`, { token: bob.token });
	assert.ok([403, 404].includes(r.status) || !r.text.includes('secret') || s.channel.type === 'O');
	await s.stop();
});

test('edits, deletes and reactions are events and change what is read', async () => {
	const s = await new Server().start();
	await s.world();
	const ws = await new Socket(s, s.token).ready();
	const p = await s.post('frist');
	const edited = await s.api('PUT', `/posts/${p.id}/patch`, { message: 'first' });
	assert.equal(edited.message, 'first');
	assert.ok(edited.edit_at > p.create_at);
	await ws.event('post_edited', (e) => JSON.parse(e.data.post).message === 'first');
	await s.api('POST', '/reactions', { user_id: s.admin.id, post_id: p.id, emoji_name: 'thumbsup' });
	await ws.event('reaction_added');
	assert.equal((await s.api('GET', `/posts/${p.id}`)).metadata.reactions.length, 1);
	await s.api('DELETE', `/users/me/posts/${p.id}/reactions/thumbsup`);
	await ws.event('reaction_removed');
	await s.api('DELETE', `/posts/${p.id}`);
	await ws.event('post_deleted', (e) => JSON.parse(e.data.post).id === p.id);
	assert.equal((await s.raw('GET', `/api/v4/posts/${p.id}`, { token: s.token })).status, 404);
	const since = await s.api('GET', `/channels/${s.channel.id}/posts?since=${p.create_at}`);
	assert.ok(since.posts[p.id].delete_at > 0);
	await s.stop();
});

test('replies count in their thread, and a reply to a reply goes to the root', async () => {
	const s = await new Server().start();
	await s.world();
	const rootPost = await s.post('root');
	const reply = await s.post('reply', { root_id: rootPost.id });
	const nested = await s.post('nested', { root_id: reply.id });
	assert.equal(nested.root_id, rootPost.id);
	const thread = await s.api('GET', `/posts/${rootPost.id}/thread`);
	assert.deepEqual(thread.order.length, 3);
	assert.equal(thread.posts[rootPost.id].reply_count, 2);
	await s.api('DELETE', `/posts/${nested.id}`);
	assert.equal((await s.api('GET', `/posts/${rootPost.id}`)).reply_count, 1);
	await s.stop();
});

run();
