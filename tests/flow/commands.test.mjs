// The built-in commands as a client runs them, and a team's own with its delayed answers.
import { test, run, assert, Server, Socket, receiver, until } from './harness.mjs';

for (const engine of ['sqlite', 'postgres']) {
	test(`every built-in command does what it says, for whom it may (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), eve = await s.member('eve', null), c = s.channel.id, t = s.team.id;
		const ws = await new Socket(s, bob.token).ready();
		const exec = (command, who = bob, channel_id = c) => s.api('POST', '/commands/execute', { command, channel_id, team_id: t }, who.token);
		const shown = (text) => ws.event('ephemeral_message', (e) => JSON.parse(e.data.post).message.includes(text));
		const members = async (id) => (await s.api('GET', `/channels/${id}/members`)).map((m) => m.user_id);
		const channel = (name) => s.api('GET', `/teams/${t}/channels/name/${name}`);
		const types = async () => (await s.messages()).map((p) => p.type);

		// Saying things.
		await exec('/me waves');
		await ws.event('posted', (e) => { const p = JSON.parse(e.data.post); return p.type === 'me' && p.message === '*waves*' && p.user_id === bob.id; });
		await exec('/shrug so what');
		await ws.event('posted', (e) => JSON.parse(e.data.post).message.startsWith('so what ¯'));

		// Coming and going.
		const other = await s.api('POST', '/channels', { team_id: t, name: 'other', display_name: 'Other', type: 'O' });
		assert.equal((await exec('/join ~other')).goto_location, '/acme/channels/other');
		assert.ok((await members(other.id)).includes(bob.id));
		assert.equal((await exec('/leave', bob, other.id)).goto_location, '/acme/channels/town-square');
		assert.ok(!(await members(other.id)).includes(bob.id));
		const hidden = await s.api('POST', '/channels', { team_id: t, name: 'hidden', display_name: 'Hidden', type: 'P' });
		await exec('/join ~hidden');
		await shown('could not find the channel ~hidden');
		await exec('/invite @eve');
		assert.ok((await members(c)).includes(eve.id));
		assert.ok((await types()).includes('system_add_to_channel'));
		await exec('/invite @nobody');
		await shown('could not find the user @nobody');
		await exec('/invite @eve ~hidden');
		assert.ok(!(await members(hidden.id)).includes(eve.id));
		await exec('/kick @eve');
		assert.ok(!(await members(c)).includes(eve.id));
		assert.ok((await types()).includes('system_remove_from_channel'));
		await exec('/leave', bob, (await channel('town-square')).id);
		assert.ok((await members((await channel('town-square')).id)).includes(bob.id));

		// To one person.
		const direct = await exec('/msg @eve psst');
		const dm = (await s.api('GET', `/users/me/channels`, undefined, eve.token)).find((x) => x.type === 'D');
		assert.deepEqual((await s.messages(dm, eve.token)).map((p) => [p.message, p.user_id]), [['psst', bob.id]]);
		assert.match(direct.goto_location, /^\/acme\//);

		// The channel itself; who may not is told.
		await exec('/header a new header');
		await exec('/purpose a new purpose');
		assert.deepEqual([(await channel('dev')).header, (await channel('dev')).purpose], ['a new header', 'a new purpose']);
		assert.ok((await types()).includes('system_header_change') && (await types()).includes('system_purpose_change'));
		const archived = await s.raw('POST', '/api/v4/commands/execute', { token: eve.token, body: { command: '/header mine', channel_id: hidden.id, team_id: t } });
		assert.deepEqual([archived.status, archived.json.id], [403, 'api.context.permissions.app_error']);

		// Presence.
		for (const [command, status] of [['/away', 'away'], ['/online', 'online'], ['/dnd', 'dnd'], ['/offline', 'offline']]) {
			await exec(command);
			assert.equal((await s.api('GET', `/users/${bob.id}/status`)).status, status, command);
		}

		// Help names them all; signing out is the client's.
		await exec('/help');
		const help = JSON.parse((await shown('`/join ~[channel]`')).data.post).message;
		for (const name of ['join', 'leave', 'msg', 'me', 'shrug', 'away', 'online', 'header', 'purpose', 'invite', 'kick', 'logout', 'help'])
			assert.ok(help.includes(`\`/${name}`), name);
		assert.equal((await exec('/logout')).goto_location, '/login');
		const out = await s.user('outside');
		const denied = await s.raw('POST', '/api/v4/commands/execute', { token: out.token, body: { command: '/me sneaks in', channel_id: c, team_id: t } });
		assert.equal(denied.status, 403);
		assert.equal(ws.gaps, 0);
		await s.stop();
	});
}

test('a command of a team answers at once and later, where its caller is, and not where he is not', async () => {
	const s = await new Server().start();
	await s.world();
	const bob = await s.member('bob'), c = s.channel.id, t = s.team.id;
	const secret = await s.api('POST', '/channels', { team_id: t, name: 'secret', display_name: 'Secret', type: 'P' });
	const elsewhere = { text: 'elsewhere', response_type: 'in_channel', channel_id: secret.id };
	let answer = { text: 'working on it' };
	const r = await receiver(() => ({ body: JSON.stringify(answer) }));
	const made = await s.api('POST', '/commands', { team_id: t, trigger: 'slow', method: 'P', url: `${r.url}/x?y=1`, username: 'slowpoke', icon_url: 'http://x/i.png' });
	const ws = await new Socket(s, bob.token).ready();
	const exec = () => s.raw('POST', '/api/v4/commands/execute', { token: bob.token, body: { command: '/slow down @admin ~dev', channel_id: c, team_id: t } });
	assert.equal((await exec()).json.text, 'working on it');
	await ws.event('ephemeral_message', (e) => JSON.parse(e.data.post).message === 'working on it');
	const sent = r.requests[0], f = new URLSearchParams(sent.body);
	assert.equal(sent.headers.authorization, `Token ${made.token}`);
	assert.equal(sent.headers['content-type'], 'application/x-www-form-urlencoded');
	assert.deepEqual(['token', 'team_id', 'team_domain', 'channel_id', 'channel_name', 'user_id', 'user_name', 'command', 'text', 'root_id'].map((k) => f.get(k)),
		[made.token, t, 'acme', c, 'dev', bob.id, 'bob', '/slow', 'down @admin ~dev', '']);
	assert.deepEqual(['user_mentions', 'user_mentions_ids', 'channel_mentions', 'channel_mentions_ids'].map((k) => f.getAll(k)), [['admin'], [s.admin.id], ['dev'], [c]]);
	assert.ok(f.get('trigger_id').length > 20);

	// Later, by the address it was given; plain text is for the caller alone.
	const url = new URL(f.get('response_url')).pathname;
	const later = (body, type = 'application/json') => s.raw('POST', url, { body, headers: { 'Content-Type': type } });
	const ok = await later({ response_type: 'in_channel', text: 'done', attachments: [{ text: '<http://a|b>' }] });
	assert.deepEqual([ok.status, ok.text, ok.headers.get('content-type')], [200, 'ok', 'text/plain']);
	const posted = JSON.parse((await ws.event('posted', (e) => JSON.parse(e.data.post).message === 'done')).data.post);
	assert.deepEqual([posted.user_id, posted.props.override_username, posted.props.override_icon_url, posted.props.attachments[0].text], [bob.id, 'slowpoke', 'http://x/i.png', '[b](http://a)']);
	await later('only for you', 'text/plain');
	await ws.event('ephemeral_message', (e) => JSON.parse(e.data.post).message === 'only for you');
	assert.equal((await later(elsewhere)).status, 403);
	assert.equal((await later('{nonsense')).status, 400);
	assert.equal((await s.messages(secret)).some((p) => p.message === 'elsewhere'), false);

	// At once, likewise; extra answers follow, and what to go to is passed on.
	answer = { response_type: 'in_channel', text: 'one', goto_location: '/somewhere', extra_responses: [{ response_type: 'in_channel', text: 'two' }] };
	assert.equal((await exec()).json.goto_location, '/somewhere');
	await until('both', async () => (await s.messages()).filter((p) => ['one', 'two'].includes(p.message)).length === 2);
	answer = elsewhere;
	assert.equal((await exec()).status, 403);
	await s.api('DELETE', `/commands/${made.id}`);
	assert.equal((await later({ text: 'too late' })).status, 400);
	assert.equal((await exec()).json.id, 'api.command.execute_command.not_found.app_error');
	await s.stop();
});

run();
