// Fields of people's profiles: an administrator makes them, everybody fills in his own, and everybody is told.
import { test, run, assert, Server, Socket } from './harness.mjs';

const perms = 'api.context.permissions.app_error', badBody = 'api.context.invalid_body_param.app_error', of = 'app.custom_profile_attributes.';

async function town(engine) {
	const s = await new Server({ engine }).start();
	await s.world();
	s.field = (body, token = s.token) => s.api('POST', '/custom_profile_attributes/fields', body, token);
	s.fields = () => s.api('GET', '/custom_profile_attributes/fields');
	s.refused = async (method, path, body, token = s.token) => { const r = await s.raw(method, `/api/v4${path}`, { token, body }); return [r.status, r.json.id]; };
	s.values = (user, token = s.token) => s.api('GET', `/users/${user.id}/custom_profile_attributes`, undefined, token);
	s.fill = (values, token) => s.api('PATCH', '/custom_profile_attributes/values', values, token);
	return s;
}

for (const engine of ['sqlite', 'postgres']) {
	test(`an administrator makes fields, and everybody fills in his own (${engine})`, async () => {
		const s = await town(engine), bob = await s.member('bob'), ws = await new Socket(s, bob.token).ready();
		const text = await s.field({ name: 'Town', type: 'text' });
		assert.deepEqual({ ...text, id: '', create_at: 0, update_at: 0 }, { id: '', group_id: text.group_id, name: 'Town', type: 'text', attrs: { visibility: 'when_set', sort_order: 0, value_type: '' },
			target_id: '', target_type: '', create_at: 0, update_at: 0, delete_at: 0 });
		assert.equal((await s.api('GET', '/custom_profile_attributes/group')).id, text.group_id);
		assert.deepEqual((await ws.event('custom_profile_attributes_field_created')).data, { field: text });
		const pick = await s.field({ name: 'Likes', type: 'multiselect', attrs: { options: [{ name: 'tea', color: '#00ff00' }, { name: 'milk' }], visibility: 'always', sort_order: 2 } });
		const [tea, milk] = pick.attrs.options;
		assert.match(tea.id, /^[a-z0-9]{26}$/);
		assert.deepEqual(await s.fields(), [text, pick]);
		assert.deepEqual(await s.fill({ [text.id]: 'Ulm', [pick.id]: [tea.id] }, bob.token), { [text.id]: 'Ulm', [pick.id]: [tea.id] });
		assert.deepEqual((await ws.event('custom_profile_attributes_values_updated')).data, { user_id: bob.id, values: { [text.id]: 'Ulm', [pick.id]: [tea.id] } });
		await s.fill({ [pick.id]: [tea.id, milk.id] }, bob.token);
		assert.deepEqual(await s.values(bob), { [text.id]: 'Ulm', [pick.id]: [tea.id, milk.id] });
		assert.deepEqual(await s.values(s.admin, bob.token), {});
		await s.api('PATCH', `/users/${bob.id}/custom_profile_attributes`, { [text.id]: '' });
		assert.equal((await s.values(bob, bob.token))[text.id], '');
		const renamed = await s.api('PATCH', `/custom_profile_attributes/fields/${pick.id}`, { name: 'Drinks', attrs: { sort_order: 1 } });
		assert.deepEqual([renamed.name, renamed.attrs, renamed.update_at > pick.update_at], ['Drinks', { ...pick.attrs, sort_order: 1 }, true]);
		assert.deepEqual((await ws.event('custom_profile_attributes_field_updated')).data.field, renamed);
		const other = await s.api('PATCH', `/custom_profile_attributes/fields/${pick.id}`, { type: 'text' });
		assert.equal(other.attrs.options, undefined);
		assert.deepEqual(await s.values(bob), { [text.id]: '' });
		await s.api('DELETE', `/custom_profile_attributes/fields/${text.id}`);
		assert.deepEqual((await ws.event('custom_profile_attributes_field_deleted')).data, { field_id: text.id });
		assert.deepEqual([await s.fields(), await s.values(bob)], [[other], {}]);
		assert.deepEqual(await s.refused('PATCH', '/custom_profile_attributes/values', { [text.id]: 'x' }), [404, `${of}property_field_not_found.app_error`]);
		await s.kill();
		await s.start();
		assert.deepEqual(await s.fields(), [other]);
		await s.stop();
	});
}

test('what does not fit is refused, and then nothing of it is kept', async () => {
	const s = await town('sqlite'), bob = await s.member('bob'), fields = '/custom_profile_attributes/fields', values = '/custom_profile_attributes/values';
	const text = await s.field({ name: 'Town', type: 'text' }), one = await s.field({ name: 'Size', type: 'select', attrs: { options: [{ name: 'S' }] } });
	const many = await s.field({ name: 'Friends', type: 'multiuser' }), boss = await s.field({ name: 'Boss', type: 'user', attrs: { managed: 'admin' } });
	for (const body of [{}, { name: 'x' }, { name: '', type: 'text' }, { name: 'x', type: 'nonsense' }, { name: 7, type: 'text' }, { name: 'x'.repeat(65), type: 'text' }, { name: 'x', type: 'text', attrs: [] },
		{ name: 'x', type: 'text', attrs: { visibility: 'never' } }, { name: 'x', type: 'text', attrs: { sort_order: 'x' } }, { name: 'x', type: 'select', attrs: { options: {} } }, { name: 'x', type: 'select', attrs: { options: [{ name: '' }] } }])
		assert.deepEqual(await s.refused('POST', fields, body), [400, badBody], JSON.stringify(body));
	assert.deepEqual([await s.refused('POST', fields, { name: 'x', type: 'text' }, bob.token), await s.refused('PATCH', `${fields}/${text.id}`, { name: 'x' }, bob.token), await s.refused('DELETE', `${fields}/${text.id}`, undefined, bob.token),
		await s.refused('PATCH', `/users/${s.admin.id}/custom_profile_attributes`, {}, bob.token)], Array(4).fill([403, perms]));
	const wrong = [400, `${of}validate_value.app_error`];
	for (const [id, value] of [[text.id, 7], [text.id, null], [text.id, 'x'.repeat(65)], [text.id, ['x']], [one.id, 'S'], [one.id, text.id], [many.id, bob.id], [many.id, ['x']], [many.id, [7]]])
		assert.deepEqual(await s.refused('PATCH', values, { [text.id]: 'kept?', [id]: value }, bob.token), wrong, JSON.stringify(value));
	assert.deepEqual(await s.refused('PATCH', values, { [text.id]: 'kept?', [boss.id]: s.admin.id }, bob.token), [403, `${of}property_field_is_managed.app_error`]);
	assert.deepEqual(await s.refused('PATCH', values, [], bob.token), [400, badBody]);
	assert.deepEqual(await s.values(bob), {});
	await s.api('PATCH', `/users/${bob.id}/custom_profile_attributes`, { [boss.id]: s.admin.id, [one.id]: one.attrs.options[0].id, [many.id]: [] });
	assert.deepEqual(await s.values(bob), { [boss.id]: s.admin.id, [one.id]: one.attrs.options[0].id, [many.id]: [] });
	for (let n = 5; n <= 20; n++) await s.field({ name: `f${n}`, type: 'text' });
	assert.deepEqual(await s.refused('POST', fields, { name: 'one more', type: 'text' }), [422, `${of}limit_reached.app_error`]);
	await s.stop();
});

test('what is hidden is seen by oneself and administrators', async () => {
	const s = await town('sqlite'), bob = await s.member('bob'), carol = await s.member('carol'), ws = await new Socket(s, carol.token).ready();
	const open = await s.field({ name: 'Open', type: 'text' }), hidden = await s.field({ name: 'Hidden', type: 'text', attrs: { visibility: 'hidden' } });
	await s.fill({ [open.id]: 'a', [hidden.id]: 'b' }, bob.token);
	assert.deepEqual([await s.values(bob, carol.token), await s.values(bob, bob.token), await s.values(bob)], [{ [open.id]: 'a' }, { [open.id]: 'a', [hidden.id]: 'b' }, { [open.id]: 'a', [hidden.id]: 'b' }]);
	assert.deepEqual((await ws.event('custom_profile_attributes_values_updated')).data.values, { [open.id]: 'a' });
	await s.stop();
});

run();
