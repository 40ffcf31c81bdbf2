// What a post shows besides its words: pages, pictures and posts it links to, attachments. The outside world is servers of our own.
import { test, run, assert, Server, Socket, receiver, until, cleanup } from './harness.mjs';
import { createServer } from 'node:http';
import { png, gif, turned } from './pictures.mjs';

const html = (head, body = '') => ({ headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: `<!doctype html><html><head>${head}</head><body>${body}</body></html>` });
const picture = (body, type = 'image/png') => ({ headers: { 'Content-Type': type }, body });
const jpeg = turned(Buffer.from('ffd8ffc0001108001e0028030000000000000000ffd9', 'hex'), 6);

// A web site: pages by path; what is a function is asked, and may keep us waiting.
async function site(pages) {
	const r = await receiver((rq) => { const p = pages[rq.url]; return (typeof p === 'function' ? p(rq) : p) ?? { status: 404 }; });
	r.asked = (path) => r.requests.filter((q) => q.url === path).length;
	return r;
}

async function town(settings = {}) {
	const s = await new Server({ settings }).start();
	await s.world();
	s.read = (post, token = s.token) => s.api('GET', `/posts/${post.id}`, undefined, token);
	// Reads until the embed is of this type.
	s.shows = (post, type, token = s.token) => until(`a ${type} of ${post.message}`, async () => {
		const { metadata } = await s.read(post, token);
		return metadata.embeds?.[0].type === type && metadata;
	});
	s.sized = (post, url) => until(`the size of ${url}`, async () => (await s.read(post)).metadata.images?.[url]);
	return s;
}

test('a post with a link goes out at once, and shows the page when it is there', async () => {
	let open;
	const opened = new Promise((done) => { open = done; });
	const w = await site({
		'/page': async () => { await opened; return html('<meta property="og:title" content="A &amp; B"><meta property="og:description" content="About"><meta property="og:site_name" content="Site">'
			+ '<meta property="og:type" content="article"><meta property="og:image" content="/i.png"><meta property="og:image:width" content="64">'); },
		'/i.png': picture(png(64, 48)),
	});
	const s = await town(), ws = await new Socket(s, s.token).ready(), url = `${w.url}/page`;
	const made = await s.post(`look: ${url}.`);
	const posted = await ws.event('posted');
	assert.deepEqual([made.metadata.embeds, JSON.parse(posted.data.post).metadata.embeds], [[{ type: 'link', url }], [{ type: 'link', url }]]);
	open();
	// Whoever looks at it is told, once, when all of it is known; nobody has rewritten it.
	const told = JSON.parse((await ws.event('post_edited')).data.post);
	assert.deepEqual([told.id, told.edit_at, told.message, told.update_at > made.update_at], [made.id, 0, made.message, true]);
	const { embeds: [e] } = await s.shows(made, 'opengraph');
	assert.deepEqual(told.metadata, (await s.read(made)).metadata);
	assert.equal(told.update_at, (await s.read(made)).update_at);
	assert.deepEqual(e, { type: 'opengraph', url, data: { type: 'article', url, title: 'A & B', description: 'About', determiner: '', site_name: 'Site', locale: '', locales_alternate: null,
		images: [{ url: `${w.url}/i.png`, secure_url: '', type: '', width: 64, height: 0 }], audios: null, videos: null } });
	assert.deepEqual(await s.sized(made, `${w.url}/i.png`), { width: 64, height: 48, format: 'png', frame_count: 0 });
	const again = await s.post(`again ${url}`);
	assert.equal(again.metadata.embeds[0].type, 'opengraph');
	const event = await ws.event('posted', (x) => JSON.parse(x.data.post).id === again.id);
	assert.deepEqual(JSON.parse(event.data.post).metadata, again.metadata);
	const list = await s.api('GET', `/channels/${s.channel.id}/posts`);
	assert.deepEqual(list.posts[made.id].metadata, again.metadata);
	assert.equal((await s.read(made)).edit_at, 0);
	assert.deepEqual([w.asked('/page'), w.asked('/i.png')], [1, 1]);
	assert.equal(w.requests[0].headers['user-agent'], 'hubbub-preview/1');
	assert.equal(ws.events.filter((x) => x.event === 'post_edited').length, 1);
	const edited = await s.api('PUT', `/posts/${made.id}/patch`, { message: 'no more' });
	assert.deepEqual(edited.metadata, {});
	await s.stop();
});

test('an event tells of what is shown later: of pictures, of edited posts, of replies; not of what shows nothing', async () => {
	const opened = {}, waits = (name, answer) => { let open; const o = new Promise((done) => { open = done; }); opened[name] = open; return async () => { await o; return answer; }; };
	const w = await site({ '/a.png': waits('a', picture(png(30, 20))), '/edit': waits('edit', html('<title>t</title><meta property="og:title" content="E">')), '/reply': waits('reply', html('<meta property="og:title" content="R"><meta property="og:image" content="/none.png">')),
		'/text': waits('text', picture('plain', 'text/plain')) });
	const s = await town(), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
	const edits = (id) => ws.events.filter((x) => x.event === 'post_edited' && JSON.parse(x.data.post).id === id).map((x) => JSON.parse(x.data.post));
	const told = (p, fits) => until('the event', () => edits(p.id).find(fits));
	const image = await s.post(`![a](${w.url}/a.png)`), root = await s.post('root'), reply = await s.post(`${w.url}/reply`, { root_id: root.id }), nothing = await s.post(`${w.url}/text`);
	const edited = await s.post('nothing yet');
	await s.api('PUT', `/posts/${edited.id}/patch`, { message: `${w.url}/edit` });
	for (const open of Object.values(opened)) open();
	assert.deepEqual((await told(image, () => true)).metadata.images, { [`${w.url}/a.png`]: { width: 30, height: 20, format: 'png', frame_count: 0 } });
	const again = await told(edited, (p) => p.metadata.embeds?.[0].type === 'opengraph');
	assert.equal(again.edit_at, edits(edited.id)[0].edit_at, 'the time of the edit stays');
	assert.equal((await told(reply, () => true)).root_id, root.id);
	await until('it was asked for', () => w.asked('/text') && w.asked('/none.png'));
	await s.post('end');
	await ws.event('posted', (x) => JSON.parse(x.data.post).message === 'end');
	assert.deepEqual([image, edited, reply, nothing].map((p) => edits(p.id).length), [1, 2, 1, 0]);
	assert.equal(ws.gaps, 0);
	await s.stop();
});

test('pictures show themselves and their sizes; what is neither page nor picture is a link', async () => {
	const w = await site({ '/a.png': picture(png(30, 20)), '/b': picture(gif, 'image/gif'), '/c.jpg': picture(jpeg, 'image/jpeg'), '/text': picture('plain', 'text/plain'),
		'/untitled': html(''), '/fake.png': picture('<html>', 'image/png') });
	const s = await town();
	const image = await s.post(`${w.url}/a.png`);
	assert.deepEqual(await s.shows(image, 'image'), { embeds: [{ type: 'image', url: `${w.url}/a.png` }], images: { [`${w.url}/a.png`]: { width: 30, height: 20, format: 'png', frame_count: 0 } } });
	const shown = await s.post(`![one](${w.url}/b) and ![two](${w.url}/c.jpg "title")`);
	assert.deepEqual(await s.sized(shown, `${w.url}/b`), { width: 2, height: 2, format: 'gif', frame_count: 1 });
	assert.deepEqual(await s.sized(shown, `${w.url}/c.jpg`), { width: 30, height: 40, format: 'jpeg', frame_count: 0 });
	assert.equal((await s.read(shown)).metadata.embeds, undefined);
	for (const path of ['/text', '/untitled', '/fake.png', '/missing']) {
		const p = await s.post(`${w.url}${path}`);
		await until(`${path} was asked for`, () => w.asked(path));
		assert.deepEqual((await s.read(p)).metadata, { embeds: [{ type: 'link', url: `${w.url}${path}` }] });
	}
	const code = await s.post(`\`${w.url}/a.png\``);
	assert.deepEqual(code.metadata, {});
	await s.stop();
});

test('a redirect is followed, a few times, and never to an inner address', async () => {
	const inner = createServer((rq, rs) => { inner.asked = true; rs.end('<title>secret</title>'); });
	await new Promise((done) => inner.listen(0, '127.0.0.2', done));
	cleanup(() => inner.close());
	const w = await site({
		'/first': { status: 302, headers: { Location: '/second' } }, '/second': { status: 301, headers: { Location: `page` } }, '/page': html('<title>There</title>'),
		'/loop': { status: 302, headers: { Location: '/loop' } }, '/inner': { status: 302, headers: { Location: `http://127.0.0.2:${inner.address().port}/` } },
		'/file': { status: 302, headers: { Location: 'file:///etc/passwd' } }, '/own': () => ({ status: 302, headers: { Location: `${s.url}/api/v4/system/ping` } }),
	});
	const s = await town();
	const good = await s.post(`${w.url}/first`);
	const { embeds: [e] } = await s.shows(good, 'opengraph');
	assert.deepEqual([e.url, e.data.url, e.data.title], [`${w.url}/first`, `${w.url}/first`, 'There']);
	const bad = [];
	for (const path of ['/loop', '/inner', '/file', '/own']) bad.push(await s.post(`${w.url}${path}`));
	const direct = await s.post(`http://127.0.0.2:${inner.address().port}/`);
	await until('the loop ends', () => w.asked('/loop') === 6);
	for (const path of ['/inner', '/file', '/own']) await until(`${path} was asked for`, () => w.asked(path));
	const last = await s.post(`${w.url}/page`);
	await s.shows(last, 'opengraph');
	for (const p of [...bad, direct]) assert.equal((await s.read(p)).metadata.embeds[0].type, 'link', p.message);
	assert.equal(inner.asked, undefined);
	assert.equal(w.asked('/loop'), 6);
	await s.stop();
});

test('a page that never ends is read as far as its head, and a site that never answers holds nobody up', async () => {
	const endless = createServer((rq, rs) => {
		rs.writeHead(200, { 'Content-Type': 'text/html' });
		rs.write('<title>Endless</title>');
		const more = () => { while (!rs.destroyed && rs.write('x'.repeat(65536))); };
		rs.on('drain', more);
		more();
	});
	await new Promise((done) => endless.listen(0, '127.0.0.1', done));
	cleanup(() => { endless.closeAllConnections(); endless.close(); });
	const w = await site({ '/never': () => new Promise(() => {}), '/page': html('<title>Page</title>') });
	const s = await town();
	const p = await s.post(`http://127.0.0.1:${endless.address().port}/`);
	assert.equal((await s.shows(p, 'opengraph')).embeds[0].data.title, 'Endless');
	await s.post(`${w.url}/never`);
	await until('it was asked', () => w.asked('/never'));
	await s.shows(await s.post(`${w.url}/page`), 'opengraph');
	await s.stop();
});

test('after an hour a page is read again, what failed after ten minutes', async () => {
	let title = 'Old';
	const w = await site({ '/page': () => html(`<title>${title}</title>`), '/later': () => (title === 'Old' ? { status: 503 } : html('<title>Up</title>')) });
	const s = await town(), ws = await new Socket(s, s.token).ready();
	const p = await s.post(`${w.url}/page`), q = await s.post(`${w.url}/later`);
	await s.shows(p, 'opengraph');
	await until('it failed', () => w.asked('/later'));
	assert.equal((await s.read(q)).metadata.embeds[0].type, 'link');
	title = 'New';
	await s.shiftClock(11 * 60_000, ws);
	await s.shows(q, 'opengraph');
	assert.equal((await s.read(p)).metadata.embeds[0].data.title, 'Old');
	assert.equal(w.asked('/page'), 1);
	await s.shiftClock(61 * 60_000, ws);
	await until('the new title', async () => (await s.read(p)).metadata.embeds[0].data.title === 'New');
	await s.stop();
});

test('settings say whether links are looked at, and which are not', async () => {
	const w = await site({ '/page': html('<title>Page</title>'), '/i.png': picture(png(3, 3)) });
	const off = await town({ ServiceSettings: { EnableLinkPreviews: false, EnablePermalinkPreviews: false } });
	const p = await off.post(`${w.url}/page ![x](${w.url}/i.png)`);
	assert.deepEqual(p.metadata, {});
	const link = await off.post(`${off.url}/acme/pl/${p.id}`);
	assert.deepEqual(link.metadata, {});
	assert.deepEqual((await off.api('GET', '/config/client?format=old')).EnableLinkPreviews, 'false');
	await off.stop();
	assert.equal(w.requests.length, 0);
	const some = await town({ ServiceSettings: { RestrictLinkPreviews: 'example.com, 127.0.0.1' } });
	assert.deepEqual((await some.post(`${w.url}/page`)).metadata, {});
	await some.shows(await some.post(`http://localhost:${new URL(w.url).port}/page`), 'opengraph');
	await some.stop();
	assert.deepEqual(w.requests.map((r) => r.headers.host), [`localhost:${new URL(w.url).port}`]);
});

test('a post that is linked to is shown to those who may read it', async () => {
	const s = await town(), bob = await s.member('bob'), carol = await s.member('carol'), ws = await new Socket(s, s.token).ready();
	const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'Secret', type: 'P' });
	await s.api('POST', `/channels/${secret.id}/members`, { user_id: bob.id });
	const hidden = await s.post('the plan', { channel: secret }), known = await s.post('the news');
	const toHidden = await s.post(`see ${s.url}/acme/pl/${hidden.id}`), toKnown = await s.post(`[here](${s.url}/acme/pl/${known.id})`);
	const [seen] = toHidden.metadata.embeds;
	assert.deepEqual([seen.type, seen.url, seen.data.post_id, seen.data.post.message, seen.data.team_name, seen.data.channel_display_name, seen.data.channel_type, seen.data.channel_id],
		['permalink', undefined, hidden.id, 'the plan', 'acme', 'Secret', 'P', secret.id]);
	assert.equal((await s.read(toHidden, bob.token)).metadata.embeds[0].data.post.message, 'the plan');
	assert.deepEqual((await s.read(toHidden, carol.token)).metadata, {});
	const list = await s.api('GET', `/channels/${s.channel.id}/posts`, undefined, carol.token);
	assert.ok(!JSON.stringify(list).includes('the plan'));
	assert.equal(list.posts[toKnown.id].metadata.embeds[0].data.post.message, 'the news');
	// An event is the same for all in the channel: it shows what all of them may read.
	const told = async (p) => JSON.parse((await ws.event('posted', (x) => JSON.parse(x.data.post).id === p.id)).data.post).metadata;
	assert.deepEqual(await told(toHidden), {});
	assert.equal((await told(toKnown)).embeds[0].type, 'permalink');
	await s.api('DELETE', `/channels/${secret.id}/members/${bob.id}`);
	assert.deepEqual((await s.read(toHidden, bob.token)).metadata, {});
	await s.api('DELETE', `/posts/${known.id}`);
	assert.deepEqual((await s.read(toKnown)).metadata, {});
	await s.stop();
});

test('attachments are told of, with the sizes of their pictures', async () => {
	const w = await site({ '/i.png': picture(png(10, 11)), '/t.png': picture(png(12, 13)) });
	const s = await town();
	const hook = await s.api('POST', '/hooks/incoming', { channel_id: s.channel.id, display_name: 'ci' });
	await s.raw('POST', `/hooks/${hook.id}`, { body: { text: `${w.url}/page`, attachments: [{ text: 'built', image_url: `${w.url}/i.png`, thumb_url: `${w.url}/t.png` }] } });
	const [p] = (await s.messages()).slice(-1);
	assert.deepEqual(p.metadata.embeds, [{ type: 'message_attachment' }]);
	assert.deepEqual([await s.sized(p, `${w.url}/i.png`), await s.sized(p, `${w.url}/t.png`)],
		[{ width: 10, height: 11, format: 'png', frame_count: 0 }, { width: 12, height: 13, format: 'png', frame_count: 0 }]);
	assert.equal(w.asked('/page'), 0);
	await s.stop();
});

test('pictures that posts show come through us, and nothing else does', async () => {
	const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', w = await site({
		'/i.png': picture(png(9, 9), 'text/html'), '/to.png': { status: 302, headers: { Location: '/i.png' } }, '/x.ico': picture('icon', 'image/x-icon'),
		'/x.svg': picture(svg, 'image/svg+xml'), '/page': html('<title>Page</title><meta property=og:image content=/og.png>'), '/og.png': picture(png(4, 4)), '/icon.png': picture(png(5, 5)),
		'/fake.png': html('no picture'), '/big.png': picture(Buffer.concat([png(9, 9), Buffer.alloc(11_000_000)])), '/inner.png': { status: 302, headers: { Location: 'http://127.0.0.2:1/i.png' } } });
	const s = await town({ ImageProxySettings: { Enable: true } });
	assert.equal((await s.api('GET', '/config/client?format=old')).HasImageProxy, 'true');
	const get = async (url, token = s.token) => {
		const r = await fetch(`${s.url}/api/v4/image?url=${encodeURIComponent(url)}`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
		const body = Buffer.from(await r.arrayBuffer());
		return { status: r.status, type: r.headers.get('content-type'), headers: r.headers, body, id: r.status === 200 ? '' : JSON.parse(body).id };
	};
	const none = 'api.hubbub.image.app_error';
	assert.deepEqual([(await get(`${w.url}/i.png`)).status, (await get(`${w.url}/i.png`)).id], [404, none]);
	await s.post(['/i.png', '/to.png', '/x.ico', '/x.svg', '/fake.png'].map((p) => `![x](${w.url}${p})`).join(' '));
	await s.post(['/big.png', '/missing.png', '/inner.png'].map((p) => `![x](${w.url}${p})`).join(' '));
	const got = await get(`${w.url}/i.png`);
	assert.deepEqual([got.status, got.type, got.body.equals(png(9, 9)), got.headers.get('cache-control'), got.headers.get('x-content-type-options'), got.headers.get('content-security-policy')],
		[200, 'image/png', true, 'private, max-age=86400', 'nosniff', 'default-src \'none\'; frame-ancestors \'none\'; sandbox']);
	assert.deepEqual([(await get(`${w.url}/to.png`)).type, (await get(`${w.url}/x.ico`)).type], ['image/png', 'image/x-icon']);
	for (const path of ['/x.svg', '/fake.png', '/big.png', '/missing.png', '/inner.png', '/other.png']) assert.equal((await get(`${w.url}${path}`)).id, none, path);
	assert.equal(w.asked('/other.png'), 0);
	const page = await s.post(`${w.url}/page`);
	await s.shows(page, 'opengraph');
	await s.sized(page, `${w.url}/og.png`);
	assert.equal((await get(`${w.url}/og.png`)).status, 200);
	const hook = await s.api('POST', '/hooks/incoming', { channel_id: s.channel.id, display_name: 'ci' });
	await s.raw('POST', `/hooks/${hook.id}`, { body: { text: 'x', icon_url: `${w.url}/icon.png`, attachments: [{ text: `![a](${w.url}/x.png)`, fields: [{ title: 't', value: `![a](${w.url}/y.png)` }] }] } });
	await s.messages();
	assert.equal((await get(`${w.url}/icon.png`)).status, 200);
	for (const path of ['/x.png', '/y.png']) { await get(`${w.url}${path}`); await until(path, () => w.asked(path)); }
	assert.deepEqual([(await get('')).id, (await get(`${w.url}/i.png`, null)).status], ['api.context.invalid_url_param.app_error', 401]);
	await s.stop();
	const off = await town();
	await off.post(`![x](${w.url}/i.png)`);
	const r = await off.raw('GET', `/api/v4/image?url=${encodeURIComponent(`${w.url}/i.png`)}`, { token: off.token });
	assert.deepEqual([r.status, r.json.id], [404, none]);
	await off.stop();
});

run();
