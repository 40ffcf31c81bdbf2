// js_people - what @mattermost/client does with accounts, sessions, tokens, statuses and the server itself.
//
// A row is ['method', async (c, w) => …]: c is the administrator's client, w the world of tests/contract with w.as(name), the client of
// somebody else, and w.open(), one that is not signed in. It calls the method and looks at what came of it.
import { assert } from '../flow/harness.mjs';
import { png } from '../flow/pictures.mjs';
import { codeOf } from '../flow/totp.mjs';
import { effect, has, idsOf, refused, signIn } from './js_client.mjs';

const perms = 'api.context.permissions.app_error';
const picture = () => new Blob([png(64, 64)], { type: 'image/png' });
const type = async (url, c) => (await fetch(url, { headers: { Authorization: `Bearer ${c.getToken()}` } })).headers.get('content-type');

export const people = [
	['ping', async (c) => assert.equal((await c.ping(true)).database_status, 'OK')],
	['getClientConfig', async (c) => assert.equal((await c.getClientConfig()).CollapsedThreads, 'always_on')],
	['getClientLicenseOld', async (c) => assert.equal((await c.getClientLicenseOld()).SkuShortName, 'enterprise')],
	['getWebappPlugins', async (c) => assert.deepEqual(await c.getWebappPlugins(), [])],
	['getServerLimits', async (c) => assert.equal((await c.getServerLimits()).data?.maxUsersLimit ?? (await c.getServerLimits()).maxUsersLimit, 0)],
	['getFirstAdminVisitMarketplaceStatus', async (c) => assert.equal((await c.getFirstAdminVisitMarketplaceStatus()).name, 'FirstAdminVisitMarketplace')],
	['getPrevTrialLicense', async (c) => assert.equal((await c.getPrevTrialLicense()).IsLicensed, 'false')],
	['completeSetup', async (c) => assert.equal((await c.completeSetup({ organization: 'acme', install_plugins: [] })).status, 'OK')],
	['getFirstAdminSetupComplete', async (c) => assert.equal((await c.getFirstAdminSetupComplete()).value, 'true')],
	['getInProductNotices', async (c, w) => assert.deepEqual(await c.getInProductNotices(w.team.id, 'web', '11.6.0'), [])],
	['updateNoticesAsViewed', async (c) => assert.equal((await c.updateNoticesAsViewed(['n'])).status, 'OK')],
	['getAgentsStatus', async (c) => assert.equal((await c.getAgentsStatus()).available, false)],
	['getAnalytics', async (c) => assert.ok((await c.getAnalytics()).find((r) => r.name === 'post_count').value > 0)],
	['getCustomProfileAttributeFields', async (c) => assert.deepEqual(await c.getCustomProfileAttributeFields(), [])],
	['getRolesByNames', async (c) => assert.deepEqual((await c.getRolesByNames(['system_user', 'nobody'])).map((r) => r.name), ['system_user'])],
	['getRoleByName', async (c, w) => { w.role = await c.getRoleByName('channel_user'); assert.ok(w.role.permissions.includes('create_post')); }],
	['getRole', async (c, w) => assert.equal((await c.getRole(w.role.id)).name, 'channel_user')],

	['createUser', async (c, w) => { w.dave = await c.createUser({ email: 'dave@example.com', username: 'dave', password: 'password1' }, '', ''); assert.equal(w.dave.username, 'dave'); }],
	['login', async (c, w) => {
		w.daves = w.open();
		const me = await signIn(() => w.daves.login('dave', 'password1'));
		assert.equal(me.id, w.dave.id);
		assert.equal((await w.daves.getMe()).id, w.dave.id);
		await refused(signIn(() => w.open().login('dave', 'wrong')), 401, 'api.user.login.invalid_credentials_email_username');
	}],
	['loginById', async (c, w) => assert.equal((await signIn(() => w.open().loginById(w.dave.id, 'password1'))).id, w.dave.id)],
	['loginWithDesktopToken', async (c, w) => refused(signIn(() => w.open().loginWithDesktopToken('a'.repeat(26))), 401)],
	['getUserLoginType', async (c, w) => refused(w.open().getUserLoginType('dave'))],
	['checkUserMfa', async (c) => assert.equal((await signIn(() => c.checkUserMfa('dave'))).mfa_required, false)],
	['getMe', async (c, w) => effect(await c.getMe(), { id: w.admin.id, username: 'admin', roles: 'system_admin system_user' })],
	['patchMe', async (c) => assert.equal((await c.patchMe({ position: 'boss' })).position, 'boss')],
	['patchUser', async (c, w) => { await c.patchUser({ id: w.bob.id, nickname: 'Bobby' }); assert.equal((await c.getUser(w.bob.id)).nickname, 'Bobby'); }],
	['updateUser', async (c) => { await c.updateUser({ ...await c.getMe(), first_name: 'Ada' }); effect(await c.getMe(), { first_name: 'Ada', position: 'boss' }); }],
	['getUser', async (c, w) => assert.equal((await c.getUser(w.bob.id)).username, 'bob')],
	['getUserByUsername', async (c, w) => assert.equal((await c.getUserByUsername('bob')).id, w.bob.id)],
	['getUserByEmail', async (c, w) => assert.equal((await c.getUserByEmail('bob@example.com')).id, w.bob.id)],
	['updateUserPassword', async (c, w) => {
		await w.daves.updateUserPassword(w.dave.id, 'password1', 'password2');
		w.daves = w.open();
		assert.equal((await signIn(() => w.daves.login('dave', 'password2'))).id, w.dave.id);
	}],
	['sendPasswordResetEmail', async (c, w) => { w.mailed = w.mail.count(); assert.equal((await signIn(() => w.open().sendPasswordResetEmail('dave@example.com'))).status, 'OK'); }],
	['resetUserPassword', async (c, w) => {
		const token = await w.mail.token(w.mailed);
		await signIn(() => w.open().resetUserPassword(token, 'password3'));
		w.daves = w.open();
		assert.equal((await signIn(() => w.daves.login('dave', 'password3'))).id, w.dave.id);
	}],
	['sendVerificationEmail', async (c, w) => { w.mailed = w.mail.count(); assert.equal((await signIn(() => c.sendVerificationEmail('dave@example.com'))).status, 'OK'); }],
	['verifyUserEmail', async (c, w) => {
		const token = await w.mail.token(w.mailed);
		await signIn(() => w.open().verifyUserEmail(token));
		assert.equal((await c.getUser(w.dave.id)).email_verified, true);
	}],
	['generateMfaSecret', async (c, w) => { w.secret = (await w.daves.generateMfaSecret(w.dave.id)).secret; assert.match(w.secret, /^[A-Z2-7]+$/); }],
	['updateUserMfa', async (c, w) => {
		await w.daves.updateUserMfa(w.dave.id, true, codeOf(w.secret));
		assert.equal((await w.daves.getMe()).mfa_active, true);
		await refused(signIn(() => w.open().login('dave', 'password3')), 401, 'mfa.validate_token.authenticate.app_error');
		await w.daves.updateUserMfa(w.dave.id, false);
		assert.notEqual((await w.daves.getMe()).mfa_active, true);
	}],
	['switchEmailToOAuth', async (c) => refused(signIn(() => c.switchEmailToOAuth('gitlab', 'bob@example.com', 'password1')))],
	['switchOAuthToEmail', async (c) => refused(signIn(() => c.switchOAuthToEmail('gitlab', 'bob@example.com', 'password1')))],
	['switchEmailToLdap', async (c) => refused(signIn(() => c.switchEmailToLdap('bob@example.com', 'password1', 'bob', 'x')))],
	['switchLdapToEmail', async (c) => refused(signIn(() => c.switchLdapToEmail('x', 'bob@example.com', 'password1')))],
	['demoteUserToGuest', async (c, w) => { await c.demoteUserToGuest(w.dave.id); assert.match((await c.getUser(w.dave.id)).roles, /system_guest/); }],
	['promoteGuestToUser', async (c, w) => { await c.promoteGuestToUser(w.dave.id); assert.match((await c.getUser(w.dave.id)).roles, /system_user/); }],
	['uploadProfileImage', async (c, w) => {
		const before = (await c.getMe()).last_picture_update ?? 0;
		assert.equal((await c.uploadProfileImage(w.admin.id, picture())).status, 'OK');
		assert.ok((await c.getMe()).last_picture_update > before);
	}],
	['getProfilePictureUrl', async (c, w) => assert.match(await type(c.getProfilePictureUrl(w.admin.id, 5), c), /^image\//)],
	['getDefaultProfilePictureUrl', async (c, w) => assert.match(await type(c.getDefaultProfilePictureUrl(w.admin.id), c), /^image\//)],
	['setDefaultProfileImage', async (c, w) => assert.equal((await c.setDefaultProfileImage(w.admin.id)).status, 'OK')],

	['getProfiles', async (c, w) => { has(await c.getProfiles(0, 200), w.bob.id); assert.equal((await c.getProfiles(1, 2)).length, 2); }],
	['getProfilesByIds', async (c, w) => assert.deepEqual(idsOf(await c.getProfilesByIds([w.bob.id])), [w.bob.id])],
	['getProfilesByUsernames', async (c, w) => assert.deepEqual(idsOf(await c.getProfilesByUsernames(['bob', 'nobody'])), [w.bob.id])],
	['getProfilesInTeam', async (c, w) => has(await c.getProfilesInTeam(w.team.id, 0, 60, 'last_activity_at'), w.bob.id, w.dave.id)],
	['getProfilesNotInTeam', async (c, w) => has(await c.getProfilesNotInTeam(w.team.id, false), w.dave.id, w.bob.id)],
	['getProfilesMatchingTeamPolicy', async (c, w) => has(await c.getProfilesMatchingTeamPolicy(w.team.id), w.dave.id, w.bob.id)],
	['getProfilesWithoutTeam', async (c, w) => has(await c.getProfilesWithoutTeam(), w.dave.id, w.bob.id)],
	['getProfilesInChannel', async (c, w) => has(await c.getProfilesInChannel(w.channel.id, 0, 60, 'status'), w.bob.id, w.dave.id)],
	['getProfilesNotInChannel', async (c, w) => has(await c.getProfilesNotInChannel(w.team.id, w.priv.id, false), w.bob.id, w.admin.id)],
	['getProfilesMatchingChannelPolicy', async (c, w) => has(await c.getProfilesMatchingChannelPolicy(w.team.id, w.priv.id, false), w.bob.id, w.admin.id)],
	['getProfilesInGroupChannels', async (c, w) => assert.deepEqual(idsOf((await c.getProfilesInGroupChannels([w.gm.id]))[w.gm.id]).sort(), [w.bob.id, w.carol.id].sort())],
	['autocompleteUsers', async (c, w) => { const r = await c.autocompleteUsers('bo', w.team.id, w.channel.id); has(r.users, w.bob.id, w.carol.id); assert.ok(Array.isArray(r.out_of_channel)); }],
	['getKnownUsers', async (c, w) => assert.ok((await w.as('bob').getKnownUsers()).includes(w.carol.id))],
	['searchUsers', async (c, w) => assert.deepEqual(idsOf(await c.searchUsers('car', { team_id: w.team.id })), [w.carol.id])],
	['canUserDirectMessage', async (c, w) => assert.equal((await c.canUserDirectMessage(w.admin.id, w.bob.id)).can_dm, true)],
	['getTotalUsersStats', async (c) => assert.ok((await c.getTotalUsersStats()).total_users_count >= 5)],
	['getUserAudits', async (c, w) => assert.ok(Array.isArray(await c.getUserAudits(w.admin.id)))],
	['sendTestNotificaiton', async (c) => assert.equal((await c.sendTestNotificaiton()).status, 'OK')],
	['logClientError', async (c) => { c.setEnableLogging(true); assert.ok(await c.logClientError('a line of a client')); }],

	['updateStatus', async (c, w) => assert.equal((await c.updateStatus({ user_id: w.admin.id, status: 'away' })).status, 'away')],
	['getStatus', async (c, w) => assert.equal((await c.getStatus(w.admin.id)).status, 'away')],
	['getStatusesByIds', async (c, w) => assert.equal((await c.getStatusesByIds([w.admin.id])).find((s) => s.user_id === w.admin.id).status, 'away')],
	['updateCustomStatus', async (c) => { await c.updateCustomStatus({ emoji: 'tea', text: 'a cup' }); assert.equal(JSON.parse((await c.getMe()).props.customStatus).text, 'a cup'); }],
	['unsetCustomStatus', async (c) => { await c.unsetCustomStatus(); assert.ok(!(await c.getMe()).props?.customStatus); }],
	['removeRecentCustomStatus', async (c) => assert.equal((await c.removeRecentCustomStatus({ emoji: 'tea', text: 'a cup', duration: '', expires_at: '0001-01-01T00:00:00Z' })).status, 'OK')],

	['getSessions', async (c, w) => { w.sessions = await w.daves.getSessions(w.dave.id); assert.ok(w.sessions.length >= 1); }],
	['revokeSession', async (c, w) => {
		const other = w.open();
		await signIn(() => other.login('dave', 'password3'));
		const fresh = (await w.daves.getSessions(w.dave.id)).find((s) => !w.sessions.some((o) => o.id === s.id));
		await w.daves.revokeSession(w.dave.id, fresh.id);
		await refused(other.getMe(), 401, 'api.context.session_expired.app_error');
	}],
	['revokeAllSessionsForUser', async (c, w) => { await c.revokeAllSessionsForUser(w.dave.id); await refused(w.daves.getMe(), 401); }],
	['logout', async (c, w) => {
		const other = w.open();
		await signIn(() => other.login('dave', 'password3'));
		const token = other.getToken();
		assert.ok((await other.logout()).ok);
		other.setToken(token);
		await refused(other.getMe(), 401);
	}],
	['createUserAccessToken', async (c, w) => { w.pat = await c.createUserAccessToken(w.admin.id, 'a script'); w.script = w.open(); w.script.setToken(w.pat.token); assert.equal((await w.script.getMe()).id, w.admin.id); }],
	['getUserAccessToken', async (c, w) => effect(await c.getUserAccessToken(w.pat.id), { description: 'a script', is_active: true })],
	['getUserAccessTokensForUser', async (c, w) => has(await c.getUserAccessTokensForUser(w.admin.id), w.pat.id)],
	['disableUserAccessToken', async (c, w) => { await c.disableUserAccessToken(w.pat.id); await refused(w.script.getMe(), 401); }],
	['enableUserAccessToken', async (c, w) => { await c.enableUserAccessToken(w.pat.id); assert.equal((await w.script.getMe()).id, w.admin.id); }],
	['revokeUserAccessToken', async (c, w) => { await c.revokeUserAccessToken(w.pat.id); await refused(w.script.getMe(), 401); await refused(c.getUserAccessToken(w.pat.id), 404); }],
	['createTermsOfService', async (c, w) => { w.terms = await c.createTermsOfService('Be kind.'); assert.equal(w.terms.text, 'Be kind.'); }],
	['getTermsOfService', async (c, w) => assert.equal((await c.getTermsOfService()).id, w.terms.id)],
	['updateMyTermsOfServiceStatus', async (c, w) => { await c.updateMyTermsOfServiceStatus(w.terms.id, true); assert.equal((await c.getMe()).terms_of_service_id, w.terms.id); }],
	['createCustomProfileAttributeField', async (c, w) => { w.town = await c.createCustomProfileAttributeField({ name: 'Town', type: 'text' }); assert.equal(w.town.name, 'Town'); }],
	['updateCustomProfileAttributeValues', async (c, w) => assert.equal((await c.updateCustomProfileAttributeValues({ [w.town.id]: 'Ulm' }))[w.town.id], 'Ulm')],
	['getUserCustomProfileAttributesValues', async (c, w) => assert.equal((await c.getUserCustomProfileAttributesValues(w.admin.id))[w.town.id], 'Ulm')],
	['patchCustomProfileAttributeField', async (c, w) => assert.equal((await c.patchCustomProfileAttributeField(w.town.id, { name: 'City' })).name, 'City')],
	['deleteCustomProfileAttributeField', async (c, w) => { await c.deleteCustomProfileAttributeField(w.town.id); assert.deepEqual(await c.getCustomProfileAttributeFields(), []); }],
	['getAuthorizedOAuthApps', async (c, w) => assert.deepEqual(await c.getAuthorizedOAuthApps(w.admin.id), [])],
	['getOAuthAppInfo', async (c) => refused(c.getOAuthAppInfo('z'.repeat(26)), 404)],
	['resetFailedAttempts', async (c, w) => assert.equal((await c.resetFailedAttempts(w.dave.id)).status, 'OK')],
	['updateUserActive', async (c, w) => { await c.updateUserActive(w.dave.id, false); assert.ok((await c.getUser(w.dave.id)).delete_at > 0); await c.updateUserActive(w.dave.id, true); }],
	['updateUserRoles', async (c, w) => { await c.updateUserRoles(w.dave.id, 'system_user system_user_manager'); assert.match((await c.getUser(w.dave.id)).roles, /system_user_manager/); await refused(w.as('bob').updateUserRoles(w.dave.id, 'system_user'), 403, perms); }],
];
