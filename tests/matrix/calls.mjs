// calls - how each route that is built is asked, and about what: the same requests whoever asks.
//
//   on('METHOD /path', 'object object …', (x) => ({ query, body, headers, path }), { before, after })
//
// An object is a place of the world (public, private, group, direct, other: a channel of the other team, with one of everything in it), a person
// (self, owner, hermit), a place and a person ("private/owner"), or "-" where there is nothing to ask about. x is the place with w, me, user, team,
// object. Parameters of the path come from x. before makes what the call changes or ends, after undoes what it did (r: the answer).
import { refused } from '../contract/tables.mjs';
import { emojiForm, form, linkTo, ofHook, picture, upload, word } from './world.mjs';

export const calls = [];
// Sign-ins are limited by address: those calls wait, so they are made beside the others.
const slow = /^POST \/users\/(login|login\/desktop_token|login\/switch|login\/sso\/code-exchange|email\/verify|email\/verify\/send|password\/reset|password\/reset\/send|mfa)$/;
const on = (route, objects, make = () => ({}), more = {}) => calls.push({ route, objects: objects.split(' '), make, slow: slow.test(route), ...more });

const places = new Set(['public', 'private', 'group', 'direct', 'other']);

// The object by its name, for somebody.
export function objectOf(w, name, me) {
	const x = { w, me, object: name, user: me, team: w.alpha, channel: w.in.public.channel, kind: 'pub' };
	for (const part of name.split('/')) {
		if (places.has(part)) Object.assign(x, w.in[part], { out: w.in[part].out ?? w.in.public.out, command: w.in[part].command ?? w.in.public.command });
		if (part === 'other') x.team = w.beta;
		if (part === 'owner' || part === 'hermit') x.user = w.people[part];
	}
	return x;
}

const defaults = {
	user_id: (x) => x.user.id, other_user_id: (x) => x.w.people.owner.id, team_id: (x) => x.team.id, team_name: (x) => x.team.name, channel_id: (x) => x.channel.id,
	channel_name: (x) => x.channel.name, post_id: (x) => x.post.id, thread_id: (x) => x.post.id, file_id: (x) => x.file.id, hook_id: (x) => x.hook.id, hook: (x) => x.hook.id,
	command_id: (x) => x.command.id, bookmark_id: (x) => x.bookmark.id, scheduled_post_id: (x) => x.scheduled.id, upload_id: (x) => x.upload.id,
	restore_version_id: (x) => x.version.id, category_id: (x) => x.w.own.category.id, token_id: (x) => x.w.own.token.id, group_id: (x) => x.w.group.id, role_id: (x) => x.w.role.id,
	role_name: () => 'channel_user', scheme_id: (x) => x.w.scheme.id, emoji_id: (x) => x.w.emoji.id, emoji_name: () => 'smile', username: (x) => x.user.username, email: (x) => x.user.email,
	app_id: (x) => x.app.id, invite_id: (x) => x.team.invite_id, category: () => 'display_settings', preference_name: () => 'note', timestamp: () => '1', bot_user_id: (x) => x.bot.user_id, reply: () => 'z'.repeat(26),
};
const bare = /^\w+ \/(hooks\/(\{hook\}|commands)|files\/\{file_id\}\/public)/;

// The request of a call about an object: {method, path, body, headers}.
export async function requestOf(call, x) {
	const made = await call.make(x), [method, pattern] = call.route.split(' ');
	const path = pattern.replace(/\{(\w+)\}/g, (_, n) => encodeURIComponent(made.path?.[n] ?? defaults[n](x)));
	return { method, path: (bare.test(call.route) ? '' : '/api/v4') + path + (made.query ? `?${made.query}` : ''), body: made.body, headers: made.headers };
}

// ---- what calls need and leave ----

const root = (x, ...rest) => x.w.root(...rest);
const own = (x) => x.w.people.owner;
const ok = (r) => r.status < 300;

// A post in the place, by its owner or somebody who is in it, that the call may change or end.
async function freshPost(x, author = x.owner, more = {}) {
	x.post = await x.w.as(author, 'POST', '/posts', { channel_id: x.channel.id, message: word(x.kind), ...more });
	x.w.secret(x.kind, x.post.id);
}
const mine = async (x) => freshPost(x, x.members.some((m) => m.id === x.me.id) ? x.me : x.owner);
const others = (x) => freshPost(x);
const asks = (x) => freshPost(x, x.owner, { metadata: { priority: { priority: 'important', requested_ack: true } } });
const follows = (x) => x.w.try(x.me, 'PUT', `/users/me/teams/${x.team.id}/threads/${x.post.id}/following`);

// Somebody of the team who is in the place only for the call.
const spareIn = (x) => x.w.try(x.w.people.root, 'POST', `/channels/${x.channel.id}/members`, { user_id: x.w.people.spare.id });
const spareOut = (x) => x.w.try(x.w.people.root, 'DELETE', `/channels/${x.channel.id}/members/${x.w.people.spare.id}`);
// Who came in, or went, is where he was.
async function back(x) {
	const was = x.members.some((m) => m.id === x.me.id);
	if (!x.channel.team_id) return;
	if (was) await root(x, 'POST', `/channels/${x.channel.id}/members`, { user_id: x.me.id });
	else await x.w.try(x.w.people.root, 'DELETE', `/channels/${x.channel.id}/members/${x.me.id}`);
	if (was && x.me.column === 'chadmin') await root(x, 'PUT', `/channels/${x.channel.id}/members/${x.me.id}/schemeRoles`, { scheme_user: true, scheme_admin: true });
}
const channelAsItWas = async (x, r) => ok(r) && root(x, 'PUT', `/channels/${x.channel.id}/patch`, { header: x.channel.header, purpose: x.channel.purpose, display_name: x.channel.display_name });
const restored = async (x, r) => ok(r) && root(x, 'POST', `/channels/${x.channel.id}/restore`);
const archivedFirst = (x) => root(x, 'DELETE', `/channels/${x.channel.id}`);

// Somebody new for what ends accounts; few, since a password is slow to make.
let made = 0;
async function somebody(x, more = {}) {
	x.user = await root(x, 'POST', '/users', { email: `n${++made}@example.com`, username: `n${made}`, password: 'password1', ...more });
}
async function newBot(x) { x.bot = await root(x, 'POST', '/bots', { username: `b${++made}`, display_name: 'B' }); }
const newGroup = async (x) => { x.group = await root(x, 'POST', '/groups', { name: `g${++made}`, display_name: 'G', source: 'custom', allow_reference: true, user_ids: [own(x).id] }); };
const newScheme = async (x) => { x.scheme = await root(x, 'POST', '/schemes', { name: `s${++made}`, display_name: 'S', scope: 'team' }); };
const newToken = async (x) => { x.token = await root(x, 'POST', `/users/${x.user.id}/tokens`, { description: word('own') }); x.w.secret('own', x.token.id); };
const newHook = async (x) => { x.hook = await root(x, 'POST', '/hooks/incoming', { channel_id: x.channel.id, user_id: x.owner.id, display_name: word(x.kind), description: word(ofHook(x.kind)) }); x.w.secret(ofHook(x.kind), x.hook.id); };
async function newOut(x) {
	const c = x.team === x.w.beta ? x.channel : x.w.in.public.channel;
	x.out = await root(x, 'POST', '/hooks/outgoing', { team_id: x.team.id, channel_id: c.id, display_name: 'o', trigger_words: ['t'], callback_urls: [`${x.w.integration.url}/o`] });
	x.w.secret(x.team === x.w.beta ? 'beta' : 'hook', x.out.id);
}
const newCommand = async (x) => { x.command = await root(x, 'POST', '/commands', { team_id: x.team.id, trigger: `t${++made}`, method: 'P', url: x.w.integration.url }); if (x.team === x.w.beta) x.w.secret('beta', x.command.id); };
const newBookmark = async (x) => { x.bookmark = await x.w.as(x.owner, 'POST', `/channels/${x.channel.id}/bookmarks`, { display_name: word(x.kind), type: 'link', link_url: 'https://example.com' }); x.w.secret(x.kind, x.bookmark.id); };
const noBookmark = (x) => x.w.try(x.owner, 'DELETE', `/channels/${x.channel.id}/bookmarks/${x.bookmark.id}`);
const newCategory = async (x) => { x.category = await x.w.try(x.me, 'POST', `/users/me/teams/${x.w.alpha.id}/channels/categories`, { display_name: 'C', channel_ids: [] }).then((r) => r.json); };
const newField = async (x) => { x.field = await root(x, 'POST', '/custom_profile_attributes/fields', { name: 'a', type: 'text' }); };
const noField = (x, field) => root(x, 'DELETE', `/custom_profile_attributes/fields/${field.id}`);
const ownUpload = async (x) => { const r = await x.w.try(x.me, 'POST', '/uploads', { channel_id: x.channel.id, filename: 'u.txt', file_size: 5 }); if (r.status < 300) x.upload = r.json; };
const teamAgain = async (x, r) => ok(r) && root(x, 'PUT', `/teams/${x.team.id}/patch`, { description: x.team.description });

// ---- the server ----

on('GET /system/ping', '-');
on('GET /config/client', '-', () => ({ query: 'format=old' }));
on('GET /license/client', '-', () => ({ query: 'format=old' }));
on('GET /plugins/webapp', '-');
on('GET /plugins/marketplace/first_admin_visit', '-');
on('GET /trial-license/prev', '-');
on('GET /limits/server', '-');
on('POST /roles/names', '-', () => ({ body: ['channel_user'] }));
on('GET /roles', '-');
on('GET /roles/name/{role_name}', '-');
on('GET /roles/{role_id}', '-');
on('PUT /roles/{role_id}/patch', '-', (x) => ({ body: { permissions: x.w.role.permissions } }));
on('GET /system/onboarding/complete', '-');
on('POST /system/onboarding/complete', '-', () => ({ body: { organization: 'o', install_plugins: [] } }));
on('GET /system/notices/{team_id}', 'public', () => ({ query: 'client=web' }));
on('GET /agents/status', '-');
on('GET /agents', '-');
on('GET /custom_profile_attributes/fields', '-');
on('POST /custom_profile_attributes/fields', '-', () => ({ body: { name: 'a', type: 'text' } }), { after: (x, r) => ok(r) && noField(x, r.json) });
on('PATCH /custom_profile_attributes/fields/{field_id}', '-', (x) => ({ path: { field_id: x.field.id }, body: { name: 'b' } }), { before: newField, after: (x) => noField(x, x.field) });
on('DELETE /custom_profile_attributes/fields/{field_id}', '-', (x) => ({ path: { field_id: x.field.id } }), { before: newField, after: (x, r) => !ok(r) && noField(x, x.field) });
on('GET /custom_profile_attributes/group', '-');
on('PATCH /custom_profile_attributes/values', '-', () => ({ body: {} }));
on('GET /users/{user_id}/custom_profile_attributes', 'self owner hermit');
on('PATCH /users/{user_id}/custom_profile_attributes', 'self owner', () => ({ body: {} }));
const program = { name: 'P', homepage: 'https://p.example.com', callback_urls: ['https://p.example.com/back'] };
const newApp = async (x) => { x.app = await root(x, 'POST', '/oauth/apps', program); };
on('POST /oauth/apps', '-', () => ({ body: program }));
on('GET /oauth/apps', '-');
on('GET /oauth/apps/{app_id}', '-', undefined, { before: newApp });
on('PUT /oauth/apps/{app_id}', '-', (x) => ({ body: { ...program, id: x.app.id } }), { before: newApp });
on('DELETE /oauth/apps/{app_id}', '-', undefined, { before: newApp });
on('POST /oauth/apps/{app_id}/regen_secret', '-', undefined, { before: newApp });
on('POST /oauth/apps/register', '-', () => ({ body: { redirect_uris: ['https://p.example.com/'] } }));
on('GET /oauth/apps/{app_id}/info', '-', undefined, { before: newApp });
on('GET /users/{user_id}/oauth/apps/authorized', 'self owner');
on('POST /users/login/sso/code-exchange', '-', () => ({ body: { login_code: 'a', code_verifier: 'b', state: 'c' } }));
on('GET /sharedchannels/users/{user_id}/can_dm/{other_user_id}', 'self');
on('POST /logs', '-', () => ({ body: { level: 'ERROR', message: 'm' } }));
on('POST /client_perf', '-', () => ({ body: { version: '0.1.0' } }));
on('GET /analytics/old', 'public', (x) => ({ query: `name=standard&team_id=${x.team.id}` }));
on('GET /system/timezones', '-');
on('GET /redirect_location', '-', () => ({ query: 'url=http%3A%2F%2Fexample.com' }));
on('GET /image', '-', () => ({ query: 'url=http%3A%2F%2Fnobody.example%2Fx.png' }));
on('GET /brand/image', '-', undefined, { before: (x) => x.w.try(x.w.people.root, 'DELETE', '/brand/image') });
on('POST /brand/image', '-', () => picture);
on('DELETE /brand/image', '-');
on('PUT /system/notices/view', '-', () => ({ body: ['one'] }));
on('POST /notifications/ack', 'public private group', (x) => ({ body: { id: 'x', platform: 'apple', type: 'message', post_id: x.post.id, is_id_loaded: true } }));
on('POST /notifications/test', '-');
on('GET /terms_of_service', '-');
on('POST /terms_of_service', '-', () => ({ body: { text: 'be kind' } }));
// The System Console
for (const { name } of refused) on(name, '-', () => ({ path: Object.fromEntries([...name.matchAll(/\{(\w+)\}/g)].map(([, n]) => [n, n.endsWith('_id') ? 'z'.repeat(26) : 'teams'])) }));
on('GET /config', '-');
on('PUT /config', '-', () => ({ body: {} }));
on('PUT /config/patch', '-', () => ({ body: { TeamSettings: {} } }));
on('POST /config/reload', '-');
on('GET /config/environment', '-');
on('POST /caches/invalidate', '-');
on('POST /database/recycle', '-');
on('GET /system/schema/version', '-');
on('GET /cluster/status', '-');
on('GET /plugins', '-');
on('GET /plugins/statuses', '-');
on('GET /plugins/marketplace', '-');
on('GET /server_busy', '-');
on('DELETE /server_busy', '-');
on('GET /reports/users', '-');
on('GET /reports/users/count', '-');
on('GET /users/stats/filtered', '-');
on('GET /users/tokens', '-');
on('GET /logs', '-');
on('GET /saml/certificate/status', '-');
on('POST /plugins/marketplace/first_admin_visit', '-');
on('POST /server_busy', '-', () => ({ query: 'seconds=60' }), { after: (x) => x.w.s.api('DELETE', '/server_busy') });
on('POST /restart', '-', () => ({}), { only: (column) => !column.startsWith('admin') });
on('POST /users/tokens/search', '-', () => ({ body: { term: 'x' } }));
on('POST /logs/query', '-', () => ({ body: {} }));
on('GET /logs/download', '-');
on('POST /email/test', '-');
on('POST /file/s3_test', '-', () => ({ body: {} }));
on('POST /site_url/test', '-', (x) => ({ body: { site_url: x.w.s.url } }));
on('GET /license/load_metric', '-');
on('POST /permissions/ancillary', '-', () => ({ body: ['sysconsole_read_plugins'] }));
on('GET /jobs', '-');
on('POST /jobs', '-', () => ({ body: { type: 'hubbub_housekeeping' } }));
on('GET /jobs/type/{job_type}', '-', () => ({ path: { job_type: 'hubbub_housekeeping' } }));
on('GET /jobs/{job_id}', '-', () => ({ path: { job_id: 'zzzzzzzzzzzzzzzzzzzzzzzzzz' } }));
on('POST /jobs/{job_id}/cancel', '-', () => ({ path: { job_id: 'zzzzzzzzzzzzzzzzzzzzzzzzzz' } }));
on('PATCH /jobs/{job_id}/status', '-', () => ({ path: { job_id: 'z'.repeat(26) }, body: { status: 'pending' } }));
// End of the console
on('GET /audits', '-');

// ---- emoji ----

on('POST /emoji', '-', (x) => emojiForm(x.me.id, `e${++made}`));
on('GET /emoji', '-');
on('POST /emoji/names', '-', () => ({ body: ['zqemoji'] }));
on('POST /emoji/search', '-', () => ({ body: { term: 'zqemo' } }));
on('GET /emoji/autocomplete', '-', () => ({ query: 'name=zqemo' }));
on('GET /emoji/name/{emoji_name}', '-', () => ({ path: { emoji_name: 'zqemoji' } }));
on('GET /emoji/{emoji_id}', '-');
on('GET /emoji/{emoji_id}/image', '-');
on('DELETE /emoji/{emoji_id}', '-', (x) => ({ path: { emoji_id: x.emoji.id } }), { before: async (x) => { x.emoji = (await x.w.s.raw('POST', '/api/v4/emoji', { token: x.w.people.root.token, ...emojiForm(x.w.people.root.id, `d${++made}`) })).json; } });

// ---- people ----

on('POST /users', '-', () => ({ body: { email: `m${++made}@example.com`, username: `m${made}`, password: 'password1' } }));
on('GET /users', '- public private group other', (x) => ({ query: x.object === '-' ? 'page=0' : `in_channel=${x.channel.id}` }));
on('POST /users/ids', 'self owner hermit', (x) => ({ body: [x.user.id] }));
on('POST /users/usernames', 'self owner hermit', (x) => ({ body: [x.user.username] }));
on('GET /users/known', '-');
on('POST /users/search', '- public private other', (x) => ({ body: x.object === '-' ? { term: 'zq' } : { term: 'o', in_channel_id: x.channel.id } }));
on('GET /users/autocomplete', '- public private group other', (x) => ({ query: x.object === '-' ? 'name=' : `name=&in_team=${x.team.id}&in_channel=${x.channel.id}` }));
on('POST /users/group_channels', 'group private', (x) => ({ body: [x.channel.id] }));
on('GET /users/stats', '-');
on('GET /users/username/{username}', 'self owner hermit');
on('GET /users/email/{email}', 'self owner hermit');
on('GET /users/{user_id}', 'self owner hermit');
on('GET /users/{user_id}/image', 'self owner hermit');
on('GET /users/{user_id}/image/default', 'self owner hermit');
on('POST /users/{user_id}/image', 'self owner', () => picture);
on('DELETE /users/{user_id}/image', 'self owner');
on('PUT /users/{user_id}', 'self owner', (x) => ({ body: { id: x.user.id, email: x.user.email, username: x.user.username, position: 'p' } }));
on('PUT /users/{user_id}/patch', 'self owner', () => ({ body: { position: 'p' } }));
on('PUT /users/{user_id}/password', 'owner', (x) => ({ path: { user_id: x.user.id }, body: { new_password: 'password1' } }), { before: (x) => somebody(x) });
on('PUT /users/{user_id}/active', 'owner', () => ({ body: { active: true } }));
on('DELETE /users/{user_id}', 'owner', undefined, { before: (x) => { x.user = x.w.people.spare; }, after: (x, r) => ok(r) && root(x, 'PUT', `/users/${x.user.id}/active`, { active: true }) });
on('PUT /users/{user_id}/roles', 'owner self', (x) => ({ body: { roles: x.object === 'owner' ? 'system_user' : 'system_user system_admin' } }), { after: (x, r) => ok(r) && x.object === 'self' && !/^(admin|root)/.test(x.me.column) && root(x, 'PUT', `/users/${x.me.id}/roles`, { roles: x.me.column.startsWith('guest') ? 'system_guest' : 'system_user' }) });
on('POST /users/{user_id}/demote', 'owner', undefined, { before: (x) => { x.user = x.w.people.spare; }, after: (x, r) => ok(r) && root(x, 'POST', `/users/${x.user.id}/promote`) });
on('POST /users/{user_id}/promote', 'owner', undefined, { before: async (x) => { x.user = x.w.people.spare; await root(x, 'POST', `/users/${x.user.id}/demote`); }, after: (x, r) => ok(r) || root(x, 'POST', `/users/${x.user.id}/promote`) });
on('POST /users/{user_id}/mfa/generate', 'self owner');
on('PUT /users/{user_id}/mfa', 'self owner', () => ({ body: { activate: false } }));
on('POST /users/mfa', '-', () => ({ body: { login_id: 'owner' } }));
on('GET /users/{user_id}/terms_of_service', 'self owner', undefined, { before: (x) => x.w.try(x.me, 'POST', `/users/${x.me.id}/terms_of_service`, { serviceTermsId: x.w.terms.id, accepted: true }) });
on('POST /users/{user_id}/terms_of_service', 'self owner', (x) => ({ body: { serviceTermsId: x.w.terms.id, accepted: true } }));
on('GET /users/{user_id}/audits', 'self owner');
on('POST /users/{user_id}/reset_failed_attempts', 'owner');
on('POST /users/{user_id}/email/verify/member', 'owner');
on('GET /users/{user_id}/groups', 'self owner');
on('GET /users/{user_id}/status', 'self owner hermit');
on('PUT /users/{user_id}/status', 'self owner', (x) => ({ body: { user_id: x.user.id, status: 'online' } }));
on('POST /users/status/ids', 'self owner hermit', (x) => ({ body: [x.user.id] }));
on('PUT /users/{user_id}/status/custom', 'self owner', () => ({ body: { emoji: 'tea', text: 'tea' } }));
on('DELETE /users/{user_id}/status/custom', 'self owner');
on('DELETE /users/{user_id}/status/custom/recent', 'self owner', () => ({ body: { emoji: 'tea', text: 'tea' } }));
on('POST /users/{user_id}/status/custom/recent/delete', 'self owner', () => ({ body: { emoji: 'tea', text: 'tea' } }));
on('POST /users/{user_id}/typing', 'public private group public/owner', (x) => ({ body: { channel_id: x.channel.id, parent_id: '' } }));

// ---- signing in ----

on('POST /users/login', '-', () => ({ body: { login_id: 'owner', password: 'password1' } }));
on('POST /users/logout', '-', undefined, { before: async (x) => { x.me = { ...x.me, token: x.me.token && (await root(x, 'POST', `/users/${x.me.id}/tokens`, { description: 'once' })).token }; } });
on('POST /users/login/type', '-', () => ({ body: { login_id: 'owner' } }));
on('POST /users/login/desktop_token', '-', () => ({ body: { token: 'x'.repeat(26), deviceId: '' } }));
on('POST /users/login/switch', '-', () => ({ body: { current_service: 'email', new_service: 'gitlab' } }));
on('POST /users/email/verify/send', '-', () => ({ body: { email: 'owner@example.com' } }));
on('POST /users/email/verify', '-', () => ({ body: { token: 'x'.repeat(64) } }));
on('POST /users/password/reset/send', '-', () => ({ body: { email: 'nobody@example.com' } }));
on('POST /users/password/reset', '-', () => ({ body: { token: 'x'.repeat(64), new_password: 'password1' } }));
on('GET /users/{user_id}/sessions', 'self owner');
on('POST /users/{user_id}/sessions/revoke', 'owner', (x) => ({ body: { session_id: x.session.id } }), { before: async (x) => { await x.w.s.login('owner'); const all = await root(x, 'GET', `/users/${own(x).id}/sessions`); x.session = all.find((a) => a.id !== x.w.own.session.id); x.w.secret('own', x.session.id); } });
on('POST /users/{user_id}/sessions/revoke/all', 'owner', undefined, { before: (x) => { x.user = x.w.people.spare; } });
on('POST /users/sessions/revoke/all', '-', undefined, { only: (c) => !c.startsWith('admin') });
on('PUT /users/sessions/device', '-', () => ({ body: { device_id: 'android_rn:x' } }));
on('POST /users/{user_id}/tokens', 'self owner', () => ({ body: { description: 'd' } }));
on('GET /users/{user_id}/tokens', 'self owner');
on('GET /users/tokens/{token_id}', 'owner');
on('POST /users/tokens/disable', 'owner', (x) => ({ body: { token_id: x.token.id } }), { before: newToken });
on('POST /users/tokens/enable', 'owner', (x) => ({ body: { token_id: x.token.id } }), { before: newToken });
on('POST /users/tokens/revoke', 'owner', (x) => ({ body: { token_id: x.token.id } }), { before: newToken });

// ---- one's own ----

on('GET /users/{user_id}/preferences', 'self owner');
on('PUT /users/{user_id}/preferences', 'self owner', (x) => ({ body: [{ user_id: x.user.id, category: 'display_settings', name: 'note2', value: 'v' }] }));
on('PUT /users/{user_id}/preferences', 'public private group', (x) => ({ body: [{ user_id: x.me.id, category: 'flagged_post', name: x.post.id, value: 'true' }] }), { object: (o) => `${o} flagged` });
on('POST /users/{user_id}/preferences/delete', 'self owner', (x) => ({ body: [{ user_id: x.user.id, category: 'display_settings', name: 'note2', value: '' }] }));
const noted = (x) => x.w.try(x.me, 'PUT', `/users/${x.me.id}/preferences`, [{ user_id: x.me.id, category: 'other', name: 'note', value: 'v' }]);
on('GET /users/{user_id}/preferences/{category}', 'self owner', (x) => ({ path: { category: x.user === x.me ? 'other' : 'display_settings' } }), { before: noted });
on('GET /users/{user_id}/preferences/{category}/name/{preference_name}', 'self owner', (x) => ({ path: { category: x.user === x.me ? 'other' : 'display_settings' } }), { before: noted });
on('POST /drafts', 'public private group', (x) => ({ body: { channel_id: x.channel.id, message: 'half' } }));
on('POST /drafts', 'private', (x) => ({ body: { channel_id: x.channel.id, root_id: x.post.id, message: 'half' } }), { object: () => 'private reply' });
on('GET /users/{user_id}/teams/{team_id}/drafts', 'self owner other');
on('DELETE /users/{user_id}/channels/{channel_id}/drafts', 'public private public/owner private/owner', undefined);
on('DELETE /users/{user_id}/channels/{channel_id}/drafts/{thread_id}', 'public private public/owner');
on('POST /posts/schedule', 'public private group', (x) => ({ body: { channel_id: x.channel.id, message: 'later', scheduled_at: 4e12 } }), { after: (x, r) => ok(r) && x.w.as(x.me, 'DELETE', `/posts/schedule/${r.json.id}`) });
on('GET /posts/scheduled/team/{team_id}', 'public other', () => ({ query: 'includeDirectChannels=true' }));
on('PUT /posts/schedule/{scheduled_post_id}', 'public private', (x) => ({ body: { id: x.scheduled.id, channel_id: x.channel.id, user_id: x.me.id, message: 'changed', scheduled_at: 4e12 } }));
on('DELETE /posts/schedule/{scheduled_post_id}', 'public private');
const categories = '/users/{user_id}/teams/{team_id}/channels/categories';
on(`GET ${categories}`, 'self owner other');
on(`POST ${categories}`, 'self owner private other', (x) => ({ body: { display_name: 'C', channel_ids: x.object === 'private' ? [x.channel.id] : [] } }), { after: (x, r) => ok(r) && x.w.try(x.user === x.me ? x.me : x.w.people.root, 'DELETE', `/users/${x.user.id}/teams/${x.team.id}/channels/categories/${r.json.id}`) });
on(`PUT ${categories}`, 'self owner', (x) => ({ body: [{ id: (x.user === x.me ? x.category?.id : null) ?? x.w.own.category.id, user_id: x.user.id, team_id: x.w.alpha.id, display_name: 'C', type: 'custom', channel_ids: [] }] }), { before: newCategory });
on(`GET ${categories}/order`, 'self owner');
on(`PUT ${categories}/order`, 'self owner', (x) => ({ body: x.order ?? [] }), { before: async (x) => { const r = await x.w.try(x.user === x.me ? x.me : x.w.people.root, 'GET', `/users/${x.user.id}/teams/${x.w.alpha.id}/channels/categories/order`); x.order = r.status === 200 ? r.json : []; } });
on(`GET ${categories}/{category_id}`, 'self owner', (x) => ({ path: { category_id: (x.user === x.me ? x.category?.id : null) ?? x.w.own.category.id } }), { before: newCategory });
on(`PUT ${categories}/{category_id}`, 'self owner', (x) => ({ path: { category_id: (x.user === x.me ? x.category?.id : null) ?? x.w.own.category.id }, body: { display_name: 'C', channel_ids: [] } }), { before: newCategory });
on(`DELETE ${categories}/{category_id}`, 'self', (x) => ({ path: { category_id: x.category?.id ?? x.w.own.category.id } }), { before: newCategory });
on(`DELETE ${categories}/{category_id}`, 'owner', (x) => ({ path: { category_id: x.category.id } }), { before: async (x) => { x.category = await x.w.as(own(x), 'POST', `/users/me/teams/${x.w.alpha.id}/channels/categories`, { display_name: word('own'), channel_ids: [] }); x.w.secret('own', x.category.id); } });

// ---- files ----

on('POST /files', 'public private group', (x) => ({ query: `channel_id=${x.channel.id}&filename=a.txt`, body: 'raw' }));
on('POST /files', 'private', (x) => form([['channel_id', x.channel.id]], [['files', 'a.txt', 'hello']]), { object: () => 'private form' });
for (const form of ['', '/thumbnail', '/preview']) {
	on(`GET /files/{file_id}${form}`, 'public private group');
	on(`HEAD /files/{file_id}${form}`, 'public private group');
}
on('GET /files/{file_id}', 'private', (x) => ({ path: { file_id: x.loose.id } }), { object: () => 'owner loose' });
on('GET /files/{file_id}/info', 'public private group');
on('GET /files/{file_id}/link', 'public private group');
on('GET /files/{file_id}/public', 'private', () => ({ query: `h=${'x'.repeat(43)}` }));
on('HEAD /files/{file_id}/public', 'private', () => ({ query: `h=${'x'.repeat(43)}` }));
on('GET /posts/{post_id}/files/info', 'public private group');
on('POST /teams/{team_id}/files/search', 'public other', (x) => ({ body: { terms: `zq${x.kind}` } }));
on('POST /files/search', 'private', (x) => ({ body: { terms: `zq${x.kind}` } }));
on('POST /uploads', 'public private group', (x) => ({ body: { channel_id: x.channel.id, filename: 'u.txt', file_size: 5 } }));
on('GET /uploads/{upload_id}', 'public private', undefined);
on('GET /uploads/{upload_id}', 'public', undefined, { object: () => 'own', before: ownUpload });
on('POST /uploads/{upload_id}', 'public private', () => ({ body: 'hello' }));
on('POST /uploads/{upload_id}', 'public', () => ({ body: 'hello' }), { object: () => 'own', before: ownUpload });
on('GET /users/{user_id}/uploads', 'self owner');

// ---- teams ----

on('POST /teams', '-', () => ({ body: { name: `team${++made}`, display_name: 'T', type: 'I' } }));
on('GET /teams', '-');
on('POST /teams/search', '-', () => ({ body: { term: 'zq' } }));
on('GET /teams/name/{team_name}', 'public other');
on('GET /teams/name/{team_name}/exists', 'public other');
on('GET /teams/invite/{invite_id}', 'public');
on('GET /teams/{team_id}', 'public other');
on('PUT /teams/{team_id}', 'public other', (x) => ({ body: { ...x.team, description: 'd' } }), { after: teamAgain });
on('PUT /teams/{team_id}/patch', 'public other', () => ({ body: { description: 'd' } }), { after: teamAgain });
on('PUT /teams/{team_id}/privacy', 'public other', () => ({ body: { privacy: 'I' } }));
on('POST /teams/{team_id}/regenerate_invite_id', 'public other');
on('DELETE /teams/{team_id}', 'public other', undefined, { after: (x, r) => ok(r) && root(x, 'POST', `/teams/${x.team.id}/restore`) });
on('POST /teams/{team_id}/restore', 'public other');
on('GET /teams/{team_id}/stats', 'public other');
on('GET /teams/{team_id}/image', 'public other', undefined, { before: (x) => x.w.s.raw('POST', `/api/v4/teams/${x.team.id}/image`, { token: x.w.people.root.token, ...picture }) });
on('POST /teams/{team_id}/image', 'public other', () => picture);
on('DELETE /teams/{team_id}/image', 'public other');
on('PUT /teams/{team_id}/scheme', 'public other', () => ({ body: { scheme_id: '' } }));
on('GET /users/{user_id}/teams', 'self owner');
on('GET /users/{user_id}/teams/unread', 'self owner');
on('GET /users/{user_id}/teams/{team_id}/unread', 'public other public/owner');
on('GET /users/{user_id}/teams/members', 'self owner');
on('GET /teams/{team_id}/members', 'public other');
on('POST /teams/{team_id}/members', 'public', (x) => ({ body: { team_id: x.team.id, user_id: x.w.people.hermit.id } }), { after: (x, r) => ok(r) && root(x, 'DELETE', `/teams/${x.team.id}/members/${x.w.people.hermit.id}`) });
on('POST /teams/{team_id}/members', 'other', (x) => ({ body: { team_id: x.team.id, user_id: x.me.id } }), { after: (x, r) => ok(r) && !x.members.some((m) => m.id === x.me.id) && root(x, 'DELETE', `/teams/${x.team.id}/members/${x.me.id}`) });
on('POST /teams/{team_id}/members/batch', 'public other', (x) => ({ body: [{ team_id: x.team.id, user_id: x.w.people.spare.id }] }), { after: (x, r) => ok(r) && x.team === x.w.beta && root(x, 'DELETE', `/teams/${x.team.id}/members/${x.w.people.spare.id}`) });
on('POST /teams/{team_id}/members/ids', 'public other', (x) => ({ body: [x.w.people.owner.id] }));
on('GET /teams/{team_id}/members/{user_id}', 'public public/owner other/hermit', undefined);
on('PUT /teams/{team_id}/members/{user_id}/roles', 'public/owner other/hermit', () => ({ body: { roles: 'team_user' } }));
on('PUT /teams/{team_id}/members/{user_id}/schemeRoles', 'public/owner other/hermit', () => ({ body: { scheme_user: true, scheme_admin: false } }));
on('DELETE /teams/{team_id}/members/{user_id}', 'public other', (x) => ({ path: { user_id: x.gone.id } }), { before: async (x) => { x.gone = x.w.people.spare; await root(x, 'POST', `/teams/${x.team.id}/members`, { team_id: x.team.id, user_id: x.gone.id }); }, after: (x) => x.w.try(x.w.people.root, x.team === x.w.beta ? 'DELETE' : 'POST', x.team === x.w.beta ? `/teams/${x.team.id}/members/${x.gone.id}` : `/teams/${x.team.id}/members`, { team_id: x.team.id, user_id: x.gone.id }) });
on('POST /teams/members/invite', 'public', () => ({ query: `invite_id=${'z'.repeat(26)}` }));
on('POST /teams/{team_id}/invite/email', 'public other', () => ({ body: [`i${++made}@example.com`] }), { after: (x) => x.w.try(x.w.people.root, 'DELETE', '/teams/invites/email') });
on('POST /teams/{team_id}/invite-guests/email', 'public private other', (x) => ({ body: { emails: [`i${++made}@example.com`], channels: [x.channel.id] } }), { after: (x) => x.w.try(x.w.people.root, 'DELETE', '/teams/invites/email') });
on('DELETE /teams/invites/email', '-');
on('GET /teams/{team_id}/groups', 'public other');
on('GET /teams/{team_id}/groups_by_channels', 'public other');

// ---- channels ----

on('POST /channels', 'public other', (x) => ({ body: { team_id: x.team.id, name: `c${++made}`, display_name: 'C', type: 'O' } }));
on('POST /channels', 'public other', (x) => ({ body: { team_id: x.team.id, name: `c${++made}`, display_name: 'C', type: 'P' } }), { object: (o) => `${o} closed` });
on('POST /channels/direct', 'owner', (x) => ({ body: [x.me.id, x.user.id] }));
on('POST /channels/direct', 'hermit', (x) => ({ body: [x.w.people.owner.id, x.w.people.spare.id] }), { object: () => 'of others' });
on('POST /channels/group', 'owner', (x) => ({ body: [x.me.id, x.user.id, x.w.people.spare.id] }));
on('GET /channels/{channel_id}', 'public private group direct other');
on('PUT /channels/{channel_id}', 'public private', (x) => ({ body: { ...x.channel, header: 'h' } }), { after: channelAsItWas });
on('PUT /channels/{channel_id}/patch', 'public private group other', () => ({ body: { header: 'h' } }), { after: channelAsItWas });
on('PUT /channels/{channel_id}/privacy', 'public', () => ({ body: { privacy: 'P' } }), { after: (x, r) => ok(r) && root(x, 'PUT', `/channels/${x.channel.id}/privacy`, { privacy: 'O' }) });
on('PUT /channels/{channel_id}/privacy', 'private', () => ({ body: { privacy: 'O' } }), { after: (x, r) => ok(r) && root(x, 'PUT', `/channels/${x.channel.id}/privacy`, { privacy: 'P' }) });
on('GET /channels', '-');
on('POST /channels/search', '-', () => ({ body: { term: 'zq' } }));
on('POST /channels/search', '-', () => ({ query: 'system_console=false', body: { term: 'zq' } }), { object: () => 'one\'s own' });
on('POST /channels/{channel_id}/move', 'public private other', (x) => ({ body: { team_id: x.team.id } }));
on('GET /channels/{channel_id}/members_minus_group_members', 'public private', (x) => ({ query: `group_ids=${x.w.group.id}` }));
on('GET /teams/{team_id}/members_minus_group_members', 'public other', (x) => ({ query: `group_ids=${x.w.group.id}` }));
on('DELETE /channels/{channel_id}', 'public private other', undefined, { after: restored });
on('POST /channels/{channel_id}/restore', 'public private', undefined, { before: archivedFirst, after: (x, r) => ok(r) || root(x, 'POST', `/channels/${x.channel.id}/restore`) });
on('POST /channels/{channel_id}/convert_to_channel', 'group', (x) => ({ body: { channel_id: x.channel.id, team_id: x.w.alpha.id, name: `v${++made}`, display_name: 'V' } }), { before: async (x) => { x.channel = await x.w.as(own(x), 'POST', '/channels/group', [...x.members.filter((m) => x.me.id === m.id).map((m) => m.id), own(x).id, x.w.people.spare.id, x.w.people.second.id]); x.w.secret('gm', x.channel.id, x.channel.name); } });
on('POST /channels/group/search', 'group', () => ({ body: { term: 'owner' } }));
on('GET /channels/{channel_id}/stats', 'public private group other');
on('GET /channels/{channel_id}/pinned', 'public private group other');
on('GET /channels/{channel_id}/timezones', 'public private group');
on('GET /channels/{channel_id}/common_teams', 'group');
on('GET /channels/{channel_id}/groups', 'public private');
on('GET /channels/{channel_id}/moderations', 'public private');
on('PUT /channels/{channel_id}/moderations/patch', 'public private', () => ({ body: [] }));
on('PUT /channels/{channel_id}/scheme', 'public private', () => ({ body: { scheme_id: '' } }));
on('GET /teams/{team_id}/channels', 'public other');
on('GET /teams/{team_id}/channels/deleted', 'public other');
on('GET /teams/{team_id}/channels/private', 'public other');
on('POST /teams/{team_id}/channels/ids', 'public private other', (x) => ({ body: [x.channel.id] }));
on('POST /teams/{team_id}/channels/search', 'public other', () => ({ body: { term: 'zq' } }));
on('GET /teams/{team_id}/channels/autocomplete', 'public other', () => ({ query: 'name=zq' }));
on('GET /teams/{team_id}/channels/search_autocomplete', 'public other', () => ({ query: 'name=zq' }));
on('GET /teams/{team_id}/channels/name/{channel_name}', 'public private other');
on('GET /teams/{team_id}/channels/name/{channel_name}', 'group direct', undefined, {});
on('GET /teams/name/{team_name}/channels/name/{channel_name}', 'public private other');
on('GET /users/{user_id}/channels', 'self owner', () => ({ query: 'include_deleted=true' }));
on('GET /users/{user_id}/teams/{team_id}/channels', 'self owner other');
on('GET /channels/{channel_id}/members', 'public private group other');
on('POST /channels/{channel_id}/members', 'public private', (x) => ({ body: { user_id: x.me.id } }), { object: (o) => `${o} self`, after: back });
on('POST /channels/{channel_id}/members', 'public private group other', (x) => ({ body: { user_id: x.w.people.spare.id } }), { before: spareOut, after: spareOut });
on('POST /channels/{channel_id}/members/ids', 'public private group', (x) => ({ body: [x.w.people.owner.id] }));
on('GET /channels/{channel_id}/members/{user_id}', 'public/owner private/owner group/owner');
on('GET /channels/{channel_id}/members/{user_id}', 'public private', undefined, { object: (o) => `${o} self` });
on('DELETE /channels/{channel_id}/members/{user_id}', 'public private group', undefined, { object: (o) => `${o} self`, after: back });
on('DELETE /channels/{channel_id}/members/{user_id}', 'public private', (x) => ({ path: { user_id: x.w.people.spare.id } }), { before: spareIn, after: spareOut });
on('PUT /channels/{channel_id}/members/{user_id}/roles', 'public/owner private/owner', () => ({ body: { roles: 'channel_user' } }));
on('PUT /channels/{channel_id}/members/{user_id}/schemeRoles', 'public/owner private/owner', () => ({ body: { scheme_user: true, scheme_admin: false } }));
on('PUT /channels/{channel_id}/members/{user_id}/notify_props', 'public private group private/owner', () => ({ body: { desktop: 'all' } }));
on('GET /users/{user_id}/channel_members', 'self owner', () => ({ query: 'page=-1' }));
on('GET /users/{user_id}/teams/{team_id}/channels/members', 'self owner other');
on('POST /channels/stats/member_count', 'public private group', (x) => ({ body: [x.channel.id] }));
on('POST /channels/members/{user_id}/view', 'public private public/owner', (x) => ({ body: { channel_id: x.channel.id } }));
on('POST /channels/members/{user_id}/mark_read', 'public private public/owner', (x) => ({ body: [x.channel.id] }));
on('GET /users/{user_id}/channels/{channel_id}/unread', 'public private group private/owner');
on('POST /users/{user_id}/posts/{post_id}/set_unread', 'public private group private/owner', () => ({ body: { collapsed_threads_supported: false } }));
for (const [method, path, body] of [['GET', ''], ['POST', '', { display_name: 'B', type: 'link', link_url: 'https://example.com' }], ['PATCH', '/{bookmark_id}', { display_name: 'C' }], ['DELETE', '/{bookmark_id}'], ['POST', '/{bookmark_id}/sort_order', '0']]) {
	const after = path || method === 'GET' ? noBookmark : (x, r) => ok(r) && x.w.as(x.owner, 'DELETE', `/channels/${x.channel.id}/bookmarks/${r.json.id}`);
	on(`${method} /channels/{channel_id}/bookmarks${path}`, 'public private group', () => ({ body }), path ? { before: newBookmark, after } : method === 'POST' ? { after } : {});
}

// ---- posts ----

on('POST /posts', 'public private group direct other', (x) => ({ body: { channel_id: x.channel.id, message: word(x.kind) } }));
on('POST /posts', 'private', (x) => ({ body: { channel_id: x.channel.id, root_id: x.post.id, message: word(x.kind) } }), { object: () => 'private reply' });
on('POST /posts', 'private', (x) => ({ body: { channel_id: x.w.lobby.id, root_id: x.post.id, message: 'elsewhere' } }), { object: () => 'private elsewhere' });
on('POST /posts', 'private', (x) => ({ body: { channel_id: x.w.lobby.id, message: 'with a file', file_ids: [x.file.id, x.loose.id] } }), { object: () => 'private file' });
on('POST /posts', 'private', (x) => ({ body: { channel_id: x.w.lobby.id, message: linkTo(x.w, x.quoted) } }), { object: () => 'private quote' });
on('GET /posts/{post_id}', 'private', (x) => ({ path: { post_id: x.quote.id } }), { object: () => 'private quote' });
on('GET /channels/{channel_id}/posts', 'private', (x) => ({ path: { channel_id: x.w.lobby.id }, query: 'per_page=200' }), { object: () => 'private quote' });
on('POST /posts/{post_id}/actions/{action_id}', 'public private group direct other', (x) => ({ path: { post_id: x.shown.id, action_id: 'press' }, body: { selected_option: '' } }));
on('POST /actions/dialogs/open', '-', (x) => ({ body: { trigger_id: 'none', url: x.w.integration.url, dialog: { title: 'T', elements: [] } } }));
on('POST /actions/dialogs/submit', 'public private group direct other', (x) => ({ body: { url: x.w.integration.url, channel_id: x.channel.id, team_id: x.team.id, submission: { a: 'b' } } }));
on('POST /actions/dialogs/lookup', 'public private group direct other', (x) => ({ body: { url: `${x.w.integration.url}/lookup`, channel_id: x.channel.id, team_id: x.team.id, submission: { query: 'a' } } }));
on('POST /posts/ids', 'public private group direct', (x) => ({ body: [x.post.id] }));
on('POST /posts/ephemeral', 'public private', (x) => ({ body: { user_id: x.w.people.owner.id, post: { channel_id: x.channel.id, message: 'm' } } }));
on('GET /posts/{post_id}', 'public private group direct other');
on('GET /posts/{post_id}', 'private', (x) => ({ path: { post_id: x.gone.id }, query: 'include_deleted=true' }), { object: () => 'private deleted' });
on('GET /posts/{post_id}', 'private', (x) => ({ path: { post_id: x.w.oldPost.id } }), { object: () => 'archived' });
on('PUT /posts/{post_id}', 'public private', (x) => ({ body: { id: x.post.id, message: word(x.kind) } }), { object: (o) => `${o} own`, before: mine });
on('PUT /posts/{post_id}', 'public private', (x) => ({ body: { id: x.post.id, message: word(x.kind) } }), { before: others });
on('PUT /posts/{post_id}/patch', 'public private group', (x) => ({ body: { message: word(x.kind) } }), { object: (o) => `${o} own`, before: mine });
on('PUT /posts/{post_id}/patch', 'public private group', (x) => ({ body: { message: word(x.kind) } }), { before: others });
on('PUT /posts/{post_id}/patch', 'public private', (x) => ({ body: { props: { note: word(x.kind) } } }), { object: (o) => `${o} props`, before: others });
on('DELETE /posts/{post_id}', 'public private group', undefined, { object: (o) => `${o} own`, before: mine });
on('DELETE /posts/{post_id}', 'public private group other', undefined, { before: others });
on('POST /posts/{post_id}/pin', 'public private group other');
on('POST /posts/{post_id}/unpin', 'public private group', undefined, { after: (x, r) => ok(r) && x.w.as(x.owner, 'POST', `/posts/${x.post.id}/pin`) });
on('GET /posts/{post_id}/thread', 'public private group direct');
on('GET /posts/{post_id}/info', 'public private group direct');
on('GET /posts/{post_id}/edit_history', 'public private', (x) => ({ path: { post_id: x.edited.id } }));
on('POST /posts/{post_id}/restore/{restore_version_id}', 'public private', (x) => ({ path: { post_id: x.edited.id } }));
on('POST /posts/ids/reactions', 'public private group', (x) => ({ body: [x.post.id] }));
on('GET /posts/{post_id}/reactions', 'public private group');
on('POST /reactions', 'public private group', (x) => ({ body: { user_id: x.me.id, post_id: x.post.id, emoji_name: 'smile' } }));
on('POST /reactions', 'public', (x) => ({ body: { user_id: x.w.people.owner.id, post_id: x.post.id, emoji_name: 'tada' } }), { object: () => 'public of others' });
on('DELETE /users/{user_id}/posts/{post_id}/reactions/{emoji_name}', 'public private group public/owner');
on('GET /channels/{channel_id}/posts', 'public private group direct other', () => ({ query: 'per_page=200' }));
on('GET /channels/{channel_id}/posts', 'private', (x) => ({ path: { channel_id: x.w.old.id } }), { object: () => 'archived' });
on('GET /channels/{channel_id}/posts', 'private', (x) => ({ path: { channel_id: x.w.lobby.id }, query: `before=${x.post.id}` }), { object: () => 'private before' });
on('GET /users/{user_id}/channels/{channel_id}/posts/unread', 'public private group private/owner');
on('GET /users/{user_id}/posts/flagged', 'self owner');
on('POST /users/{user_id}/posts/{post_id}/reminder', 'public private group private/owner', () => ({ body: { target_time: 4e9 } }));
on('POST /users/{user_id}/posts/{post_id}/ack', 'public private group private/owner', undefined, { before: asks });
on('DELETE /users/{user_id}/posts/{post_id}/ack', 'public private', undefined, { before: async (x) => { await asks(x); await x.w.try(x.me, 'POST', `/users/me/posts/${x.post.id}/ack`); } });
on('POST /teams/{team_id}/posts/search', 'public private other', (x) => ({ body: { terms: `zq${x.kind}*`, is_or_search: false } }));
on('POST /teams/{team_id}/posts/search', 'private', (x) => ({ body: { terms: `in:${x.channel.name}` } }), { object: () => 'private in' });
on('POST /posts/search', 'private direct', (x) => ({ body: { terms: `zq${x.kind}*` } }));
const threads = '/users/{user_id}/teams/{team_id}/threads';
on(`GET ${threads}`, 'self owner other', () => ({ query: 'extended=true' }));
on(`GET ${threads}`, 'private', (x) => ({ query: `before=${x.post.id}` }), { object: () => 'private before' });
on(`PUT ${threads}/read`, 'self owner other');
on(`GET ${threads}/{thread_id}`, 'public private group private/owner', undefined, { before: follows });
on(`PUT ${threads}/{thread_id}/following`, 'public private group private/owner');
on(`DELETE ${threads}/{thread_id}/following`, 'public private group', undefined);
on(`PUT ${threads}/{thread_id}/read/{timestamp}`, 'public private group', undefined, { before: follows });
on(`POST ${threads}/{thread_id}/set_unread/{post_id}`, 'public private group', (x) => ({ path: { post_id: x.reply.id } }), { before: follows });

// ---- integrations ----

on('POST /hooks/incoming', 'public private other', (x) => ({ body: { channel_id: x.channel.id, display_name: 'made' } }));
on('GET /hooks/incoming', '-');
on('GET /hooks/incoming', 'public other', (x) => ({ query: `team_id=${x.team.id}&include_total_count=true` }));
on('GET /hooks/incoming/{hook_id}', 'public private other');
on('PUT /hooks/incoming/{hook_id}', 'public private other', (x) => ({ body: { ...x.hook, description: 'd' } }), { before: newHook });
on('DELETE /hooks/incoming/{hook_id}', 'public private other', undefined, { before: newHook });
on('POST /hooks/{hook}', 'public private', () => ({ body: { text: 'from outside' } }), {});
on('POST /hooks/outgoing', 'public private other', (x) => ({ body: { team_id: x.team.id, channel_id: x.channel.id, display_name: 'made', trigger_words: ['t'], callback_urls: [`${x.w.integration.url}/o`] } }));
on('GET /hooks/outgoing', '-');
on('GET /hooks/outgoing', 'public other', (x) => ({ query: `team_id=${x.team.id}` }));
on('GET /hooks/outgoing', 'private', (x) => ({ query: `channel_id=${x.channel.id}` }), { object: () => 'private' });
const outOf = (x) => ({ path: { hook_id: x.out.id } });
on('GET /hooks/outgoing/{hook_id}', 'public other', outOf);
on('PUT /hooks/outgoing/{hook_id}', 'public other', (x) => ({ ...outOf(x), body: { ...x.out, description: 'd' } }), { before: newOut });
on('DELETE /hooks/outgoing/{hook_id}', 'public other', outOf, { before: newOut });
on('POST /hooks/outgoing/{hook_id}/regen_token', 'public other', outOf, { before: newOut });
on('POST /commands', 'public other', (x) => ({ body: { team_id: x.team.id, trigger: `r${++made}`, method: 'P', url: x.w.integration.url } }));
on('GET /commands', 'public other', (x) => ({ query: `team_id=${x.team.id}` }));
on('GET /commands', 'public other', (x) => ({ query: `team_id=${x.team.id}&custom_only=true` }), { object: (o) => `${o} custom` });
on('GET /commands/{command_id}', 'public other');
on('PUT /commands/{command_id}', 'public other', (x) => ({ body: { ...x.command, description: 'd' } }), { before: newCommand });
on('PUT /commands/{command_id}/regen_token', 'public other', undefined, { before: newCommand });
on('PUT /commands/{command_id}/move', 'public other', (x) => ({ body: { team_id: x.team.id } }), { before: newCommand });
on('DELETE /commands/{command_id}', 'public other', undefined, { before: newCommand });
on('POST /commands/execute', 'public private group', (x) => ({ body: { command: '/shrug', channel_id: x.channel.id, team_id: x.team.id } }));
on('POST /commands/execute', 'private', (x) => ({ body: { command: `/join ~${x.channel.name}`, channel_id: x.w.lobby.id, team_id: x.team.id } }), { object: () => 'private join', after: back });
on('POST /commands/execute', 'hermit', (x) => ({ body: { command: `/msg @${x.user.username} hello`, channel_id: x.w.lobby.id, team_id: x.team.id } }), { object: () => 'hermit message' });
on('POST /commands/execute', 'hermit', (x) => ({ body: { command: `/invite @${x.user.username}`, channel_id: x.w.lobby.id, team_id: x.team.id } }), { object: () => 'hermit invite' });
on('POST /hooks/commands/{reply}', '-', () => ({ body: { text: 'later' } }));
on('GET /teams/{team_id}/commands/autocomplete', 'public other');
on('GET /teams/{team_id}/commands/autocomplete_suggestions', 'public other', (x) => ({ query: `user_input=/zq&channel_id=${x.channel.id}` }));
on('POST /bots', '-', () => ({ body: { username: `b${++made}`, display_name: 'B' } }));
on('GET /bots', '-');
on('GET /bots/{bot_user_id}', '-', undefined, { before: newBot });
on('PUT /bots/{bot_user_id}', '-', () => ({ body: { display_name: 'C' } }), { before: newBot });
on('POST /bots/{bot_user_id}/enable', '-', undefined, { before: newBot });
on('POST /bots/{bot_user_id}/disable', '-', undefined, { before: newBot });
on('POST /bots/{bot_user_id}/convert_to_user', '-', () => ({ body: { password: 'password1' } }), { before: newBot });
on('POST /users/{user_id}/convert_to_bot', 'owner', undefined, { before: somebody });
on('PUT /users/{user_id}/auth', 'owner', () => ({ body: { auth_service: 'email' } }), { before: somebody });
on('POST /bots/{bot_user_id}/assign/{user_id}', 'owner', undefined, { before: newBot });

// ---- groups, schemes ----

on('GET /groups', '-');
on('GET /groups', 'public private other', (x) => ({ query: `not_associated_to_channel=${x.channel.id}` }));
on('POST /groups', '-', (x) => ({ body: { name: `h${++made}`, display_name: 'H', source: 'custom', allow_reference: true, user_ids: [x.w.people.owner.id] } }));
on('POST /groups/names', '-', (x) => ({ body: [x.w.group.name] }));
on('GET /groups/{group_id}', '-', () => ({ query: 'include_member_ids=true' }));
on('GET /groups/{group_id}/stats', '-');
on('GET /groups/{group_id}/members', '-');
const groupOf = (body) => (x) => ({ path: { group_id: x.group.id }, body: body?.(x) });
on('PUT /groups/{group_id}/patch', '-', groupOf(() => ({ display_name: 'I' })), { before: newGroup });
on('DELETE /groups/{group_id}', '-', groupOf(), { before: newGroup });
on('POST /groups/{group_id}/restore', '-', groupOf(), { before: async (x) => { await newGroup(x); await root(x, 'DELETE', `/groups/${x.group.id}`); } });
on('POST /groups/{group_id}/members', '-', groupOf((x) => ({ user_ids: [x.w.people.spare.id] })), { before: newGroup });
on('DELETE /groups/{group_id}/members', '-', groupOf((x) => ({ user_ids: [x.w.people.owner.id] })), { before: newGroup });
on('GET /schemes', '-');
on('POST /schemes', '-', () => ({ body: { name: `k${++made}`, display_name: 'K', scope: 'team' } }));
on('GET /schemes/{scheme_id}', '-');
on('GET /schemes/{scheme_id}/teams', '-');
on('GET /schemes/{scheme_id}/channels', '-', (x) => ({ path: { scheme_id: x.w.channelScheme.id } }));
on('PUT /schemes/{scheme_id}/patch', '-', () => ({ body: { description: 'd' } }));
on('DELETE /schemes/{scheme_id}', '-', (x) => ({ path: { scheme_id: x.scheme.id } }), { before: newScheme });

// The object's name in the table.
export const nameOf = (call, object) => (call.object ? call.object(object) : object);
export { upload };
