// Guests: who becomes one, what he sees, and how he comes in; invitations by mail.
import { test, run, assert, Server, Socket, until } from './harness.mjs';
import { smtp, mailing } from './mailbox.mjs';

const on = { GuestAccountsSettings: { Enable: true } };
const tokenOf = (mail) => mail.text.match(/[?&]t=([0-9a-f]{64})/)[1];
const no = async (s, method, path, body, token, status, id) => {
	const r = await until(path, async () => { const a = await s.raw(method, `/api/v4${path}`, { body, token }); return (a.status !== 429 || status === 429) && a; });
	assert.deepEqual([r.status, r.json?.id], [status, id], r.text);
};
const denied = 'api.context.permissions.app_error';
const names = (list) => list.map((u) => u.username).sort().join(' ');

for (const engine of ['sqlite', 'postgres']) {
	test(`a member becomes a guest and a member again, everywhere at once (${engine})`, async () => {
		const s = await new Server({ engine, settings: on }).start();
		await s.world();
		const bob = await s.member('bob');
		const watch = await new Socket(s, bob.token).ready();
		await no(s, 'POST', `/users/${bob.id}/demote`, undefined, bob.token, 403, denied);
		await no(s, 'POST', `/users/${bob.id}/promote`, undefined, s.token, 501, 'api.user.promote_guest_to_user.no_guest.app_error');
		await no(s, 'POST', `/users/${'z'.repeat(26)}/demote`, undefined, s.token, 404, 'app.user.missing_account.const');
		await s.post('before', { token: bob.token });
		assert.deepEqual(await s.api('POST', `/users/${bob.id}/demote`), { status: 'OK' });
		assert.equal((await watch.event('user_role_updated')).data.roles, 'system_guest');
		assert.equal((await watch.event('user_updated')).data.user.roles, 'system_guest');
		assert.equal((await s.api('GET', '/users/me', undefined, bob.token)).roles, 'system_guest');
		const [inTeam] = await s.api('GET', '/users/me/teams/members', undefined, bob.token);
		assert.deepEqual([inTeam.scheme_guest, inTeam.scheme_user, inTeam.roles], [true, false, 'team_guest']);
		const inChannel = await s.api('GET', `/channels/${s.channel.id}/members/me`, undefined, bob.token);
		assert.deepEqual([inChannel.scheme_guest, inChannel.roles], [true, 'channel_guest']);
		assert.equal((await s.api('GET', '/users/me/sessions', undefined, bob.token))[0].props.isGuest, 'true');
		assert.equal((await s.api('GET', `/channels/${s.channel.id}/stats`)).guest_count, 1);
		await no(s, 'POST', '/channels', { team_id: s.team.id, name: 'mine', display_name: 'M', type: 'O' }, bob.token, 403, denied);
		await s.post('as a guest', { token: bob.token });
		await no(s, 'POST', `/users/${bob.id}/demote`, undefined, s.token, 501, 'api.user.demote_user_to_guest.already_guest.app_error');
		await s.stop();
		await s.start();
		assert.equal((await s.api('GET', `/channels/${s.channel.id}/members/me`, undefined, bob.token)).scheme_guest, true);
		await s.api('POST', `/users/${bob.id}/promote`);
		assert.equal((await s.api('GET', `/channels/${s.channel.id}/members/me`, undefined, bob.token)).roles, 'channel_user');
		await s.api('POST', '/channels', { team_id: s.team.id, name: 'mine', display_name: 'M', type: 'O' }, bob.token);
		await s.stop();
	});

	test(`a guest sees whom he shares a channel with, and nobody else (${engine})`, async () => {
		const s = await new Server({ engine, settings: on }).start();
		await s.world();
		const [gus, near, far] = [await s.user('gus'), await s.member('near'), await s.member('far', null)];
		await s.api('POST', `/users/${gus.id}/demote`);
		await s.api('POST', `/teams/${s.team.id}/members`, { team_id: s.team.id, user_id: gus.id });
		assert.deepEqual((await s.api('GET', `/users/me/teams/${s.team.id}/channels`, undefined, gus.token)).map((c) => c.name), []);
		const own = await s.api('POST', '/channels', { team_id: s.team.id, name: 'room', display_name: 'Room', type: 'P' });
		for (const u of [gus, near]) await s.api('POST', `/channels/${own.id}/members`, { user_id: u.id });
		const get = (path) => s.api('GET', path, undefined, gus.token);
		const post = (path, body) => s.api('POST', path, body, gus.token);
		const seen = 'admin gus near';
		for (const path of ['/users', `/users?in_team=${s.team.id}`, `/users?in_channel=${own.id}`]) assert.equal(names(await get(path)), seen, path);
		assert.equal(names(await get(`/users?not_in_channel=${own.id}`)), '');
		assert.equal(names((await get('/users/autocomplete?name=')).users), seen);
		assert.equal(names((await get(`/users/autocomplete?name=&in_team=${s.team.id}`)).users), seen);
		assert.equal(names(await post('/users/search', { term: 'far' })), '');
		assert.equal(names(await post('/users/ids', [near.id, far.id])), 'near');
		assert.equal(names(await post('/users/usernames', ['near', 'far'])), 'near');
		assert.equal((await get(`/teams/${s.team.id}/members`)).length, 3);
		assert.equal((await post(`/teams/${s.team.id}/members/ids`, [near.id, far.id])).length, 1);
		for (const path of [`/users/${far.id}`, '/users/username/far', '/users/email/far@example.com', `/users/${far.id}/image`, `/teams/${s.team.id}/members/${far.id}`, `/channels/${s.channel.id}`, `/teams/${s.team.id}/channels`])
			await no(s, 'GET', path, undefined, gus.token, 403, denied);
		assert.equal((await get(`/users/${near.id}`)).username, 'near');
		await no(s, 'POST', '/channels/direct', [gus.id, far.id], gus.token, 403, denied);
		await no(s, 'POST', '/channels/group', [near.id, far.id], gus.token, 403, denied);
		await post('/channels/direct', [gus.id, near.id]);
		assert.equal(names(await s.api('GET', '/users', undefined, near.token)), 'admin far gus near');

		// And is told of nobody else.
		const watch = await new Socket(s, gus.token).ready();
		await s.user('later');
		await s.api('PUT', '/users/me/patch', { nickname: 'F' }, far.token);
		await s.api('PUT', '/users/me/patch', { nickname: 'N' }, near.token);
		const first = await watch.event('user_updated');
		assert.equal(first.data.user.username, 'near');
		assert.equal(watch.events.some((e) => e.event === 'new_user'), false);
		await s.api('POST', '/channels/direct', [far.id, gus.id], far.token);
		await s.api('PUT', '/users/me/patch', { nickname: 'F2' }, far.token);
		await watch.event('user_updated', (e) => e.data.user.username === 'far');
		await s.stop();
	});

	test(`a guest comes in by a mailed invitation, once (${engine})`, async () => {
		const mail = await smtp();
		const s = await new Server({ engine, settings: { ...on, ...mailing(mail.port), TeamSettings: { EnableOpenServer: false } } }).start();
		await s.world();
		const bob = await s.api('POST', '/users', { email: 'bob@example.com', username: 'bob', password: 'password1' }).then(async (u) => ({ ...u, token: await s.login('bob') }));
		const elsewhere = await s.api('POST', '/teams', { name: 'beta', display_name: 'Beta', type: 'O' });
		const foreign = await s.api('POST', '/channels', { team_id: elsewhere.id, name: 'f', display_name: 'F', type: 'O' });
		const path = `/teams/${s.team.id}/invite-guests/email`, wish = { emails: ['Gus@Example.com'], channels: [s.channel.id], message: 'Do come.' };
		await no(s, 'POST', path, wish, bob.token, 403, denied);
		await no(s, 'POST', path, { ...wish, emails: [] }, s.token, 400, 'model.guest.is_valid.emails.app_error');
		await no(s, 'POST', path, { ...wish, channels: [] }, s.token, 400, 'model.guest.is_valid.channels.app_error');
		await no(s, 'POST', path, { ...wish, channels: [foreign.id] }, s.token, 400, 'api.team.invite_guests.channel_in_invalid_team.app_error');
		await no(s, 'POST', path, { ...wish, emails: ['no address'] }, s.token, 400, 'api.team.invite_members.invalid_email.app_error');
		await no(s, 'POST', path, { ...wish, emails: 'x' }, s.token, 400, 'api.context.invalid_body_param.app_error');
		assert.deepEqual(await s.api('POST', path, wish), { status: 'OK' });
		await until('the mail', () => mail.mails.length === 1);
		assert.deepEqual(mail.mails[0].to, ['<gus@example.com>']);
		assert.match(mail.mails[0].text, /Do come\./);
		const token = tokenOf(mail.mails[0]), account = { email: 'other@example.com', username: 'gus', password: 'password1' };
		await no(s, 'POST', '/users?t=nonsense', account, null, 400, 'api.user.create_user.signup_link_invalid.app_error');
		await no(s, 'POST', `/users?t=${'0'.repeat(64)}`, account, null, 400, 'api.user.create_user.signup_link_invalid.app_error');
		await no(s, 'POST', '/users', account, null, 403, 'api.user.create_user.no_open_server');
		await no(s, 'POST', `/teams/members/invite?token=${token}`, undefined, bob.token, 400, 'api.user.create_user.invalid_invitation_type.app_error');
		const both = await Promise.all(['gus', 'gus2'].map((username) => s.raw('POST', `/api/v4/users?t=${token}`, { body: { ...account, username } })));
		assert.deepEqual(both.map((r) => r.status).sort(), [201, 400]);
		const gus = both.find((r) => r.status === 201).json;
		assert.deepEqual([gus.email, gus.roles, gus.email_verified], ['gus@example.com', 'system_guest', true]);
		const key = await s.login(gus.username);
		assert.deepEqual((await s.api('GET', `/users/me/teams/${s.team.id}/channels`, undefined, key)).map((c) => c.name), ['dev']);
		assert.equal((await s.api('GET', `/channels/${s.channel.id}/members/me`, undefined, key)).scheme_guest, true);
		await no(s, 'POST', `/users?t=${token}`, { ...account, username: 'gus3' }, null, 400, 'api.user.create_user.signup_link_invalid.app_error');
		await s.stop();
	});

	test(`members are invited by mail, also those who have an account (${engine})`, async () => {
		const mail = await smtp();
		const s = await new Server({ engine, settings: { ...mailing(mail.port), TeamSettings: { RestrictCreationToDomains: 'example.com' } } }).start();
		await s.world();
		const bob = await s.user('bob');
		const path = `/teams/${s.team.id}/invite/email`;
		await no(s, 'POST', path, ['x@example.com'], bob.token, 403, denied);
		await no(s, 'POST', path, [], s.token, 400, 'api.team.invite_members.no_one.app_error');
		await no(s, 'POST', path, ['x@elsewhere.org'], s.token, 400, 'api.team.invite_members.invalid_email.app_error');
		const each = await s.api('POST', `${path}?graceful=true`, ['new@example.com', 'x@elsewhere.org', 'bob@example.com']);
		assert.deepEqual(each.map((a) => [a.email, a.error?.id ?? null]), [['new@example.com', null], ['x@elsewhere.org', 'api.team.invite_members.invalid_email.app_error'], ['bob@example.com', null]]);
		await until('two mails', () => mail.mails.length === 2);
		const tokens = Object.fromEntries(mail.mails.map((m) => [m.to[0].slice(1, -1), tokenOf(m)]));
		const made = (await s.raw('POST', `/api/v4/users?t=${tokens['new@example.com']}`, { body: { email: 'x@y.z', username: 'new', password: 'password1' } })).json;
		assert.deepEqual([made.email, made.roles], ['new@example.com', 'system_user']);
		const m = await s.api('POST', `/teams/members/invite?token=${tokens['bob@example.com']}`, undefined, bob.token);
		assert.deepEqual([m.team_id, m.user_id, m.scheme_user], [s.team.id, bob.id, true]);
		await no(s, 'POST', `/teams/members/invite?token=${tokens['bob@example.com']}`, undefined, bob.token, 400, 'api.user.create_user.signup_link_invalid.app_error');
		assert.deepEqual((await s.api('GET', `/teams/${s.team.id}/members`)).length, 3);

		// What was mailed can be made void.
		await s.api('POST', path, { emails: ['third@example.com'], channelIds: [s.channel.id] });
		await until('the third', () => mail.mails.length === 3);
		await no(s, 'DELETE', '/teams/invites/email', undefined, bob.token, 403, denied);
		await s.api('DELETE', '/teams/invites/email');
		await no(s, 'POST', `/users?t=${tokenOf(mail.mails[2])}`, { email: 'x@y.z', username: 'third', password: 'password1' }, null, 400, 'api.user.create_user.signup_link_invalid.app_error');
		for (let i = 0; i < 20; i++) await s.api('POST', path, [`p${i}@example.com`]);
		await no(s, 'POST', path, ['p21@example.com'], s.token, 429, 'app.email.rate_limit_exceeded.app_error');
		await s.stop();
	});
}

test('an invitation is good for 48 hours', async () => {
	const mail = await smtp();
	const s = await new Server({ settings: mailing(mail.port) }).start();
	await s.world();
	await s.api('POST', `/teams/${s.team.id}/invite/email`, ['a@example.com', 'b@example.com']);
	await until('the mails', () => mail.mails.length === 2);
	const watch = await new Socket(s, s.token).ready();
	await s.shiftClock(47 * 3600 * 1000, watch);
	assert.equal((await s.raw('POST', `/api/v4/users?t=${tokenOf(mail.mails[0])}`, { body: { email: 'x', username: 'a', password: 'password1' } })).status, 201);
	await s.shiftClock(49 * 3600 * 1000, watch);
	await no(s, 'POST', `/users?t=${tokenOf(mail.mails[1])}`, { email: 'x', username: 'b', password: 'password1' }, null, 400, 'api.user.create_user.signup_link_expired.app_error');
	await s.stop();
});

test('where guests are switched off none is made, and none signs in', async () => {
	const s = await new Server({}).start();
	await s.world();
	const gus = await s.member('gus');
	await no(s, 'POST', `/users/${gus.id}/demote`, undefined, s.token, 501, 'api.team.demote_user_to_guest.disabled.error');
	await no(s, 'POST', `/teams/${s.team.id}/invite-guests/email`, { emails: ['a@b.c'], channels: [s.channel.id] }, s.token, 501, 'api.team.invite_guests_to_channels.disabled.error');
	await s.api('PUT', `/users/${gus.id}/roles`, { roles: 'system_guest' });
	await no(s, 'POST', '/users/login', { login_id: 'gus', password: 'password1' }, null, 401, 'api.user.login.guest_accounts.disabled.error');
	await s.stop();
});

run();
