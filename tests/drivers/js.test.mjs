// npm's @mattermost/client, unchanged: every method whose route is of everyday use is called, and what came of it is looked at.
import { test, run, assert } from '../flow/harness.mjs';
import { ours } from '../contract/tables.mjs';
import { world } from '../contract/world.mjs';
import { client } from './js_client.mjs';
import { integrations } from './js_integrations.mjs';
import { people } from './js_people.mjs';
import { places } from './js_places.mjs';
import { said } from './js_posts.mjs';

const rows = [...people, ...places, ...said, ...integrations];

// Methods of everyday use that no row calls, each with its reason.
const excused = {
};

// The methods of a client that ask the server.
function methods(c) {
	const all = [...Object.keys(c), ...Object.getOwnPropertyNames(Object.getPrototypeOf(c))];
	return all.filter((n) => typeof c[n] === 'function' && !/^(doFetch\w*|constructor)$/.test(n));
}

const patterns = ours.map((r) => ({ ...r, method: r.name.split(' ')[0], re: new RegExp(`^${r.name.split(' ')[1].replace(/\{\w+\}/g, '[^/]+')}$`), places: r.name.split('{').length }));

// Which route of ours a method asks, whatever its parameters are; undefined: none.
async function routeOf(c, name) {
	let seen = null;
	const real = globalThis.fetch;
	globalThis.fetch = async (url, o) => { seen ??= { method: (o.method ?? 'get').toUpperCase(), path: new URL(url).pathname }; throw new Error('only to see'); };
	for (const argument of ['a'.repeat(26), { id: 'a'.repeat(26), user_id: 'a'.repeat(26), channel_id: 'a'.repeat(26) }, ['a']]) {
		try { await c[name](...Array(8).fill(argument)); } catch { /* only to see */ }
		if (seen) break;
	}
	globalThis.fetch = real;
	return seen && patterns.filter((p) => p.method === seen.method && p.re.test(seen.path)).sort((a, b) => a.places - b.places)[0];
}

test('every method of everyday use whose route is built is called, or there is a reason', async () => {
	const c = client('http://127.0.0.1'), called = new Set(rows.map(([n]) => n)), missing = [];
	c.setEnableLogging(true);
	assert.deepEqual([...called].filter((n) => typeof c[n] !== 'function'), [], 'no such method');
	for (const name of methods(c).filter((n) => !called.has(n))) {
		const route = await routeOf(c, name);
		const due = route?.built && ['T1', 'T2'].includes(route.tier);
		if (due && !excused[name]) missing.push(`${name}: ${route.tier} ${route.name}`);
		if (!due && excused[name]) missing.push(`${name} is excused without need`);
	}
	assert.equal(missing.join('\n'), '');
	assert.deepEqual(Object.keys(excused).filter((n) => called.has(n) || typeof c[n] !== 'function'), [], 'excused, and called or unknown');
});

for (const engine of ['sqlite', 'postgres']) {
	test(`each call of @mattermost/client has its effect (${engine})`, async () => {
		const w = await world(engine), clients = new Map();
		w.open = () => client(w.s.url);
		w.as = (name) => clients.get(name) ?? clients.set(name, client(w.s.url, w[name].token)).get(name);
		let failed = 0;
		for (const [name, call] of rows) {
			const wrong = await call(w.as('admin'), w).then(() => null, (e) => `${e.message} ${e.server_error_id ?? ''} ${e.detailed_error ?? ''} ${e.stack?.split('\n').find((l) => l.includes('/drivers/js_')) ?? ''}`.replace(/\s+/g, ' ').slice(0, 500));
			if (wrong) failed++;
			console.log(wrong ? `FAIL ${name} (${engine}): ${wrong}` : `ok ${name} (${engine})`);
		}
		assert.equal(failed, 0, `${failed} methods of ${rows.length}`);
		await w.s.stop();
	});
}

run();
