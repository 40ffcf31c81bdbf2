// js_integrations - what @mattermost/client does with webhooks, slash commands and bots. Rows as in js_people.mjs.
import { assert, until } from '../flow/harness.mjs';
import { effect, has, refused } from './js_client.mjs';

export const integrations = [
	['createIncomingWebhook', async (c, w) => {
		w.ci = await c.createIncomingWebhook({ channel_id: w.channel.id, display_name: 'build', description: 'd', username: 'ci', icon_url: '', channel_locked: false });
		await fetch(`${w.s.url}/hooks/${w.ci.id}`, { method: 'POST', body: JSON.stringify({ text: 'built' }) });
		assert.ok(Object.values((await c.getPosts(w.channel.id)).posts).some((p) => p.message === 'built'));
	}],
	['getIncomingWebhook', async (c, w) => assert.equal((await c.getIncomingWebhook(w.ci.id)).display_name, 'build')],
	['getIncomingWebhooks', async (c, w) => { has(await c.getIncomingWebhooks(w.team.id), w.ci.id); has((await c.getIncomingWebhooks('', 0, 60, true)).incoming_webhooks, w.ci.id); }],
	['updateIncomingWebhook', async (c, w) => assert.equal((await c.updateIncomingWebhook({ ...w.ci, display_name: 'builds' })).display_name, 'builds')],
	['removeIncomingWebhook', async (c, w) => { await c.removeIncomingWebhook(w.ci.id); await refused(c.getIncomingWebhook(w.ci.id), 404); }],
	['createOutgoingWebhook', async (c, w) => {
		w.sent = await c.createOutgoingWebhook({ team_id: w.team.id, channel_id: w.channel.id, display_name: 'ship', trigger_words: ['ship'], trigger_when: 0, callback_urls: [`${w.integration.url}/ship`], content_type: 'application/json' });
		await c.createPost({ channel_id: w.channel.id, message: 'ship it' });
		const rq = await until('the hook', () => w.integration.requests.find((r) => r.url === '/ship'));
		assert.equal(JSON.parse(rq.body).token, w.sent.token);
	}],
	['getOutgoingWebhook', async (c, w) => assert.equal((await c.getOutgoingWebhook(w.sent.id)).display_name, 'ship')],
	['getOutgoingWebhooks', async (c, w) => { has(await c.getOutgoingWebhooks('', w.team.id), w.sent.id); has(await c.getOutgoingWebhooks(w.channel.id), w.sent.id); }],
	['updateOutgoingWebhook', async (c, w) => assert.equal((await c.updateOutgoingWebhook({ ...w.sent, display_name: 'ships' })).display_name, 'ships')],
	['regenOutgoingHookToken', async (c, w) => assert.notEqual((await c.regenOutgoingHookToken(w.sent.id)).token, w.sent.token)],
	['removeOutgoingWebhook', async (c, w) => { await c.removeOutgoingWebhook(w.sent.id); await refused(c.getOutgoingWebhook(w.sent.id), 404); }],
	['addCommand', async (c, w) => { w.sail = await c.addCommand({ team_id: w.team.id, trigger: 'sail', method: 'P', url: `${w.integration.url}/loud`, auto_complete: true, auto_complete_desc: 'sails', auto_complete_hint: '', display_name: 'Sail', description: '', username: '', icon_url: '' }); assert.equal(w.sail.trigger, 'sail'); }],
	['getCustomTeamCommands', async (c, w) => has(await c.getCustomTeamCommands(w.team.id), w.sail.id)],
	['getCommandsList', async (c, w) => assert.deepEqual((await c.getCommandsList(w.team.id)).map((k) => k.trigger).filter((t) => ['sail', 'shrug'].includes(t)).sort(), ['sail', 'shrug'])],
	['getAutocompleteCommandsList', async (c, w) => assert.ok((await c.getAutocompleteCommandsList(w.team.id)).some((k) => k.trigger === 'sail'))],
	['getCommandAutocompleteSuggestionsList', async (c, w) => assert.equal((await c.getCommandAutocompleteSuggestionsList('/sai', w.team.id, { channel_id: w.channel.id, root_id: '', team_id: w.team.id }))[0].Complete, 'sail')],
	['executeCommand', async (c, w) => {
		effect(await c.executeCommand('/sail away', { channel_id: w.channel.id, team_id: w.team.id, root_id: '' }), { response_type: 'in_channel' });
		await refused(c.executeCommand('/nothing', { channel_id: w.channel.id, team_id: w.team.id }), 404, 'api.command.execute_command.not_found.app_error');
	}],
	['editCommand', async (c, w) => assert.equal((await c.editCommand({ ...w.sail, display_name: 'Sails' })).display_name, 'Sails')],
	['regenCommandToken', async (c, w) => assert.notEqual((await c.regenCommandToken(w.sail.id)).token, w.sail.token)],
	['deleteCommand', async (c, w) => { await c.deleteCommand(w.sail.id); assert.ok(!(await c.getCustomTeamCommands(w.team.id)).some((k) => k.id === w.sail.id)); }],
	['doPostAction', async (c, w) => {
		const n = w.integration.requests.length;
		assert.match((await c.doPostAction(w.shown.id, 'yes')).trigger_id, /./);
		assert.equal(JSON.parse((await until('the press', () => w.integration.requests[n])).body).post_id, w.shown.id);
		await refused(c.doPostAction(w.shown.id, 'no'), 404);
	}],
	['doPostActionWithCookie', async (c, w) => assert.equal((await c.doPostActionWithCookie(w.shown.id, 'yes', '', 'a')).status, 'OK')],
	['doPostActionWithQuery', async (c, w) => assert.equal((await c.doPostActionWithQuery(w.shown.id, 'yes', { a: 'b' })).status, 'OK')],
	['submitInteractiveDialog', async (c, w) => {
		const n = w.integration.requests.length;
		await c.submitInteractiveDialog({ url: w.integration.url, callback_id: 'c', state: 's', user_id: w.admin.id, channel_id: w.channel.id, team_id: w.team.id, submission: { a: 'b' }, cancelled: false });
		effect(JSON.parse((await until('the dialog', () => w.integration.requests[n])).body), { type: 'dialog_submission', submission: { a: 'b' }, state: 's' });
	}],
	['lookupInteractiveDialog', async (c, w) => assert.equal((await c.lookupInteractiveDialog({ url: `${w.integration.url}/lookup`, channel_id: w.channel.id, team_id: w.team.id, submission: { query: 'a', selected_field: 'f' } })).items[0].value, 'a')],
	['createBot', async (c, w) => { w.robot = await c.createBot({ username: 'robot', display_name: 'Robot', description: 'moves' }); assert.equal(w.robot.username, 'robot'); }],
	['getBot', async (c, w) => assert.equal((await c.getBot(w.robot.user_id)).owner_id, w.admin.id)],
	['patchBot', async (c, w) => assert.equal((await c.patchBot(w.robot.user_id, { display_name: 'Robo' })).display_name, 'Robo')],
	['getBots', async (c, w) => has(await c.getBots(), w.robot.user_id)],
	['disableBot', async (c, w) => assert.ok((await c.disableBot(w.robot.user_id)).delete_at > 0)],
	['getBotsIncludeDeleted', async (c, w) => has(await c.getBotsIncludeDeleted(), w.robot.user_id)],
	['enableBot', async (c, w) => assert.equal((await c.enableBot(w.robot.user_id)).delete_at, 0)],
	['assignBot', async (c, w) => assert.equal((await c.assignBot(w.robot.user_id, w.bob.id)).owner_id, w.bob.id)],
	['getBotsOrphaned', async (c) => assert.deepEqual(await c.getBotsOrphaned() ?? [], [])],
];
