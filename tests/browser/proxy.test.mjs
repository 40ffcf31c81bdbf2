// The server below a path, and behind nginx with TLS.
import { assert, run } from '../flow/harness.mjs';
import { png } from '../flow/pictures.mjs';
import { browserTest, cookiesOf, nginx, say, scene, shown, signIn, told } from './browser.mjs';

// What works at all works wherever the server is.
async function works(page, url, dev, path, secure) {
	const ann = await page(), bob = await page();
	await signIn(ann, dev, 'ann');
	await signIn(bob, dev, 'bob');
	const cookies = await cookiesOf(ann);
	assert.deepEqual(Object.values(cookies).map((c) => [c.path, c.secure]), Array(3).fill([path || '/', secure]));
	await ann.setInputFiles('#file', { name: 'p.png', mimeType: 'image/png', buffer: png(300, 200) });
	await told(ann, 'uploaded', 1);
	await say(ann, 'hello');
	const post = bob.locator('#posts article', { hasText: 'hello' });
	await post.waitFor();
	assert.deepEqual(await post.locator('.preview').evaluate((i) => i.decode().then(() => i.naturalWidth)), 300);
	await say(bob, 'and you');
	await ann.locator('#posts .message', { hasText: 'and you' }).waitFor();
	assert.deepEqual(await shown(ann), ['hello', 'and you']);
	const elsewhere = ann.context().seen.filter((r) => !r.path.startsWith(`${path}/`)).map((r) => r.path);
	assert.deepEqual(elsewhere, [], 'nothing is asked outside of the path');
	assert.deepEqual(ann.context().seen.filter((r) => r.status >= 400).map((r) => `${r.status} ${r.path}`), []);
	assert.deepEqual([...ann.context().troubles, ...bob.context().troubles], []);
	assert.equal((await ann.context().request.get(`${url}/static/images/favicon.png`)).status(), 200);
	return { ann, bob };
}

browserTest('a server below a path serves the same client, which asks for nothing outside of it', async () => {
	const { s, page, dev } = await scene({ path: '/team/chat' });
	const { ann } = await works(page, s.url, dev, '/team/chat', false);
	await ann.goto(`http://127.0.0.1:${s.port}/acme/channels/dev`);
	assert.equal(ann.url(), dev, 'who asks outside of it is sent there');
	await told(ann, 'booted', 'yes');
	await s.stop();
});

for (const path of ['', '/chat']) {
	browserTest(`behind nginx with TLS ${path ? 'and below a path ' : ''}everything works, with cookies for TLS only`, async () => {
		const { s, page } = await scene({ path });
		const site = `${await nginx(s, path)}${path}`;
		await s.stop();
		await s.start({ MM_SERVICESETTINGS_SITEURL: site, MM_SERVICESETTINGS_TRUSTEDPROXIES: '127.0.0.1' });
		const { ann, bob } = await works(() => page({ ignoreHTTPSErrors: true }), site, `${site}/acme/channels/dev`, path, true);
		// The server is started anew behind its proxy: 502 meanwhile, and then everybody goes on.
		await s.kill('SIGTERM');
		await told(ann, 'failed');
		await s.start({ MM_SERVICESETTINGS_SITEURL: site, MM_SERVICESETTINGS_TRUSTEDPROXIES: '127.0.0.1' });
		const connects = await told(ann, 'connects', 2);
		assert.equal(connects, '2');
		await told(bob, 'connects', 2);
		await say(ann, 'again');
		await bob.locator('#posts .message', { hasText: 'again' }).waitFor();
		assert.deepEqual(await shown(bob), ['hello', 'and you', 'again']);
		await s.stop();
	}, ['nginx']);
}

run();
