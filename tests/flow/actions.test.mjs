// Buttons, menus and dialogs of integrations: what they do stays with us, who presses is told them by us.
import { test, run, assert, Server, Socket, receiver, until } from './harness.mjs';

const perms = 'api.context.permissions.app_error', badBody = 'api.context.invalid_body_param.app_error', bad = 'api.post.do_action.action_integration.app_error';
const noAction = 'api.post.do_action.action_id.app_error', noPost = 'app.post.get.app_error';

// A town and an integration: answer(what it was asked, path) gives the JSON it says, or a whole answer.
async function town(answer = () => ({}), settings = {}) {
	const s = await new Server({ settings }).start();
	await s.world();
	s.app = await receiver((rq) => { const a = answer(rq.body ? JSON.parse(rq.body) : null, rq.url); return a.raw ?? { body: JSON.stringify(a) }; });
	s.asked = () => s.app.requests.map((r) => JSON.parse(r.body));
	s.buttons = (...actions) => ({ attachments: [{ text: 'choose', actions }] });
	s.button = (id = 'yes', more = {}) => ({ id, name: 'Yes', type: 'button', integration: { url: `${s.app.url}/pressed`, context: { secret: 'sesame', n: 7 } }, ...more });
	s.press = (post, id, body = {}, token = s.token) => s.raw('POST', `/api/v4/posts/${post.id}/actions/${id}`, { token, body });
	s.refused = async (...args) => { const r = await s.press(...args); return [r.status, r.json.id]; };
	return s;
}

test('what a button does is kept back from everybody, and told its integration when it is pressed', async () => {
	const s = await town(), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
	const p = await s.post('deploy?', { props: s.buttons(s.button(), { name: 'No', integration: { url: `${s.app.url}/no` } }, { id: 'no-good', name: 'x' }) });
	const actions = p.props.attachments[0].actions;
	assert.deepEqual(actions[0], { id: 'yes', name: 'Yes', type: 'button' });
	assert.match(actions[1].id, /^[a-z0-9]{26}$/);
	assert.equal(actions.length, 2);
	await s.post('an answer', { root_id: p.id, token: bob.token });
	await s.api('POST', `/posts/${p.id}/pin`);
	const told = [p, await s.api('GET', `/posts/${p.id}`), await s.api('GET', `/posts/${p.id}/thread`), await s.api('GET', `/channels/${s.channel.id}/posts`), await s.api('GET', `/channels/${s.channel.id}/pinned`),
		await s.api('POST', '/posts/ids', [p.id]), await s.api('POST', `/teams/${s.team.id}/posts/search`, { terms: 'deploy' }),
		await s.api('GET', `/users/me/teams/${s.team.id}/threads?extended=true`), (await ws.event('post_edited')).data, (await ws.event('posted')).data];
	for (const [i, t] of told.entries()) assert.doesNotMatch(JSON.stringify(t), /sesame|integration|pressed/, `${i}`);
	const pressed = await s.press(p, 'yes', {}, bob.token);
	assert.equal(pressed.status, 200);
	assert.equal(pressed.json.status, 'OK');
	const [q] = s.asked();
	assert.deepEqual({ ...q, trigger_id: '' }, { user_id: bob.id, user_name: 'bob', channel_id: s.channel.id, channel_name: 'dev', team_id: s.team.id, team_domain: 'acme', post_id: p.id,
		trigger_id: '', type: 'button', data_source: '', context: { secret: 'sesame', n: 7 } });
	assert.equal(q.trigger_id, pressed.json.trigger_id);
	assert.match(s.app.requests[0].headers['content-type'], /^application\/json/);
	assert.equal((await s.press(p, actions[1].id)).status, 200);
	assert.equal(s.app.requests[1].url, '/no');
	await s.stop();
});

test('a menu tells what was chosen', async () => {
	const s = await town();
	const p = await s.post('where?', { props: s.buttons(s.button('where', { type: 'select', data_source: 'channels', options: [{ text: 'A', value: 'a' }] })) });
	assert.equal((await s.press(p, 'where', { selected_option: 'a' })).status, 200);
	const [q] = s.asked();
	assert.deepEqual([q.type, q.data_source, q.context], ['select', 'channels', { secret: 'sesame', n: 7, selected_option: 'a' }]);
	await s.stop();
});

test('who may not see the post has no button; what is no button is not pressed', async () => {
	const s = await town((q, url) => ({ '/slow': { raw: { status: 500 } }, '/text': { raw: { body: 'fine' } }, '/list': { raw: { body: '[]' } }, '/error': { error: { message: 'not today' } },
		'/odd': { update: { props: 7 } } }[url] ?? {})), bob = await s.member('bob'), carol = await s.user('carol');
	const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'Secret', type: 'P' });
	const at = (path) => s.button(path.replace('/', ''), { integration: { url: path.startsWith('/') ? `${s.app.url}${path}` : path } });
	const p = await s.post('x', { channel: secret, props: s.buttons(s.button(), { id: 'dead', name: 'x' }, at('/slow'), at('/text'), at('/list'), at('/error'), at('/odd'),
		s.button('inner', { integration: { url: 'http://127.0.0.2:1/' } }), s.button('file', { integration: { url: 'file:///etc/passwd' } }), s.button('plugin', { integration: { url: '/plugins/x' } })) });
	for (const who of [bob, carol]) assert.deepEqual(await s.refused(p, 'yes', {}, who.token), [404, noPost]);
	assert.equal(s.app.requests.length, 0);
	assert.deepEqual([await s.refused(p, 'nosuch'), await s.refused(p, 'dead'), await s.refused({ id: 'z'.repeat(26) }, 'yes')], [[404, noAction], [404, noAction], [404, noPost]]);
	assert.deepEqual([await s.refused(p, 'yes', { selected_option: 7 }), await s.refused(p, 'yes', '[')], [[400, badBody], [400, badBody]]);
	for (const id of ['slow', 'text', 'list', 'error', 'odd', 'inner', 'file', 'plugin']) assert.deepEqual(await s.refused(p, id), [400, bad], id);
	assert.equal((await s.press(p, 'error')).json.message, 'not today');
	assert.equal((await s.press(p, 'yes', '')).status, 200);
	await s.api('DELETE', `/posts/${p.id}`);
	assert.deepEqual(await s.refused(p, 'yes'), [404, noPost]);
	assert.equal((await s.raw('POST', `/api/v4/posts/${p.id}/actions/yes`, { body: {} })).status, 401);
	await s.stop();
});

test('an integration changes its post, and says something to who pressed', async () => {
	const s = await town((q, url) => ({ '/pressed': { update: { message: 'done by <@' + q.user_id + '>', props: { attachments: [{ title: '<http://a.example|A>', actions: [{ id: 'undo', name: 'Undo', integration: { url: `${s.app.url}/undo`, context: { secret: 'sesame' } } }] }],
		override_username: 'liar', from_webhook: 'false', x: 1 } }, ephemeral_text: 'thank <http://a.example|you>' }, '/undo': { update: { message: 'undone' } }, '/plain': { ephemeral_text: '<http://a|b>', skip_slack_parsing: true } }[url]));
	const bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready(), others = await new Socket(s, s.token).ready();
	const hook = await s.api('POST', '/hooks/incoming', { channel_id: s.channel.id, display_name: 'ci' });
	await s.raw('POST', `/hooks/${hook.id}`, { body: { text: 'build', username: 'jenkins', attachments: [{ text: 'a', actions: [s.button(), s.button('plain', { integration: { url: `${s.app.url}/plain` } })] }] } });
	const [p] = (await s.messages()).slice(-1);
	await s.api('POST', `/posts/${p.id}/pin`);
	assert.equal((await s.press(p, 'yes', {}, bob.token)).status, 200);
	const edited = JSON.parse((await others.event('post_edited', (e) => JSON.parse(e.data.post).message.startsWith('done'))).data.post);
	assert.deepEqual([edited.id, edited.is_pinned, edited.user_id, edited.edit_at > 0], [p.id, true, s.admin.id, true]);
	assert.deepEqual(edited.props, { ...p.props, x: 1, attachments: [{ title: '[A](http://a.example)', actions: [{ id: 'undo', name: 'Undo' }] }] });
	const said = JSON.parse((await ws.event('ephemeral_message')).data.post);
	assert.deepEqual([said.message, said.channel_id, said.root_id], ['thank [you](http://a.example)', s.channel.id, p.id]);
	assert.equal((await s.press(p, 'undo', {}, bob.token)).status, 200);
	const now = await s.api('GET', `/posts/${p.id}`);
	assert.deepEqual([now.message, now.props], ['undone', edited.props]);
	assert.deepEqual(await s.refused(p, 'plain', {}, bob.token), [404, noAction]);
	await s.raw('POST', `/hooks/${hook.id}`, { body: { text: 'again', attachments: [{ text: 'a', actions: [s.button('plain', { integration: { url: `${s.app.url}/plain` } })] }] } });
	const [q] = (await s.messages()).slice(-1);
	await s.press(q, 'plain', {}, bob.token);
	await ws.event('ephemeral_message', (e) => JSON.parse(e.data.post).message === '<http://a|b>');
	assert.equal(others.events.filter((e) => e.event === 'ephemeral_message').length, 0);
	// Whoever edits the text gives back what he was shown: the buttons still work.
	const own = await s.post('mine', { props: s.buttons(s.button()) });
	await s.api('PUT', `/posts/${own.id}/patch`, { message: 'mine still', props: own.props });
	assert.equal((await s.press(own, 'yes', {}, bob.token)).status, 200);
	assert.equal(s.asked().at(-1).context.secret, 'sesame');
	await s.stop();
});

test('a button of a post that is not kept carries what it does, sealed for one person', async () => {
	const s = await town((q, url) => (url === '/pressed' ? { update: { message: 'chosen', props: s.buttons(s.button('more')) }, ephemeral_text: 'well' } : {}));
	const bob = await s.member('bob'), carol = await s.member('carol'), ws = await new Socket(s, bob.token).ready();
	await s.api('POST', '/posts/ephemeral', { user_id: bob.id, post: { channel_id: s.channel.id, message: 'psst', props: s.buttons(s.button(), s.button('other')) } });
	const event = await ws.event('ephemeral_message'), p = JSON.parse(event.data.post), [yes, other] = p.props.attachments[0].actions;
	assert.doesNotMatch(event.data.post, /sesame|integration|pressed/);
	assert.deepEqual([p.type, p.metadata.embeds], ['system_ephemeral', [{ type: 'message_attachment' }]]);
	const cookie = yes.cookie, changed = cookie.slice(0, 40) + (cookie[40] === 'A' ? 'B' : 'A') + cookie.slice(41);
	assert.deepEqual([await s.refused(p, 'yes', {}, bob.token), await s.refused(p, 'yes', { cookie: changed }, bob.token), await s.refused(p, 'yes', { cookie: other.cookie }, bob.token),
		await s.refused(p, 'yes', { cookie }, carol.token), await s.refused({ id: 'z'.repeat(26) }, 'yes', { cookie }, bob.token), await s.refused(p, 'yes', { cookie: '====' }, bob.token)],
	Array(6).fill([404, noPost]));
	assert.equal(s.app.requests.length, 0);
	assert.equal((await s.press(p, 'yes', { cookie }, bob.token)).status, 200);
	assert.deepEqual([s.asked()[0].post_id, s.asked()[0].context], [p.id, { secret: 'sesame', n: 7 }]);
	const again = JSON.parse((await ws.event('post_edited')).data.post);
	assert.deepEqual([again.id, again.message, again.type], [p.id, 'chosen', 'system_ephemeral']);
	assert.doesNotMatch(JSON.stringify(again), /sesame|integration/);
	await ws.event('ephemeral_message', (e) => JSON.parse(e.data.post).message === 'well');
	assert.equal((await s.press(p, 'more', { cookie: again.props.attachments[0].actions[0].cookie }, bob.token)).status, 200);
	await s.api('DELETE', `/channels/${s.channel.id}/members/${bob.id}`);
	await s.api('DELETE', `/teams/${s.team.id}/members/${bob.id}`);
	assert.deepEqual(await s.refused(p, 'yes', { cookie }, bob.token), [404, noPost]);
	await s.stop();
});

test('a slash command\'s answer has buttons, and its trigger opens a dialog', async () => {
	const dialog = { callback_id: 'cb', title: 'Order', elements: [{ display_name: 'What', name: 'what', type: 'text' }], submit_label: 'Go', notify_on_cancel: true, state: 'st' };
	const s = await town(), ws = await new Socket(s, s.token).ready();
	let trigger;
	const shop = await receiver((rq) => { trigger = new URLSearchParams(rq.body).get('trigger_id'); return { body: JSON.stringify({ text: 'welcome', ...s.buttons(s.button()) }) }; });
	await s.api('POST', '/commands', { team_id: s.team.id, trigger: 'shop', method: 'P', url: shop.url });
	const answer = await s.api('POST', '/commands/execute', { command: '/shop', channel_id: s.channel.id, team_id: s.team.id });
	assert.doesNotMatch(JSON.stringify(answer), /sesame|integration/);
	const p = JSON.parse((await ws.event('ephemeral_message')).data.post);
	assert.equal((await s.press(p, 'yes', { cookie: p.props.attachments[0].actions[0].cookie })).status, 200);
	const open = (body) => s.raw('POST', '/api/v4/actions/dialogs/open', { body: { trigger_id: trigger, url: `${s.app.url}/filled`, dialog, ...body } });
	const opened = await open({});
	assert.deepEqual([opened.status, opened.json], [200, { status: 'OK' }]);
	const event = await ws.event('open_dialog');
	assert.deepEqual(JSON.parse(event.data.dialog), { trigger_id: trigger, url: `${s.app.url}/filled`, dialog });
	assert.equal(event.broadcast.user_id, s.admin.id);
	const of = 'interactive_message.decode_trigger_id.', plain = Buffer.from(trigger, 'base64').toString(), b64 = (t) => Buffer.from(t).toString('base64'), mac = plain.split(':').at(-1);
	const forged = b64(plain.replace(s.admin.id, (await s.member('bob')).id)), late = b64(plain.replace(/:\d+:/, ':99999999999999:'));
	for (const [body, id] of [[{ trigger_id: '!' }, `${of}base64_decode_failed`], [{ trigger_id: b64('a:b') }, `${of}missing_data`], [{ trigger_id: b64(plain.replace(mac, '!')) }, `${of}base64_decode_failed_signature`],
		[{ trigger_id: forged }, `${of}verify_signature_failed`], [{ trigger_id: late }, `${of}verify_signature_failed`], [{ trigger_id: undefined }, badBody], [{ url: '' }, badBody], [{ url: 'file:///x' }, bad],
		[{ dialog: undefined }, badBody], [{ dialog: [] }, badBody], [{ dialog: { title: '' } }, badBody], [{ dialog: { title: 't', elements: [{ name: 'x' }] } }, badBody], [{ dialog: { title: 't', elements: {} } }, badBody]]) {
		const r = await open(body);
		assert.deepEqual([r.status, r.json.id], [400, id], JSON.stringify(body));
	}
	const pressed = await s.press(p, 'yes', { cookie: p.props.attachments[0].actions[0].cookie });
	assert.equal((await open({ trigger_id: pressed.json.trigger_id })).status, 200);
	await until('the second dialog', () => ws.events.filter((e) => e.event === 'open_dialog').length === 2);
	await s.shiftClock(31_000, ws);
	const r = await open({});
	assert.deepEqual([r.status, r.json.id], [400, `${of}expired`]);
	await s.stop();
});

test('what is filled in goes to the integration, and its complaints come back', async () => {
	const s = await town((q, url) => (url === '/lookup' ? { items: [{ text: 'A', value: 'a', more: 1 }, { value: 'b' }] } : url === '/empty' ? { raw: { body: '' } } : url === '/down' ? { raw: { status: 503 } }
		: { error: 'no', errors: { what: 'too much' }, type: 'form', form: { title: 'Again' }, other: 'kept back' }));
	const bob = await s.member('bob'), carol = await s.user('carol');
	const fill = (what, body, token = bob.token) => s.raw('POST', `/api/v4/actions/dialogs/${what}`, { token, body: { url: `${s.app.url}/filled`, callback_id: 'cb', state: 'st', channel_id: s.channel.id, team_id: s.team.id, submission: { what: 'tea', n: 2 }, ...body } });
	const r = await fill('submit', { user_id: 'somebody else', cancelled: false });
	assert.deepEqual([r.status, r.json], [200, { error: 'no', errors: { what: 'too much' }, type: 'form', form: { title: 'Again' } }]);
	assert.deepEqual(s.asked()[0], { type: 'dialog_submission', callback_id: 'cb', state: 'st', channel_id: s.channel.id, team_id: s.team.id, user_id: bob.id, submission: { what: 'tea', n: 2 }, cancelled: false });
	assert.deepEqual((await fill('submit', { url: `${s.app.url}/empty`, cancelled: true, submission: undefined })).json, {});
	assert.deepEqual([s.asked()[1].cancelled, s.asked()[1].submission], [true, null]);
	await fill('submit', { type: 'refresh' });
	assert.equal(s.asked()[2].type, 'refresh');
	const found = await fill('lookup', { url: `${s.app.url}/lookup`, submission: { query: 'a', selected_field: 'what' } });
	assert.deepEqual([found.status, found.json], [200, { items: [{ text: 'A', value: 'a' }, { text: '', value: 'b' }] }]);
	assert.deepEqual([s.asked()[3].type, s.asked()[3].submission], ['dialog_lookup', { query: 'a', selected_field: 'what' }]);
	const before = s.app.requests.length;
	for (const what of ['submit', 'lookup'])
		for (const [body, status, id] of [[{ url: '' }, 400, badBody], [{ url: 7 }, 400, badBody], [{ url: 'gopher://x' }, 400, bad], [{ url: 'http://127.0.0.2:1/' }, 400, bad], [{ channel_id: 'x' }, 400, badBody],
			[{ channel_id: 'z'.repeat(26) }, 403, perms], [{ team_id: 'z'.repeat(26) }, 403, perms], [{ submission: 7 }, 400, badBody], [{ submission: undefined }, 400, badBody], [{ state: 7 }, 400, badBody], [{ cancelled: 'x' }, 400, badBody]]) {
			const e = await fill(what, body);
			assert.deepEqual([e.status, e.json.id], [status, id], `${what} ${JSON.stringify(body)}`);
		}
	assert.equal((await fill('submit', {}, carol.token)).status, 403);
	assert.equal(s.app.requests.length, before);
	assert.deepEqual([(await fill('submit', { url: `${s.app.url}/down` })).json.id, (await fill('submit', {}, '')).status], [bad, 401]);
	await s.stop();
});

run();
