// main - a small client for the browser tests. It decides as the official web app does: by the cookie MMUSERID.
import { $, base, client, cookie, state, tell } from './state.js';
import * as boot from './boot.js';
import { connect, socket } from './live.js';
import { keep, listen } from './speak.js';
import { drawChannels, drawPosts } from './view.js';

export async function openChannel(id, follow) {
	const before = state.current;
	state.current = id;
	state.root = null;
	if (follow) history.pushState(null, '', `${base}/${state.team.name}/channels/${state.channels.get(id).name}`);
	const list = await client.getPostsUnread(id, 'me', 30, 30, true, true, false);
	for (const post of list.order.map((p) => list.posts[p])) keep(post);
	await client.viewMyChannel(id, before ?? '');
	const channel = state.channels.get(id);
	Object.assign(state.members.get(id), { msg_count_root: channel.total_msg_count_root, mention_count_root: 0 });
	drawChannels();
	drawPosts();
	tell('channel', channel.name);
}

async function enter() {
	await boot.afterLogin();
	$('login').hidden = true;
	connect();
	await boot.places();
	await boot.team();
	$('app').hidden = false;
	drawChannels();
	const name = location.pathname.slice(base.length).match(/\/channels\/([^/]+)/)?.[1] ?? 'town-square';
	await openChannel([...state.channels.values()].find((c) => c.name === name && c.team_id === state.team.id).id, false);
	tell('booted', 'yes');
}

async function signIn(e) {
	e.preventDefault();
	$('login-error').textContent = '';
	try {
		await client.login($('login-name').value, $('login-password').value);
		await boot.beforeLogin();           // with a session it says more
		await enter();
	} catch (error) { $('login-error').textContent = error.server_error_id ?? String(error.stack); }
}

async function signOut() {
	socket.close();
	await client.logout();
	location.assign(`${base}/`);
}

async function main() {
	$('login').addEventListener('submit', signIn);
	$('sign-out').addEventListener('click', signOut);
	listen();
	await boot.beforeLogin();
	if (cookie('MMUSERID')) return enter();
	$('login').hidden = state.config.EnableSignInWithEmail !== 'true' && state.config.EnableSignInWithUsername !== 'true';
	return tell('booted', 'no');
}

main().catch((error) => tell('error', `${error.url ?? ''} ${error.server_error_id ?? ''} ${error.stack}`));
