// The matrix: every route that is built, asked by everybody about every kind of object, against expected.tsv.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, run, assert, build } from '../flow/harness.mjs';
import { ask } from './ask.mjs';
import { calls, nameOf } from './calls.mjs';
import { columns, world } from './world.mjs';

const file = join(dirname(fileURLToPath(import.meta.url)), 'expected.tsv');
// While working: a part of a route's name; a file for what was answered; to end with the first that is wrong, and which rows to begin with.
const { MATRIX_ONLY: only = '', MATRIX_PRINT: print, MATRIX_FIRST: first, MATRIX_BEGIN: begin } = process.env;

const lines = readFileSync(file, 'utf8').split('\n').filter((l) => l && !l.startsWith('#')).map((l) => l.split('\t'));
const rows = new Map(lines.slice(1).map(([route, object, ...cells]) => [`${route} ${object}`, cells]));
const routes = execFileSync(join(build, 'hubbub'), ['routes'], { encoding: 'utf8' }).trim().split('\n').filter((l) => !/\b501\b/.test(l)).map((l) => l.match(/^(\S+)\s+(\S+)/).slice(1).join(' ').replace(' /api/v4/', ' /'));
const asked = calls.flatMap((call) => call.objects.map((object) => ({ call, object, name: `${call.route} ${nameOf(call, object)}` })));

test('every route that is built has its rows, and every row its call', async () => {
	assert.deepEqual(lines[0], ['route', 'object', ...columns]);
	const called = new Set(asked.map((a) => a.name)), known = new Set(lines.slice(1).map(([route]) => route));
	assert.deepEqual(routes.filter((r) => !known.has(r)), [], 'no row in expected.tsv');
	assert.deepEqual([...known].filter((r) => !routes.includes(r)), [], 'rows of what is not built');
	assert.deepEqual([...called].filter((n) => !rows.has(n)), [], 'calls without a row');
	assert.deepEqual([...rows.keys()].filter((n) => !called.has(n)), [], 'rows without a call');
	assert.equal(called.size, asked.length, 'the same twice');
	assert.deepEqual([...rows].filter(([, cells]) => cells.length !== columns.length || cells.some((c) => !/^(ok|-|[345]\d\d)$/.test(c))).map(([n]) => n), []);
});

// What each of the columns is answered: "ok", or the status.
async function answersOf(w, { call, object }) {
	const cells = [];
	for (const column of columns) {
		if (call.only && !call.only(column)) { cells.push('-'); continue; }
		const r = await ask(w, call, object, w.who[column]);
		cells.push(r.status < 300 ? 'ok' : String(r.status));
		if (r.status >= 500 && r.status !== 501) throw new Error(`${column}: ${r.status} ${r.text}`);
	}
	return cells;
}

test('everybody may do what he may, and nothing else', async () => {
	const w = await world(), told = [];
	let failed = 0, count = 0;
	const all = async (list) => { for (const a of list) await one(a); };
	const one = async (a) => {
		const cells = await answersOf(w, a).catch((e) => columns.map(() => String(e.stack).slice(0, 300)));
		told.push([a.call.route, nameOf(a.call, a.object), ...cells].join('\t'));
		const wrong = columns.map((c, i) => [c, cells[i], rows.get(a.name)?.[i]]).filter(([, is, should]) => is !== should);
		if (wrong.length) failed++;
		console.log(wrong.length ? `FAIL ${a.name}: ${wrong.map(([c, is, should]) => `${c} ${is}, not ${should}`).join('; ')}` : `ok ${a.name}`);
		if (wrong.length && first) throw new Error('the first is enough');
		count += cells.length;
	};
	const later = (a) => begin && !a.name.includes(begin), chosen = asked.filter((a) => a.name.includes(only)).sort((a, b) => later(a) - later(b));
	await Promise.all([all(chosen.filter((a) => a.call.slow)), all(chosen.filter((a) => !a.call.slow))]);
	if (print) writeFileSync(print, `${told.join('\n')}\n`);
	console.log(`note: ${count} cells of ${told.length} rows`);
	assert.equal(failed, 0, `${failed} rows are not as expected.tsv says`);
	await w.s.stop();
});

run();
