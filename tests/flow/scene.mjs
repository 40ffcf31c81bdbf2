// scene - everything at once: webhooks in and out, a WebSocket client, a Lua bot, an IRC channel, a slash command.
import { Server, Socket, receiver, until, assert } from './harness.mjs';
import { ngircd, Person } from './irc.mjs';

export async function scene({ engine, failFirst = 2, env = {} } = {}) {
	const irc = await ngircd();
	const s = new Server({ engine, env, settings: { DeliverySettings: { RetrySeconds: '1,1,1,1,1,1,1,1,1,1' } } });
	await s.start();
	await s.world();
	const bob = await s.member('bob');
	const command = (text) => s.api('POST', '/commands/execute', { command: text, channel_id: s.channel.id, team_id: s.team.id });

	// An outgoing webhook whose receiver fails twice and then answers.
	const outgoing = await receiver((rq, n) => (n <= failFirst ? { status: 500 } : { body: JSON.stringify({ text: `got it: ${new URLSearchParams(rq.body).get('text') ?? JSON.parse(rq.body).text}` }) }));
	await s.api('POST', '/hooks/outgoing', { team_id: s.team.id, channel_id: s.channel.id, display_name: 'out', trigger_words: ['deploy'], trigger_when: 0,
		callback_urls: [`${outgoing.url}/hook`], content_type: 'application/json' });
	const incoming = await s.api('POST', '/hooks/incoming', { channel_id: s.channel.id, display_name: 'ci' });

	// A slash command served by a small HTTP program.
	const weather = await receiver((rq) => ({ body: JSON.stringify({ response_type: 'in_channel', text: `sunny in ${new URLSearchParams(rq.body).get('text')}` }) }));
	await s.api('POST', '/commands', { team_id: s.team.id, trigger: 'weather', method: 'P', url: weather.url });

	// The bot, and the IRC link.
	await command('/bot enable echo');
	const bot = await until('the bot account', () => s.api('GET', '/users/username/echo'));
	await s.api('POST', `/teams/${s.team.id}/members`, { team_id: s.team.id, user_id: bot.id });
	await s.api('POST', `/channels/${s.channel.id}/members`, { user_id: bot.id });
	await command(`/irc link test 127.0.0.1:${irc.port} hub #dev line_interval_ms=0`);
	const joe = await new Person(irc.port, 'joe', '#dev').join();
	await until('the link is in the IRC channel', () => joe.lines.some((l) => /:hub\S* JOIN/.test(l) || / 353 .*[ :@]hub\b/.test(l)));
	const ws = await new Socket(s, bob.token).ready();
	const hook = (body) => s.raw('POST', `/hooks/${incoming.id}`, { body, headers: { 'Content-Type': 'application/json' } });
	return { s, irc, joe, bob, bot, ws, outgoing, weather, incoming, hook, command };
}

// Only what people and integrations said, in order.
export async function said(s) {
	return (await s.messages()).filter((p) => !p.type.startsWith('system_'));
}

export { assert, until };
