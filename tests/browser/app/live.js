// live - the WebSocket: what comes in changes what is known; what may have been missed is asked for.
import { WebSocketClient } from '@mattermost/client';
import { $, base, client, state, tell } from './state.js';
import { drawChannels, drawPosts } from './view.js';
import { keep } from './speak.js';
import * as boot from './boot.js';

export const socket = new WebSocketClient({ minWebSocketRetryTime: 200, reconnectJitterRange: 50, maxWebSocketRetryTime: 1000 });
const seen = { events: 0, missed: 0, connects: 0 };
window.seen = seen;

function posted(data) {
	const post = JSON.parse(data.post), channel = state.channels.get(post.channel_id), member = state.members.get(post.channel_id);
	if (!channel || state.posts.has(post.id) && post.user_id !== state.me.id) return;
	keep(post);
	if (post.root_id) {
		const root = state.posts.get(post.root_id);
		if (root) root.reply_count = post.reply_count;
	} else {
		channel.total_msg_count_root++;
		if (post.user_id === state.me.id || post.channel_id === state.current) member.msg_count_root++;
		else if (data.mentions && JSON.parse(data.mentions).includes(state.me.id)) member.mention_count_root++;
	}
}

function reaction(data, there) {
	const r = JSON.parse(data.reaction), post = state.posts.get(r.post_id);
	if (!post) return;
	const others = (post.metadata?.reactions ?? []).filter((x) => x.user_id !== r.user_id || x.emoji_name !== r.emoji_name);
	post.metadata = { ...post.metadata, reactions: there ? [...others, r] : others };
}

const takes = {
	posted,
	post_edited: (data) => keep(JSON.parse(data.post)),
	post_deleted: (data) => { const p = JSON.parse(data.post); state.posts.delete(p.id); },
	reaction_added: (data) => reaction(data, true),
	reaction_removed: (data) => reaction(data, false),
	typing: (data) => { $('typing').textContent = state.people.get(data.user_id)?.username ?? data.user_id; },
	multiple_channels_viewed: (data) => {
		for (const id of Object.keys(data.channel_times)) {
			const m = state.members.get(id), c = state.channels.get(id);
			if (m) Object.assign(m, { msg_count_root: c.total_msg_count_root, mention_count_root: 0 });
		}
	},
};

// Everything anew, as after "missed events": the posts since the newest one that is known.
async function again() {
	await boot.places();
	const newest = Math.max(0, ...[...state.posts.values()].map((p) => p.update_at));
	const list = await client.getPostsSince(state.current, newest - 1, true, true, false);
	Object.values(list.posts).forEach(keep);
	drawChannels();
	drawPosts();
	tell('resynced', seen.missed);
}

// As the official web app makes it of the page's address and the settings.
function address() {
	const url = new URL(state.config.WebsocketURL || location.origin + base), secure = /^(https|wss):/.test(url.protocol);
	const port = url.port || (secure ? state.config.WebsocketSecurePort : state.config.WebsocketPort);
	return `${secure ? 'wss' : 'ws'}://${url.hostname}:${port}${url.pathname.replace(/\/$/, '')}/api/v4/websocket`;
}

export function connect() {
	socket.addMessageListener((m) => {
		seen.events++;
		if (m.event === 'hello') tell('connection', m.data.connection_id);
		takes[m.event]?.(m.data);
		if (takes[m.event]) { drawChannels(); drawPosts(); }
		tell('events', seen.events);
	});
	socket.addFirstConnectListener(() => tell('connects', ++seen.connects));
	socket.addReconnectListener(() => tell('connects', ++seen.connects));
	socket.addMissedMessageListener(() => { seen.missed++; again(); });
	socket.addCloseListener((failed) => tell('failed', failed));
	socket.initialize(address());
}
