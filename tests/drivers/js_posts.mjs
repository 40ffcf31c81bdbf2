// js_posts - what @mattermost/client does with posts, threads, reactions, files, emoji, drafts, preferences. Rows as in js_people.mjs.
import { assert, until } from '../flow/harness.mjs';
import { png } from '../flow/pictures.mjs';
import { effect, has, idsOf, refused } from './js_client.mjs';

const picture = () => new Blob([png(64, 64)], { type: 'image/png' });
const bytes = (url, c) => fetch(url, { headers: { Authorization: `Bearer ${c.getToken()}` } });

const posts = [
	['createPost', async (c, w) => {
		w.first = await c.createPost({ channel_id: w.channel.id, message: 'one zebra', pending_post_id: `${w.admin.id}:1`, user_id: w.admin.id, create_at: 0, props: {}, metadata: {}, file_ids: [] });
		effect(w.first, { message: 'one zebra', user_id: w.admin.id });
		w.second = await w.as('bob').createPost({ channel_id: w.channel.id, message: 'two', root_id: w.first.id });
	}],
	['getPost', async (c, w) => { assert.equal((await c.getPost(w.first.id)).message, 'one zebra'); assert.ok((await c.getPost(w.gone.id, true)).delete_at > 0); }],
	['patchPost', async (c, w) => { const p = await c.patchPost({ id: w.first.id, message: 'one zebra, edited' }); assert.ok(p.edit_at > 0); assert.equal(p.message, 'one zebra, edited'); }],
	['updatePost', async (c, w) => assert.equal((await c.updatePost({ ...w.first, message: 'one zebra, again' })).message, 'one zebra, again')],
	['getPostEditHistory', async (c, w) => { w.versions = await c.getPostEditHistory(w.first.id); assert.deepEqual(w.versions.map((p) => p.message), ['one zebra, edited', 'one zebra']); }],
	['restorePostVersion', async (c, w) => { const { data } = await c.restorePostVersion(w.first.id, w.versions[1].id, 'none'); assert.equal(data.message, 'one zebra'); }],
	['getPosts', async (c, w) => { const l = await c.getPosts(w.channel.id, 0, 2, true, true, false); assert.equal(l.order.length, 2); assert.ok(l.posts[l.order[0]]); }],
	['getPostsSince', async (c, w) => assert.ok((await c.getPostsSince(w.channel.id, w.first.create_at - 1, true, true, true)).order.includes(w.first.id))],
	['getPostsBefore', async (c, w) => { const l = await c.getPostsBefore(w.channel.id, w.first.id); assert.ok(l.order.includes(w.post.id) && !l.order.includes(w.first.id)); assert.equal(l.next_post_id, w.first.id); }],
	['getPostsAfter', async (c, w) => { const l = await c.getPostsAfter(w.channel.id, w.post.id); assert.ok(l.order.includes(w.first.id) && !l.order.includes(w.post.id)); assert.equal(l.prev_post_id, w.post.id); }],
	['getPostsUnread', async (c, w) => assert.ok(Array.isArray((await w.as('bob').getPostsUnread(w.channel.id, 'me', 30, 30, true, true)).order))],
	['getPostThread', async (c, w) => assert.deepEqual((await c.getPostThread(w.first.id)).order.sort(), [w.first.id, w.second.id].sort())],
	['getPaginatedPostThread', async (c, w) => assert.ok((await c.getPaginatedPostThread(w.first.id, { perPage: 1, direction: 'down' })).has_next === false || (await c.getPaginatedPostThread(w.first.id, { fetchAll: true })).order.length === 2)],
	['getPostsByIds', async (c, w) => assert.deepEqual(idsOf(await c.getPostsByIds([w.first.id])), [w.first.id])],
	['getPostInfo', async (c, w) => effect(await c.getPostInfo(w.first.id), { channel_id: w.channel.id, team_id: w.team.id, has_joined_channel: true })],
	['createPostEphemeral', async (c, w) => effect(await c.createPostEphemeral(w.bob.id, { channel_id: w.channel.id, message: 'only you' }), { message: 'only you', type: 'system_ephemeral' })],
	['pinPost', async (c, w) => { await c.pinPost(w.first.id); assert.equal((await c.getPost(w.first.id)).is_pinned, true); }],
	['getPinnedPosts', async (c, w) => assert.ok((await c.getPinnedPosts(w.channel.id)).order.includes(w.first.id))],
	['unpinPost', async (c, w) => { await c.unpinPost(w.first.id); assert.equal((await c.getPost(w.first.id)).is_pinned, false); }],
	['markPostAsUnread', async (c, w) => effect(await w.as('bob').markPostAsUnread('me', w.first.id), { channel_id: w.channel.id, user_id: w.bob.id })],
	['addPostReminder', async (c, w) => assert.equal((await c.addPostReminder(w.admin.id, w.first.id, Math.floor(Date.now() / 1000) + 3600)).status, 'OK')],
	['acknowledgePost', async (c, w) => effect(await w.as('bob').acknowledgePost(w.asks.id, w.bob.id), { post_id: w.asks.id, user_id: w.bob.id })],
	['unacknowledgePost', async (c, w) => { await w.as('bob').unacknowledgePost(w.asks.id, w.bob.id); assert.deepEqual((await c.getPost(w.asks.id)).metadata.acknowledgements ?? [], []); }],
	['addReaction', async (c, w) => effect(await c.addReaction(w.admin.id, w.first.id, 'tada'), { emoji_name: 'tada', post_id: w.first.id })],
	['getReactionsForPost', async (c, w) => assert.deepEqual((await c.getReactionsForPost(w.first.id)).map((r) => r.emoji_name), ['tada'])],
	['removeReaction', async (c, w) => { await c.removeReaction(w.admin.id, w.first.id, 'tada'); assert.deepEqual(await c.getReactionsForPost(w.first.id) ?? [], []); }],
	['searchPosts', async (c, w) => assert.deepEqual(await until('the post in the index', async () => { const { order } = await c.searchPosts(w.team.id, 'zebra', false); return order.length && order; }), [w.first.id])],
	['searchPostsWithParams', async (c, w) => assert.deepEqual((await c.searchPostsWithParams('', { terms: 'zebra', is_or_search: true, time_zone_offset: 3600, page: 0, per_page: 20 })).order, [w.first.id])],
	['getFlaggedPosts', async (c, w) => assert.deepEqual((await c.getFlaggedPosts(w.admin.id)).order, [w.urgent.id])],
	['deletePost', async (c, w) => { const p = await c.createPost({ channel_id: w.channel.id, message: 'brief' }); assert.equal((await c.deletePost(p.id)).status, 'OK'); await refused(w.as('bob').getPost(p.id), 404); }],
];

const threads = [
	['getUserThreads', async (c, w) => has((await c.getUserThreads('me', w.team.id, { extended: true })).threads, w.first.id)],
	['getUserThread', async (c, w) => effect(await c.getUserThread('me', w.team.id, w.first.id, true), { id: w.first.id, reply_count: 1 })],
	['updateThreadReadForUser', async (c, w) => assert.equal((await c.updateThreadReadForUser('me', w.team.id, w.first.id, Date.now() + 1000)).unread_replies, 0)],
	['markThreadAsUnreadForUser', async (c, w) => assert.equal((await c.markThreadAsUnreadForUser('me', w.team.id, w.first.id, w.second.id)).unread_replies, 1)],
	['updateThreadsReadForUser', async (c, w) => { await c.updateThreadsReadForUser('me', w.team.id); assert.equal((await c.getUserThreads('me', w.team.id, { totalsOnly: true })).total_unread_threads, 0); }],
	['updateThreadFollowForUser', async (c, w) => { await c.updateThreadFollowForUser('me', w.team.id, w.first.id, false); await refused(c.getUserThread('me', w.team.id, w.first.id), 404); await c.updateThreadFollowForUser('me', w.team.id, w.first.id, true); }],
];

const files = [
	['uploadFile', async (c, w) => {
		const form = new FormData();
		form.append('channel_id', w.channel.id);
		form.append('client_ids', 'mine');
		form.append('files', picture(), 'zebra.png');
		const r = await c.uploadFile(form);
		assert.deepEqual(r.client_ids, ['mine']);
		w.zebra = r.file_infos[0];
		effect(w.zebra, { name: 'zebra.png', width: 64, mime_type: 'image/png' });
		w.seen = await c.createPost({ channel_id: w.channel.id, message: 'look', file_ids: [w.zebra.id] });
	}],
	['getFileInfosForPost', async (c, w) => assert.deepEqual(idsOf(await c.getFileInfosForPost(w.seen.id)), [w.zebra.id])],
	['getFilePublicLink', async (c, w) => { const { link } = await c.getFilePublicLink(w.zebra.id); assert.equal((await fetch(link)).headers.get('content-type'), 'image/png'); }],
	['getFileUrl', async (c, w) => assert.equal((await bytes(c.getFileUrl(w.zebra.id, 1), c)).headers.get('content-type'), 'image/png')],
	['getFileThumbnailUrl', async (c, w) => assert.match((await bytes(c.getFileThumbnailUrl(w.zebra.id, 1), c)).headers.get('content-type'), /^image\//)],
	['getFilePreviewUrl', async (c, w) => assert.match((await bytes(c.getFilePreviewUrl(w.filed.file_ids[0], 1), c)).headers.get('content-type'), /^image\//)],
	['searchFiles', async (c, w) => assert.deepEqual((await c.searchFiles(w.team.id, 'zebra', false)).order, [w.zebra.id])],
	['searchFilesWithParams', async (c, w) => assert.deepEqual((await c.searchFilesWithParams(w.team.id, { terms: 'zebra', is_or_search: false, page: 0, per_page: 20 })).order, [w.zebra.id])],
	['createCustomEmoji', async (c, w) => { w.emoji = await c.createCustomEmoji({ name: 'gnu', creator_id: w.admin.id }, picture()); assert.equal(w.emoji.name, 'gnu'); }],
	['getCustomEmoji', async (c, w) => assert.equal((await c.getCustomEmoji(w.emoji.id)).name, 'gnu')],
	['getCustomEmojiByName', async (c, w) => assert.equal((await c.getCustomEmojiByName('gnu')).id, w.emoji.id)],
	['getCustomEmojisByNames', async (c, w) => assert.deepEqual(idsOf(await c.getCustomEmojisByNames(['gnu', 'none'])), [w.emoji.id])],
	['getCustomEmojis', async (c, w) => assert.deepEqual(idsOf(await c.getCustomEmojis(0, 60, 'name')), [w.emoji.id])],
	['searchCustomEmoji', async (c, w) => assert.deepEqual(idsOf(await c.searchCustomEmoji('gn', { prefix_only: true })), [w.emoji.id])],
	['autocompleteCustomEmoji', async (c, w) => assert.deepEqual(idsOf(await c.autocompleteCustomEmoji('gn')), [w.emoji.id])],
	['getCustomEmojiImageUrl', async (c, w) => assert.match((await bytes(c.getCustomEmojiImageUrl(w.emoji.id), c)).headers.get('content-type'), /^image\//)],
	['deleteCustomEmoji', async (c, w) => { await c.deleteCustomEmoji(w.emoji.id); await refused(c.getCustomEmoji(w.emoji.id), 404); }],
];

const own = [
	['savePreferences', async (c, w) => assert.equal((await c.savePreferences('me', [{ user_id: w.admin.id, category: 'theme', name: '', value: '{}' }])).status, 'OK')],
	['getMyPreferences', async (c) => assert.ok((await c.getMyPreferences()).some((p) => p.category === 'theme'))],
	['getUserPreferences', async (c, w) => assert.ok((await c.getUserPreferences(w.bob.id)).every((p) => p.user_id === w.bob.id))],
	['deletePreferences', async (c, w) => { await c.deletePreferences('me', [{ user_id: w.admin.id, category: 'theme', name: '' }]); assert.ok(!(await c.getMyPreferences()).some((p) => p.category === 'theme')); }],
	['upsertDraft', async (c, w) => { w.half = await c.upsertDraft({ user_id: w.admin.id, channel_id: w.lab.id, root_id: '', message: 'half', props: {}, file_ids: [], create_at: 0, update_at: 0, delete_at: 0, metadata: {} }, 'none'); assert.equal(w.half.message, 'half'); }],
	['getUserDrafts', async (c, w) => assert.ok((await c.getUserDrafts(w.team.id)).some((d) => d.channel_id === w.lab.id))],
	['deleteDraft', async (c, w) => { await c.deleteDraft(w.lab.id, '', 'none'); await c.deleteDraft(w.channel.id, w.first.id, 'none'); assert.ok(!(await c.getUserDrafts(w.team.id)).some((d) => d.channel_id === w.lab.id)); }],
	['createScheduledPost', async (c, w) => { w.later = (await c.createScheduledPost({ channel_id: w.channel.id, user_id: w.admin.id, message: 'later', scheduled_at: 4e12, props: {}, file_ids: [], root_id: '' }, 'none')).data; assert.equal(w.later.message, 'later'); }],
	['getScheduledPosts', async (c, w) => { const { data } = await c.getScheduledPosts(w.team.id, true); has(data[w.team.id], w.later.id); assert.deepEqual(data.directChannels, []); }],
	['updateScheduledPost', async (c, w) => assert.equal((await c.updateScheduledPost({ ...w.later, message: 'even later' }, 'none')).data.message, 'even later')],
	['deleteScheduledPost', async (c, w) => { await c.deleteScheduledPost(w.admin.id, w.later.id, 'none'); assert.deepEqual((await c.getScheduledPosts(w.team.id, false)).data[w.team.id] ?? [], []); }],
];

export const said = [...posts, ...threads, ...files, ...own];
