// run - runs the test files of a folder, one process each, one after the other: node run.mjs FOLDER [part of a name]
import { readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

const [folder, part = ''] = process.argv.slice(2);
const FILE_LIMIT_MS = 15 * 60 * 1000;
let bad = false;

function runFile(file) {
	return new Promise((done) => {
		const child = spawn(process.execPath, [resolve(folder, file)], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
		let failLines = 0;
		let text = '';
		const limit = setTimeout(() => { console.log(`FAIL ${file} ran longer than ${FILE_LIMIT_MS / 60000} minutes`); failLines++; process.kill(-child.pid, 'SIGKILL'); }, FILE_LIMIT_MS);
		child.stdout.on('data', (d) => {
			process.stdout.write(d);
			text += d;
			failLines += (String(d).match(/^FAIL /gm) ?? []).length;
		});
		child.on('close', (code) => {
			clearTimeout(limit);
			if (code !== 0 && !failLines) console.log(`FAIL ${file} ended with code ${code}`);
			if (code !== 0) bad = true;
			done();
		});
	});
}

const files = readdirSync(folder).filter((f) => f.endsWith('.test.mjs') && f.includes(part)).sort();
for (const file of files) {
	console.log(`-- ${join(folder, file)}`);
	await runFile(file);
}
process.exit(bad ? 1 : 0);
