// What was written is found by its words, by those who may read it, and by nobody else.
import { rmSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { test, run, assert, Server, until } from './harness.mjs';

async function find(s, terms, { token = s.token, team = s.team, ...more } = {}) {
	const r = await s.api('POST', team ? `/teams/${team.id}/posts/search` : '/posts/search', { terms, is_or_search: false, ...more }, token);
	assert.equal(r.matches, null);
	assert.deepEqual(Object.keys(r.posts).sort(), [...r.order].sort());
	return r.order.map((id) => r.posts[id].message);
}

// The index follows: wait for the words, then look closely.
const found = (s, terms, more) => until(`${terms} to be found`, async () => (await find(s, terms, more)).length);

for (const engine of ['sqlite', 'postgres']) {
	test(`words, phrases, parts, exclusions, tags and Chinese are found (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		for (const m of ['The quick brown fox', 'A brown bear, quick and big', 'Größe zählt #Plan-B', 'plan without a tag', '今天我们去北京看长城',
			'see http://example.com/wiki/Hubbub_page now', "it's a \"quoted' \\ thing", 'last one']) await s.post(m);
		await found(s, 'last');
		assert.deepEqual(await find(s, 'brown quick'), ['A brown bear, quick and big', 'The quick brown fox']);
		assert.deepEqual(await find(s, '"quick brown"'), ['The quick brown fox']);
		assert.deepEqual(await find(s, 'brown -bear'), ['The quick brown fox']);
		assert.deepEqual(await find(s, 'brown -"quick brown"'), ['A brown bear, quick and big']);
		assert.deepEqual(await find(s, 'qu*'), ["it's a \"quoted' \\ thing", 'A brown bear, quick and big', 'The quick brown fox']);
		assert.deepEqual(await find(s, 'bro'), ['A brown bear, quick and big', 'The quick brown fox']);
		assert.deepEqual(await find(s, 'bear fox', { is_or_search: true }), ['A brown bear, quick and big', 'The quick brown fox']);
		assert.deepEqual(await find(s, 'GRÖSSE größe', { is_or_search: true }), ['Größe zählt #Plan-B']);
		assert.deepEqual(await find(s, '#plan-b'), ['Größe zählt #Plan-B']);
		assert.deepEqual(await find(s, '#plan'), []);
		assert.deepEqual(await find(s, '北京'), ['今天我们去北京看长城']);
		assert.deepEqual(await find(s, '京北'), []);
		assert.deepEqual(await find(s, 'hubbub'), ['see http://example.com/wiki/Hubbub_page now']);
		assert.deepEqual(await find(s, 'example.com'), ['see http://example.com/wiki/Hubbub_page now']);
		assert.deepEqual(await find(s, `quoted' -"x' "y`), []);
		assert.deepEqual(await find(s, '"quoted\' \\ thing"'), ["it's a \"quoted' \\ thing"]);
		assert.deepEqual(await find(s, '!!! * "" -'), []);
		assert.deepEqual(await find(s, '😀'), []);
		assert.deepEqual(await find(s, 'added'), [], 'a system post was found');
		assert.deepEqual(await find(s, 'brown', { per_page: 1 }), ['A brown bear, quick and big']);
		assert.deepEqual(await find(s, 'brown', { per_page: 1, page: 1 }), ['The quick brown fox']);
		assert.deepEqual(await find(s, 'brown', { per_page: 1, page: 2 }), []);
		for (const body of [{}, { terms: '' }, { terms: 5 }, { terms: 'x', page: 'a' }]) {
			assert.equal((await s.raw('POST', '/api/v4/posts/search', { body, token: s.token })).status, 400);
		}
		await s.stop();
	});

	test(`a part from the middle of a word is found where nothing begins with it, and always with a star before it (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		for (const m of ['the Thunderbird flew', 'a bluebirds nest', 'the old Vogelhaus', 'birdie', 'mañana-Übergang', 'last one']) await s.post(m);
		await found(s, 'last');
		assert.deepEqual(await find(s, 'bird'), ['birdie'], 'what begins with it comes alone');
		await until('the vocabulary', async () => (await find(s, '*bird*')).length === 3);
		assert.deepEqual(await find(s, '*bird'), ['birdie', 'a bluebirds nest', 'the Thunderbird flew']);
		assert.deepEqual(await find(s, '*BIRD* -nest -birdie'), ['the Thunderbird flew']);
		assert.deepEqual(await find(s, 'underbi'), ['the Thunderbird flew']);
		assert.deepEqual(await find(s, 'the gelhau'), ['the old Vogelhaus']);
		assert.deepEqual(await find(s, 'nderbi ogelh', { is_or_search: true }), ['the old Vogelhaus', 'the Thunderbird flew']);
		assert.deepEqual(await find(s, '*bird -*lueb*'), ['birdie', 'the Thunderbird flew']);
		assert.deepEqual(await find(s, '*añan'), ['mañana-Übergang']);
		assert.deepEqual(await find(s, 'bergang'), ['mañana-Übergang']);
		assert.deepEqual(await find(s, '"nderbi"'), [], 'a phrase is of whole words');
		assert.deepEqual(await find(s, '*xyzzy*'), []);
		assert.deepEqual(await find(s, 'nderbi', { per_page: 1, page: 1 }), []);
		assert.deepEqual(await find(s, '*bird', { per_page: 2, page: 1 }), ['the Thunderbird flew']);
		await s.stop();
	});

	test(`only what one may read is found, also by from:, in: and days (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob');
		const eve = await s.member('eve', null);
		const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'Secret', type: 'P' });
		const direct = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		await s.post('apple in secret', { channel: secret });
		await s.post('apple to bob', { channel: direct });
		await s.post('apple for all');
		await s.post('apple by bob', { token: bob.token });
		await found(s, 'from:bob apple');
		assert.deepEqual(await find(s, 'apple'), ['apple by bob', 'apple for all', 'apple to bob', 'apple in secret']);
		assert.deepEqual(await find(s, 'apple', { token: bob.token, team: null }), ['apple by bob', 'apple for all', 'apple to bob']);
		assert.deepEqual(await find(s, 'apple', { token: eve.token }), []);
		assert.deepEqual(await find(s, 'in:secret apple', { token: bob.token }), []);
		assert.deepEqual(await find(s, 'in:secret'), ['apple in secret']);
		assert.deepEqual(await find(s, 'apple in:@bob'), ['apple to bob']);
		assert.deepEqual(await find(s, 'apple -in:secret -in:@bob'), ['apple by bob', 'apple for all']);
		assert.deepEqual(await find(s, 'from:bob'), ['apple by bob']);
		assert.deepEqual(await find(s, 'apple -from:admin'), ['apple by bob']);
		assert.deepEqual(await find(s, 'apple from:nobody'), []);
		const today = new Date().toISOString().slice(0, 10);
		const far = { past: '2001-01-01', future: '2101-01-01' };
		assert.equal((await find(s, `apple after:${far.past} before:${far.future}`)).length, 4);
		assert.equal((await find(s, `apple before:${far.past}`)).length, 0);
		assert.equal((await find(s, `apple after:${far.future}`)).length, 0);
		assert.ok((await find(s, `apple on:${today}`)).length + (await find(s, `apple -on:${today}`)).length === 4);
		await s.api('DELETE', `/channels/${secret.id}`);
		assert.equal((await find(s, 'apple')).length, 3);
		assert.equal((await find(s, 'apple', { include_deleted_channels: true })).length, 4);
		assert.equal((await s.raw('POST', `/api/v4/teams/${s.team.id}/posts/search`, { body: { terms: 'apple' } })).status, 401);
		await s.stop();
	});

	test(`an edit is found by its new words only, a deleted post not at all (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const p = await s.post('first wording');
		await found(s, 'wording');
		await s.api('PUT', `/posts/${p.id}/patch`, { message: 'second form' });
		await found(s, 'second');
		assert.deepEqual(await find(s, 'wording'), []);
		await s.api('PUT', `/posts/${p.id}/patch`, { message: 'third form' });
		await found(s, 'third');
		assert.deepEqual(await find(s, 'form'), ['third form']);
		await s.api('DELETE', `/posts/${p.id}`);
		assert.deepEqual(await find(s, 'form'), []);
		await s.stop();
	});
}

test('after kill -9 the index goes on where it was, and nothing is found twice', async () => {
	const s = await new Server().start();
	await s.world();
	const before = await Promise.all(Array.from({ length: 60 }, (_, i) => s.post(`crash n${i}`)));
	await s.kill();
	await s.start();
	await until('all of them', async () => (await find(s, 'crash', { per_page: 100 })).length === before.length);
	await s.post('crash after');
	await until('the new one', async () => (await find(s, 'crash', { per_page: 100 })).length === before.length + 1);
	await s.stop();
});

test('an index that is gone, damaged or of another database is made anew', async () => {
	const s = await new Server().start();
	await s.world();
	await s.post('phoenix');
	await found(s, 'phoenix');
	await s.stop();
	const file = join(s.data, 'search.db');
	assert.ok(existsSync(file));
	for (const heal of [() => rmSync(file), () => writeFileSync(file, 'no database at all, but long enough to be looked at'.repeat(100))]) {
		heal();
		rmSync(`${file}-wal`, { force: true });
		await s.start();
		await found(s, 'phoenix');
		await s.stop();
	}
	rmSync(join(s.data, 'hubbub.db'));
	await s.start();
	await s.world();
	await s.post('other');
	await found(s, 'other');
	assert.deepEqual(await find(s, 'phoenix'), []);
	await s.stop();
});

run();
