// Two people in two browsers, by form, cookies and WebSocket: what one does the other sees.
import { assert, run } from '../flow/harness.mjs';
import { browserTest, cookiesOf, say, scene, shown, signIn, told } from './browser.mjs';

browserTest('who signs in by form gets three cookies, and only two of them can be read by the page', async () => {
	const { s, page, dev } = await scene();
	const p = await page();
	await p.goto(dev);
	await told(p, 'booted', 'no');
	assert.deepEqual(p.context().seen.filter((r) => r.path.startsWith('/api/')).map((r) => `${r.path}${r.query}`), ['/api/v4/config/client?format=old', '/api/v4/license/client?format=old'], 'nothing else is asked by who is nobody');
	await p.fill('#login-name', 'ann');
	await p.fill('#login-password', 'wrong');
	await p.click('#sign-in');
	await p.locator('#login-error', { hasText: 'api.user.login.invalid_credentials_email_username' }).waitFor();
	assert.deepEqual(Object.keys(await cookiesOf(p)), []);
	await p.fill('#login-password', 'password1');
	await p.click('#sign-in');
	await told(p, 'booted', 'yes');
	const cookies = await cookiesOf(p);
	assert.deepEqual(Object.keys(cookies).sort(), ['MMAUTHTOKEN', 'MMCSRF', 'MMUSERID']);
	for (const c of Object.values(cookies)) assert.deepEqual([c.path, c.sameSite, c.secure, c.httpOnly], ['/', 'Lax', false, c.name === 'MMAUTHTOKEN'], c.name);
	assert.equal(cookies.MMUSERID.value, s.ann.id);
	const readable = await p.evaluate(() => document.cookie);
	assert.ok(readable.includes('MMUSERID=') && readable.includes('MMCSRF=') && !readable.includes('MMAUTHTOKEN'), readable);
	// Everything that changes something carries the token of the page.
	const writes = p.context().seen.filter((r) => r.path.startsWith('/api/v4/') && r.method !== 'GET' && !r.path.endsWith('/login'));
	assert.ok(writes.length >= 2 && writes.every((r) => r.headers['x-csrf-token'] === cookies.MMCSRF.value), JSON.stringify(writes));
	assert.deepEqual(p.context().seen.filter((r) => r.status >= 400 && !r.path.endsWith('/login')).map((r) => `${r.status} ${r.path}`), []);
	assert.deepEqual(p.context().troubles, []);
	await p.click('#sign-out');
	await told(p, 'booted', 'no');
	assert.deepEqual(Object.keys(await cookiesOf(p)), [], 'nothing is left of a session that ended');
	await s.stop();
});

browserTest('a start asks what the official web app asks, in its order, and every answer is of the right kind', async () => {
	const { s, page, dev } = await scene();
	const p = await page();
	await signIn(p, dev, 'ann');
	p.context().seen.length = 0;
	await p.reload();
	await told(p, 'booted', 'yes');
	const t = s.team.id, me = s.ann.id, c = s.channel.id;
	const wanted = ['GET config/client', 'GET license/client', 'GET users/me', 'GET users/me/preferences', 'GET users/me/teams', 'GET users/me/teams/members', 'GET users/me/teams/unread', 'GET limits/server',
		'POST roles/names', 'GET users/me/channels', 'GET users/me/channel_members', `GET users/${me}/teams/${t}/channels/categories`, `GET users/me/teams/${t}/drafts`, `GET posts/scheduled/team/${t}`,
		`GET users/me/teams/${t}/threads`, `GET system/notices/${t}`, 'GET users', 'GET agents/status', 'GET custom_profile_attributes/fields', `GET users/me/channels/${c}/posts/unread`, 'POST channels/members/me/view'];
	const asked = p.context().seen.filter((r) => r.path.startsWith('/api/v4/') && !r.path.endsWith('/websocket'));
	const names = asked.map((r) => `${r.method} ${r.path.slice('/api/v4/'.length)}`);
	assert.deepEqual([...names].sort(), [...wanted].sort());
	const parallel = (list) => list.map((n) => (/users\/me($|\/preferences|\/teams$|\/teams\/members)/.test(n) ? 'first four' : n));
	assert.deepEqual(parallel(names), parallel(wanted), 'in that order');
	for (const r of asked) assert.deepEqual([r.status, r.type], [200, r.path.endsWith('channel_members') ? 'application/x-ndjson' : 'application/json'], r.path);
	// Lists are lists, also where there is nothing in them.
	const kinds = await p.evaluate(() => Object.fromEntries(['teams', 'preferences', 'roles', 'drafts', 'notices', 'attributes'].map((k) => [k, Array.isArray(window.fixture[k])])));
	assert.deepEqual(kinds, { teams: true, preferences: true, roles: true, drafts: true, notices: true, attributes: true });
	await s.stop();
});

browserTest('two people see what the other writes, edits, reacts with and answers, at once', async () => {
	const { s, page, dev } = await scene();
	const ann = await page(), bob = await page();
	await signIn(ann, dev, 'ann');
	await signIn(bob, dev, 'bob');
	await say(ann, 'Shall we?');
	const seen = bob.locator('#posts article', { hasText: 'Shall we?' });
	await seen.waitFor();
	assert.equal(await seen.getAttribute('data-user'), 'ann');
	await bob.locator('#text').pressSequentially('Y');
	await ann.locator('#typing', { hasText: 'bob' }).waitFor();
	await ann.locator('#posts article', { hasText: 'Shall we?' }).locator('.edit').click();
	await ann.fill('#text', 'Shall we dance?');
	await ann.click('#send');
	await bob.locator('#posts article[data-edited=true]', { hasText: 'Shall we dance?' }).waitFor();
	await bob.locator('#posts article', { hasText: 'dance' }).locator('.react').click();
	await ann.locator('#posts article', { hasText: 'dance' }).locator('[data-emoji="+1"]', { hasText: '1' }).waitFor();
	await ann.locator('#posts article', { hasText: 'dance' }).locator('.react').click();
	await bob.locator('#posts [data-emoji="+1"]', { hasText: '2' }).waitFor();
	await bob.locator('#posts article', { hasText: 'dance' }).locator('.answer').click();
	await bob.fill('#reply-text', 'After lunch.');
	await bob.click('#send-reply');
	await ann.locator('#posts article[data-replies="1"]', { hasText: 'dance' }).locator('.answer').click();
	await ann.locator('#replies .message', { hasText: 'After lunch.' }).waitFor();
	await ann.fill('#reply-text', 'Good.');
	await ann.click('#send-reply');
	await bob.locator('#replies .message', { hasText: 'Good.' }).waitFor();
	for (const p of [ann, bob]) {
		assert.deepEqual(await shown(p), ['Shall we dance?'], 'replies are in the thread only');
		assert.deepEqual(await shown(p, '#replies'), ['After lunch.', 'Good.']);
		assert.deepEqual(p.context().troubles, []);
		assert.equal(await p.locator('#state').getAttribute('data-error'), null);
	}
	await s.stop();
});

browserTest('what counts up while one looks elsewhere is what the server says after a reload', async () => {
	const { s, page, dev } = await scene();
	const ann = await page(), bob = await page();
	await signIn(ann, dev, 'ann');
	await signIn(bob, `${s.url}/acme/channels/town-square`, 'bob');
	const badge = (p) => p.locator('#channels [data-name=dev]');
	for (const text of ['one', 'two @bob', 'three']) await say(ann, text);
	await bob.locator('#channels [data-name=dev][data-unread="3"][data-mentions="1"]').waitFor();
	// Replies do not count where threads are collapsed.
	await ann.locator('#posts article', { hasText: 'one' }).locator('.answer').click();
	await ann.fill('#reply-text', 'a reply');
	await ann.click('#send-reply');
	await ann.locator('#replies .message', { hasText: 'a reply' }).waitFor();
	await say(ann, 'four');
	await bob.locator('#channels [data-name=dev][data-unread="4"]').waitFor();
	await bob.reload();
	await told(bob, 'booted', 'yes');
	assert.deepEqual([await badge(bob).getAttribute('data-unread'), await badge(bob).getAttribute('data-mentions')], ['4', '1']);
	// His other window hears that he has read.
	const other = await bob.context().newPage();
	await other.goto(`${s.url}/acme/channels/town-square`);
	await told(other, 'booted', 'yes');
	await badge(bob).locator('a').click();
	await told(bob, 'channel', 'dev');
	assert.ok(bob.url().endsWith('/acme/channels/dev'));
	await other.locator('#channels [data-name=dev][data-unread="0"][data-mentions="0"]').waitFor();
	await s.stop();
});

browserTest('a browser whose server stops or is killed and comes back has missed nothing and shows nothing twice', async () => {
	const { s, page, dev } = await scene();
	const ann = await page();
	await signIn(ann, dev, 'ann');
	await say(ann, 'before');
	const first = await told(ann, 'connection');
	for (const [signal, text, kept] of [['SIGTERM', 'after a stop', true], ['SIGKILL', 'after a kill', false]]) {
		const connects = Number(await told(ann, 'connects'));
		await ann.context().setOffline(true);                 // so that it is not there when the post is made
		await s.kill(signal);
		await told(ann, 'failed');
		await s.start();
		await s.post(text, { token: s.bob.token });
		await ann.context().setOffline(false);
		await ann.locator('#posts .message', { hasText: text }).waitFor();
		await told(ann, 'connects', connects + 1);
		if (kept) assert.equal(await told(ann, 'connection'), first, 'a planned stop: it goes on where it was');
		else await told(ann, 'resynced', 1);
	}
	await say(ann, 'still here');
	assert.deepEqual(await shown(ann), ['before', 'after a stop', 'after a kill', 'still here']);
	assert.equal(await ann.evaluate(() => window.seen.missed), 1, 'only the kill loses events');
	await s.stop();
});

run();
