// The Go client (server/public/model) as bots and bridges use it: tests/drivers/go.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, run, assert, Server, receiver, tempDir } from '../flow/harness.mjs';
import { goBuild, judge } from './programs.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'go');

for (const engine of ['sqlite', 'postgres']) {
	test(`the Go client does what bots and bridges do (${engine})`, async () => {
		const program = await goBuild(folder, '.', join(tempDir(), 'driver'));
		if (!program) return;
		const hears = await receiver(() => ({ body: JSON.stringify({ response_type: 'ephemeral', text: 'heard' }) }));
		const s = await new Server({ engine, settings: { FileSettings: { EnablePublicLink: true } } }).start();
		await s.user('admin', null);
		assert.equal(await judge(program, [], { HUBBUB_URL: s.url, HUBBUB_HEARS: hears.url }, engine), 0);
		await s.stop();
	});
}

run();
