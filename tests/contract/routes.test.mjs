// Which routes of the API there are, and which are not built yet: the list may only become shorter, and only truthfully.
import { test, run, assert } from '../flow/harness.mjs';
import { described, neutral, ours, unbuilt } from './tables.mjs';

const own = new Map(ours.map((r) => [neutral(r.name), r]));
const wanted = [...described.values()].filter((r) => r.tier === 'T1' || r.tier === 'T2');
// The upgrade to a WebSocket goes beside the routes; tests/flow/rest_exact.test.mjs says how.
const beside = new Set(['GET /api/v4/{}']);

test('every route of everyday use is listed, built or answering 501', async () => {
	const missing = wanted.filter((r) => !own.has(neutral(r.name)) && !beside.has(neutral(r.name)));
	assert.deepEqual(missing.map((r) => r.name), []);
});

test('every route of ours is one of the API, or a webhook\'s', async () => {
	const strange = ours.filter((r) => !described.has(neutral(r.name)) && !r.name.startsWith('POST /hooks/'));
	assert.deepEqual(strange.map((r) => r.name), []);
});

test('every route is of the tier that the inventory gives it, and says what it is for', async () => {
	const differs = ours.filter((r) => described.has(neutral(r.name)) && described.get(neutral(r.name)).tier !== r.tier);
	assert.deepEqual(differs.map((r) => `${r.name} ${r.tier}`), []);
	assert.deepEqual(ours.filter((r) => !/^[A-Z].*[.?]$/.test(r.sentence) || r.built !== /^\w+\.c:\w+$/.test(r.handler)).map((r) => r.name), []);
});

test('what the web app cannot boot without is built', async () => {
	const missing = wanted.filter((r) => r.tier === 'T1' && own.get(neutral(r.name))?.built === false);
	assert.deepEqual(missing.map((r) => r.name), []);
});

test('unbuilt.tsv lists exactly the routes of everyday use that answer 501', async () => {
	const real = wanted.filter((r) => own.get(neutral(r.name))?.built === false).map((r) => `${r.tier} ${own.get(neutral(r.name)).name}`).sort();
	const listed = unbuilt.map((r) => `${r.tier} ${r.name}`).sort();
	assert.deepEqual(real.filter((r) => !listed.includes(r)), [], 'answers 501 and is not in unbuilt.tsv');
	assert.deepEqual(listed.filter((r) => !real.includes(r)), [], 'is in unbuilt.tsv and built, or no such route');
	console.log(`note: not built yet: ${real.filter((r) => r.startsWith('T1')).length} of ${wanted.filter((r) => r.tier === 'T1').length} routes of T1, `
		+ `${real.filter((r) => r.startsWith('T2')).length} of ${wanted.filter((r) => r.tier === 'T2').length} of T2 (tests/contract/unbuilt.tsv)`);
});

run();
