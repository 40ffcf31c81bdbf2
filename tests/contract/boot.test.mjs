// What clients decide by when they start: the settings, the license and the roles, key by key.
import { test, run, assert, Server } from '../flow/harness.mjs';
import { clientConfig, defaultRoles } from './tables.mjs';

const kinds = { boolean: /^(true|false)$/, number: /^-?\d+$/, text: /^/ };
const licenseKeys = 'IsLicensed SkuShortName Company Users Cloud IsTrial IsGovSku LDAP LDAPGroups MFA SAML Cluster Metrics GoogleOAuth Office365OAuth OpenId Compliance MHPNS '
	+ 'Announcement Elasticsearch DataRetention IDLoadedPushNotifications EmailNotificationContents MessageExport CustomPermissionsSchemes GuestAccounts GuestAccountsPermissions '
	+ 'CustomTermsOfService LockTeammateNameDisplay SharedChannels RemoteClusterService OutgoingOAuthConnections';

test('the client\'s settings have every key, of the right kind, and what is for members only is not told to others', async () => {
	const s = await new Server().start();
	await s.world();
	const full = await s.api('GET', '/config/client?format=old'), open = (await s.raw('GET', '/api/v4/config/client?format=old')).json;
	const texts = (map) => Object.entries(map).filter(([, v]) => typeof v !== 'string').map(([k]) => k);
	assert.deepEqual([...texts(full), ...texts(open)], [], 'all values are texts');
	const wanted = clientConfig.filter((c) => !c.licensed);
	assert.deepEqual(wanted.filter((c) => !(c.key in full)).map((c) => c.key), [], 'missing');
	assert.deepEqual(wanted.filter((c) => c.open && !(c.key in open)).map((c) => c.key), [], 'missing without a session');
	assert.deepEqual(clientConfig.filter((c) => c.key in full && !kinds[c.kind].test(full[c.key])).map((c) => `${c.key}=${full[c.key]}`), [], 'of another kind');
	const known = new Map(clientConfig.map((c) => [c.key, c]));
	const strange = (map, may) => Object.keys(map).filter((k) => !k.startsWith('FeatureFlag') && !may(known.get(k)));
	assert.deepEqual(strange(full, (c) => c), [], 'unknown');
	assert.deepEqual(strange(open, (c) => c?.open), [], 'told without a session');
	await s.stop();
});

test('the license map has every feature, said to be there or not', async () => {
	const s = await new Server().start();
	const map = (await s.raw('GET', '/api/v4/license/client?format=old')).json;
	assert.deepEqual(Object.keys(map).sort(), licenseKeys.split(' ').sort());
	const { SkuShortName, Company, Users, ...features } = map;
	assert.deepEqual([SkuShortName, typeof Company, /^\d+$/.test(Users)], ['enterprise', 'string', true]);
	assert.deepEqual(Object.entries(features).filter(([, v]) => v !== 'true' && v !== 'false'), []);
	await s.stop();
});

test('the default roles hold the permissions that clients look for', async () => {
	const s = await new Server().start();
	await s.world();
	const roles = new Map((await s.api('GET', '/roles')).map((r) => [r.name, r.permissions]));
	assert.deepEqual([...defaultRoles.keys()].filter((r) => !roles.has(r)), [], 'missing');
	for (const [name, wanted] of defaultRoles) {
		const has = roles.get(name);
		assert.deepEqual(wanted.filter((p) => !has.includes(p)), [], `${name} lacks`);
		assert.deepEqual(has.filter((p) => !wanted.includes(p)), [], `${name} has more`);
	}
	const all = new Set([...defaultRoles.values()].flat());
	assert.deepEqual([...all].filter((p) => !roles.get('system_admin').includes(p)), [], 'system_admin lacks');
	await s.stop();
});

run();
