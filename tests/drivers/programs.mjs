// programs - clients in other languages: built or installed from their registry, pinned; where that cannot be had it is said why not.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const call = promisify(execFile);

// Builds a Go package of a module of ours; null where there is no Go or its modules cannot be had, with a line that says so.
export async function goBuild(folder, target, out) {
	try {
		await call('go', ['build', '-mod=readonly', '-buildvcs=false', '-o', out, target], { cwd: folder, maxBuffer: 1e8 });
		return out;
	} catch (e) {
		const absent = e.code === 'ENOENT' ? 'there is no go' : /(403 Forbidden|dial tcp|no such host|i\/o timeout|connection refused|TLS handshake|proxy.*(50\d|unavailable)|requires go >=)/.exec(e.stderr ?? '')?.[0];
		if (!absent) throw new Error(`go build: ${String(e.stderr ?? e).slice(0, 2000)}`);
		console.log(`skip ${target}: ${absent}`);
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
