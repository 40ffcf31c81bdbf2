// js_client - clients of npm's @mattermost/client for the tests, and words to look at answers with.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { assert, root, until } from '../flow/harness.mjs';

// What is installed for the flow tests serves here too.
export const { Client4, WebSocketClient } = createRequire(join(root, 'tests/flow/package.json'))('@mattermost/client');

export function client(url, token = '') {
	const c = new Client4();
	c.setUrl(url);
	c.setToken(token);
	c.setUserAgent('hubbub-tests');
	return c;
}

// Sign-ins are limited for each address, and a client then tries again.
export async function signIn(ask) {
	let wrong = null;
	const r = await until('the answer', async () => {
		try { return { value: await ask() }; } catch (e) {
			if (e.status_code === 429) return null;
			wrong = e;
			return {};
		}
	});
	if (wrong) throw wrong;
	return r.value;
}

export async function refused(promise, status, id) {
	let error = null;
	await promise.catch((e) => { error = e; });
	assert.ok(error, 'it was not refused');
	if (status) assert.equal(error.status_code, status, `${error.status_code} ${error.server_error_id} ${error.message}`);
	if (id) assert.ok(error.server_error_id.startsWith(id), error.server_error_id);
}

export const idsOf = (list) => list.map((x) => x.id);

// The list has the first id, and not the second.
export function has(list, id, not) {
	const ids = list.map((x) => x.id ?? x.user_id ?? x.channel_id);
	assert.ok(ids.includes(id), `${id} is not in ${JSON.stringify(list).slice(0, 300)}`);
	if (not) assert.ok(!ids.includes(not), `${not} is in ${JSON.stringify(list).slice(0, 300)}`);
}

export function effect(answer, wanted) {
	for (const [key, value] of Object.entries(wanted)) assert.deepEqual(answer[key], value, `${key} of ${JSON.stringify(answer).slice(0, 400)}`);
}
