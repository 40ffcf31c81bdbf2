// world - a server with a bit of everything in it: two teams, channels of all four types, threads, reactions, pins, preferences, drafts,
// webhooks, a command, a bot, a token, a status, a category, a guest (gus), somebody deactivated (eve).
import net from 'node:net';
import { png } from '../flow/pictures.mjs';
import { Server, cleanup, receiver, until } from '../flow/harness.mjs';

// A mail server that takes everything: the last link's token is in token().
async function mailbox() {
	let text = '', data = false;
	const server = net.createServer((c) => {
		const say = (s) => c.write(`${s}\r\n`);
		let rest = '';
		const line = (l) => {
			if (data) {
				text += `${l}\n`;
				if (l !== '.') return undefined;
				data = false;
				return say('250 taken');
			}
			data = /^DATA/i.test(l);
			return say(data ? '354 go on' : /^QUIT/i.test(l) ? '221 bye' : '250 ok');
		};
		c.on('error', () => {});
		c.on('data', (d) => { rest += d; for (let i; (i = rest.indexOf('\r\n')) >= 0;) { const l = rest.slice(0, i); rest = rest.slice(i + 2); line(l); } });
		say('220 test');
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	cleanup(() => server.close());
	const words = () => text.split(/^\.\n/m).slice(0, -1).map((m) => Buffer.from(m.split(/\n\n(.*)/s)[1] ?? '', 'base64').toString());
	return { port: server.address().port, token: (n) => until('the mail', () => words()[n]?.match(/token=([0-9a-f]{64})/)?.[1]), count: () => words().length };
}

export async function world(engine) {
	const mail = await mailbox();
	const s = await new Server({ engine, settings: { GuestAccountsSettings: { Enable: true }, ImageProxySettings: { Enable: true }, FileSettings: { EnablePublicLink: true }, EmailSettings: { SMTPServer: '127.0.0.1', SMTPPort: mail.port, FeedbackEmail: 'hub@example.com' } } }).start();
	await s.world();
	const w = { s, mail, admin: s.admin, team: s.team, channel: s.channel };
	for (const name of ['bob', 'carol', 'eve']) w[name] = await s.member(name);
	w.gus = await s.user('gus');
	await s.api('PUT', `/users/${w.gus.id}/roles`, { roles: 'system_guest' });
	for (const path of [`/teams/${w.team.id}/members`, `/channels/${w.channel.id}/members`]) await s.api('POST', path, { team_id: w.team.id, user_id: w.gus.id });
	w.other = await s.api('POST', '/teams', { name: 'beta', display_name: 'Beta', type: 'I' });
	w.priv = await s.api('POST', '/channels', { team_id: w.team.id, name: 'secret', display_name: 'Secret', type: 'P', header: 'h', purpose: 'p' });
	w.old = await s.api('POST', '/channels', { team_id: w.team.id, name: 'old', display_name: 'Old', type: 'O' });
	w.dm = await s.api('POST', '/channels/direct', [w.admin.id, w.bob.id]);
	w.gm = await s.api('POST', '/channels/group', [w.admin.id, w.bob.id, w.carol.id]);
	w.post = await s.post('a root with @bob and #tag', { props: { attachments: [{ text: 'attached', fields: [{ title: 't', value: 1, short: true }] }] } });
	w.reply = await s.post('a reply, @admin', { token: w.bob.token, root_id: w.post.id });
	w.pinned = await s.post('pinned in private', { channel: w.priv });
	for (const channel of [w.dm, w.gm]) await s.post('hello, both', { channel, token: w.bob.token });
	await s.api('POST', `/posts/${w.pinned.id}/pin`);
	await s.api('POST', `/posts/${w.post.id}/pin`);
	for (const token of [w.admin.token, w.bob.token]) {
		const { id } = await s.api('GET', '/users/me', undefined, token);
		await s.api('POST', '/reactions', { user_id: id, post_id: w.post.id, emoji_name: 'smile' }, token);
	}
	w.urgent = await s.post('@bob, now', { metadata: { priority: { priority: 'urgent' } } });
	w.asks = await s.post('tell me', { metadata: { priority: { priority: 'important', requested_ack: true } } });
	await s.api('PUT', '/users/me/preferences', [{ user_id: w.admin.id, category: 'flagged_post', name: w.urgent.id, value: 'true' }]);
	w.edited = await s.post('to be edited');
	await s.api('PUT', `/posts/${w.edited.id}/patch`, { message: 'edited' });
	w.gone = await s.post('to be deleted');
	await s.post('an answer to it', { token: w.bob.token, root_id: w.gone.id });
	await s.api('DELETE', `/posts/${w.gone.id}`);
	w.file = (await s.raw('POST', `/api/v4/files?channel_id=${w.channel.id}&filename=picture.png`, { token: s.token, body: png(300, 200) })).json.file_infos[0];
	w.filed = await s.post('a picture', { file_ids: [w.file.id] });
	w.integration = await receiver((rq) => (rq.url === '/shown.png' ? { headers: { 'Content-Type': 'image/png' }, body: png(9, 9) } : rq.url === '/lookup' ? { body: '{"items":[{"text":"A","value":"a"}]}' } : { body: JSON.stringify({ response_type: rq.url === '/loud' ? 'in_channel' : 'ephemeral', text: 'done' }) }));
	w.shown = await s.post(`![x](${w.integration.url}/shown.png)`, { props: { attachments: [{ actions: [{ id: 'yes', name: 'Yes', integration: { url: `${w.integration.url}/pressed`, context: { a: 1 } } }] }] } });
	w.hook = await s.api('POST', '/hooks/incoming', { channel_id: w.channel.id, display_name: 'ci' });
	w.out = await s.api('POST', '/hooks/outgoing', { team_id: w.team.id, channel_id: w.channel.id, display_name: 'out', trigger_words: ['deploy'], callback_urls: [`${w.integration.url}/out`] });
	w.command = await s.api('POST', '/commands', { team_id: w.team.id, trigger: 'weather', method: 'P', url: w.integration.url, auto_complete: true, auto_complete_desc: 'd', auto_complete_hint: '[place]' });
	w.bot = await s.api('POST', '/bots', { username: 'helper', display_name: 'Helper', description: 'helps' });
	for (const path of [`/teams/${w.team.id}/members`, `/channels/${w.channel.id}/members`]) await s.api('POST', path, { team_id: w.team.id, user_id: w.bot.user_id });
	w.carolsBot = await s.api('POST', '/bots', { username: 'orphan', display_name: 'Orphan' });
	await s.api('POST', `/bots/${w.carolsBot.user_id}/assign/${w.carol.id}`);
	await s.api('POST', `/teams/${w.team.id}/members`, { team_id: w.team.id, user_id: w.carolsBot.user_id });
	w.open = await s.api('POST', '/teams', { name: 'open', display_name: 'Open', type: 'O', allow_open_invite: true });
	w.token = await s.api('POST', '/users/me/tokens', { description: 'for a script' });
	await s.api('PUT', '/users/me/preferences', [{ user_id: w.admin.id, category: 'display_settings', name: 'use_military_time', value: 'true' }]);
	w.draft = await s.api('POST', '/drafts', { channel_id: w.channel.id, message: 'half' });
	w.category = await s.api('POST', `/users/me/teams/${w.team.id}/channels/categories`, { display_name: 'Mine', channel_ids: [w.channel.id] });
	await s.api('PUT', '/users/me/status', { user_id: w.admin.id, status: 'dnd' });
	await s.api('PUT', '/users/me/status/custom', { emoji: 'tea', text: 'tea' }, w.bob.token);
	await s.api('DELETE', `/channels/${w.old.id}`);
	await s.api('PUT', `/users/${w.eve.id}/active`, { active: false });
	w.admin = { ...w.admin, ...await s.api('GET', '/users/me') };
	return w;
}
