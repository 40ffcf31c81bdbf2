// hubbub check: a counter that is wrong is found, and set right when asked.
import { test, run, assert, Server, Socket, build } from './harness.mjs';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

function sql(s, text) {
	if (s.engine === 'postgres')
		return execFileSync('/usr/lib/postgresql/15/bin/psql', ['-qAtX', '-h', s.database, '-U', 'hubbub', 'postgres', '-c', text], { encoding: 'utf8' }).trim();
	const program = 'import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nfor r in c.execute(sys.argv[2]): print(*r, sep="|")\nc.commit()';
	return execFileSync('python3', ['-c', program, join(s.data, 'hubbub.db'), text], { encoding: 'utf8' }).trim();
}

function check(s, ...more) {
	return spawnSync(join(build, 'hubbub'), ['check', '--data', s.data, ...more], { encoding: 'utf8' });
}

for (const engine of ['sqlite', 'postgres']) {
	test(`every counter that is wrong is found, and set right when asked (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), c = s.channel.id;
		await s.post('hello @channel');
		const root = await s.post('root @bob');
		const reply = await s.post('reply @admin', { token: bob.token, root_id: root.id });
		const gone = await s.post('gone', { token: bob.token, root_id: root.id });
		await s.post('mine', { root_id: root.id });
		await s.api('POST', '/reactions', { user_id: bob.id, post_id: root.id, emoji_name: 'smile' }, bob.token);
		await s.api('DELETE', `/posts/${gone.id}`, undefined, bob.token);
		await s.api('PUT', `/posts/${reply.id}/patch`, { message: 'reply, better' }, bob.token);
		await s.post('two @bob');
		for (const message of ['three @bob', 'again @channel']) await s.post(message);
		for (const message of ['now @bob', 'now @channel']) await s.post(message, { metadata: { priority: { priority: 'urgent' } } });
		await s.api('POST', `/users/me/posts/${root.id}/set_unread`, {}, bob.token);
		await s.stop();
		assert.match(check(s).stdout, /^0 counters are wrong$/m);

		const member = `channel_id = '${c}' AND user_id = '${bob.id}'`;
		// table, column, whose row, a value it cannot have; exact: the repair brings back what it was. The tightest first: what was held to
		// a bound once may be less than it was.
		for (const [table, column, where, wrong, exact, kind] of [
			['channels', 'total_msg_count', `id = '${c}'`, 99, true, 'messages of a channel'],
			['channels', 'total_msg_count_root', `id = '${c}'`, 1, true, 'messages of a channel'],
			['channels', 'last_post_at', `id = '${c}'`, 5, true, 'messages of a channel'],
			['channels', 'last_root_post_at', `id = '${c}'`, 5, true, 'messages of a channel'],
			['channels', 'all_urgent', `id = '${c}'`, 3, false, 'messages of a channel'],
			['channels', 'all_urgent', `id = '${c}'`, -1, false, 'messages of a channel'],
			['channels', 'all_mentions', `id = '${c}'`, 99, false, 'messages of a channel'],
			['channels', 'all_mentions_root', `id = '${c}'`, -1, false, 'messages of a channel'],
			['threads', 'reply_count', `root_id = '${root.id}'`, 1, true, 'replies of a thread'],
			['threads', 'last_reply_at', `root_id = '${root.id}'`, 1, true, 'replies of a thread'],
			['thread_participants', 'replies', `root_id = '${root.id}' AND user_id = '${bob.id}'`, 7, true, 'replies of a person'],
			['thread_members', 'unread_mentions', `root_id = '${root.id}' AND user_id = '${s.admin.id}'`, 9, false, 'mentions in a thread'],
			['channel_members', 'msg_count', member, 2, true, 'what a member has seen'],
			['channel_members', 'msg_count_root', member, 99, true, 'what a member has seen'],
			['channel_members', 'urgent_mention_count', member, 3, false, 'what a member has seen'],
			['channel_members', 'urgent_mention_count', member, -1, false, 'what a member has seen'],
			['channel_members', 'mention_count', member, 99, false, 'what a member has seen'],
			['channel_members', 'mention_count', member, -1, false, 'what a member has seen'],
			['channel_members', 'mention_count_root', member, 99, false, 'what a member has seen'],
			['channel_members', 'all_urgent_seen', member, 99, false, 'what a member has seen'],
			['channel_members', 'all_seen', member, 99, false, 'what a member has seen'],
			['channel_members', 'all_seen_root', member, 99, false, 'what a member has seen'],
			['posts', 'has_reactions', `id = '${root.id}'`, 0, true, 'reactions of a post'],
		]) {
			const value = () => sql(s, `SELECT ${column} FROM ${table} WHERE ${where}`), before = value();
			assert.notEqual(before, '', `${table}.${column}`);
			sql(s, `UPDATE ${table} SET ${column} = ${wrong} WHERE ${where}`);
			const found = check(s);
			assert.equal(found.status, 1, `${table}.${column} = ${wrong}: ${found.stdout}`);
			assert.match(found.stdout, new RegExp(`^${kind}: `, 'm'), `${table}.${column}`);
			assert.equal(value(), String(wrong), 'only looked at');
			assert.equal(check(s, '--repair').status, 0);
			if (exact) assert.equal(value(), before, `${table}.${column}`);
		}
		assert.match(check(s).stdout, /^0 counters are wrong$/m);
	});
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
