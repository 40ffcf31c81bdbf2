// A party gets each event in order, once, and is never forgotten: whatever it answers, and while the database is away.
import { test, run, assert, Server, until, tempDir, root } from './harness.mjs';
import { ngircd, Person } from './irc.mjs';
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

class Custom {
	constructor(name = 'custom') { this.name = name; this.folder = tempDir(); this.order({}); }

	get command() { return `${this.name}=${process.execPath} ${join(root, 'tests/flow/edge_program.mjs')} ${this.folder}`; }

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

async function town({ engine = 'sqlite', others = [], settings = {} } = {}) {
	const edge = new Custom();
	const s = await new Server({ engine, settings: { BridgeSettings: { Edges: [edge, ...others].map((e) => e.command).join(',') }, ...settings } }).start();
	await s.world();
	const account = await until('the account', () => s.api('GET', '/users/username/custom'));
	await s.api('POST', `/teams/${s.team.id}/members`, { team_id: s.team.id, user_id: account.id });
	await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: account.id });
	await until('the party is known', () => edge.lines('party').length);
	return { s, edge };
}

// How many deliveries a party still has, as /irc list tells it.
async function waiting(s, name) {
	const r = await s.api('POST', '/commands/execute', { command: '/irc list', channel_id: s.channel.id, team_id: s.team.id });
	return Number(r.text.match(new RegExp(`${name}: .*, (\\d+) waiting`))[1]);
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

test('a delivery that its edge leaves unanswered is given again, with its id, to a new life of it, and answered once', async () => {
	const { s, edge } = await town({ settings: { DeliverySettings: { EdgeAnswerSeconds: 1 } } });
	const other = await s.api('POST', '/channels', { team_id: s.team.id, name: 'other', display_name: 'Other', type: 'O' });
	const account = await s.api('GET', '/users/username/custom');
	await s.api('POST', `/channels/${other.id}/members`, { user_id: account.id });
	edge.order({ one: 'hold' });
	await s.post('one');
	await s.post('two');
	await until('it is started anew', () => /edge ended edge="custom" pid=\d+ why="did not answer a delivery"/.test(s.log));
	await s.post('elsewhere', { channel: other });
	await until('the other channel goes on', () => edge.delivered().includes('elsewhere'));
	edge.order({ one: [{ op: 'post', channel_id: s.channel.id, text: 'answer' }] });
	await until('the one behind it', () => edge.delivered().includes('two'));
	const ones = edge.lines('deliver').filter((l) => l.event.post?.message === 'one');
	assert.ok(ones.length >= 2);
	assert.equal(new Set(ones.map((l) => l.id)).size, 1);
	await until('the answer', async () => (await s.messages()).some((p) => p.message === 'answer'));
	assert.equal((await s.messages()).filter((p) => p.message === 'answer').length, 1);
	await s.stop();
});

test('an edge that says it is still at a delivery is let be', async () => {
	const slow = new Custom('slow');
	const { s, edge } = await town({ others: [slow], settings: { DeliverySettings: { EdgeAnswerSeconds: 2 } } });
	const account = await until('the account', () => s.api('GET', '/users/username/slow'));
	await s.api('POST', `/teams/${s.team.id}/members`, { team_id: s.team.id, user_id: account.id });
	await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: account.id });
	const ends = (name) => (s.log.match(new RegExp(`edge ended edge="${name}"`, 'g')) ?? []).length;
	edge.order({ one: 'hold' });
	slow.order({ one: 'busy' });
	await s.post('one');
	// The silent one is ended while the busy one goes on. On a machine so slow that its word is late too, it may be so the next time.
	await until('only the silent one is ended', async () => {
		const before = [ends('custom'), ends('slow')];
		await until('the silent one is ended', () => ends('custom') > before[0]);
		return ends('slow') === before[1];
	});
	slow.order({});
	await until('the busy one answers', async () => (await waiting(s, 'slow')) === 0);
	assert.equal(new Set(slow.lines('deliver').filter((l) => l.event.post?.message === 'one').map((l) => l.id)).size, 1);
	await s.stop();
});

test('what waits for longer than it is kept becomes one word of how many there were', async () => {
	const { s, edge } = await town();
	const sql = (text) => execFileSync('python3', ['-c', 'import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()', join(s.data, 'hubbub.db'), text]);
	const missed = () => edge.lines('deliver').filter((l) => l.event.kind === 'missed').map((l) => l.event.missed);
	// Older by eight days than they are: all but those of the last post.
	const age = () => sql('UPDATE deliveries SET create_at = create_at - 691200000, next_at = 0 WHERE create_at < (SELECT max(create_at) FROM deliveries)');
	edge.order({ one: { nack: 3600000 }, five: { nack: 3600000 } });
	for (const text of ['one', 'two', 'three', 'four', 'five']) await s.post(text);
	await until('the first one', () => edge.delivered().length);
	await s.stop();
	age();
	await s.start();
	await until('the last one', () => edge.delivered().includes('five'));
	assert.deepEqual(missed(), [4]);
	assert.deepEqual(edge.delivered(), ['one', 'five']);
	// Nor is the word of those who were missed before lost: it had not been answered.
	await s.post('six');
	await s.post('seven');
	await s.stop();
	age();
	sql("UPDATE deliveries SET missed = 10 WHERE create_at = (SELECT min(create_at) FROM deliveries)");
	await s.start();
	await until('the last one', () => edge.delivered().includes('seven'));
	assert.deepEqual(missed(), [4, 11]);
	await s.stop();
});

test('a link that was made while the database went away is there when it comes back', async () => {
	const { s } = await town({ engine: 'postgres' });
	const sql = (text) => execFileSync('/usr/lib/postgresql/15/bin/psql', ['-qX', '-h', s.database, '-U', 'hubbub', 'postgres', '-c', text], { stdio: 'ignore' });
	const irc = await ngircd();
	const ops = await s.api('POST', '/channels', { team_id: s.team.id, name: 'ops', display_name: 'Ops', type: 'O' });
	const link = (text, channel) => s.raw('POST', '/api/v4/commands/execute', { token: s.token, body: { command: text, channel_id: channel.id, team_id: s.team.id } });
	const people = [await new Person(irc.port, 'joe', '#dev').join(), await new Person(irc.port, 'ann', '#ops').join()];
	await link(`/irc link test 127.0.0.1:${irc.port} hub #dev`, s.channel);
	await until('the link is there', () => people[0].lines.some((l) => /:hub\S* JOIN/.test(l)));
	// From the commit that links the channel on, the table of parties cannot be read.
	sql(`CREATE FUNCTION away() RETURNS trigger AS $$ BEGIN ALTER TABLE parties RENAME TO parties_away; RETURN NULL; END $$ LANGUAGE plpgsql;
		CREATE TRIGGER away AFTER INSERT ON party_channels FOR EACH STATEMENT EXECUTE FUNCTION away()`);
	const made = await link('/irc link test #ops', ops);
	assert.equal(made.status, 200, made.text);
	sql('DROP TRIGGER away ON party_channels; ALTER TABLE parties_away RENAME TO parties');
	await until('the link joins', () => people[1].lines.some((l) => /:hub\S* JOIN/.test(l)));
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
