// run - runs the test files of a folder, one process each: node run.mjs FOLDER [part of a name] [how many at a time].
// What a file says is shown when it is done, or at once where they run one after the other.
import { readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

const [folder, part = '', jobs = '1'] = process.argv.slice(2);
const FILE_LIMIT_MS = 15 * 60 * 1000;
let bad = false;

const files = readdirSync(folder).filter((f) => f.endsWith('.test.mjs') && f.includes(part)).sort();
const alone = Number(jobs) === 1 || files.length === 1;

function runFile(file) {
	const title = `-- ${join(folder, file)}\n`;
	if (alone) process.stdout.write(title);
	return new Promise((done) => {
		const child = spawn(process.execPath, [resolve(folder, file)], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
		let failLines = 0;
		let text = '';
		const limit = setTimeout(() => { console.log(`FAIL ${file} ran longer than ${FILE_LIMIT_MS / 60000} minutes`); failLines++; process.kill(-child.pid, 'SIGKILL'); }, FILE_LIMIT_MS);
		child.stdout.on('data', (d) => {
			if (alone) process.stdout.write(d);
			text += d;
			failLines += (String(d).match(/^FAIL /gm) ?? []).length;
		});
		child.on('close', (code) => {
			clearTimeout(limit);
			if (!alone) process.stdout.write(title + text);
			if (code !== 0 && !failLines) console.log(`FAIL ${file} ended with code ${code}`);
			if (code !== 0) bad = true;
			done();
		});
	});
}

// Those that take longest first, so that the last to end has not just begun.
const long = ['scene', 'edges', 'tour', 'attack', 'check', 'rest_own', 'bad_input'];
const weight = (f) => { const i = long.indexOf(f.replace('.test.mjs', '')); return i < 0 ? long.length : i; };
const queue = alone ? files : files.sort((a, b) => weight(a) - weight(b));
await Promise.all(Array.from({ length: Number(jobs) }, async () => {
	for (let file; (file = queue.shift());) await runFile(file);
}));
process.exit(bad ? 1 : 0);
