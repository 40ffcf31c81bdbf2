// mmctl, unchanged: what an administrator types, over a sign-in with a token. What is not here is refused in plain words.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, run, assert, Server, root, tempDir } from '../flow/harness.mjs';
import { smtp } from '../flow/mailbox.mjs';
import { goBuild } from './programs.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'mmctl');

// [what is typed, what it prints, what is so then]. Words between () of the pattern are kept: $1 of the last kept in a later line.
const user = (name) => async (s) => (await s.raw('GET', `/api/v4/users/username/${name}`, { token: s.token })).json;
const is = (read, wanted) => async (s) => assert.deepEqual(Object.fromEntries(Object.entries(await read(s)).filter(([k]) => k in wanted)), wanted);
const program = { name: 'Calendar', homepage: 'https://cal.example.com', callback_urls: ['https://cal.example.com/back'] };
const channel = (name) => (s) => s.api('GET', `/teams/${s.team.id}/channels/name/${name}?include_deleted=true`);
const lines = [
	['auth current', /found credentials for "local"/],
	['auth list', /\* \| local/],
	['system version', /Server version 11\.6\.0/],
	['system status', /Database Status: OK\s+Filestore Status: OK/],

	['user create --email bob@example.com --username bob --password password1', /Created user bob/],
	['user search bob', /email: bob@example\.com/],
	['user list', /bob \(bob@example\.com\)[^]*There are 2 users/],
	['user list --all --json', /"username": "bob"/],
	['user deactivate bob', /^$/, async (s) => assert.ok((await user('bob')(s)).delete_at > 0)],
	['user activate bob', /^$/, is(user('bob'), { delete_at: 0 })],
	['user edit email bob robert@example.com', /updated|changed|^$|email/i, is(user('bob'), { email: 'robert@example.com' })],
	['user edit username bob robert', /updated|changed|^$|username/i, is(user('robert'), { username: 'robert' })],
	['user change-password robert --password password2', /password for user robert successfully changed|changed/i, async (s) => assert.ok(await s.login('robert', 'password2'))],
	['user verify robert', /verified|^$/, is(user('robert'), { email_verified: true })],
	['user resetmfa robert', /reset|^$/i],
	['user demote robert', /demoted|^$/i, async (s) => assert.match((await user('robert')(s)).roles, /system_guest/)],
	['user promote robert', /promoted|^$/i, async (s) => assert.match((await user('robert')(s)).roles, /system_user/)],
	['user reset-password robert@example.com', /^$|[Ss]ent|reset/],
	['user invite new@example.com acme', /[Ii]nvit/],
	['user preference set robert --category display_settings --name use_military_time --value true', /./],
	['user preference list robert', /use_military_time/],
	['roles system-admin robert', /./, async (s) => assert.match((await user('robert')(s)).roles, /system_admin/)],
	['roles member robert', /./, async (s) => assert.doesNotMatch((await user('robert')(s)).roles, /system_admin/)],

	['team create --name gamma --display-name Gamma', /New team gamma successfully created/],
	['team list', /acme\s+gamma\s+There are 2 teams/],
	['team search gamma', /gamma: Gamma/],
	['team users add gamma robert', /^$/, async (s) => assert.equal((await s.api('GET', `/teams/${(await s.api('GET', '/teams/name/gamma')).id}/stats`)).total_member_count, 2)],
	['team users remove gamma robert', /^$/, async (s) => assert.equal((await s.api('GET', `/teams/${(await s.api('GET', '/teams/name/gamma')).id}/stats`)).total_member_count, 1)],
	['team rename gamma --display-name Gammas', /renamed/, is((s) => s.api('GET', '/teams/name/gamma'), { display_name: 'Gammas' })],
	['team modify gamma --private', /Modified team/, is((s) => s.api('GET', '/teams/name/gamma'), { type: 'I' })],
	['team archive gamma --confirm', /Archived team/],
	['team restore gamma', /Restored team/, is((s) => s.api('GET', '/teams/name/gamma'), { delete_at: 0 })],
	['team users add acme robert', /^$/],

	['channel create --team acme --name ops --display-name Ops', /New channel ops successfully created/],
	['channel list acme', /ops[^]*There are 4 channels/],
	['channel search --team acme ops', /Channel Name :ops, Display Name :Ops/],
	['channel users add acme:ops robert', /^$/, async (s) => assert.equal((await s.api('GET', `/channels/${(await channel('ops')(s)).id}/stats`)).member_count, 2)],
	['channel users remove acme:ops robert', /^$/, async (s) => assert.equal((await s.api('GET', `/channels/${(await channel('ops')(s)).id}/stats`)).member_count, 1)],
	['channel modify acme:ops --private', /^$/, is(channel('ops'), { type: 'P' })],
	['channel rename acme:ops --name ops2 --display-name Ops2', /'ops2' channel renamed/, is(channel('ops2'), { display_name: 'Ops2' })],
	['channel archive acme:ops2', /^$/, async (s) => assert.ok((await channel('ops2')(s)).delete_at > 0)],
	['channel unarchive acme:ops2', /^$/, is(channel('ops2'), { delete_at: 0 })],

	['post create acme:dev --message hello', /^$/, async (s) => assert.ok((await s.messages()).some((p) => p.message === 'hello'))],
	['post list acme:dev --number 5', /hello/],
	['post list acme:dev --number 1 --json', /"id": "(\w{26})"/],
	['post delete $1 --confirm', /successfully deleted/i, async (s) => assert.ok(!(await s.messages()).some((p) => p.message === 'hello'))],

	['bot create helper --display-name Helper', /Created bot/],
	['bot list', /helper\(Owned by admin, Enabled\)/],
	['bot update helper --display-name Aide', /Updated bot/],
	['bot disable helper', /Disabled bot/],
	['bot enable helper', /Enabled bot/],
	['bot assign helper robert', /now belongs to the user robert/],
	['webhook create-incoming --channel acme:dev --user admin --display-name ci', /Id: (\w{26})/],
	['webhook modify-incoming $1 --display-name build', /successfully updated/],
	['webhook show $1', /build/],
	['webhook delete $1', /Webhook .*deleted/i],
	['webhook create-outgoing --team acme --display-name out --channel dev --trigger-word go --url http://127.0.0.1:1/ --user admin', /Id: (\w{26})/],
	['webhook modify-outgoing $1 --display-name outs', /successfully updated/],
	['webhook list acme', /Outgoing:\s+outs/],
	['command create acme --title Tow --trigger-word tow --url http://127.0.0.1:1/ --creator admin', /created command Tow/],
	['command list acme', /(\w{26}): Tow/],
	['command modify $1 --title Tug', /modified command/i],
	['command show $1', /Tug/],
	['command archive $1', /Status: ok/],
	['token generate admin another', /\w{26}: another/],
	['token list admin', /(\w{26}): another/],
	['token revoke $1', /^$|[Rr]evoked/],
	['token list admin', /There are 1 tokens/],
	['permissions role show system_user', /Name\s+system_user/],
	['permissions add channel_user manage_team', /^$/, async (s) => assert.ok((await s.api('GET', '/roles/name/channel_user')).permissions.includes('manage_team'))],
	['permissions remove channel_user manage_team', /^$/, async (s) => assert.ok(!(await s.api('GET', '/roles/name/channel_user')).permissions.includes('manage_team'))],
	['permissions role assign system_manager robert', /^$/, async (s) => assert.match((await user('robert')(s)).roles, /system_manager/)],
	['permissions role unassign system_manager robert', /^$/, async (s) => assert.doesNotMatch((await user('robert')(s)).roles, /system_manager/)],

	['command create acme --title Row --trigger-word row --url http://127.0.0.1:1/ --creator admin', /created command Row/],
	['command list acme', /(\w{26}): Row/],
	['command move gamma $1', /[Mm]oved command|Status: ok|^$/, async (s) => assert.equal((await s.api('GET', `/commands?team_id=${(await s.api('GET', '/teams/name/gamma')).id}&custom_only=true`)).length, 1)],
	['channel move gamma acme:ops2 --force', /^$|[Mm]oved/, async (s) => assert.equal((await s.api('GET', `/teams/${(await s.api('GET', '/teams/name/gamma')).id}/channels/name/ops2`)).name, 'ops2')],
	['channel delete gamma:ops2 --confirm', /[Dd]eleted channel/, async (s) => assert.equal((await s.raw('GET', `/api/v4/teams/${(await s.api('GET', '/teams/name/gamma')).id}/channels/name/ops2?include_deleted=true`, { token: s.token })).status, 404)],
	['post create acme:dev --message zqgone', /^$/],
	['post list acme:dev --number 1 --json', /"id": "(\w{26})"/],
	['post delete $1 --permanent --confirm', /successfully deleted/i, async (s) => assert.ok(!(await s.messages()).some((p) => p.message === 'zqgone'))],
	['user convert helper --user --password password1 --email aide@example.com', /aide|helper|converted/i, async (s) => assert.ok(!(await user('helper')(s)).is_bot)],
	['user convert helper --bot', /helper|converted/i, async (s) => assert.equal((await user('helper')(s)).is_bot, true)],
	['user delete robert --confirm', /[Dd]eleted user/, async (s) => assert.equal((await s.raw('GET', '/api/v4/users/username/robert', { token: s.token })).status, 404)],
	['team delete gamma --confirm', /[Dd]eleted team/, async (s) => { assert.equal((await s.raw('GET', '/api/v4/teams/name/gamma', { token: s.token })).status, 404); await s.api('POST', '/oauth/apps', program); }],
	['oauth list', /Calendar/],
	['user create --email twice@example.com --username admin --password password1', /Error: .*username already exists/i, null, 1],
	['team create --name x --display-name X', /Error: /, null, 1],
	['config get TeamSettings.SiteName', /"Hubbub"/],
	['config set TeamSettings.SiteName Typed', /Value changed successfully/, async (s) => assert.equal((await s.api('GET', '/config')).TeamSettings.SiteName, 'Typed')],
	['config get TeamSettings.SiteName', /"Typed"/],
	['config get EmailSettings.SMTPPort', /"\d+"/],
	['config set PasswordSettings.MinimumLength 2', /Error: .*MinimumLength/, null, 1],
	['config set LdapSettings.Enable true', /Error: .*no setting LdapSettings\.Enable/, null, 1],
	['config set ServiceSettings.EnableCustomEmoji false', /Value changed successfully/, async (s) => assert.equal((await s.api('GET', '/config/client?format=old')).EnableCustomEmoji, 'false')],
	['config show', /"SiteName": "Typed"/],
	['config patch $PATCH', /Config patched successfully/, async (s) => assert.equal((await s.api('GET', '/config')).TeamSettings.MaxChannelsPerTeam, 77)],
	['config reload', /^$|[Rr]eload/],
	['system getbusy --json', /"busy": false/],
	['system setbusy --seconds 60', /[Bb]usy state set/, async (s) => assert.equal((await s.api('GET', '/server_busy')).busy, true)],
	['system clearbusy', /[Bb]usy state cleared/, async (s) => assert.equal((await s.api('GET', '/server_busy')).busy, false)],
	['system supportpacket', /Error: /, null, 1],
	['logs', /^$|log/i],
	['job list', /[Nn]o jobs found|^$/],
	['plugin list', /Listing enabled plugins/],
	['ldap sync', /Error: .*LDAP/, null, 1],
	['license remove', /Error: /, null, 1],
	['auth clean', /^$|removed/i],
];

function mmctl(program, home, words) {
	return new Promise((done) => {
		execFile(program, [...words, '--disable-pager'], { env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home }, timeout: 60_000 },
			(e, out, err) => done({ code: e?.code ?? 0, text: `${out}${err}`.replace(/\x1b\[[\d;]*m/g, '').trim() }));
	});
}

test('mmctl does what an administrator types', async () => {
	const program = await goBuild(folder, 'github.com/mattermost/mattermost/server/v8/cmd/mmctl', join(root, 'build/mmctl'));
	if (!program) return;
	const mail = await smtp();
	const for_good = { EnableAPIUserDeletion: true, EnableAPITeamDeletion: true, EnableAPIChannelDeletion: true, EnableAPIPostDeletion: true };
	const s = await new Server({ settings: { ServiceSettings: for_good, GuestAccountsSettings: { Enable: true }, EmailSettings: { SMTPServer: '127.0.0.1', SMTPPort: mail.port, FeedbackEmail: 'hub@example.com' } } }).start();
	await s.world();
	const home = tempDir(), { token } = await s.api('POST', '/users/me/tokens', { description: 'mmctl' });
	writeFileSync(join(home, 'token'), token);
	let failed = 0, kept = '';
	writeFileSync(join(home, 'patch.json'), JSON.stringify({ TeamSettings: { MaxChannelsPerTeam: 77 } }));
	const all = [[`auth login ${s.url} --name local --access-token-file ${join(home, 'token')}`, /credentials for "local".* stored/], ...lines];
	for (const [line, prints, then, code = 0] of all) {
		const r = await mmctl(program, home, line.replace('$1', kept).replace('$PATCH', join(home, 'patch.json')).split(' '));
		const wrong = r.code !== code ? `code ${r.code}: ${r.text}` : !prints.test(r.text) ? `prints ${r.text}` : then ? await then(s).then(() => null, (e) => `${e.message} ${r.text}`) : null;
		kept = r.text.match(prints)?.[1] ?? kept;
		const name = line.replace(s.url, 'URL').replace(home, '');
		if (wrong) failed++;
		console.log(wrong ? `FAIL mmctl ${name}: ${wrong.replace(/\s+/g, ' ').slice(0, 400)}` : `ok mmctl ${name}`);
	}
	assert.equal(failed, 0, `${failed} of ${all.length} lines`);
	await s.stop();
});

run();
