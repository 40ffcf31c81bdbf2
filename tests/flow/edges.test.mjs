// A party gets each event in order, once, and is never forgotten: whatever it answers, and while the database is away.
import { test, run, assert, Server, until, tempDir, root } from './harness.mjs';
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

class Custom {
	constructor() { this.folder = tempDir(); this.order({}); }

	get settings() { return { BridgeSettings: { Edges: `custom=${process.execPath} ${join(root, 'tests/flow/edge_program.mjs')} ${this.folder}` } }; }

	order(orders) {
		writeFileSync(join(this.folder, 'next'), JSON.stringify(orders));
		renameSync(join(this.folder, 'next'), join(this.folder, 'orders.json'));
	}

	lines(type) {
		let text = '';
		try { text = readFileSync(join(this.folder, 'lines'), 'utf8'); } catch { /* nothing yet */ }
		return text.split('\n').filter(Boolean).map((l) => JSON.parse(l)).filter((l) => l.type === type);
	}

	delivered() { return this.lines('deliver').filter((l) => l.event.kind === 'post' && !l.event.post.type).map((l) => l.event.post.message); }
}

async function town({ engine = 'sqlite' } = {}) {
	const edge = new Custom();
	const s = await new Server({ engine, settings: edge.settings }).start();
	await s.world();
	const account = await until('the account', () => s.api('GET', '/users/username/custom'));
	await s.api('POST', `/teams/${s.team.id}/members`, { team_id: s.team.id, user_id: account.id });
	await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: account.id });
	await until('the party is known', () => edge.lines('party').length);
	return { s, edge };
}

test('a party hears a channel from the moment its account is added until it is removed', async () => {
	const { s, edge } = await town();
	const account = await s.api('GET', '/users/username/custom');
	await s.post('heard');
	await until('the first one', () => edge.delivered().includes('heard'));
	await s.api('DELETE', `/channels/${s.channel.id}/members/${account.id}`);
	await s.post('secret');
	await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: account.id });
	await s.post('back');
	await until('the last one', () => edge.delivered().includes('back'));
	assert.deepEqual(edge.delivered(), ['heard', 'back']);
	await s.stop();
});

test('an answer that says again what was said, or says nothing lasting, ends its delivery all the same', async () => {
	const { s, edge } = await town();
	const again = [{ op: 'post', key: 'same', channel_id: s.channel.id, text: 'answer' }];
	edge.order({ one: again, two: again, three: [{ op: 'typing', channel_id: s.channel.id }] });
	await s.post('one');
	await s.post('two');
	await s.post('three');
	await s.post('four');
	await until('the last one', () => edge.delivered().includes('four'));
	assert.deepEqual(edge.delivered(), ['one', 'two', 'three', 'four']);
	assert.equal((await s.messages()).filter((p) => p.message === 'answer').length, 1);
	await s.stop();
});

test('a lane that waits, however long it is, does not keep others waiting', async () => {
	const { s, edge } = await town();
	edge.order({ first: { nack: 3600000 } });
	await s.post('first');
	await until('the first one', () => edge.delivered().length);
	for (let i = 0; i < 110; i++) await s.post(`n${i}`);
	const other = await s.api('POST', '/channels', { team_id: s.team.id, name: 'other', display_name: 'Other', type: 'O' });
	const account = await s.api('GET', '/users/username/custom');
	await s.kill();
	await s.start();
	await s.api('POST', `/channels/${other.id}/members`, { user_id: account.id });
	await s.post('elsewhere', { channel: other });
	await until('the other channel', () => edge.delivered().includes('elsewhere'));
	assert.deepEqual(edge.delivered(), ['first', 'elsewhere']);
	await s.stop();
});

test('deliveries go on by themselves when the database comes back', async () => {
	const { s, edge } = await town({ engine: 'postgres' });
	const database = (what) => execFileSync(join(root, 'tests/postgres.sh'), [what, s.database, 'immediate'], { stdio: 'ignore' });
	const settled = () => s.raw('POST', '/api/v4/posts', { token: s.token, body: { channel_id: s.channel.id, message: 'lost' } }).then((r) => r.status === 503);
	edge.order({ one: 'hold' });
	await s.post('one');
	await s.post('two');
	await s.post('three');
	await until('one', () => edge.delivered().length);
	database('stop');
	await until('posts are refused', settled);
	edge.order({ one: { nack: 100 } });
	for (let i = 0; i < 3; i++) await until('posts are refused', settled);
	edge.order({});
	process.kill(s.edgePid('custom'), 'SIGKILL');
	await until('posts are refused', settled);
	database('start');
	await until('three', () => edge.delivered().includes('three'));
	assert.deepEqual([...new Set(edge.delivered())], ['one', 'two', 'three']);
	assert.ok(edge.lines('party').every((l) => l.config.username === 'custom'), 'an edge was told half a party');
	await s.stop();
});

run();
