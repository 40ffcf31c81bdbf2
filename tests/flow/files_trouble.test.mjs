// Files where something goes wrong beside us: the program that reads pictures hangs, a blob is not there.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, run, assert, alive, build, Server, Socket, tempDir, until } from './harness.mjs';
import { png } from './pictures.mjs';

const send = (s, name, body) => s.raw('POST', `/api/v4/files?channel_id=${s.channel.id}&filename=${name}`, { token: s.token, body });

test('a picture whose reading hangs holds nobody else up, and is a file like any other', async () => {
	const dir = tempDir(), pids = join(dir, 'pids');
	copyFileSync(join(build, 'hubbub'), join(dir, 'hubbub'));
	chmodSync(join(dir, 'hubbub'), 0o755);
	writeFileSync(join(dir, 'hubbub-images'), `#!/bin/sh\necho $$ >> ${pids}\nexec sleep 86400\n`, { mode: 0o755 });
	const s = await new Server({ program: join(dir, 'hubbub') }).start();
	await s.world();
	const answer = send(s, 'p.png', png(200, 100));
	const pid = Number(await until('it hangs', () => readFileSync(pids, 'utf8').trim()));
	const other = (await send(s, 'a.txt', 'hello')).json.file_infos[0];
	assert.equal((await s.raw('GET', `/api/v4/files/${other.id}`, { token: s.token })).text, 'hello');
	await s.post('meanwhile');
	assert.ok(alive(pid), 'all that while it hung');
	const r = await answer, [f] = r.json.file_infos;
	assert.equal(r.status, 201);
	assert.ok(!f.has_preview_image && !f.width, JSON.stringify(f));
	assert.ok(!alive(pid), 'it was ended');
	assert.equal((await s.raw('GET', `/api/v4/files/${f.id}`, { token: s.token })).status, 200);
	assert.deepEqual(readdirSync(join(s.data, 'files', '.drafts')), []);
	assert.match(s.log, /a picture was not read.*takes too long/);
	await s.stop();
});

const sql = (s, text) => execFileSync('python3', ['-c', 'import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); print(d.execute(sys.argv[2]).fetchall()); d.commit()', join(s.data, 'hubbub.db'), text], { encoding: 'utf8' }).trim();

test('a row whose blob never came is swept like any other; one that lost its blob is told as missing', async () => {
	const s = await new Server({ engine: 'sqlite' }).start();
	await s.world();
	const [kept] = (await send(s, 'kept.txt', 'hello')).json.file_infos, [lost] = (await send(s, 'lost.txt', 'hello')).json.file_infos;
	await s.stop();
	const day = 86_400_000, old = Date.now() - 2 * day;
	for (const [id, path] of [['a'.repeat(26), 'nowhere/original'], ['b'.repeat(26), '']])
		sql(s, `INSERT INTO file_infos (id, creator_id, create_at, update_at, path, thumbnail_path, preview_path, name) VALUES ('${id}', '${s.admin.id}', ${old}, ${old}, '${path}', 'nowhere/thumbnail.png', 'nowhere/preview.png', 'x')`);
	rmSync(join(s.data, 'files', sql(s, `SELECT path FROM file_infos WHERE id = '${lost.id}'`).match(/'(.*)'/)[1]));
	await s.start();
	const socket = await new Socket(s, s.token).ready();
	await s.shiftClock(day / 12, socket);
	await until('the rows are gone', () => sql(s, 'SELECT count(*) FROM file_infos WHERE visible = 0') === '[(0,)]');
	assert.equal((await s.raw('GET', `/api/v4/files/${kept.id}`, { token: s.token })).text, 'hello');
	const r = await s.raw('GET', `/api/v4/files/${lost.id}`, { token: s.token });
	assert.ok(r.status >= 404 && r.json?.id, `${r.status} ${r.text}`);
	assert.equal((await s.raw('GET', '/api/v4/system/ping')).status, 200);
	await s.stop();
});

run();
