// PyPI's mattermostdriver as bots use it: tests/drivers/python.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, run, assert, Server, receiver } from '../flow/harness.mjs';
import { judge, pythonWith } from './programs.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'python');

for (const engine of ['sqlite', 'postgres']) {
	test(`the Python driver does what bots do (${engine})`, async () => {
		const python = await pythonWith(join(folder, 'requirements.txt'));
		if (!python) return;
		const hears = await receiver(() => ({ body: JSON.stringify({ response_type: 'ephemeral', text: 'heard' }) }));
		const s = await new Server({ engine, settings: { FileSettings: { EnablePublicLink: true } } }).start();
		await s.user('admin', null);
		assert.equal(await judge(python, [join(folder, 'driver.py')], { HUBBUB_PORT: String(s.port), HUBBUB_HEARS: hears.url }, engine), 0);
		await s.stop();
	});
}

run();
