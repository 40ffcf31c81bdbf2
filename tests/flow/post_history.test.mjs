// What a post was before it was edited, where it stands, reactions of several; what a phone or a settings page asks of notifications.
import { test, run, assert, Server, Socket, until } from './harness.mjs';

const noPost = 'app.post.get.app_error', perms = 'api.context.permissions.app_error', badBody = 'api.context.invalid_body_param.app_error', none = 'z'.repeat(26);

for (const engine of ['sqlite', 'postgres']) {
	test(`an author sees what a post was, and takes it back to that (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), ws = await new Socket(s, s.token).ready();
		const refused = async (method, path, token = s.token) => { const r = await s.raw(method, `/api/v4${path}`, { token }); return [r.status, r.json.id]; };
		const post = await s.post('one', { props: { x: 1 } }), other = await s.post('other');
		const history = () => s.api('GET', `/posts/${post.id}/edit_history`);
		assert.deepEqual(await refused('GET', `/posts/${post.id}/edit_history`), [404, noPost], 'it was never edited');
		for (const message of ['two', 'three']) await s.api('PUT', `/posts/${post.id}/patch`, { message });
		await s.api('PUT', `/posts/${other.id}/patch`, { message: 'another' });
		const forms = await history();
		assert.deepEqual(forms.map((p) => [p.message, p.original_id, p.delete_at > 0, p.props]), [['two', post.id, true, { x: 1 }], ['one', post.id, true, { x: 1 }]]);
		const back = await s.api('POST', `/posts/${post.id}/restore/${forms[1].id}`);
		assert.deepEqual([back.id, back.message, back.props, back.edit_at > forms[0].edit_at], [post.id, 'one', { x: 1 }, true]);
		await ws.event('post_edited', (e) => JSON.parse(e.data.post).id === post.id && JSON.parse(e.data.post).message === 'one');
		assert.deepEqual((await history()).map((p) => p.message), ['three', 'two', 'one']);
		assert.equal((await s.messages()).filter((p) => p.id === post.id)[0].message, 'one');

		const foreign = (await s.api('GET', `/posts/${other.id}/edit_history`))[0];
		assert.deepEqual(await refused('POST', `/posts/${post.id}/restore/${foreign.id}`), [404, 'app.post.restore_post_version.not_an_history_item.app_error']);
		assert.deepEqual(await refused('POST', `/posts/${post.id}/restore/${other.id}`), [404, 'app.post.restore_post_version.not_an_history_item.app_error']);
		assert.deepEqual(await refused('POST', `/posts/${post.id}/restore/${none}`), [404, noPost]);
		assert.deepEqual(await refused('GET', `/posts/${post.id}/edit_history`, bob.token), [403, perms]);
		assert.deepEqual(await refused('POST', `/posts/${post.id}/restore/${forms[0].id}`, bob.token), [403, perms]);
		const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'S', type: 'P' }), hidden = await s.post('hidden', { channel: secret });
		for (const id of [hidden.id, none]) for (const [method, tail] of [['GET', 'edit_history'], ['GET', 'info'], ['POST', `restore/${forms[0].id}`]])
			assert.deepEqual(await refused(method, `/posts/${id}/${tail}`, bob.token), [404, noPost]);
		await s.stop();
	});

	test(`where a post stands, and the reactions of several posts (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), eve = await s.member('eve', null), dm = await s.api('POST', '/channels/direct', [s.admin.id, bob.id]);
		const post = await s.post('here'), psst = await s.post('psst', { channel: dm });
		const info = (p, u) => s.api('GET', `/posts/${p.id}/info`, undefined, u.token);
		const here = { channel_id: s.channel.id, channel_type: 'O', channel_display_name: 'Dev', has_joined_channel: true, team_id: s.team.id, team_type: 'O', team_display_name: 'Acme', has_joined_team: true };
		assert.deepEqual(await info(post, bob), here);
		assert.deepEqual(await info(post, eve), { ...here, has_joined_channel: false });
		assert.deepEqual(await info(psst, bob), { channel_id: dm.id, channel_type: 'D', channel_display_name: dm.display_name, has_joined_channel: true, team_id: '', team_type: '', team_display_name: '', has_joined_team: false });
		await s.api('POST', '/reactions', { user_id: bob.id, post_id: post.id, emoji_name: 'ok' }, bob.token);
		await s.api('POST', '/reactions', { user_id: bob.id, post_id: psst.id, emoji_name: 'tea' }, bob.token);
		const of = async (list, u) => Object.fromEntries(Object.entries(await s.api('POST', '/posts/ids/reactions', list, u.token)).map(([id, l]) => [id, l.map((r) => r.emoji_name)]));
		const plain = await s.post('plain');
		assert.deepEqual(await of([post.id, psst.id, plain.id, none, post.id], bob), { [post.id]: ['ok'], [psst.id]: ['tea'], [plain.id]: [] });
		assert.deepEqual(await of([post.id, psst.id], eve), { [post.id]: ['ok'] }, 'of what she may read');
		for (const body of [[], ['x'], {}, [1]]) assert.equal((await s.raw('POST', '/api/v4/posts/ids/reactions', { token: s.token, body })).json.id, badBody);
		await s.stop();
	});

	test(`a notification to oneself comes from the system's bot; phones and notices are heard (${engine})`, async () => {
		const s = await new Server({ engine }).start();
		await s.world();
		const bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready(), post = await s.post('the words');
		const secret = await s.api('POST', '/channels', { team_id: s.team.id, name: 'secret', display_name: 'S', type: 'P' }), hidden = await s.post('hidden', { channel: secret });
		assert.deepEqual(await s.api('POST', '/notifications/test', undefined, bob.token), { status: 'OK' });
		const e = await ws.event('posted', (x) => x.data.channel_type === 'D');
		assert.deepEqual([e.data.sender_name, e.data.mentions], ['@system-bot', JSON.stringify([bob.id])]);
		const ack = { id: 'x1', received_at: 1, platform: 'android', type: 'message', post_id: post.id, is_id_loaded: false };
		assert.deepEqual(await s.api('POST', '/notifications/ack', ack, bob.token), { status: 'OK' });
		const told = await s.api('POST', '/notifications/ack', { ...ack, is_id_loaded: true }, bob.token);
		assert.deepEqual([told.message, told.ack_id, told.channel_id], ['the words', 'x1', s.channel.id]);
		for (const id of [hidden.id, none]) {
			const r = await s.raw('POST', '/api/v4/notifications/ack', { token: bob.token, body: { ...ack, post_id: id, is_id_loaded: true } });
			assert.deepEqual([r.status, r.json.id], [404, noPost]);
		}
		assert.equal((await s.raw('POST', '/api/v4/notifications/ack', { token: bob.token, body: { post_id: 'x' } })).json.id, badBody);
		assert.deepEqual(await s.api('PUT', '/system/notices/view', ['notice1'], bob.token), { status: 'OK' });
		for (const body of [{}, [1]]) assert.equal((await s.raw('PUT', '/api/v4/system/notices/view', { token: bob.token, body })).json.id, badBody);
		await s.stop();
	});
}

run();
