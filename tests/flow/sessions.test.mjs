// A WebSocket lives as long as the login it came with, and not longer.
import { test, run, assert, Server, Socket, until } from './harness.mjs';

test('a resumed WebSocket ends with the login that resumed it, not with the one before', async () => {
	const s = await new Server().start();
	await s.world();
	const old = await s.login('admin');
	const first = await new Socket(s, old).ready();
	await first.close();
	const second = new Socket(s, s.token, { id: first.connectionId, seq: first.next });
	await s.post('one');
	await until('one', () => second.posts().some((p) => p.message === 'one'));
	await s.api('POST', '/users/logout', undefined, old);
	await s.post('two');
	await until('two', () => second.posts().some((p) => p.message === 'two'));
	await s.api('POST', '/users/logout');
	assert.equal(await second.closed, 4001);
	assert.equal(second.gaps, 0);
	await s.stop();
});

test('a revoked access token closes its WebSocket and opens no other', async () => {
	const s = await new Server({ settings: { ServiceSettings: { EnableUserAccessTokens: true } } }).start();
	await s.world();
	const made = await s.api('POST', `/users/${s.admin.id}/tokens`, { description: 'bot' });
	const ws = await new Socket(s, made.token).ready();
	await s.api('POST', '/users/tokens/revoke', { token_id: made.id });
	assert.equal(await ws.closed, 4001);
	const again = new Socket(s, made.token);
	await again.closed;
	assert.equal(again.hello, undefined);
	assert.equal((await s.raw('GET', '/api/v4/users/me', { token: made.token })).status, 401);
	await s.stop();
});

run();
