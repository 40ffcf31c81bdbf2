// Files in an object store that speaks S3: a real one (s3rver), one that says no, one that hangs and one that dies.
import { test, run, assert, certificate, cleanup, freePort, tempDir, Server, until } from './harness.mjs';
import { createRequire } from 'node:module';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { png } from './pictures.mjs';

const S3rver = createRequire(import.meta.url)('s3rver');

// s3rver does not check version 4: this does, from the bytes of the request as they came.
function signedRight(rq, secret = 'S3RVER') {
	const [, day, region, headers, signature] = /^AWS4-HMAC-SHA256 Credential=S3RVER\/(\d{8})\/([\w-]+)\/s3\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(rq.headers.authorization) ?? [];
	if (!day || !['host', 'x-amz-content-sha256', 'x-amz-date'].every((h) => headers.split(';').includes(h))) return false;
	const [path, query = ''] = rq.url.split('?'), hmac = (key, text) => createHmac('sha256', key).update(text).digest();
	const encoded = query.split('&').filter(Boolean).map((p) => (p.includes('=') ? p : `${p}=`)).sort().join('&');
	const request = [rq.method, path, encoded, ...headers.split(';').map((h) => `${h}:${rq.headers[h].trim()}`), '', headers, rq.headers['x-amz-content-sha256']].join('\n');
	const text = ['AWS4-HMAC-SHA256', rq.headers['x-amz-date'], `${day}/${region}/s3/aws4_request`, createHash('sha256').update(request).digest('hex')].join('\n');
	const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secret}`, day), region));
	return Math.abs(Date.now() - Date.parse(rq.headers['x-amz-date'].replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))) < 900_000 && hmac(key, text).toString('hex') === signature;
}

async function store({ tls = null } = {}) {
	const folder = tempDir(), server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: folder, configureBuckets: [{ name: 'files' }] });
	const inner = (await server.run()).port, open = tls ? (fn) => https.createServer({ key: readFileSync(tls.key), cert: readFileSync(tls.cert) }, fn) : (fn) => http.createServer(fn), door = open((rq, rs) => {
		if (!signedRight(rq)) {
			rq.resume();
			rs.writeHead(403, { 'Content-Type': 'application/xml' });
			return rs.end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
		}
		const to = http.request({ port: inner, host: '127.0.0.1', method: rq.method, path: rq.url, headers: rq.headers }, (r) => { rs.writeHead(r.statusCode, r.headers); r.pipe(rs); });
		to.on('error', () => rs.destroy());
		rq.on('aborted', () => to.destroy());
		rq.pipe(to);
	});
	await new Promise((done) => door.listen(0, '127.0.0.1', done));
	const { port } = door.address();
	cleanup(() => { door.closeAllConnections(); door.close(); return server.close(); });
	return { port, folder, objects: () => readdirSync(folder, { recursive: true }).filter((f) => /_object$/.test(f) && !/uploads/.test(f)).map(String) };
}

// Passes on to the store until told otherwise: 'hang' takes and never answers, 'die' closes after some bytes.
async function between(port) {
	const state = { way: 'pass', seen: 0 }, open = new Set();
	const server = net.createServer((c) => {
		open.add(c);
		c.on('close', () => open.delete(c));
		c.on('error', () => {});
		state.seen++;
		if (state.way === 'hang') return c.resume();
		const to = net.connect(port, '127.0.0.1');
		let passed = 0;
		to.on('error', () => c.destroy());
		c.on('data', (d) => { passed += d.length; if (state.way === 'die' && passed > 20_000) { c.destroy(); to.destroy(); } else to.write(d); });
		to.on('data', (d) => c.write(d));
		to.on('end', () => c.end());
		c.on('end', () => to.end());
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	cleanup(() => { for (const c of open) c.destroy(); server.close(); });
	return Object.assign(state, { port: server.address().port });
}

async function town(port, more = {}, ServiceSettings = {}) {
	const FileSettings = { DriverName: 'amazons3', AmazonS3Endpoint: `127.0.0.1:${port}`, AmazonS3SSL: false, AmazonS3Bucket: 'files', AmazonS3AccessKeyId: 'S3RVER', AmazonS3SecretAccessKey: 'S3RVER',
		AmazonS3PathPrefix: 'hub/', AmazonS3UploadPartSizeBytes: 5242880, AmazonS3RequestTimeoutMilliseconds: 1000, ...more };
	const s = await new Server({ settings: { FileSettings, ServiceSettings } }).start();
	await s.world();
	s.send = (name, bytes) => s.raw('POST', `/api/v4/files?channel_id=${s.channel.id}&filename=${encodeURIComponent(name)}`, { token: s.token, body: bytes });
	s.get = async (path, headers = {}) => { const r = await fetch(`${s.url}/api/v4${path}`, { headers: { Authorization: `Bearer ${s.token}`, ...headers } }); return { status: r.status, bytes: Buffer.from(await r.arrayBuffer()) }; };
	s.drafts = () => readdirSync(join(s.data, 'files', '.drafts'));
	return s;
}

test('files are in the bucket, the large in parts, and come back whole and in ranges', async () => {
	const s3 = await store(), s = await town(s3.port);
	for (const [name, n] of [['empty', 0], ['small é+&.txt', 1000], ['edge', 5242880], ['large', 12_000_000]]) {
		const bytes = randomBytes(n), r = await s.send(name, bytes);
		assert.equal(r.status, 201, r.text);
		const [f] = r.json.file_infos, back = await s.get(`/files/${f.id}`);
		assert.ok(back.status === 200 && back.bytes.equals(bytes), name);
		if (n > 500) assert.ok((await s.get(`/files/${f.id}`, { Range: 'bytes=100-299' })).bytes.equals(bytes.subarray(100, 300)));
	}
	const picture = (await s.send('p.png', png(500, 400))).json.file_infos[0];
	assert.equal((await s.get(`/files/${picture.id}/thumbnail`)).status, 200);
	assert.equal((await s.raw('POST', '/api/v4/users/me/image', { token: s.token, body: 'x' })).status, 400);
	assert.equal(s3.objects().length, 4 + 3);
	assert.ok(s3.objects().every((f) => f.includes('hub/')), 'below the prefix');
	assert.deepEqual(s.drafts(), [], 'nothing stays here');
	await s.stop();
});

test('a store over TLS with a certificate nobody vouches for is used where the settings say so, and nowhere else', async () => {
	const s3 = await store({ tls: certificate() }), bytes = randomBytes(6_000_000);
	const s = await town(s3.port, { AmazonS3SSL: true }, { EnableInsecureOutgoingConnections: true });
	const [f] = (await s.send('large', bytes)).json.file_infos;
	assert.ok((await s.get(`/files/${f.id}`)).bytes.equals(bytes));
	assert.equal(s3.objects().length, 1);
	await s.stop();
	const strict = await town(s3.port, { AmazonS3SSL: true });
	const r = await strict.send('other', 'hello');
	assert.deepEqual([r.status, r.json.id], [500, 'api.file.write_file.app_error']);
	assert.match(strict.log, /certificate/, 'the log says what is wrong');
	await strict.stop();
	const plain = await town(s3.port, { AmazonS3SSL: false }, { EnableInsecureOutgoingConnections: true });
	assert.equal((await plain.send('other', 'hello')).status, 500);
	await plain.stop();
	assert.equal(s3.objects().length, 1);
});

test('a wrong secret and a missing bucket are said, and nothing is shown', async () => {
	const s3 = await store();
	for (const wrong of [{ AmazonS3SecretAccessKey: 'other' }, { AmazonS3AccessKeyId: 'nobody' }, { AmazonS3Bucket: 'nowhere' }, { AmazonS3Endpoint: `127.0.0.1:${await freePort()}` }]) {
		const s = await town(s3.port, wrong), r = await s.send('a', 'hello');
		assert.deepEqual([r.status, r.json.id], [500, 'api.file.write_file.app_error'], JSON.stringify(wrong));
		await until('the draft is gone', () => !s.drafts().length);
		await s.kill();
	}
	assert.deepEqual(s3.objects(), []);
});

test('a connection is tried before its settings are saved, and nothing is left in the bucket', async () => {
	const bucket = await store(), s = await new Server().start();
	await s.world();
	const FileSettings = { AmazonS3Endpoint: `127.0.0.1:${bucket.port}`, AmazonS3SSL: false, AmazonS3Bucket: 'files', AmazonS3AccessKeyId: 'S3RVER', AmazonS3SecretAccessKey: 'S3RVER' };
	const tryIt = (more) => s.raw('POST', '/api/v4/file/s3_test', { token: s.token, body: { FileSettings: { ...FileSettings, ...more } } });
	assert.equal((await tryIt()).status, 200);
	for (const wrong of [{ AmazonS3SecretAccessKey: 'zq-wrong' }, { AmazonS3Bucket: 'none' }]) {
		const r = await tryIt(wrong);
		assert.deepEqual([r.status, r.json.id, r.text.includes('zq-wrong')], [500, 'api.file.test_connection_s3_auth.app_error', false]);
	}
	assert.deepEqual(bucket.objects(), []);
	assert.equal((await s.api('GET', '/config')).FileSettings.AmazonS3Bucket, '');
	await s.stop();
});

test('a store that hangs or dies fails one upload, not the server', async () => {
	const s3 = await store(), way = await between(s3.port), s = await town(way.port);
	const kept = (await s.send('kept', 'hello')).json.file_infos[0];
	for (const trouble of ['hang', 'die']) {
		way.way = trouble;
		for (const bytes of [randomBytes(100_000), randomBytes(6_000_000)]) {
			const seen = way.seen, r = await s.send('a', bytes);
			assert.deepEqual([r.status, r.json.id], [500, 'api.file.write_file.app_error'], trouble);
			assert.ok(way.seen > seen);
		}
		assert.equal((await s.raw('GET', '/api/v4/system/ping')).status, 200);
		if (trouble === 'hang') assert.equal((await s.get(`/files/${kept.id}`)).status, 500);
		way.way = 'pass';
		assert.equal((await s.get(`/files/${kept.id}`)).bytes.toString(), 'hello');
	}
	assert.equal(s3.objects().length, 1, 'what did not arrive whole is not there');
	assert.deepEqual(s.drafts(), []);
	await s.stop();
});

await run();
