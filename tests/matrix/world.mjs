// world - the people and the places of the matrix: two teams nobody may join by himself, channels of every type, and in each of them one of everything.
//
// Every text that somebody put into a place carries that place's marker, a word that stands nowhere else ("zqpriv…"): who may not know the place
// must never read it. secrets says which ids and names are as private as which place; hiddenFrom(person) which of them he may not know.
import { png } from '../flow/pictures.mjs';
import { mailing, smtp } from '../flow/mailbox.mjs';
import { Server, receiver, until } from '../flow/harness.mjs';

// The columns of expected.tsv. "+": a member of the channels in question, "-": of the team only (the administrator: of nothing).
export const columns = ['none', 'guest+', 'guest-', 'member+', 'member-', 'stranger', 'chadmin', 'tadmin+', 'tadmin-', 'admin+', 'admin-', 'bot+', 'bot-', 'token+', 'token-'];

// Kinds of secrets: the private channel, the group message, the direct message, the other team, this team, its public channel (to guests who are
// not in it), the webhooks there, one person's own things, and a person whom guests do not meet.
const hidden = {
	'guest+': 'dm beta own hermit hook', 'guest-': 'priv gm dm beta own hermit pub hook', 'member+': 'dm beta own hook', 'member-': 'priv gm dm beta own hook',
	stranger: 'priv gm dm own pub alpha hook', chadmin: 'beta own hook', 'tadmin+': 'dm beta own', 'tadmin-': 'priv gm dm beta own', 'bot+': 'dm beta own', 'bot-': 'priv gm dm beta own hook',
	'token+': 'dm beta own', 'token-': 'priv gm dm beta own', left: 'priv gm dm beta own hook', keeper: 'priv gm dm beta own hook',
};
// "never": what an integration keeps with us is told to nobody.
export const hiddenFrom = (person) => new Set(`${hidden[person.column] ?? ''} never`.trim().split(' '));
const marker = (kind) => `zq${kind}`;

// Words with the marker of their kind: no two are the same, and search finds each.
export const planted = [];
export function word(kind) {
	planted.push(`${marker(kind)}x${planted.length}`);
	return planted.at(-1);
}

class World {
	constructor(server) {
		this.s = server;
		this.secrets = [];               // {value, kind}: ids and names
	}

	secret(kind, ...values) { for (const value of values) this.secrets.push({ value, kind }); }

	as(person, method, path, body) { return this.s.api(method, path, body, person.token); }

	root(method, path, body) { return this.as(this.people.root, method, path, body); }

	// What somebody does that may fail: undoing, preparing.
	try(person, method, path, body) { return this.s.raw(method, `/api/v4${path}`, { body, token: person.token }); }
}

async function person(w, name, { team = w.alpha, guest = false } = {}) {
	const p = await w.s.user(name);
	if (guest) await w.root('POST', `/users/${p.id}/demote`);
	if (team) await w.root('POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: p.id });
	return p;
}

async function bot(w, name) {
	const b = await w.root('POST', '/bots', { username: name, display_name: name });
	const { token } = await w.root('POST', `/users/${b.user_id}/tokens`, { description: 'for a bot' });
	await w.root('POST', `/teams/${w.alpha.id}/members`, { team_id: w.alpha.id, user_id: b.user_id });
	return { id: b.user_id, username: name, email: `${name}@localhost`, token };
}

async function inTwoForms(w, p) {
	return { ...p, token: (await w.root('POST', `/users/${p.id}/tokens`, { description: 'for a script' })).token };
}

async function makePeople(w) {
	const p = w.people;
	for (const name of ['guestin', 'guestout']) p[name] = await person(w, name, { guest: true });
	for (const name of ['owner', 'memberin', 'memberout', 'chadmin', 'tadminin', 'tadminout', 'adminin', 'spare', 'second', 'leaver']) p[name] = await person(w, name);
	p.stranger = await person(w, 'stranger', { team: w.beta });
	p.adminout = await person(w, 'adminout', { team: null });
	const hermit = word('hermit');
	p.hermit = await person(w, hermit, { team: w.beta });
	await w.as(p.hermit, 'PUT', '/users/me/patch', { nickname: word('hermit'), first_name: word('hermit'), last_name: word('hermit'), position: word('hermit') });
	await w.as(p.hermit, 'PUT', '/users/me/status/custom', { emoji: 'tea', text: word('hermit') });
	w.secret('hermit', p.hermit.id, hermit);
	for (const name of ['adminin', 'adminout']) await w.root('PUT', `/users/${p[name].id}/roles`, { roles: 'system_user system_admin' });
	for (const name of ['tadminin', 'tadminout']) await w.root('PUT', `/teams/${w.alpha.id}/members/${p[name].id}/schemeRoles`, { scheme_user: true, scheme_admin: true });
	p.botin = await bot(w, 'botin');
	p.botout = await bot(w, 'botout');
	const of = { none: { id: p.memberin.id, username: 'memberin', email: 'memberin@example.com' }, 'guest+': p.guestin, 'guest-': p.guestout, 'member+': p.memberin, 'member-': p.memberout, stranger: p.stranger, chadmin: p.chadmin,
		'tadmin+': p.tadminin, 'tadmin-': p.tadminout, 'admin+': p.adminin, 'admin-': p.adminout, 'bot+': p.botin, 'bot-': p.botout,
		'token+': await inTwoForms(w, p.memberin), 'token-': await inTwoForms(w, p.memberout) };
	for (const column of columns) w.who[column] = { ...of[column], column };
	w.who.left = { ...p.leaver, column: 'left' };
	const keeps = await w.root('GET', '/roles/name/system_user_access_token');     // he has webhooks of his own, too
	await w.root('PUT', `/roles/${keeps.id}/patch`, { permissions: [...keeps.permissions, 'manage_own_incoming_webhooks'] });
	w.who.keeper = { ...await person(w, 'keeper'), column: 'keeper' };
	await w.root('PUT', `/users/${w.who.keeper.id}/roles`, { roles: 'system_user system_user_access_token' });
}

const inside = ['guestin', 'owner', 'memberin', 'chadmin', 'tadminin', 'adminin', 'botin'];

async function channel(w, kind, type, team = w.alpha, members = inside) {
	const name = word(kind);
	const c = await w.root('POST', '/channels', { team_id: team.id, name, display_name: word(kind), type, header: word(kind), purpose: word(kind) });
	for (const m of members) await w.root('POST', `/channels/${c.id}/members`, { user_id: w.people[m].id });
	if (members.includes('chadmin')) await w.root('PUT', `/channels/${c.id}/members/${w.people.chadmin.id}/schemeRoles`, { scheme_user: true, scheme_admin: true });
	w.secret(kind, c.id, name);
	return c;
}

export async function upload(w, p, c, name, bytes = png(40, 30)) {
	const r = await w.s.raw('POST', `/api/v4/files?channel_id=${c.id}&filename=${name}.png`, { token: p.token, body: bytes });
	return r.json.file_infos[0];
}

// One of everything that may stand in a channel, by its owner.
async function fill(w, kind, c, owner) {
	const as = (...rest) => w.as(owner, ...rest), x = { kind, channel: c, owner, members: inside.map((n) => w.people[n]) };
	x.file = await upload(w, owner, c, word(kind));
	x.post = await as('POST', '/posts', { channel_id: c.id, message: `${word(kind)} #${word(kind)}`, file_ids: [x.file.id], props: { note: word(kind), attachments: [{ text: word(kind), title: word(kind) }] } });
	x.reply = await as('POST', '/posts', { channel_id: c.id, root_id: x.post.id, message: word(kind) });
	x.asks = await as('POST', '/posts', { channel_id: c.id, message: word(kind), metadata: { priority: { priority: 'important', requested_ack: true } } });
	x.edited = await as('POST', '/posts', { channel_id: c.id, message: word(kind) });
	await as('PUT', `/posts/${x.edited.id}/patch`, { message: word(kind) });
	[x.version] = await as('GET', `/posts/${x.edited.id}/edit_history`);
	x.quoted = await as('POST', '/posts', { channel_id: c.id, message: word(kind) });
	x.shown = await as('POST', '/posts', { channel_id: c.id, message: word(kind), props: { attachments: [{ text: word(kind), actions: [{ id: 'press', name: word(kind), integration: { url: w.integration.url, context: { note: word('never') } } }] }] } });
	x.gone = await as('POST', '/posts', { channel_id: c.id, message: word(kind) });
	await as('DELETE', `/posts/${x.gone.id}`);
	await as('POST', `/posts/${x.post.id}/pin`);
	await as('POST', '/reactions', { user_id: owner.id, post_id: x.post.id, emoji_name: 'smile' });
	x.bookmark = await as('POST', `/channels/${c.id}/bookmarks`, { display_name: word(kind), type: 'link', link_url: `https://example.com/${word(kind)}` });
	await as('POST', '/drafts', { channel_id: c.id, message: `${word('own')} ${word(kind)}` });
	x.scheduled = await as('POST', '/posts/schedule', { channel_id: c.id, message: `${word('own')} ${word(kind)}`, scheduled_at: 4e12 });
	x.upload = await as('POST', '/uploads', { channel_id: c.id, filename: `${word('own')}.txt`, file_size: 5 });
	x.loose = await upload(w, owner, c, word('own'));
	await as('POST', `/users/me/posts/${x.post.id}/reminder`, { target_time: 4e9 });
	await as('PUT', '/users/me/preferences', [{ user_id: owner.id, category: 'flagged_post', name: x.post.id, value: 'true' }]);
	w.secret(kind, ...['file', 'post', 'reply', 'asks', 'edited', 'version', 'shown', 'gone', 'bookmark'].map((n) => x[n].id));
	w.secret('own', x.scheduled.id, x.upload.id, x.loose.id);
	if (c.team_id) {
		x.hook = await w.root('POST', '/hooks/incoming', { channel_id: c.id, user_id: owner.id, display_name: word(kind), description: word(ofHook(kind)) });
		w.secret(ofHook(kind), x.hook.id);
	}
	return x;
}

// Somebody who was in the place, left his traces there, and is not in it any more.
async function comeAndGo(w, x) {
	const { left } = w.who, as = (...rest) => w.as(left, ...rest), id = x.channel.id;
	await w.root('POST', `/channels/${id}/members`, { user_id: left.id });
	await as('POST', '/posts', { channel_id: id, root_id: x.post.id, message: `${word(x.kind)} @owner` });
	await as('PUT', `/users/me/teams/${w.alpha.id}/threads/${x.post.id}/following`);
	await as('PUT', '/users/me/preferences', [{ user_id: left.id, category: 'flagged_post', name: x.post.id, value: 'true' }]);
	await as('POST', `/users/me/posts/${x.post.id}/reminder`, { target_time: 4e9 });
	await as('POST', `/users/me/posts/${x.asks.id}/ack`);
	await as('POST', '/reactions', { user_id: left.id, post_id: x.post.id, emoji_name: 'tada' });
	await as('POST', '/drafts', { channel_id: id, message: 'unsaid' });
	await as('POST', `/users/me/teams/${w.alpha.id}/channels/categories`, { display_name: 'C', channel_ids: [id] });
	await w.root('DELETE', `/channels/${id}/members/${left.id}`);
}

// The address of a post: whoever may read it sees it under the message.
export const linkTo = (w, post) => `${w.s.url}/${w.alpha.name}/pl/${post.id}`;

// What belongs to a webhook is for who manages it, also where the channel is everybody's.
export const ofHook = (kind) => (kind === 'pub' || kind === 'alpha' ? 'hook' : kind);

async function integrations(w, team, kind, channel) {
	const out = await w.root('POST', '/hooks/outgoing', { team_id: team.id, channel_id: channel.id, display_name: word(ofHook(kind)), trigger_words: [word(ofHook(kind))], callback_urls: [`${w.integration.url}/out`] });
	const command = await w.root('POST', '/commands', { team_id: team.id, trigger: word(kind), method: 'P', url: w.integration.url, auto_complete: true, auto_complete_desc: word(kind), display_name: word(kind) });
	w.secret(kind, command.id);
	w.secret(ofHook(kind), out.id, out.token, command.token);
	return { out, command };
}

// What is one person's own beside channels.
async function belongings(w, p) {
	const own = { category: await w.as(p, 'POST', `/users/me/teams/${w.alpha.id}/channels/categories`, { display_name: word('own'), channel_ids: [] }) };
	await w.as(p, 'PUT', '/users/me/preferences', [{ user_id: p.id, category: 'display_settings', name: 'note', value: word('own') }]);
	own.token = await w.root('POST', `/users/${p.id}/tokens`, { description: word('own') });
	[own.session] = await w.as(p, 'GET', '/users/me/sessions');
	w.secret('own', own.category.id, own.token.id, own.session.id);
	return own;
}

export async function world() {
	const mail = await smtp();
	const server = await new Server({ settings: { ...mailing(mail.port), GuestAccountsSettings: { Enable: true }, FileSettings: { EnablePublicLink: true } } }).start();
	const w = new World(server);
	w.mails = mail.mails;
	w.people = {};
	w.who = {};
	w.people.root = await server.user('root', null);
	server.token = w.people.root.token;
	w.integration = await receiver((rq) => ({ body: JSON.stringify({ text: 'done', response_type: rq.url === '/loud' ? 'in_channel' : 'ephemeral' }) }));
	const names = { alpha: word('alpha'), beta: word('beta') };
	for (const [kind, name] of Object.entries(names)) {
		w[kind] = await w.root('POST', '/teams', { name, display_name: word(kind), description: word(kind), type: 'I' });
		w.secret(kind, w[kind].id, name, w[kind].invite_id);
	}
	await makePeople(w);
	const { owner, hermit } = w.people;
	w.lobby = await w.root('POST', '/channels', { team_id: w.alpha.id, name: 'lobby', display_name: 'Lobby', type: 'O' });
	for (const n of ['guestout', 'memberout']) await w.root('POST', `/channels/${w.lobby.id}/members`, { user_id: w.people[n].id });
	const gm = await w.as(owner, 'POST', '/channels/group', inside.map((n) => w.people[n].id)), dm = await w.as(owner, 'POST', '/channels/direct', [owner.id, w.people.chadmin.id]);
	w.secret('gm', gm.id, gm.name);
	w.secret('dm', dm.id, dm.name);
	w.in = {
		public: await fill(w, 'pub', await channel(w, 'pub', 'O'), owner), private: await fill(w, 'priv', await channel(w, 'priv', 'P'), owner),
		group: await fill(w, 'gm', gm, owner), direct: await fill(w, 'dm', dm, owner),
		other: await fill(w, 'beta', await channel(w, 'beta', 'O', w.beta, ['hermit', 'stranger']), hermit),
	};
	w.in.other.members = [hermit, w.people.stranger];
	w.in.direct.members = [owner, w.people.chadmin];
	w.in.private.quote = await w.root('POST', '/posts', { channel_id: w.lobby.id, message: linkTo(w, w.in.private.quoted) });
	await comeAndGo(w, w.in.private);
	w.old = await channel(w, 'priv', 'P');
	w.oldPost = await w.as(owner, 'POST', '/posts', { channel_id: w.old.id, message: word('priv') });
	await w.root('DELETE', `/channels/${w.old.id}`);
	w.secret('priv', w.oldPost.id);
	Object.assign(w.in.public, await integrations(w, w.alpha, 'alpha', w.in.public.channel));
	Object.assign(w.in.other, await integrations(w, w.beta, 'beta', w.in.other.channel));
	w.own = await belongings(w, owner);
	const group = word('group');
	w.group = await w.root('POST', '/groups', { name: group, display_name: 'Group', source: 'custom', allow_reference: true, user_ids: [owner.id, hermit.id] });
	w.role = await w.root('GET', '/roles/name/channel_user');
	w.scheme = await w.root('POST', '/schemes', { name: 'spare', display_name: 'Spare', scope: 'team' });
	w.channelScheme = await w.root('POST', '/schemes', { display_name: 'Channel', scope: 'channel' });
	w.terms = await w.root('POST', '/terms_of_service', { text: 'be kind' });
	w.emoji = (await w.s.raw('POST', '/api/v4/emoji', { token: w.people.root.token, ...emojiForm(w.people.root.id, 'zqemoji') })).json;
	return w;
}

// A form as a client sends it; each file is [field, name, bytes].
export function form(fields, files) {
	const part = (head, body) => [Buffer.from(`--B\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), Buffer.from(body), Buffer.from('\r\n')];
	const parts = [...fields.map(([n, v]) => part(`name="${n}"`, v)), ...files.map(([n, f, b]) => part(`name="${n}"; filename="${f}"`, b))];
	return { body: Buffer.concat([...parts.flat(), Buffer.from('--B--\r\n')]), headers: { 'Content-Type': 'multipart/form-data; boundary=B' } };
}
export const emojiForm = (creator, name) => form([['emoji', JSON.stringify({ creator_id: creator, name })]], [['image', 'e.png', png(9, 9)]]);
export const picture = form([], [['image', 'p.png', png(9, 9)]]);
export { until };
