// What clients rely on to the letter: statuses, error ids, headers and parameters that are easily passed over.
import { test, run, assert, Server } from './harness.mjs';

const noId = 'a'.repeat(26);

async function refused(s, token, method, path, body, status, id) {
	const r = await s.raw(method, `/api/v4${path}`, { body, token });
	assert.equal(r.status, status, `${method} ${path}: ${r.status} ${r.text}`);
	assert.equal(r.json.id, id);
	return r;
}

test('a page of another site, or one behind a proxy nobody named, cannot make the first account', async () => {
	const s = await new Server().start();
	const body = { email: 'evil@example.com', username: 'evil', password: 'password1' };
	for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { Origin: 'http://127.0.0.1.evil.example' }, { 'X-Forwarded-For': '203.0.113.9' },
		{ 'X-Forwarded-For': '127.0.0.1' }, { 'X-Real-IP': '203.0.113.9' }, { Forwarded: 'for=203.0.113.9' }]) {
		const r = await s.raw('POST', '/api/v4/users', { body, headers });
		assert.equal(r.status, 403, JSON.stringify(headers));
		assert.equal(r.json.id, 'api.user.create_user.first.app_error');
	}
	assert.equal((await s.raw('POST', '/api/v4/users', { body, headers: { Origin: s.url } })).status, 201);
	await s.stop();
});

run();
