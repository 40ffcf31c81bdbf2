// boot - what the official web app asks when it starts, in its order (API.md A.5).
import { base, client, state } from './state.js';

// channel_members?page=-1 comes line by line.
async function allMembers() {
	const r = await fetch(`${client.getBaseRoute()}/users/me/channel_members?page=-1&per_page=60`, { headers: { 'X-Requested-With': 'XMLHttpRequest' } });
	if (r.headers.get('Content-Type') !== 'application/x-ndjson') throw new Error('members are not in lines');
	return (await r.text()).split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

export async function beforeLogin() {
	state.config = await client.getClientConfig();
	state.license = await client.getClientLicenseOld();
}

export async function afterLogin() {
	state.locales = state.config.AvailableLocales.split(',');
	state.schemes = state.config.CustomUrlSchemes.split(',');
	const [me, preferences, teams, teamMembers] = await Promise.all([client.getMe(), client.getMyPreferences(), client.getMyTeams(), client.getMyTeamMembers()]);
	Object.assign(state, { me, preferences, teams });
	await client.getMyTeamUnreads(true);
	await client.getServerLimits();
	const names = new Set([me.roles, ...teamMembers.map((m) => m.roles)].join(' ').split(' '));
	state.roles = await client.getRolesByNames([...names]);
	state.may = new Set(state.roles.flatMap((r) => r.permissions));
}

// The channels, after the WebSocket began: what comes meanwhile is applied twice at worst, never lost.
export async function places() {
	const channels = await client.getAllTeamsChannels(), members = await allMembers();
	state.channels = new Map(channels.map((c) => [c.id, c]));
	state.members = new Map(members.map((m) => [m.channel_id, m]));
	state.team ??= state.teams.find((t) => location.pathname.startsWith(`${base}/${t.name}/`)) ?? state.teams[0];
}

export async function team() {
	const t = state.team.id;
	state.categories = await client.getChannelCategories(state.me.id, t);
	state.drafts = await client.getUserDrafts(t);
	state.scheduled = await client.getScheduledPosts(t, true);
	state.threads = await client.getUserThreads('me', t, { totalsOnly: true });
	state.notices = await client.getInProductNotices(t, 'web', '11.6.0');
	state.people = new Map((await client.getProfiles(0, 100)).map((u) => [u.id, u]));
	state.agents = await client.getAgentsStatus();
	state.attributes = await client.getCustomProfileAttributeFields();
}
