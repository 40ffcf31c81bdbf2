// programs - clients in other languages: built or installed from their registry, pinned; where that cannot be had it is said why not.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../flow/harness.mjs';

const call = promisify(execFile);
const BUILD_MS = 8 * 60_000;

// Builds a Go package of a module of ours; null where there is no Go or its modules cannot be had, with a line that says so.
export async function goBuild(folder, target, out) {
	try {
		await call('go', ['build', '-mod=readonly', '-buildvcs=false', '-o', out, target], { cwd: folder, maxBuffer: 1e8, timeout: BUILD_MS });
		return out;
	} catch (e) {
		if (e.killed) {
			console.log(`skip ${target}: its build takes long; the next run goes on with it`);
			return null;
		}
		const absent = e.code === 'ENOENT' ? 'there is no go' : /(403 Forbidden|dial tcp|no such host|i\/o timeout|connection refused|TLS handshake|proxy.*(50\d|unavailable)|requires go >=)/.exec(e.stderr ?? '')?.[0];
		if (!absent) throw new Error(`go build: ${String(e.stderr ?? e).slice(0, 2000)}`);
		console.log(`skip ${target}: ${absent}`);
		return null;
	}
}

// A Python that has what a list of requirements names, kept beside the builds; null with a line that says why there is none.
export async function pythonWith(requirements) {
	const wanted = readFileSync(requirements, 'utf8'), folder = join(root, 'build', `python-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`), python = join(folder, 'bin/python');
	if (existsSync(join(folder, 'whole'))) return python;
	try {
		await call('python3', ['-m', 'venv', folder]);
		await call(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '--no-deps', '-r', requirements]);
		writeFileSync(join(folder, 'whole'), '');
		return python;
	} catch (e) {
		const absent = e.code === 'ENOENT' ? 'there is no python3' : /(ensurepip is not available|No matching distribution|Connection|Name or service|timed out|ProxyError|HTTP error)/.exec(`${e.stdout}${e.stderr}`)?.[0];
		if (!absent) throw new Error(`pip: ${String(e.stderr ?? e).slice(0, 2000)}`);
		console.log(`skip mattermostdriver: ${absent}`);
		return null;
	}
}

// Runs a client that prints "ok NAME" and "FAIL NAME why"; gives how it ended.
export function judge(program, args, env, what) {
	return new Promise((done) => {
		const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
		let text = '';
		child.stdout.on('data', (d) => { text += d; });
		child.on('close', (code) => {
			process.stdout.write(text.replace(/^(ok|FAIL) .*$/gm, (line) => `${line} (${what})`));
			done(code);
		});
	});
}
