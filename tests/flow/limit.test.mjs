// Who asks too often is told so, in Mattermost's words; nobody else notices.
import { test, run, assert, Server, until } from './harness.mjs';

const ping = (s, token, headers) => s.raw('GET', '/api/v4/users/me', { token, headers });

test('beyond the burst the answer is 429, with the headers, and it passes', async () => {
	const s = await new Server().start();
	await s.world();
	assert.equal((await ping(s, s.token)).headers.get('x-ratelimit-limit'), null, 'limits are off by default');
	await s.stop();
	const t = await new Server({ settings: { RateLimitSettings: { Enable: true, PerSec: 1, MaxBurst: 20 } } }).start();
	const first = await ping(t);
	assert.deepEqual([first.status, first.headers.get('x-ratelimit-limit'), first.headers.get('x-ratelimit-remaining')], [401, '20', '19']);
	const rest = await Promise.all(Array.from({ length: 100 }, () => ping(t)));
	const refused = rest.find((r) => r.status === 429);
	assert.equal(refused.text.trim(), 'limit exceeded');
	assert.match(refused.headers.get('retry-after'), /^[1-9]\d*$/);
	assert.match(refused.headers.get('x-ratelimit-reset'), /^\d+$/);
	assert.equal(refused.headers.get('x-ratelimit-remaining'), '0');
	await until('an answer again', async () => (await ping(t)).status === 401);
	await t.stop();
});

test('with VaryByUser one person who asks too often does not hinder another', async () => {
	const s = await new Server({ settings: { RateLimitSettings: { Enable: true, PerSec: 1, MaxBurst: 60, VaryByUser: true } } }).start();
	await s.world();
	const eager = await Promise.all(Array.from({ length: 150 }, () => ping(s, 'a'.repeat(26))));
	assert.ok(eager.some((r) => r.status === 429));
	assert.equal((await ping(s, s.token)).status, 200);
	await s.stop();
});

run();
