// speak - what the person does: posts, edits, reactions, replies, files.
import { $, client, state, tell } from './state.js';
import { drawPosts } from './view.js';
import { socket } from './live.js';

let editing = '';

// The answer and the event may come in either order; the newer one stands.
export function keep(post) {
	const has = state.posts.get(post.id);
	if (!has || post.update_at >= has.update_at) state.posts.set(post.id, { ...has, ...post, metadata: { ...has?.metadata, ...post.metadata } });
}

export function startEdit(id) {
	editing = id;
	$('text').value = state.posts.get(id).message;
	$('text').focus();
}

export function react(id, emoji) { return client.addReaction(state.me.id, id, emoji); }

export async function startThread(root) {
	state.root = root;
	const list = await client.getPaginatedPostThread(root, { fetchThreads: true, collapsedThreads: true, collapsedThreadsExtended: false });
	Object.values(list.posts).forEach(keep);
	drawPosts();
}

// With progress, as the official web app sends files: fetch() has none.
function upload(file) {
	return new Promise((done, fail) => {
		const form = new FormData(), rq = new XMLHttpRequest();
		form.append('channel_id', state.current);
		form.append('client_ids', String(Date.now()));
		form.append('files', file, file.name);
		rq.open('POST', client.getFilesRoute());
		for (const [name, value] of Object.entries(client.getOptions({ method: 'post', body: form }).headers)) rq.setRequestHeader(name, value);
		rq.upload.onprogress = (e) => { $('progress').value = Math.round(100 * e.loaded / e.total); tell('progress', $('progress').value); };
		rq.onload = () => (rq.status === 201 ? done(JSON.parse(rq.response).file_infos) : fail(new Error(rq.response)));
		rq.onerror = () => fail(new Error('the upload broke off'));
		rq.send(form);
	});
}

async function say(message, root) {
	const pending = `${state.me.id}:${Date.now()}`;
	const files = state.files.splice(0);
	const post = await client.createPost({ channel_id: state.current, message, root_id: root, pending_post_id: pending, user_id: state.me.id, file_ids: files.map((f) => f.id), props: {}, metadata: {} });
	if (post.pending_post_id !== pending) throw new Error('the answer does not name the pending post');
	keep(post);
	drawPosts();
}

async function send() {
	const message = $('text').value;
	$('text').value = '';
	if (!editing) return say(message, '');
	keep(await client.patchPost({ id: editing, message }));
	editing = '';
	return drawPosts();
}

export function listen() {
	const on = (id, name, fn) => $(id).addEventListener(name, async (e) => {
		if (name === 'submit') e.preventDefault();
		try { await fn(e); } catch (error) { tell('error', `${error.server_error_id ?? ''} ${error.message}`); }
	});
	on('compose', 'submit', send);
	on('reply', 'submit', () => { const text = $('reply-text').value; $('reply-text').value = ''; return say(text, state.root); });
	on('text', 'input', () => socket.userTyping(state.current, ''));
	on('file', 'change', async () => { state.files.push(...await upload($('file').files[0])); tell('uploaded', state.files.length); });
}
