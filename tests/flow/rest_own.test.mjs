// What belongs to one person: threads, preferences, status, drafts; and what integrations are made of.
import { inflateSync } from 'node:zlib';
import { test, run, assert, Server, Socket } from './harness.mjs';

const noId = 'a'.repeat(26);
const perms = 'api.context.permissions.app_error', bad = 'api.context.invalid_body_param.app_error';

function crc32(bytes) {
	let crc = ~0;
	for (const b of bytes) {
		crc ^= b;
		for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc >>> 0;
}

async function refused(s, token, method, path, body, status, id) {
	const r = await s.raw(method, `/api/v4${path}`, { body, token });
	assert.equal(r.status, status, `${method} ${path}: ${r.status} ${r.text}`);
	if (id) assert.equal(r.json.id, id);
	return r.json;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`threads are listed, followed, read and unread (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), path = `/users/me/teams/${s.team.id}/threads`;
		const root = await s.post('root'), other = await s.post('other');
		const reply = await s.post('reply @admin', { token: bob.token, root_id: root.id });
		await s.post('more', { token: bob.token, root_id: root.id });
		await s.post('elsewhere', { token: bob.token, root_id: other.id });
		let list = await s.api('GET', path);
		assert.deepEqual([list.total, list.total_unread_threads, list.total_unread_mentions, list.threads.length], [2, 2, 1, 2]);
		assert.deepEqual(list.threads.map((t) => t.id), [other.id, root.id]);
		const t = list.threads[1];
		assert.deepEqual([t.reply_count, t.unread_replies, t.unread_mentions, t.post.message, t.participants[0].id], [2, 2, 1, 'root', bob.id]);
		assert.deepEqual((await s.api('GET', `${path}?totalsOnly=true`)).threads, []);
		assert.equal((await s.api('GET', `${path}?threadsOnly=true`)).total, 0);
		assert.deepEqual((await s.api('GET', `${path}?before=${other.id}`)).threads.map((x) => x.id), [root.id]);
		assert.deepEqual((await s.api('GET', `${path}?after=${root.id}`)).threads.map((x) => x.id), [other.id]);
		assert.equal((await s.api('GET', `${path}?per_page=1`)).threads.length, 1);
		await refused(s, s.token, 'GET', `${path}?before=x`, undefined, 400);
		const ws = await new Socket(s, s.token).ready();
		const read = await s.api('PUT', `${path}/${root.id}/read/${Date.now() + 5}`);
		assert.deepEqual([read.unread_replies, read.unread_mentions], [0, 0]);
		const told = await ws.event('thread_read_changed');
		assert.deepEqual([told.data.thread_id, told.data.previous_unread_mentions, told.data.previous_unread_replies], [root.id, 1, 2]);
		assert.equal((await s.api('GET', `${path}?unread=true`)).threads.length, 1);
		const back = await s.api('POST', `${path}/${root.id}/set_unread/${reply.id}`);
		assert.deepEqual([back.unread_replies, back.unread_mentions], [2, 1]);
		await refused(s, s.token, 'POST', `${path}/${root.id}/set_unread/${other.id}`, undefined, 400);
		await s.api('PUT', `${path}/read`);
		assert.equal((await s.api('GET', path)).total_unread_threads, 0);
		assert.equal((await s.api('GET', `${path}/${root.id}`)).is_urgent, false);
		await s.api('DELETE', `${path}/${root.id}/following`);
		assert.equal((await ws.event('thread_follow_changed')).data.state, false);
		await refused(s, s.token, 'GET', `${path}/${root.id}`, undefined, 404);
		await s.api('PUT', `${path}/${root.id}/following`);
		assert.equal((await s.api('GET', `${path}/${root.id}`)).unread_replies, 0);
		await refused(s, s.token, 'PUT', `${path}/${noId}/following`, undefined, 404);
		await refused(s, bob.token, 'GET', path.replace('me', s.admin.id), undefined, 403, perms);
		const unread = (await s.api('GET', '/users/me/teams/unread?include_collapsed_threads=true'))[0];
		assert.equal(unread.thread_count, 0);
		await s.stop();
	});

	test(`preferences are set, read and taken away (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.user('bob'), id = s.admin.id, post = await s.post('x');
		const p = (name, value, category = 'display_settings', user_id = id) => ({ user_id, category, name, value });
		const ws = await new Socket(s, s.token).ready();
		assert.deepEqual(await s.api('PUT', '/users/me/preferences', [p('a', '1'), p(post.id, 'true', 'flagged_post')]), { status: 'OK' });
		assert.equal(JSON.parse((await ws.event('preferences_changed')).data.preferences).length, 2);
		assert.equal((await s.api('GET', '/users/me/preferences')).filter((x) => x.category === 'display_settings').length, 1);
		assert.equal((await s.api('GET', '/users/me/preferences/display_settings'))[0].value, '1');
		assert.equal((await s.api('GET', '/users/me/preferences/display_settings/name/a')).value, '1');
		await refused(s, s.token, 'GET', '/users/me/preferences/none', undefined, 404);
		await refused(s, s.token, 'PUT', '/users/me/preferences', [], 400, bad);
		await refused(s, s.token, 'PUT', '/users/me/preferences', Array.from({ length: 101 }, (_, i) => p(`n${i}`, '')), 400, bad);
		await refused(s, s.token, 'PUT', '/users/me/preferences', [p('a', 'x'.repeat(20001))], 400, 'model.preference.is_valid.value.app_error');
		await refused(s, s.token, 'PUT', '/users/me/preferences', [p('a', 1)], 400, bad);
		await refused(s, s.token, 'PUT', '/users/me/preferences', [p('b', '1'), p('c', '1', 'x', bob.id)], 403);
		await refused(s, bob.token, 'PUT', '/users/me/preferences', [p(post.id, 'true', 'flagged_post', bob.id)], 404);
		await refused(s, bob.token, 'PUT', `/users/${id}/preferences`, [p('a', '1')], 403, perms);
		assert.equal((await s.api('GET', '/users/me/preferences')).filter((x) => x.name === 'b').length, 0);
		await s.api('POST', '/users/me/preferences/delete', [p('a', '')]);
		await ws.event('preferences_deleted');
		await refused(s, s.token, 'GET', '/users/me/preferences/display_settings', undefined, 404);
		await s.stop();
	});

	test(`people say whether they are there, and what they are at (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), id = s.admin.id;
		assert.equal((await s.api('PUT', '/users/me/status', { user_id: id, status: 'dnd', dnd_end_time: 4000000000 })).dnd_end_time, 4000000000);
		assert.equal((await s.api('GET', `/users/${id}/status`, undefined, bob.token)).status, 'dnd');
		assert.deepEqual((await s.api('POST', '/users/status/ids', [id, noId], bob.token)).map((x) => x.status), ['dnd', 'offline']);
		await refused(s, s.token, 'PUT', '/users/me/status', { user_id: id, status: 'asleep' }, 400, bad);
		await refused(s, s.token, 'PUT', '/users/me/status', { user_id: bob.id, status: 'online' }, 400, bad);
		await refused(s, bob.token, 'PUT', `/users/${id}/status`, { user_id: id, status: 'online' }, 403, perms);
		const own = { emoji: 'coffee', text: 'tea', duration: 'today', expires_at: '2030-01-01T00:00:00Z' };
		await s.api('PUT', '/users/me/status/custom', own);
		assert.equal(JSON.parse((await s.api('GET', '/users/me')).props.customStatus).text, 'tea');
		await s.api('PUT', '/users/me/status/custom', { emoji: 'car', text: '' });
		const recent = async () => JSON.parse((await s.api('GET', '/users/me/preferences/custom_status/name/recent_custom_statuses')).value).map((x) => x.emoji);
		assert.deepEqual(await recent(), ['car', 'coffee']);
		await s.api('POST', '/users/me/status/custom/recent/delete', own);
		assert.deepEqual(await recent(), ['car']);
		await refused(s, s.token, 'PUT', '/users/me/status/custom', { emoji: '', text: '' }, 400, bad);
		await refused(s, s.token, 'PUT', '/users/me/status/custom', { text: 'x'.repeat(101) }, 400, bad);
		await s.api('DELETE', '/users/me/status/custom');
		assert.equal((await s.api('GET', '/users/me')).props.customStatus, '');
		const ws = await new Socket(s, bob.token).ready();
		await s.api('POST', '/users/me/typing', { channel_id: s.channel.id, parent_id: '' });
		assert.equal((await ws.event('typing')).data.user_id, id);
		await refused(s, s.token, 'POST', '/users/me/typing', { channel_id: noId }, 404);
		await s.stop();
	});

	test(`drafts are kept for one person only (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), out = await s.user('out'), c = s.channel.id, path = `/users/me/teams/${s.team.id}/drafts`;
		const root = await s.post('root');
		const one = await new Socket(s, s.token).ready(), two = await new Socket(s, s.token).ready();
		const made = await s.raw('POST', '/api/v4/drafts', { token: s.token, headers: { 'Connection-Id': one.connectionId },
			body: { channel_id: c, root_id: '', message: 'half', props: {}, file_ids: [], user_id: bob.id } });
		assert.equal(made.status, 201);
		assert.equal(made.json.user_id, s.admin.id);
		assert.equal(JSON.parse((await two.event('draft_created')).data.draft).message, 'half');
		await s.api('POST', '/drafts', { channel_id: c, root_id: root.id, message: 'answer' });
		await one.event('draft_created', (e) => JSON.parse(e.data.draft).message === 'answer');
		assert.equal(one.events.filter((e) => e.event === 'draft_created').length, 1);
		assert.deepEqual((await s.api('GET', path)).map((d) => d.message).sort(), ['answer', 'half']);
		assert.deepEqual(await s.api('GET', path, undefined, bob.token), []);
		await refused(s, s.token, 'GET', path.replace('me', bob.id), undefined, 403, perms);
		await refused(s, out.token, 'POST', '/drafts', { channel_id: c, message: 'x' }, 403, perms);
		await refused(s, s.token, 'POST', '/drafts', { channel_id: c, message: 'x'.repeat(16384) }, 400);
		await refused(s, s.token, 'POST', '/drafts', { channel_id: c, root_id: noId, message: 'x' }, 400);
		await refused(s, s.token, 'POST', '/drafts', { channel_id: c, props: 'x', message: 'x' }, 400, bad);
		await s.api('DELETE', `/users/me/channels/${c}/drafts/${root.id}`);
		await two.event('draft_deleted');
		await s.api('DELETE', `/users/me/channels/${c}/drafts`);
		await s.api('DELETE', `/users/me/channels/${c}/drafts`);
		assert.deepEqual(await s.api('GET', path), []);
		await s.stop();
	});

	test(`incoming and outgoing webhooks are managed by those who may (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), lead = await s.member('lead'), t = s.team.id, c = s.channel.id;
		await s.api('PUT', `/teams/${t}/members/${lead.id}/schemeRoles`, { scheme_user: true, scheme_admin: true });
		const hook = await s.raw('POST', '/api/v4/hooks/incoming', { token: lead.token, body: { channel_id: c, display_name: 'ci', team_id: noId, id: noId } });
		assert.equal(hook.status, 201);
		assert.deepEqual([hook.json.team_id, hook.json.user_id, hook.json.display_name], [t, lead.id, 'ci']);
		const path = `/hooks/incoming/${hook.json.id}`;
		await refused(s, bob.token, 'POST', '/hooks/incoming', { channel_id: c }, 403, perms);
		await refused(s, bob.token, 'GET', path, undefined, 403, perms);
		await refused(s, bob.token, 'GET', `/hooks/incoming/${noId}`, undefined, 403, perms);
		await refused(s, s.token, 'GET', `/hooks/incoming/${noId}`, undefined, 404);
		await refused(s, s.token, 'POST', '/hooks/incoming', { channel_id: c, display_name: 'x'.repeat(65) }, 400, 'model.incoming_hook.display_name.app_error');
		await refused(s, s.token, 'POST', '/hooks/incoming', { channel_id: noId }, 404);
		const put = await s.raw('PUT', `/api/v4${path}`, { token: lead.token, body: { ...hook.json, description: 'd', user_id: bob.id } });
		assert.deepEqual([put.status, put.json.description, put.json.user_id], [201, 'd', lead.id]);
		assert.equal((await s.api('GET', `/hooks/incoming?team_id=${t}&include_total_count=true`, undefined, lead.token)).total_count, 1);
		await s.api('DELETE', path, undefined, lead.token);
		await refused(s, s.token, 'GET', path, undefined, 404);

		const body = { team_id: t, channel_id: c, display_name: 'out', callback_urls: ['http://127.0.0.1:1/x'] };
		const out = await s.raw('POST', '/api/v4/hooks/outgoing', { token: lead.token, body });
		assert.equal(out.status, 201);
		assert.deepEqual([out.json.trigger_words, out.json.callback_urls, out.json.creator_id, out.json.token.length], [[], body.callback_urls, lead.id, 26]);
		const at = `/hooks/outgoing/${out.json.id}`;
		await refused(s, s.token, 'POST', '/hooks/outgoing', { ...body, channel_id: '' }, 400, 'api.webhook.create_outgoing.triggers.app_error');
		await refused(s, s.token, 'POST', '/hooks/outgoing', { ...body, callback_urls: ['ftp://x'] }, 400, 'model.outgoing_hook.is_valid.url.app_error');
		await refused(s, s.token, 'POST', '/hooks/outgoing', { ...body, callback_urls: [] }, 400, 'model.outgoing_hook.is_valid.callback.app_error');
		await refused(s, s.token, 'POST', '/hooks/outgoing', { ...body, trigger_when: 2 }, 400, bad);
		await refused(s, s.token, 'POST', '/hooks/outgoing', { ...body, trigger_words: [''] }, 400);
		await refused(s, bob.token, 'POST', '/hooks/outgoing', body, 403, perms);
		assert.equal((await s.api('PUT', at, { ...out.json, trigger_words: ['a', 'b'], channel_id: '' }, lead.token)).trigger_words.length, 2);
		assert.equal((await s.api('GET', `/hooks/outgoing?team_id=${t}`, undefined, lead.token)).length, 1);
		assert.notEqual((await s.api('POST', `${at}/regen_token`, undefined, lead.token)).token, out.json.token);
		await s.post('still works');
		await s.api('DELETE', at, undefined, lead.token);
		await refused(s, s.token, 'GET', at, undefined, 404);
		await s.stop();
	});

	test(`slash commands and bots are managed by those who may (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), t = s.team.id;
		const body = { team_id: t, trigger: 'Weather', url: 'http://127.0.0.1:1/', method: 'P', auto_complete: true, token: 'mine' };
		const made = await s.raw('POST', '/api/v4/commands', { token: s.token, body });
		assert.equal(made.status, 201);
		assert.equal(made.json.trigger, 'weather');
		assert.notEqual(made.json.token, 'mine');
		await refused(s, s.token, 'POST', '/commands', body, 400, 'api.command.duplicate_trigger.app_error');
		await refused(s, s.token, 'POST', '/commands', { ...body, trigger: '/x' }, 400, 'model.command.is_valid.trigger.app_error');
		await refused(s, s.token, 'POST', '/commands', { ...body, trigger: 'x', url: 'x' }, 400);
		await refused(s, s.token, 'POST', '/commands', { ...body, trigger: 'x', method: 'X' }, 400, 'model.command.is_valid.method.app_error');
		await refused(s, bob.token, 'POST', '/commands', { ...body, trigger: 'x' }, 403, perms);
		await refused(s, bob.token, 'GET', `/commands/${made.json.id}`, undefined, 404);
		const seen = await s.api('GET', `/teams/${t}/commands/autocomplete`, undefined, bob.token);
		const weather = seen.find((x) => x.trigger === 'weather');
		assert.deepEqual([weather.token, weather.url], ['', '']);
		assert.equal((await s.api('PUT', `/commands/${made.json.id}`, { ...made.json, description: 'd' })).description, 'd');
		assert.ok((await s.api('PUT', `/commands/${made.json.id}/regen_token`)).token);
		assert.equal((await s.api('GET', `/commands?team_id=${t}&custom_only=true`)).length, 1);
		await s.api('DELETE', `/commands/${made.json.id}`);
		await refused(s, s.token, 'GET', `/commands/${made.json.id}`, undefined, 404);

		const bot = await s.raw('POST', '/api/v4/bots', { token: s.token, body: { username: 'helper', display_name: 'Helper', description: 'helps', owner_id: bob.id } });
		assert.equal(bot.status, 201);
		assert.deepEqual([bot.json.owner_id, bot.json.display_name], [s.admin.id, 'Helper']);
		const id = bot.json.user_id;
		await refused(s, bob.token, 'POST', '/bots', { username: 'mine' }, 403, perms);
		await refused(s, bob.token, 'GET', `/bots/${id}`, undefined, 404);
		await refused(s, s.token, 'GET', `/bots/${bob.id}`, undefined, 404);
		await refused(s, s.token, 'POST', '/bots', { username: 'Not valid!' }, 400);
		await refused(s, s.token, 'POST', '/bots', { username: 'bob' }, 400, 'app.user.save.username_exists.app_error');
		assert.equal((await s.api('PUT', `/bots/${id}`, { display_name: 'H' })).display_name, 'H');
		assert.equal((await s.api('GET', '/bots')).length, 1);
		const token = (await s.api('POST', `/users/${id}/tokens`, { description: 'd' })).token;
		await s.api('POST', `/teams/${t}/members`, { team_id: t, user_id: id });
		await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: id });
		assert.equal((await s.post('beep', { token })).props.from_bot, 'true');
		assert.ok((await s.api('POST', `/bots/${id}/disable`)).delete_at > 0);
		await refused(s, token, 'GET', '/users/me', undefined, 401);
		await refused(s, s.token, 'GET', `/bots/${id}`, undefined, 404);
		assert.equal((await s.api('POST', `/bots/${id}/enable`)).delete_at, 0);
		assert.equal((await s.api('POST', `/bots/${id}/assign/${bob.id}`)).owner_id, bob.id);
		await refused(s, s.token, 'POST', `/bots/${id}/assign/${noId}`, undefined, 404);
		await s.stop();
	});
	test(`people are found by their names, where the caller may look (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), eve = await s.user('eve'), t = s.team.id;
		const names = async (body, token) => (await s.api('POST', '/users/search', body, token)).map((u) => u.username);
		assert.deepEqual(await names({ term: 'b' }), ['bob']);
		assert.deepEqual(await names({ term: '@E' }), ['eve']);
		assert.deepEqual(await names({ term: 'e', team_id: t }), []);
		assert.deepEqual(await names({ term: 'e', not_in_team_id: t }), ['eve']);
		assert.deepEqual(await names({ term: 'bo', not_in_channel_id: s.channel.id }), []);
		assert.deepEqual(await names({ term: '_' }), []);
		await refused(s, s.token, 'POST', '/users/search', {}, 400, bad);
		await refused(s, s.token, 'POST', '/users/search', { term: 'b', team_id: 7 }, 400, bad);
		await refused(s, eve.token, 'POST', '/users/search', { term: 'b', team_id: t }, 403, perms);
		await refused(s, eve.token, 'POST', '/users/search', { term: 'b', in_channel_id: s.channel.id }, 403, perms);
		assert.deepEqual(await s.api('GET', '/users/known', undefined, bob.token), [s.admin.id]);
		assert.ok((await s.api('GET', '/system/timezones')).includes('Europe/Berlin'));
		assert.deepEqual(await s.api('GET', '/redirect_location?url=http%3A%2F%2F127.0.0.1'), { location: '' });
		const image = await fetch(`${s.url}/api/v4/users/${bob.id}/image`, { headers: { Authorization: `Bearer ${s.token}` } });
		assert.equal(image.headers.get('content-type'), 'image/png');
		const bytes = Buffer.from(await image.arrayBuffer()), at = bytes.indexOf('IDAT');
		const pixels = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)));
		assert.equal(pixels.length, 128 * 17);
		assert.equal(crc32(bytes.subarray(at, at + 4 + bytes.readUInt32BE(at - 4))), bytes.readUInt32BE(at + 4 + bytes.readUInt32BE(at - 4)));
		await s.stop();
	});
}

run();
