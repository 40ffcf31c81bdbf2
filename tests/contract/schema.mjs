// schema - judges a JSON value by a type of shapes.mjs and schemas.json: check(value, type) gives a list of what is wrong with it.
import { schemas } from './tables.mjs';
import { shapes } from './shapes.mjs';
import { fieldsDiffer } from './departures.mjs';

const KINDS = new Set(['string', 'integer', 'number', 'boolean', 'object', 'any']);

// 'integer', 'Post', '[Post]', '{integer}', 'string|null' as a type.
export function typeOf(text) {
	if (text.endsWith('|null')) return { ...typeOf(text.slice(0, -5)), null: true };
	if (text.startsWith('[')) return { array: typeOf(text.slice(1, -1)) };
	if (text.startsWith('{')) return { map: typeOf(text.slice(1, -1)) };
	if (text.includes('/')) return { either: text.split('/').map(typeOf) };
	return KINDS.has(text) ? { is: text } : { ref: text };
}

function shaped(name) {
	const fields = {};
	for (const word of shapes[name].split(' ')) {
		const [, field, may, orNull, type] = word.match(/^(\w+)(\?)?(\|null)?(?::(\S+))?$/);
		const t = type ? typeOf(type) : schemas[name]?.fields[field];
		if (!t) throw new Error(`${name}.${field}: the description does not know it, so shapes.mjs must say its type`);
		fields[field] = { ...t, required: !may, null: t.null || !!orNull };
	}
	return { fields };
}

const named = new Map();

function resolve(name) {
	if (!named.has(name)) {
		if (!shapes[name] && !schemas[name]) throw new Error(`no such type: ${name}`);
		named.set(name, shapes[name] ? shaped(name) : schemas[name]);
	}
	return named.get(name);
}

// What shapes.mjs leaves out of the description without a word in departures.mjs.
export function unexplained() {
	return Object.keys(shapes).filter((n) => schemas[n]?.fields).flatMap((n) => Object.keys(schemas[n].fields)
		.filter((f) => !(f in resolve(n).fields) && !fieldsDiffer[`${n}.${f}`]).map((f) => `${n}.${f}`));
}

const kindOf = (v) => (v === null ? 'null' : Array.isArray(v) ? 'array' : Number.isInteger(v) ? 'integer' : typeof v);

function checkFields(value, fields, at, wrong) {
	for (const [name, t] of Object.entries(fields)) {
		if (name in value) check(value[name], t, `${at}.${name}`, wrong);
		if (name.endsWith('_at') && t.is === 'integer' && value[name] && !(value[name] > 1.4e12 && value[name] < 1e14)) wrong.push(`${at}.${name} is no time in milliseconds`);
		if (!(name in value) && t.required) wrong.push(`${at}.${name} is missing`);
	}
	for (const name of Object.keys(value)) if (!(name in fields)) wrong.push(`${at}.${name} is unknown`);
}

export function check(value, type, at = '$', wrong = []) {
	const kind = kindOf(value);
	if (type.ref) return check(value, { ...resolve(type.ref), ...(type.null ? { null: true } : {}) }, at, wrong);
	if (type.either) {
		const tries = type.either.map((t) => check(value, t, at));
		return tries.some((w) => !w.length) ? wrong : wrong.concat(tries[0]);
	}
	if (type.is === 'any' || (kind === 'null' && type.null)) return wrong;
	const wanted = type.array ? 'array' : type.map || type.fields ? 'object' : type.is;
	if (kind !== wanted && !(kind === 'integer' && wanted === 'number')) wrong.push(`${at} is ${kind}, not ${wanted}`);
	else if (type.array) value.forEach((v, i) => check(v, type.array, `${at}[${i}]`, wrong));
	else if (type.map) for (const [k, v] of Object.entries(value)) check(v, type.map, `${at}[${k}]`, wrong);
	else if (type.fields) checkFields(value, type.fields, at, wrong);
	return wrong;
}
