// ask - makes a call of calls.mjs as somebody, and judges what comes back.
import { until } from '../flow/harness.mjs';
import { objectOf, requestOf } from './calls.mjs';
import { hiddenFrom } from './world.mjs';

// Sends it, where the limit of sign-ins does not forbid it just now.
export function send(w, me, q) {
	const token = me.column === 'none' ? undefined : me.token;
	return until(q.path, async () => { const r = await w.s.raw(q.method, q.path, { body: q.body, headers: q.headers, token }); return r.status !== 429 && r; });
}

// before, the call, after; between(x, q) may be given to do something else than to send it once.
export async function ask(w, call, object, me, between = (x, q) => send(w, x.me, q)) {
	const x = objectOf(w, object, me);
	try {
		await call.before?.(x);
		const r = await between(x, await requestOf(call, x));
		await call.after?.(x, r);
		return r;
	} catch (e) {
		throw new Error(`${call.route} (${object}) as ${me.column}: ${e.message}`, { cause: e });
	}
}

const words = /zq([a-z]+)x\d+/g, ids = /(?<![a-z0-9])[a-z0-9]{26}(?![a-z0-9])/g;

// What of the secrets stands in a text, by their values: marked words, and ids and names that belong to a place.
export class Secrets {
	constructor(w) { this.w = w; this.known = new Map(); this.taken = 0; this.odd = []; }

	update() {
		for (; this.taken < this.w.secrets.length; this.taken++) {
			const { value, kind } = this.w.secrets[this.taken];
			this.known.set(value, kind);
			if (!/^([a-z0-9]{26}|zq[a-z]+x\d+)$/.test(value)) this.odd.push(value);
		}
	}

	in(text) {
		this.update();
		const found = new Map();
		for (const [word, kind] of text.matchAll(words)) found.set(word, kind);
		for (const [id] of text.matchAll(ids)) if (this.known.has(id)) found.set(id, this.known.get(id));
		for (const value of this.odd) if (text.includes(value)) found.set(value, this.known.get(value));
		return found;
	}

	// Those in the text that somebody may not know.
	hidden(me, text) {
		const not = hiddenFrom(me);
		return [...this.in(text)].filter(([, kind]) => not.has(kind)).map(([value]) => value);
	}
}

const textOf = (q) => `${decodeURIComponent(q.path)} ${q.body === undefined ? '' : q.body instanceof Uint8Array ? Buffer.from(q.body).toString('latin1') : typeof q.body === 'string' ? q.body : JSON.stringify(q.body)}`;
export const requestText = textOf;

// Another value that looks the same and that there is not.
export function unknownFor(value) {
	return value.replace(/[a-z0-9]{26}/g, (id) => 'zz' + [...id.slice(2)].reverse().join('')).replace(/^zq[a-z]+x\d+$/, (w) => 'no' + 'q'.repeat(w.length - 2)).replace(/^[0-9a-f]{40}$/, (h) => [...h].reverse().join(''));
}

// The same request about what does not exist.
export function instead(q, values) {
	const swap = (text) => values.reduce((t, v) => t.replaceAll(v, unknownFor(v)), text);
	const body = q.body instanceof Uint8Array ? Buffer.from(swap(Buffer.from(q.body).toString('latin1')), 'latin1') : typeof q.body === 'string' ? swap(q.body) : q.body && JSON.parse(swap(JSON.stringify(q.body)));
	return { ...q, path: swap(q.path), body };
}

// What an answer says, without what differs from one to the next.
export function sense(r, values) {
	let text = r.text;
	for (const v of values) text = text.replaceAll(v, 'IT').replaceAll(unknownFor(v), 'IT');
	return `${r.status} ${r.headers.get('content-type')} ${text.replace(/"request_id":"[^"]*"/, '').replace(ids, 'ID').replace(/\b[14]\d{12}\b/g, 'TIME')}`;
}
