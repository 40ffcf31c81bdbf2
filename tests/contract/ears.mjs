// ears - people who listen while everything is called: each frame must be as events.mjs says, and every event must have come to somebody.
import { Socket } from '../flow/harness.mjs';
import { events } from './events.mjs';
import { check, typeOf } from './schema.mjs';

const broadcast = ['omit_users', 'user_id', 'channel_id', 'team_id', 'connection_id', 'omit_connection_id'];

function dataWrong(data, fields, at) {
	const wrong = [], known = new Set();
	for (const word of fields.split(' ').filter(Boolean)) {
		const [, field, may, quoted, type] = word.match(/^(\w+)(\?)?:(=)?(\S+)$/);
		known.add(field);
		if (!(field in data)) { if (!may) wrong.push(`${at}.${field} is missing`); continue; }
		if (!quoted) check(data[field], typeOf(type), `${at}.${field}`, wrong);
		else if (typeof data[field] !== 'string') wrong.push(`${at}.${field} is no string with JSON in it`);
		else check(JSON.parse(data[field]), typeOf(type), `${at}.${field}`, wrong);
	}
	return wrong.concat(Object.keys(data).filter((k) => !known.has(k)).map((k) => `${at}.${k} is unknown`));
}

function scopeWrong(e, scope, me) {
	const b = e.broadcast, wrong = broadcast.filter((k) => !(k in b)).map((k) => `broadcast.${k} is missing`);
	const must = scope.split(' ')[0].split('/'), may = new Set(scope.split(/[ /]/));
	for (const k of ['user', 'channel', 'team']) if (b[`${k}_id`] && !may.has(k)) wrong.push(`broadcast.${k}_id is set`);
	if (must[0] !== 'all' && !must.some((k) => b[`${k}_id`])) wrong.push(`broadcast has no ${must.join(' or ')}`);
	if (b.user_id && b.user_id !== me) wrong.push('it is for somebody else');
	return wrong;
}

export function frameWrong(e, me) {
	if (!events[e.event]) return [`${e.event} is unknown`];
	const [scope, fields] = events[e.event];
	return [...scopeWrong(e, scope, me), ...dataWrong(e.data, fields, 'data')].map((p) => `${e.event}: ${p}`);
}

export class Ears {
	constructor(w) { this.w = w; this.people = ['admin', 'bob', 'carol', 'gus'].map((name) => ({ name, sockets: [] })); }

	// By an access token of his own, which outlives his sessions and his password.
	async open(p) {
		p.token ??= (await this.w.s.api('POST', `/users/${this.w[p.name].id}/tokens`, { description: 'to listen' }, this.w.admin.token)).token;
		p.sockets.push(await new Socket(this.w.s, p.token).ready());
	}

	// Some calls end everybody's sessions.
	async listen() {
		for (const p of this.people) if (!p.sockets.length || p.sockets.at(-1).closeCode !== undefined) await this.open(p);
	}

	heard() { return this.people.flatMap((p) => p.sockets.flatMap((s) => s.events.map((e) => ({ e, me: this.w[p.name].id })))); }

	wrong() {
		const all = this.heard(), seen = new Set(all.map(({ e }) => e.event));
		return [...new Set(all.flatMap(({ e, me }) => frameWrong(e, me)))].concat(Object.keys(events).filter((n) => !seen.has(n)).map((n) => `${n} was never heard`));
	}
}
