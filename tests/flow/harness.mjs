// harness - starts the real server on a free port and talks to it as clients do.
//
//   test('an acknowledged post survives kill -9', async () => { … });
//   run();   // prints "ok NAME" or "FAIL NAME why" for each, and ends the process
//
// until() asks again until a condition holds; it is how tests wait for something, never a sleep.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'node:http';
import net from 'node:net';
import assert from 'node:assert/strict';
import WebSocket from 'ws';

export { assert, WebSocket };
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const build = join(root, 'build', process.env.HUBBUB_BUILD ?? 'dev');
export const slow = 60_000;          // how long anything may take on a bad day

const tests = [];
const cleanups = [];

export function test(name, fn) { tests.push({ name, fn }); }
export function skip(name, why) { tests.push({ name, why }); }
export function cleanup(fn) { cleanups.unshift(fn); }

async function cleanAll() {
	for (const fn of cleanups.splice(0)) {
		try { await fn(); } catch (e) { console.log(`note: cleaning up: ${e.message}`); }
	}
}

export async function run() {
	let failed = 0;
	const only = process.argv[2];
	for (const t of tests) {
		if (only && !t.name.includes(only)) continue;
		if (t.why) { console.log(`skip ${t.name}: ${t.why}`); continue; }
		const began = Date.now();
		try {
			await t.fn();
			// Also of processes whose end nobody looks at: edges, and lives that were killed.
			for (const s of Server.all) assert.equal(s.log.match(/.*((Thread|Address|Leak|UndefinedBehavior)Sanitizer|runtime error:|the route's row does not name a permission).*/)?.[0] ?? '', '');
			console.log(`ok ${t.name} (${Date.now() - began} ms)`);
		} catch (e) {
			failed++;
			console.log(`FAIL ${t.name}: ${String(e.stack ?? e).split('\n').slice(0, 6).join(' | ')}`);
			for (const s of Server.all) console.log(s.tail());
		}
		await cleanAll();
	}
	process.exit(failed ? 1 : 0);
}

export async function until(what, fn, limit = slow) {
	const end = Date.now() + limit;
	let last;
	for (;;) {
		try {
			const value = await fn();
			if (value) return value;
		} catch (e) { last = e; }
		if (Date.now() > end) throw new Error(`waited too long for: ${what}${last ? ` (${last.message})` : ''}`);
		await new Promise((r) => setTimeout(r, 20));
	}
}

export function tempDir() {
	const dir = mkdtempSync(join(tmpdir(), 'hubbub-flow-'));
	cleanup(() => rmSync(dir, { recursive: true, force: true }));
	return dir;
}

// One that nobody has now. Not of those the system gives out by itself: whoever asks may take his time to listen there, and listen there again.
export async function freePort() {
	const port = 10_000 + Math.floor(Math.random() * 20_000);
	if (port === 10_080) return freePort();       // fetch() and browsers call no such port: it is on their list of bad ones
	return new Promise((done) => {
		const s = net.createServer();
		s.on('error', () => done(freePort()));
		s.listen(port, '127.0.0.1', () => s.close(() => done(port)));
	});
}

// A certificate of our own for 127.0.0.1 and localhost, that nobody trusts; both are files.
export function certificate() {
	const dir = tempDir(), [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
		'-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
	return { key, cert };
}

// A PostgreSQL of our own from Debian's packages, in dir; gives its connection string.
export function postgres(dir = tempDir()) {
	const out = execFileSync(join(root, 'tests/postgres.sh'), ['start', dir], { encoding: 'utf8' });
	cleanup(() => execFileSync(join(root, 'tests/postgres.sh'), ['stop', dir], { stdio: 'ignore' }));
	return out.trim().split('\n').pop();
}

export class Server {
	static all = [];

	// engine: 'sqlite' or 'postgres'; env: more environment; settings: {Section: {Name: value}}
	constructor({ engine = process.env.HUBBUB_ENGINE ?? 'sqlite', env = {}, settings = {}, args = [], nofile = 0, program = join(build, 'hubbub') } = {}) {
		this.data = tempDir();
		this.env = env;
		this.args = args;
		this.nofile = nofile;            // most file descriptors it may have; 0: as many as we
		this.engine = engine;
		this.program = program;          // another one than was built
		this.log = '';
		if (engine === 'postgres') this.database = tempDir();
		const sql = engine === 'postgres' ? { DriverName: 'postgres', DataSource: postgres(this.database) } : { DriverName: 'sqlite' };
		const base = { SqlSettings: sql, TeamSettings: { EnableOpenServer: true }, MetricsSettings: { ListenAddress: '127.0.0.1:0' },
			ServiceSettings: { AllowedUntrustedInternalConnections: '127.0.0.1', MaximumLoginAttempts: 100 }, LogSettings: { ConsoleLevel: 'INFO' } };
		for (const [section, values] of Object.entries(settings)) base[section] = { ...base[section], ...values };
		writeFileSync(join(this.data, 'config.json'), JSON.stringify(base));
		Server.all.push(this);
		cleanup(() => { Server.all = Server.all.filter((s) => s !== this); return this.kill(); });
	}

	async start(env = {}) {
		this.port ??= await freePort();
		const [program, ...words] = [...(this.nofile ? ['prlimit', `--nofile=${this.nofile}`] : []), this.program, 'serve',
			'--data', this.data, '--listen', `127.0.0.1:${this.port}`, ...this.args];
		const child = spawn(program, words, {
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { ...process.env, HUBBUB_CLOCK: join(this.data, 'clock'), ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0', UBSAN_OPTIONS: 'print_stacktrace=1',
				TSAN_OPTIONS: 'halt_on_error=1 exitcode=66 second_deadlock_stack=1 suppressions=' + join(root, 'tests/tsan.supp'), ...this.env, ...env },
		});
		this.child = child;
		this.exited = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
		child.stderr.on('data', (d) => { this.log += d; if (process.env.VERBOSE) process.stderr.write(d); });
		await new Promise((done, fail) => {
			let text = '';
			child.stdout.on('data', (d) => { text += d; if (/ready on/.test(text)) { this.ready = text.trim(); done(); } });
			this.exited.then(({ code, signal }) => fail(new Error(`serve ended before it was ready (${code ?? signal}): ${this.log.slice(-2000)}`)));
		});
		this.url = `http://127.0.0.1:${this.port}`;
		return this;
	}

	tail() { return `   log of the server: ${this.log.slice(-3000).replaceAll('\n', '\n      ')}`; }

	async kill(signal = 'SIGKILL') {
		if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return this.exited;
		this.child.kill(signal);
		return this.exited;
	}

	// A planned stop: the exit must be clean (a sanitizer's finding makes it not so).
	async stop() {
		const { code, signal } = await this.kill('SIGTERM');
		assert.equal(code, 0, `serve ended with ${code ?? signal}: ${this.log.slice(-3000)}`);
	}

	// Moves the server's clock by so much from now (the dev build listens to SIGUSR2); socket tells when it has.
	async shiftClock(ms, socket) {
		writeFileSync(join(this.data, 'clock'), String(ms));
		this.child.kill('SIGUSR2');
		await until('the clock is moved', async () => Math.abs((await socket.ask('ping')).data.server_time - Date.now() - ms) < 600_000);
	}

	// Process ids of the edges, by name ("irc", "bots", …), as the log told them.
	edgePid(name) {
		const found = [...this.log.matchAll(new RegExp(`edge started edge="${name}" pid=(\\d+)`, 'g'))];
		return found.length ? Number(found.at(-1)[1]) : null;
	}

	async raw(method, path, { body, token, headers = {} } = {}) {
		const h = { ...headers };
		if (token) h.Authorization = `Bearer ${token}`;
		const text = body === undefined ? undefined : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
		const r = await fetch(`${this.url}${path}`, { method, headers: h, body: text, signal: AbortSignal.timeout(slow) })
			.catch((e) => { throw e.cause ? new Error(`${method} ${this.url}${path}: ${e.cause.message}`) : e; });
		const out = await r.text();
		let json = null;
		try { json = JSON.parse(out); } catch { /* not JSON */ }
		return { status: r.status, headers: r.headers, text: out, json };
	}

	// An API call that must succeed; gives the JSON.
	async api(method, path, body, token = this.token) {
		const r = await this.raw(method, `/api/v4${path}`, { body, token });
		if (r.status >= 300) throw new Error(`${method} ${path}: ${r.status} ${r.text.slice(0, 400)}`);
		return r.json;
	}

	async login(name, password = 'password1') {
		const r = await until(`login of ${name}`, async () => {
			const a = await this.raw('POST', '/api/v4/users/login', { body: { login_id: name, password } });
			if (a.status !== 429 && a.status >= 300) throw new Error(`login: ${a.status} ${a.text}`);
			return a.status === 200 && a;
		});
		return r.headers.get('token');
	}

	async user(name, token = this.token) {
		const r = await this.raw('POST', '/api/v4/users', { body: { email: `${name}@example.com`, username: name, password: 'password1' }, token });
		assert.equal(r.status, 201, r.text);
		return { ...r.json, token: await this.login(name) };
	}

	// The first person, a team and a channel: what most tests begin with.
	async world() {
		this.admin = await this.user('admin', null);
		this.token = this.admin.token;
		this.team = await this.api('POST', '/teams', { name: 'acme', display_name: 'Acme', type: 'O' });
		this.channel = await this.api('POST', '/channels', { team_id: this.team.id, name: 'dev', display_name: 'Dev', type: 'O' });
		return this;
	}

	async member(name, channel = this.channel) {
		const u = await this.user(name);
		await this.api('POST', `/teams/${this.team.id}/members`, { team_id: this.team.id, user_id: u.id });
		if (channel) await this.api('POST', `/channels/${channel.id}/members`, { user_id: u.id });
		return u;
	}

	post(message, { token = this.token, channel = this.channel, ...more } = {}) {
		return this.api('POST', '/posts', { channel_id: channel.id, message, ...more }, token);
	}

	async messages(channel = this.channel, token = this.token) {
		const list = await this.api('GET', `/channels/${channel.id}/posts?per_page=200`, undefined, token);
		return list.order.map((id) => list.posts[id]).reverse();
	}
}

// A WebSocket client that keeps every frame and checks the numbering.
export class Socket {
	constructor(server, token, { id = '', seq = 0, challenge = false } = {}) {
		const query = `connection_id=${id}&sequence_number=${seq}`;
		this.events = [];
		this.next = seq;
		this.connectionId = id;
		this.gaps = 0;
		this.ws = new WebSocket(`${server.url.replace('http', 'ws')}/api/v4/websocket?${query}`, challenge ? {} : { headers: { Authorization: `Bearer ${token}` } });
		this.closed = new Promise((done) => this.ws.on('close', (code) => { this.closeCode = code; done(code); }));
		this.ws.on('error', () => {});
		this.ws.on('open', () => { if (challenge) this.send('authentication_challenge', { token }); });
		this.replies = [];
		this.ws.on('message', (d) => this.take(JSON.parse(d)));
		cleanup(() => this.ws.terminate());
	}

	take(m) {
		this.first ??= m;
		if (m.seq_reply !== undefined) { this.replies.push(m); return; }
		if (m.event === 'hello') {
			this.next = 0;
			this.hello = m;
			this.connectionId = m.data.connection_id;
		}
		if (m.seq !== this.next) this.gaps++;
		this.next = m.seq + 1;
		this.events.push(m);
	}

	send(action, data = {}) {
		this.seq = (this.seq ?? 0) + 1;
		this.ws.send(JSON.stringify({ seq: this.seq, action, data }));
		return this.seq;
	}

	async ask(action, data) {
		const seq = this.send(action, data);
		return until(`the answer to ${action}`, () => this.replies.find((r) => r.seq_reply === seq));
	}

	async ready() { await until('hello', () => this.hello); return this; }

	posts() { return this.events.filter((e) => e.event === 'posted').map((e) => JSON.parse(e.data.post)); }

	async event(name, match = () => true) {
		return until(`the event ${name}`, () => this.events.find((e) => e.event === name && match(e)));
	}

	close() { this.ws.terminate(); return this.closed; }
}

// A small HTTP receiver for outgoing webhooks and slash commands: answer(request) gives {status, body, headers}.
export async function receiver(answer) {
	const requests = [];
	const server = createServer((rq, rs) => {
		let body = '';
		rq.on('data', (d) => { body += d; });
		rq.on('end', async () => {
			const seen = { method: rq.method, url: rq.url, headers: rq.headers, body };
			requests.push(seen);
			const a = (await answer(seen, requests.length)) ?? {};
			rs.writeHead(a.status ?? 200, a.headers ?? { 'Content-Type': 'application/json' });
			rs.end(a.body ?? '');
		});
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	cleanup(() => { server.closeAllConnections(); server.close(); });
	return { url: `http://127.0.0.1:${server.address().port}`, requests };
}

export function alive(pid) {
	try { process.kill(pid, 0); } catch { return false; }
	try { return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); } catch { return false; }
}

export function has(program) {
	return ['/usr/sbin/', '/usr/bin/', '/usr/local/bin/'].some((d) => existsSync(d + program));
}
