// Jobs: what an administrator asks for is done, is told of, and is not lost with the process.
import { test, run, assert, Server, until, slow } from './harness.mjs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const perms = 'api.context.permissions.app_error';
const refused = (r) => [r.status, r.json?.id];
const put = (s, method, path, body, token = s.token) => s.raw(method, `/api/v4${path}`, { body, token });
// Changes a file of the database behind the server's back, while it is not there.
const tamper = (s, file, sql) => execFileSync('python3', ['-c', 'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.executescript(sys.argv[2])\nc.commit()', join(s.data, file), sql], { timeout: slow });
const ended = (s, id) => until('the job has ended', async () => { const j = await s.api('GET', `/jobs/${id}`); return ['success', 'error', 'canceled'].includes(j.status) && j; });
const found = async (s, terms) => (await s.api('POST', '/posts/search', { terms })).order.length;
const row = (id, type, status, at = Date.now()) => `INSERT INTO jobs (id, type, priority, create_at, start_at, last_activity_at, status, progress, data) VALUES ('${id.padEnd(26, '0')}', '${type}', 0, ${at}, ${at}, ${at}, '${status}', 5, '{}');`;

test('the index of posts is made anew, and what was not found is', async () => {
	const s = await new Server({ engine: 'sqlite' }).start();
	await s.world();
	for (let i = 0; i < 20; i++) await s.post(`needle ${i}`);
	await until('the posts are found', async () => await found(s, 'needle') === 20);
	await s.stop();
	tamper(s, 'search.db', 'INSERT INTO words(words) VALUES(\'delete-all\')');
	await s.start();
	assert.equal(await found(s, 'needle'), 0);
	const made = await put(s, 'POST', '/jobs', { type: 'hubbub_search_index' });
	assert.deepEqual([made.status, made.json.type, made.json.status, made.json.create_at > 0, made.json.data], [201, 'hubbub_search_index', 'pending', true, {}]);
	const j = await ended(s, made.json.id);
	assert.deepEqual([j.status, j.progress, Number(j.data.rows) >= 20, j.start_at >= j.create_at], ['success', 100, true, true]);
	assert.equal(await found(s, 'needle'), 20);
	await s.stop();
});

test('housekeeping deletes what is old, now', async () => {
	const s = await new Server({ engine: 'sqlite' }).start();
	await s.world();
	await s.stop();
	const old = 'INSERT INTO audits (id, create_at, user_id, action, extra_info, ip_address, session_id) VALUES (\'old\', 1, \'\', \'zq-old\', \'\', \'\', \'\');';
	tamper(s, 'hubbub.db', old + row('ancient', 'hubbub_housekeeping', 'success', 1));
	await s.start();
	assert.ok((await s.api('GET', '/audits?per_page=200')).some((a) => a.action === 'zq-old'));
	const j = await ended(s, (await s.api('POST', '/jobs', { type: 'hubbub_housekeeping' })).id);
	assert.deepEqual([j.status, Number(j.data.rows) >= 2], ['success', true]);
	assert.ok(!(await s.api('GET', '/audits?per_page=200')).some((a) => a.action === 'zq-old'));
	assert.deepEqual((await s.api('GET', '/jobs')).map((a) => a.id), [j.id]);
	await s.stop();
});

test('what a process left in the middle begins again, and what was to end has ended', async () => {
	const s = await new Server({ engine: 'sqlite' }).start();
	await s.world();
	await s.stop();
	tamper(s, 'hubbub.db', row('begun', 'hubbub_housekeeping', 'in_progress') + row('unwanted', 'hubbub_housekeeping', 'cancel_requested') + row('waits', 'hubbub_housekeeping', 'pending'));
	await s.start();
	assert.equal((await ended(s, 'begun'.padEnd(26, '0'))).status, 'success');
	assert.equal((await ended(s, 'waits'.padEnd(26, '0'))).status, 'success');
	assert.equal((await ended(s, 'unwanted'.padEnd(26, '0'))).status, 'canceled');
	await s.stop();
});

test('jobs are listed by type and status, and refused where there is nothing to do or to end', async () => {
	const s = await new Server().start();
	await s.world();
	const bob = await s.user('bob'), none = 'z'.repeat(26);
	const j = await ended(s, (await s.api('POST', '/jobs', { type: 'hubbub_housekeeping', data: { why: 'x' } })).id);
	assert.deepEqual((await s.api('GET', '/jobs/type/hubbub_housekeeping')).map((a) => a.id), [j.id]);
	assert.deepEqual((await s.api('GET', '/jobs?status=success&job_type=hubbub_housekeeping&per_page=1')).map((a) => a.id), [j.id]);
	assert.deepEqual(await s.api('GET', '/jobs?status=pending'), []);
	for (const [method, path, body, status, id, token] of [
		['POST', '/jobs', { type: 'elasticsearch_post_indexing' }, 400, 'api.job.unable_to_create_job.incorrect_job_type'],
		['POST', '/jobs', { type: 'hubbub_housekeeping', data: { n: 1 } }, 400, 'api.context.invalid_body_param.app_error'],
		['GET', '/jobs/type/ldap_sync', undefined, 400, 'api.job.retrieve.nopermissions'],
		['GET', '/jobs?status=done', undefined, 400, 'api.context.invalid_url_param.app_error'],
		['GET', `/jobs/${none}`, undefined, 404, 'app.job.get.app_error'],
		['POST', `/jobs/${j.id}/cancel`, undefined, 400, 'jobs.request_cancellation.status.error'],
		['PATCH', `/jobs/${j.id}/status`, { status: 'pending' }, 400, 'api.job.status.invalid'],
		['PATCH', `/jobs/${j.id}/status`, { status: 'success', force: true }, 400, 'api.job.status.invalid'],
		['POST', '/jobs', { type: 'hubbub_housekeeping' }, 403, perms, bob.token],
		['GET', '/jobs', undefined, 403, perms, bob.token],
		['GET', `/jobs/${j.id}`, undefined, 403, perms, bob.token],
	]) assert.deepEqual(refused(await put(s, method, path, body, token)), [status, id], `${method} ${path}`);
	await s.api('PATCH', `/jobs/${j.id}/status`, { status: 'pending', force: true });
	await until('it was done again', async () => { const again = await s.api('GET', `/jobs/${j.id}`); return again.status === 'success' && again.start_at > j.start_at; });
	assert.match((await s.api('GET', '/audits')).map((a) => a.action).join(), /\/jobs/);
	await s.stop();
});

run();
