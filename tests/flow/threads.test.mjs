// Threads: what their followers hear, so that a client that has not loaded a thread still counts right.
import { Server, Socket, assert, run, test } from './harness.mjs';

for (const engine of ['sqlite', 'postgres']) {
	test(`thread_updated tells the counts before the reply and after it, each follower his own (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const people = { bob: await s.member('bob'), carol: await s.member('carol') };
		for (const p of Object.values(people)) p.ws = await new Socket(s, p.token).ready();
		const root = await s.post('the root', { token: people.bob.token });
		// [unread replies, of them mentions] before and after, as told of the n-th reply.
		const told = async (name, n) => {
			const e = await people[name].ws.event('thread_updated', (f) => JSON.parse(f.data.thread).reply_count === n);
			const t = JSON.parse(e.data.thread);
			return [[e.data.previous_unread_replies, e.data.previous_unread_mentions], [t.unread_replies, t.unread_mentions]];
		};
		const reply = (message, token) => s.post(message, { root_id: root.id, ...(token ? { token } : {}) });
		await reply('one');
		assert.deepEqual(await told('bob', 1), [[0, 0], [1, 0]]);
		await reply('two, @bob');
		assert.deepEqual(await told('bob', 2), [[1, 0], [2, 1]]);
		await reply('three, @carol');
		assert.deepEqual(await told('bob', 3), [[2, 1], [3, 1]]);
		assert.deepEqual(await told('carol', 3), [[0, 0], [3, 1]], 'who only now begins to follow comes from nothing');
		await reply('four, @channel');
		assert.deepEqual(await told('bob', 4), [[3, 1], [4, 2]]);
		assert.deepEqual(await told('carol', 4), [[3, 1], [4, 2]]);
		await reply('five, mine', people.bob.token);
		assert.deepEqual(await told('bob', 5), [[0, 0], [0, 0]], 'who answers has read');
		assert.deepEqual(await told('carol', 5), [[4, 2], [5, 2]]);
		await s.stop();
	});
}

run();
