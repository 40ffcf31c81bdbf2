// view - draws channels, posts and the thread; every post is an <article id="p-ID"> once.
import { $, base, client, element, state } from './state.js';
import { react, startEdit, startThread } from './speak.js';
import { openChannel } from './main.js';

export function unreadOf(channel) {
	const m = state.members.get(channel.id);
	return { messages: channel.total_msg_count_root - m.msg_count_root, mentions: m.mention_count_root };
}

export function drawChannels() {
	const own = [...state.channels.values()].filter((c) => state.members.has(c.id) && (c.team_id === state.team.id || !c.team_id));
	$('channels').replaceChildren(...own.map((c) => {
		const unread = unreadOf(c);
		return element('li', { 'data-name': c.name, 'data-unread': unread.messages, 'data-mentions': unread.mentions },
			element('a', { href: `${base}/${state.team.name}/channels/${c.name}`, text: c.display_name || c.name, click: (e) => { e.preventDefault(); openChannel(c.id, true); } }));
	}));
}

function drawFile(f) {
	const url = client.getFileUrl(f.id, 0);
	if (/^(video|audio)\//.test(f.mime_type)) return element('video', { src: url, preload: 'auto', muted: '', controls: '' });
	const link = element('a', { href: url, text: f.name, class: 'file' });
	if (!f.has_preview_image) return link;
	return element('span', {}, element('img', { src: client.getFileThumbnailUrl(f.id, 0), class: 'thumbnail' }),
		element('img', { src: client.getFilePreviewUrl(f.id, 0), class: 'preview' }), link);
}

function reactionsOf(post) {
	const counts = new Map();
	for (const r of post.metadata?.reactions ?? []) counts.set(r.emoji_name, (counts.get(r.emoji_name) ?? 0) + 1);
	return [...counts].map(([name, n]) => element('li', { 'data-emoji': name, text: String(n) }));
}

function article(post) {
	return element('article', { id: `p-${post.id}`, 'data-type': post.type, 'data-user': state.people?.get(post.user_id)?.username ?? '', 'data-replies': post.reply_count ?? 0, 'data-edited': post.edit_at ? 'true' : 'false' },
		element('p', { class: 'message', text: post.message }), element('ul', { class: 'reactions' }, ...reactionsOf(post)),
		...(post.metadata?.files ?? []).map(drawFile),
		element('button', { class: 'edit', text: 'edit', click: () => startEdit(post.id) }),
		element('button', { class: 'react', text: '+1', click: () => react(post.id, '+1') }),
		element('button', { class: 'answer', text: 'reply', click: () => startThread(post.root_id || post.id) }));
}

const inOrder = (posts) => posts.filter((p) => !p.delete_at).sort((a, b) => a.create_at - b.create_at);

// Keeps what is the same, so that a picture is not loaded again for another's post.
function draw(into, posts) {
	const kept = new Map([...into.children].map((e) => [e.dataset.key, e]));
	into.replaceChildren(...posts.map((p) => {
		const key = `${p.id} ${p.update_at} ${p.reply_count} ${JSON.stringify(p.metadata?.reactions ?? [])}`;
		const e = kept.get(key) ?? article(p);
		e.dataset.key = key;
		return e;
	}));
}

export function drawPosts() {
	const all = [...state.posts.values()];
	draw($('posts'), inOrder(all.filter((p) => p.channel_id === state.current && !p.root_id)));
	draw($('replies'), inOrder(all.filter((p) => p.root_id && p.root_id === state.root)));
	$('thread').hidden = !state.root;
}
