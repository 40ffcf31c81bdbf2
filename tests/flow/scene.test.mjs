// The scene with real peers: a GitHub payload and Slack-style payloads reach a WebSocket client, an outgoing webhook, a Lua bot and
// a person in IRC; his line is a post with his name; a slash command answers in the channel.
import { test, run } from './harness.mjs';
import { scene, said, assert, until } from './scene.mjs';
import { createRequire } from 'node:module';
import { WebSocket as Ws } from './harness.mjs';

const require = createRequire(import.meta.url);
const examples = require('@octokit/webhooks-examples').default ?? require('@octokit/webhooks-examples');
const push = examples.find((e) => e.name === 'push').examples[0];

for (const engine of ['sqlite', 'postgres']) {
	test(`the scene: webhooks, bot, IRC, outgoing webhook, command, official client (${engine})`, async () => {
		const { s, joe, bob, ws, outgoing, weather, hook, command } = await scene({ engine });

		// The official client hears the same.
		globalThis.WebSocket ??= Ws;
		const { Client4, WebSocketClient } = require('@mattermost/client');
		const client = new Client4();
		client.setUrl(s.url);
		client.setToken(bob.token);
		assert.equal((await client.getMe()).username, 'bob');
		const official = [];
		const wsc = new WebSocketClient();
		wsc.addMessageListener((m) => official.push(m));
		wsc.initialize(`${s.url.replace('http', 'ws')}/api/v4/websocket`, bob.token);
		await until('the official client says hello', () => official.some((m) => m.event === 'hello'));

		// A GitHub push as the text of a Slack-style body, and Slack's own format.
		const text = `push to ${push.repository.full_name}: <${push.compare}|${push.commits.length} commits> by ${push.pusher.name}`;
		const r = await hook({ text, username: 'github' });
		assert.equal(r.status, 200);
		assert.equal(r.text, 'ok');
		assert.equal(r.headers.get('content-type'), 'text/plain');
		await hook({ text: 'marco', attachments: [{ color: 'good', title: 'Build', text: 'passed' }] });
		await ws.event('posted', (e) => JSON.parse(e.data.post).message.includes(`[${push.commits.length} commits](${push.compare})`));
		await joe.hears('push to');
		await until('the official client hears it', () => official.some((m) => m.event === 'posted' && m.data.post.includes('push to')));

		// A person says the word: the bot replies once, everywhere.
		await s.post('marco');
		const reply = await until('the bot replies', async () => (await said(s)).find((p) => p.user_id !== s.admin.id && /polo/i.test(p.message)));
		assert.equal(reply.props.from_bot, 'true');
		await joe.hears(reply.message.split('\n')[0]);
		await until('both answers of the bot', async () => (await said(s)).filter((p) => /polo/i.test(p.message)).length >= 2);

		// IRC answers: a post with that person's name.
		joe.say('hello from irc');
		const fromIrc = await ws.event('posted', (e) => JSON.parse(e.data.post).message === 'hello from irc');
		assert.equal(fromIrc.data.sender_name, 'joe');
		assert.equal(JSON.parse(fromIrc.data.post).props.override_username, 'joe');

		// The outgoing webhook: two failures, then an answer that is a post; every attempt with the same id and bytes.
		await s.post('deploy now');
		await until('the answer of the receiver', async () => (await said(s)).find((p) => p.message === 'got it: deploy now'));
		assert.ok(outgoing.requests.length >= 3);
		assert.equal(new Set(outgoing.requests.map((q) => q.headers['webhook-id'])).size, 1);
		assert.equal(new Set(outgoing.requests.map((q) => q.body)).size, 1);
		assert.match(outgoing.requests[0].headers['webhook-signature'], /^v1,/);

		// The slash command answers in the channel.
		await command('/weather Vienna');
		await ws.event('posted', (e) => JSON.parse(e.data.post).message === 'sunny in Vienna');
		assert.match(weather.requests[0].headers.authorization, /^Token /);
		await joe.hears('sunny in Vienna');

		// Everything was said once, and in the same order for all.
		const all = await said(s);
		assert.equal(new Set(all.map((p) => p.id)).size, all.length);
		assert.equal(all.filter((p) => /polo/i.test(p.message)).length, 2, 'the bot answered the webhook once and the person once');
		assert.deepEqual(ws.posts().map((p) => p.id).filter((id) => all.some((p) => p.id === id)), all.map((p) => p.id).filter((id) => ws.posts().some((p) => p.id === id)));
		assert.equal(ws.gaps, 0);
		wsc.close();
		await s.stop();
	});
}

run();
