// Every route that is built answers as the contract says: status, headers and body, when it succeeds and when it does not.
import { test, run, assert, until } from '../flow/harness.mjs';
import { described, neutral, ours } from './tables.mjs';
import { answers, created } from './shapes.mjs';
import { answersDiffer, anyBody, codesDiffer, mayBeUnknown, neverAsked, noError, noSuccess, unused } from './departures.mjs';
import { badBody, badUrl, cases, here, none } from './cases.mjs';
import { check, typeOf, unexplained } from './schema.mjs';
import { Ears } from './ears.mjs';
import { world } from './world.mjs';

const full = (route) => (/ \/files\/\{file_id\}\/public$/.test(route) || route.includes(' /hooks/{') || route.includes(' /hooks/commands/') ? route : route.replace(' ', ' /api/v4'));
const byPlaces = (object) => new Map(Object.entries(object).map(([route, value]) => [neutral(route), value]));
const silent = byPlaces(answers), other = byPlaces(answersDiffer), makes = new Set([...created].map(neutral));

// What a route must answer when it succeeds: {code, type}.
function promised(route) {
	const name = neutral(full(route)), d = described.get(name);
	const type = other.get(name)?.[0] ?? silent.get(name) ?? d?.schema;
	return { code: makes.has(name) ? 201 : 200, type };
}

class Client {
	// asked: route → the permissions its handler asked for in all calls, as the dev build tells.
	constructor(w) { this.w = w; this.asked = new Map(); }

	tokenOf(as) {
		return as === null ? undefined : as === undefined ? this.w.admin.token : this.w[as].token;
	}

	// Sends a call, where the limit of sign-ins does not forbid it just now.
	async send(route, call) {
		const [method, pattern] = full(route).split(' ');
		const path = pattern.replace(/\{(\w+)\}/g, (_, n) => encodeURIComponent(call.path?.[n] ?? here(this.w, n, route) ?? `no-${n}`));
		const ask = () => this.w.s.raw(method, path + (call.query ? `?${call.query}` : ''), { body: call.body, token: this.tokenOf(call.as), headers: call.headers });
		const r = await until(route, async () => { const a = await ask(); return a.status !== 429 && a; });
		const name = full(route), asked = this.asked.get(name) ?? new Set();
		for (const p of r.headers.get('x-hubbub-asked')?.split(' ') ?? []) if (p) asked.add(p);
		this.asked.set(name, asked);
		return r;
	}
}

// What every answer carries; "Expires" of a GET only.
const headers = { 'x-request-id': /^[a-z0-9]{26}$/, 'x-version-id': /^11\.6\.0\.\S+$/, 'x-content-type-options': /^nosniff$/, 'referrer-policy': /^no-referrer$/, 'permissions-policy': /^$/, vary: /Accept-Encoding/ };

function headersWrong(r, route) {
	const wanted = Object.entries({ ...headers, ...(route.startsWith('GET') ? { expires: /^0$/ } : {}) });
	return wanted.filter(([name, pattern]) => !pattern.test(r.headers.get(name) ?? 'none')).map(([name]) => `${name} is ${r.headers.get(name)}`);
}

// A success: its code, its content type and its body.
function successWrong(r, route, call) {
	const { code, type } = promised(route), is = call.is ?? type, wrong = headersWrong(r, route), content = r.headers.get('content-type');
	if (r.status !== code) return [...wrong, `status ${r.status}, not ${code}: ${r.text.slice(0, 300)}`];
	if (is === undefined || is === '-') return [...wrong, 'nothing says what the answer is'];
	if (route.startsWith('HEAD')) return r.text ? [...wrong, 'a body'] : wrong;
	if (is === 'picture') return content.startsWith('image/') ? wrong : [...wrong, `content type ${content}`];
	if (is === 'ok') return content === 'text/plain' && r.text === 'ok' ? wrong : [...wrong, `${content}: ${r.text}`];
	if (content !== (call.type ?? 'application/json')) wrong.push(`content type ${content}`);
	if (call.type === 'application/x-ndjson') return r.text.trim().split('\n').reduce((all, line) => check(JSON.parse(line), typeOf(is).array, '$', all), wrong);
	return check(r.json, typeOf(is), '$', wrong);
}

// A refusal: Mattermost's error body, the same status in it, the same request.
function refusalWrong(r, route, status, id) {
	const wrong = headersWrong(r, route);
	if (status ? r.status !== status : r.status < 400 || r.status >= 500) return [...wrong, `status ${r.status}, not ${status ?? '4xx'}: ${r.text.slice(0, 300)}`];
	if (route.startsWith('HEAD')) return r.text ? [...wrong, 'a body'] : wrong;
	if (id === '') return r.text ? [...wrong, 'a body'] : wrong;
	if (r.headers.get('content-type') !== 'application/json') wrong.push(`content type ${r.headers.get('content-type')}`);
	check(r.json, typeOf('AppError'), '$', wrong);
	if (r.json?.status_code !== r.status) wrong.push(`status_code is ${r.json?.status_code}`);
	if (r.json?.request_id !== r.headers.get('x-request-id')) wrong.push('request_id is not the header\'s');
	if (id && r.json?.id !== id) wrong.push(`id is ${r.json?.id}, not ${id}`);
	if (!id && !/^[a-z0-9_.-]+$/.test(r.json?.id ?? '')) wrong.push(`id is ${r.json?.id}`);
	return wrong;
}

// The refusals that follow from a route's kind: [what, call, status, id].
function* refusals(w, route, call, who) {
	const ids = [...route.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).filter((n) => n.endsWith('_id'));
	if (['session', 'setup', 'trusted'].includes(who)) yield ['without a session', { ...call, as: null }, 401, 'api.context.session_expired.app_error'];
	for (const name of ids) {
		const path = (value) => ({ ...call, path: { ...call.path, [name]: value } });
		if (!['category_id', 'action_id'].includes(name)) yield [`with a ${name} that is none`, path('not-an-id'), 400, badUrl];
		if (!(`${route} ${name}` in mayBeUnknown)) yield [`with a ${name} nobody has`, path(none), null, null];
	}
	if (call.body === undefined || typeof call.body === 'string' || anyBody[route]) return;
	yield ['with a cut body', { ...call, body: '{"a":' }, 400, badBody];
	yield ['with a body of another type', { ...call, body: Array.isArray(call.body) ? {} : [] }, 400, badBody];
}

// The same question by others and about other things of the same kind: archived, private, direct, deleted, a bot, a guest.
function* variants(w, route, call) {
	const kinds = { channel_id: [w.priv, w.dm, w.gm, w.old], user_id: [w.admin, w.bob, w.eve, w.gus, { id: w.bot.user_id }], post_id: [w.reply, w.edited, w.pinned, w.gone], thread_id: [w.pinned, w.gone],
		team_id: [w.other, w.third], bot_user_id: [w.bob] };
	const whats = [call];
	for (const [name, others] of Object.entries(kinds)) {
		if (route.includes(`{${name}}`)) whats.push(...others.filter(Boolean).map((o) => ({ ...call, path: { ...call.path, [name]: o.id } })));
	}
	for (const what of whats) for (const as of [undefined, 'bob', 'gus']) yield { ...what, as };
}

// Each must be a right success or a right refusal.
async function tryVariants(client, route, call) {
	const wrong = new Set();
	let calls = 0;
	for (const v of variants(client.w, route, call)) {
		const r = await client.send(route, v);
		for (const p of r.status < 400 ? successWrong(r, route, v) : refusalWrong(r, route, null, null)) wrong.add(`as ${v.as ?? 'admin'} with ${JSON.stringify(v.path ?? {})}: ${p}`);
		calls++;
	}
	return { wrong: [...wrong], calls };
}

async function tryRoute(client, [route, ...calls], who) {
	const { w } = client, wrong = [], count = { success: 0, error: 0 };
	const asked = new Set();
	const note = (what, problems) => wrong.push(...problems.slice(0, 8).map((p) => `${what}: ${p}`));
	const made = async (call) => (typeof call === 'function' ? call(w) : call);
	const first = await made(calls[0]);
	for (const [what, call, status, id] of refusals(w, route, first, who)) {
		note(what, refusalWrong(await client.send(route, call), route, status, id));
		count.error++;
	}
	for (const [i, c] of calls.entries()) {
		const call = i ? await made(c) : first, r = await client.send(route, call), what = `call ${i + 1}`;
		const own = call.no ? refusalWrong(r, route, ...call.no) : successWrong(r, route, call);
		if (!own.length && call.so && !call.so(r.json, w)) own.push(`${call.query ?? ''} has not the effect it should: ${r.text.slice(0, 300)}`);
		note(what, own);
		if (!call.no && call.keep) w[call.keep] = { ...(Array.isArray(r.json) ? [] : {}), ...r.json };
		if (!call.no && call.keep && Array.isArray(r.json)) w[call.keep] = r.json;
		count[call.no ? 'error' : 'success']++;
		for (const name of new URLSearchParams(call.query ?? '').keys()) asked.add(name);
	}
	const again = route.startsWith('GET') && count.success ? await tryVariants(client, route, first) : { wrong: [], calls: 0 };
	note('again', again.wrong);
	const unasked = described.get(neutral(full(route)))?.parameters.filter((n) => !asked.has(n) && !unused[`${route} ${n}`]) ?? [];
	if (unasked.length) wrong.push(`no call has the parameters ${unasked.join(' ')}, and departures.mjs gives no reason`);
	if (!count.success && !noSuccess[full(route)]) wrong.push('no success is shown, and departures.mjs gives no reason');
	if (!count.error && !noError[full(route)]) wrong.push('no error is shown, and departures.mjs gives no reason');
	return { wrong, calls: count.success + count.error + again.calls };
}

// What a row says of permissions against what was asked for.
function permissionsWrong(asked) {
	const wrong = [];
	for (const { name, permissions, built } of ours) {
		const excused = neverAsked[name]?.[0].split(' ') ?? [], seen = asked.get(name) ?? new Set();
		if (!built) continue;
		wrong.push(...[...seen].filter((p) => !permissions.includes(p)).map((p) => `${name} asks for ${p}, and its row does not say so`));
		wrong.push(...permissions.filter((p) => !seen.has(p) && !excused.includes(p)).map((p) => `${name} names ${p}, and no call makes it ask, and departures.mjs gives no reason`));
		wrong.push(...excused.filter((p) => seen.has(p) || !permissions.includes(p)).map((p) => `${name}: departures.mjs excuses ${p} without need`));
	}
	return wrong;
}

test('the tables are consistent, and what departs from the description has a reason', async () => {
	assert.deepEqual(unexplained(), [], 'fields of the description that shapes.mjs leaves out');
	const says = (route) => described.get(neutral(route))?.schema ?? '-';
	assert.deepEqual(Object.keys(answers).filter((r) => says(r) !== '-'), [], 'the description speaks of it: it belongs into departures.mjs');
	assert.deepEqual(Object.keys(answersDiffer).filter((r) => says(r) === '-'), [], 'the description is silent: it belongs into shapes.mjs');
	const differ = ours.filter((r) => r.built && described.has(neutral(r.name)) && described.get(neutral(r.name)).codes[0] > 0
		&& !described.get(neutral(r.name)).codes.includes(makes.has(neutral(r.name)) ? 201 : 200)).map((r) => r.name);
	assert.deepEqual(differ.sort(), [...codesDiffer].sort());
});

test('every route that is built has a row, and every row such a route', async () => {
	const rows = cases.map(([route]) => full(route)), built = ours.filter((r) => r.built).map((r) => r.name);
	assert.deepEqual(built.filter((r) => !rows.includes(r)), [], 'no row calls it');
	assert.deepEqual(rows.filter((r, i) => !built.includes(r) || rows.indexOf(r) !== i), [], 'not built, or twice');
	for (const table of [noSuccess, noError]) assert.deepEqual(Object.keys(table).filter((r) => !built.includes(r)), []);
});

test('what is no route, has a wrong method or is too long is refused in the same words', async () => {
	const client = new Client(await world('sqlite'));
	const wanted = [['GET', '/api/v4/nowhere', 404, 'api.context.404.app_error'], ['DELETE', '/api/v4/system/ping', 404, 'api.context.404.app_error'],
		['GET', '/api/v5/users', 404, 'api.context.404.app_error'], ['GET', '/api/v4/websocket', 400, 'api.web_socket.connect.upgrade.app_error'],
		['GET', `/api/v4/exports`, 501, 'api.hubbub.not_built.app_error'], ['POST', '/api/v4/posts', 413, 'api.context.request_body_too_large.app_error', JSON.stringify({ message: 'x'.repeat(400_000) })]];
	for (const [method, path, status, id, body] of wanted) {
		const r = await client.w.s.raw(method, path, { token: client.w.admin.token, body });
		assert.deepEqual(refusalWrong(r, `${method} ${path}`, status, id), [], `${method} ${path}`);
	}
	await client.w.s.stop();
});

for (const engine of ['sqlite', 'postgres']) {
	test(`every built route answers as the contract says (${engine})`, async () => {
		const client = new Client(await world(engine)), who = new Map(ours.map((r) => [r.name, r.who]));
		const ears = new Ears(client.w);
		let failed = 0, calls = 0;
		for (const row of cases) {
			await ears.listen();
			const result = await tryRoute(client, row, who.get(full(row[0]))).catch((e) => ({ wrong: [String(e.stack).slice(0, 300)], calls: 0 }));
			calls += result.calls;
			if (result.wrong.length) failed++;
			console.log(result.wrong.length ? `FAIL ${full(row[0])} (${engine}): ${result.wrong.join(' | ')}` : `ok ${full(row[0])} (${engine})`);
		}
		console.log(`note: ${calls} calls to ${cases.length} routes (${engine})`);
		assert.equal(failed, 0, `${failed} routes are not as the contract says`);
		const wrong = [...permissionsWrong(client.asked), ...ears.wrong()];
		for (const p of wrong) console.log(`FAIL ${p} (${engine})`);
		assert.equal(wrong.length, 0, 'permissions in the rows of routes, and events');
		await client.w.s.stop();
	});
}

run();
