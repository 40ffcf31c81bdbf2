import { described, neutral, refused } from './tables.mjs';

// departures - where we, or the description, are otherwise than the contract says; each with its reason. "API.md" is ../shared/API.md, which wins.

// The description gives a route another answer than there is on the wire.
export const answersDiffer = {
	'GET /api/v4/config/environment': ['{object}', 'likewise'],
	'PUT /api/v4/config/patch': ['{object}', 'API.md D.7: sections of settings; the description has those of 2019, whose types cases.mjs compares'],
	'PUT /api/v4/config': ['{object}', 'API.md D.7: sections of settings; the description has those of 2019, whose types cases.mjs compares'],
	'GET /api/v4/config': ['{object}', 'API.md D.7: sections of settings; the description has those of 2019, whose types cases.mjs compares'],
	'GET /api/v4/channels/{channel_id}/groups': ['GroupPage', 'the clients read groups and total_group_count'],
	'GET /api/v4/teams/{team_id}/groups': ['GroupPage', 'likewise'],
	'GET /api/v4/teams/{team_id}/groups_by_channels': ['GroupsByChannels', 'the clients read groups'],
	'POST /api/v4/channels/search': ['[ChannelWithTeamData]', 'a list; the object with a count comes where a page is asked for'],
	'POST /api/v4/bots/{bot_user_id}/convert_to_user': ['User', 'the Go client, and so mmctl, reads the account from it'],
	'POST /api/v4/users/{user_id}/convert_to_bot': ['Bot', 'likewise the bot'],
	'GET /api/v4/agents': ['[object]', 'API.md: 200 []'],
	'PATCH /api/v4/custom_profile_attributes/values': ['{any}', 'the clients send and read an object of field ids and values'],
	'PATCH /api/v4/users/{user_id}/custom_profile_attributes': ['{any}', 'likewise'],
	'GET /api/v4/image': ['picture', 'a picture'],
	'POST /api/v4/posts/{post_id}/actions/{action_id}': ['ActionAnswer', 'API.md C.7: with a trigger_id'],
	'POST /api/v4/actions/dialogs/submit': ['DialogAnswer', 'API.md C.8: the integration\'s complaints'],
	'POST /api/v4/actions/dialogs/lookup': ['DialogItems', 'API.md C.8: items'],
	'GET /api/v4/limits/server': ['ServerLimits', 'API.md A.6: one object, no list'],
	'GET /api/v4/emoji': ['[Emoji]', 'a page is a list'],
	'POST /api/v4/emoji/names': ['[Emoji]', 'the description says people'],
	'GET /api/v4/emoji/autocomplete': ['[Emoji]', 'a list'],
	'DELETE /api/v4/emoji/{emoji_id}': ['StatusOK', 'API.md E.1'],
	'GET /api/v4/redirect_location': ['Location', 'JSON; the description names a picture'],
	'GET /api/v4/brand/image': ['picture', 'a picture'],
	'POST /api/v4/logs': ['LogEntry', 'an object, no list'],
	'POST /api/v4/users/group_channels': ['{[User]}', 'the description writes the channel\'s id as a name'],
	'GET /api/v4/users/known': ['[string]', 'ids'],
	'GET /api/v4/users/{user_id}/teams/{team_id}/channels/categories': ['OrderedSidebarCategories', 'API.md row 26: one object'],
	'POST /api/v4/users/{user_id}/teams/{team_id}/channels/categories': ['SidebarCategoryWithChannels', 'API.md A.7: a category has its channels'],
	'PUT /api/v4/users/{user_id}/teams/{team_id}/channels/categories': ['[SidebarCategoryWithChannels]', 'the list that was given'],
	'GET /api/v4/users/{user_id}/teams/{team_id}/channels/categories/{category_id}': ['SidebarCategoryWithChannels', 'API.md A.7'],
	'PUT /api/v4/users/{user_id}/teams/{team_id}/channels/categories/{category_id}': ['SidebarCategoryWithChannels', 'API.md A.7'],
	'DELETE /api/v4/users/{user_id}/teams/{team_id}/channels/categories/{category_id}': ['StatusOK', 'API.md E.1: success without object'],
	'POST /api/v4/hooks/outgoing/{hook_id}/regen_token': ['OutgoingWebhook', 'the clients take the hook with its new token from it'],
	'GET /api/v4/users/{user_id}/posts/flagged': ['PostList', 'one object; the description writes it as a list'],
	'POST /api/v4/posts/schedule': ['ScheduledPost', 'one object; the description writes it as a list'],
	'PUT /api/v4/posts/schedule/{scheduled_post_id}': ['ScheduledPost', 'likewise'],
	'DELETE /api/v4/posts/schedule/{scheduled_post_id}': ['ScheduledPost', 'likewise'],
	'POST /api/v4/teams/search': ['[Team]', 'a list; the object with a count comes where a page is asked for'],
};

// The description's success code is another than API.md E.1 says ("201 exactly for"), which clients see.
export const codesDiffer = new Set(['POST /api/v4/users/login', 'POST /api/v4/users/logout', 'POST /api/v4/users/{user_id}/tokens', 'POST /api/v4/reactions', 'POST /api/v4/emoji',
	'POST /api/v4/teams/{team_id}/channels/search', 'PUT /api/v4/hooks/incoming/{hook_id}',
	'GET /api/v4/channels/{channel_id}/bookmarks', 'POST /api/v4/posts/schedule', 'PUT /api/v4/posts/schedule/{scheduled_post_id}', 'DELETE /api/v4/posts/schedule/{scheduled_post_id}']);

// Fields of the description that are not on the wire.
export const fieldsDiffer = {
	'Post.hashtag': 'API.md A.7: hashtags',
	'SystemStatusResponse.DesktopLatestVersion': 'API.md D.11 has the phones\' only',
	'SystemStatusResponse.DesktopMinVersion': 'likewise',
	'CommandResponse.Attachments': 'API.md row 55: attachments, and so on in lower case',
	'CommandResponse.GotoLocation': 'goto_location',
	'CommandResponse.IconURL': 'icon_url',
	'CommandResponse.ResponseType': 'response_type',
	'CommandResponse.Text': 'text',
	'CommandResponse.Username': 'username',
};

// Routes without a success to be shown.
export const noSuccess = {
	'POST /api/v4/jobs/{job_id}/cancel': 'it would have to be there before the job ends: tests/flow/jobs',
	'POST /api/v4/restart': 'tests/flow/console',
	'POST /api/v4/email/test': 'tests/flow/console',
	'POST /api/v4/file/s3_test': 'tests/flow/s3',
	'GET /api/v4/logs/download': 'tests/flow/console: no file here',
	'POST /api/v4/oauth/apps/register': 'not before programs can be let in',
	'POST /api/v4/users/login/sso/code-exchange': 'nobody signs in elsewhere',
	'POST /api/v4/users/login/switch': 'there is no other way to sign in',
	'POST /api/v4/users/sessions/revoke/all': 'it would end the sessions of all rows: tests/flow/accounts',
	'POST /api/v4/users/login/desktop_token': 'sign-in through a browser is not built',
	'POST /api/v4/users/login/type': 'API.md row 6: 404 without a body, unless there are magic links',
};

// Routes without an error of their own.
export const noError = {
	'GET /api/v4/system/ping': 'always answers',
	'GET /api/v4/brand/image': 'there is one by then; tests/flow/pictures.test.mjs has the 404',
	'GET /api/v4/config/client': 'API.md A.4: ignores its parameters',
	'GET /api/v4/plugins/webapp': 'an empty list for everybody',
	'POST /api/v4/users/logout': 'signing out twice is fine',
	'POST /api/v4/users/login/type': 'its 404 has no body',
};

// Ids that need not exist: "METHOD path parameter".
export const mayBeUnknown = {
	'GET /system/notices/{team_id} team_id': 'there are no notices for any team',
	'GET /sharedchannels/users/{user_id}/can_dm/{other_user_id} user_id': 'API.md: always true without shared channels',
	'GET /sharedchannels/users/{user_id}/can_dm/{other_user_id} other_user_id': 'likewise',
	'GET /users/{user_id}/status user_id': 'who has no status is offline',
	'DELETE /users/{user_id}/channels/{channel_id}/drafts/{thread_id} channel_id': 'dropping what is not there is fine',
	'DELETE /users/{user_id}/channels/{channel_id}/drafts/{thread_id} thread_id': 'likewise',
	'DELETE /users/{user_id}/channels/{channel_id}/drafts channel_id': 'likewise',
	'DELETE /users/{user_id}/posts/{post_id}/reactions/{emoji_name} user_id': 'taking away what is not there is fine',
};

// Asked by other callers and about others' things; by some of them, and the rest read from the code.
const elsewhere = 'tests/matrix and tests/flow ask for it', partly = 'tests/matrix and tests/flow ask for some; the others are read from the code';

// Permissions of a row that no call of cases.mjs makes its handler ask for: 'METHOD path': ['permissions', reason].
export const neverAsked = {
	'GET /api/v4/users/tokens/{token_id}': ['edit_other_users', elsewhere],
	'POST /api/v4/users/tokens/revoke': ['edit_other_users', elsewhere],
	'POST /api/v4/users/tokens/disable': ['edit_other_users', elsewhere],
	'POST /api/v4/users/tokens/enable': ['edit_other_users', elsewhere],
	'GET /api/v4/teams/name/{team_name}': ['list_private_teams list_public_teams', partly],
	'GET /api/v4/teams/name/{team_name}/exists': ['list_private_teams list_public_teams', partly],
	'POST /api/v4/teams/{team_id}/members': ['join_private_teams join_public_teams', partly],
	'POST /api/v4/channels': ['create_private_channel', elsewhere],
	'POST /api/v4/channels/direct': ['manage_system', elsewhere],
	'PUT /api/v4/channels/{channel_id}': ['manage_private_channel_properties', elsewhere],
	'PUT /api/v4/channels/{channel_id}/patch': ['manage_private_channel_properties', elsewhere],
	'PUT /api/v4/channels/{channel_id}/privacy': ['convert_private_channel_to_public', elsewhere],
	'DELETE /api/v4/channels/{channel_id}': ['delete_public_channel', elsewhere],
	'POST /api/v4/channels/{channel_id}/members': ['join_public_channels manage_public_channel_members', elsewhere],
	'DELETE /api/v4/channels/{channel_id}/members/{user_id}': ['manage_public_channel_members', elsewhere],
	'POST /api/v4/posts': ['create_post_public use_channel_mentions use_group_mentions', elsewhere],
	'PUT /api/v4/posts/{post_id}': ['edit_others_posts', elsewhere],
	'PUT /api/v4/posts/{post_id}/patch': ['edit_others_posts', elsewhere],
	'DELETE /api/v4/posts/{post_id}': ['delete_post manage_system', elsewhere],
	'DELETE /api/v4/users/{user_id}/posts/{post_id}/reactions/{emoji_name}': ['remove_others_reactions', elsewhere],
	'PUT /api/v4/users/{user_id}/preferences': ['read_channel_content read_public_channel', elsewhere],
	'PUT /api/v4/users/{user_id}/status': ['edit_other_users', elsewhere],
	'POST /api/v4/hooks/incoming': ['manage_others_incoming_webhooks', elsewhere],
	'GET /api/v4/hooks/incoming/{hook_id}': ['manage_others_incoming_webhooks read_channel', elsewhere],
	'PUT /api/v4/hooks/incoming/{hook_id}': ['manage_others_incoming_webhooks', elsewhere],
	'DELETE /api/v4/hooks/incoming/{hook_id}': ['manage_others_incoming_webhooks read_channel', elsewhere],
	'GET /api/v4/hooks/outgoing/{hook_id}': ['manage_others_outgoing_webhooks', elsewhere],
	'PUT /api/v4/hooks/outgoing/{hook_id}': ['manage_others_outgoing_webhooks', elsewhere],
	'DELETE /api/v4/hooks/outgoing/{hook_id}': ['manage_others_outgoing_webhooks', elsewhere],
	'POST /api/v4/hooks/outgoing/{hook_id}/regen_token': ['manage_others_outgoing_webhooks', elsewhere],
	'GET /api/v4/oauth/apps/{app_id}': ['manage_system_wide_oauth', 'tests/flow/oauth_apps.test.mjs: of a program of somebody else'],
	'PUT /api/v4/oauth/apps/{app_id}': ['manage_system_wide_oauth', 'tests/flow/oauth_apps.test.mjs: of a program of somebody else'],
	'DELETE /api/v4/oauth/apps/{app_id}': ['manage_system_wide_oauth', 'tests/flow/oauth_apps.test.mjs: of a program of somebody else'],
	'POST /api/v4/oauth/apps/{app_id}/regen_secret': ['manage_system_wide_oauth', 'tests/flow/oauth_apps.test.mjs: of a program of somebody else'],
	'PUT /api/v4/commands/{command_id}/move': ['manage_others_slash_commands', elsewhere],
	'DELETE /api/v4/users/{user_id}': ['manage_system', 'tests/flow/purge.test.mjs: where it is switched on'],
	'GET /api/v4/commands/{command_id}': ['manage_others_slash_commands', elsewhere],
	'PUT /api/v4/commands/{command_id}': ['manage_others_slash_commands', elsewhere],
	'DELETE /api/v4/commands/{command_id}': ['manage_others_slash_commands', elsewhere],
	'PUT /api/v4/commands/{command_id}/regen_token': ['manage_others_slash_commands', elsewhere],
	'POST /hooks/{hook}': ['bypass_incoming_webhook_channel_lock read_channel_content read_public_channel use_channel_mentions use_group_mentions', partly],
	'POST /hooks/commands/{reply}': ['create_post create_post_public use_channel_mentions use_group_mentions', partly],
	'GET /api/v4/users/{user_id}/teams/{team_id}/threads': ['read_channel_content read_public_channel', 'asked of who follows a thread in tests/matrix'],
	'GET /api/v4/groups/{group_id}': ['view_members', 'asked of guests in tests/matrix'],
	'POST /api/v4/commands/execute': ['view_members create_direct_channel create_group_channel create_post_public join_public_channels manage_private_channel_members manage_private_channel_properties manage_public_channel_members manage_public_channel_properties manage_system read_public_channel use_channel_mentions use_group_mentions', partly],
	'POST /api/v4/users/search': ['read_channel read_public_channel', elsewhere],
	'POST /api/v4/posts/schedule': ['read_channel_content read_public_channel', elsewhere],
	'POST /api/v4/teams/{team_id}/invite/email': ['manage_private_channel_members manage_public_channel_members read_channel read_public_channel', partly],
	'POST /api/v4/teams/{team_id}/invite-guests/email': ['manage_private_channel_members', elsewhere],
	'GET /api/v4/groups': ['manage_private_channel_members', elsewhere],
	'POST /api/v4/channels/{channel_id}/bookmarks': ['add_bookmark_private_channel', elsewhere],
	'PATCH /api/v4/channels/{channel_id}/bookmarks/{bookmark_id}': ['edit_bookmark_private_channel', elsewhere],
	'DELETE /api/v4/channels/{channel_id}/bookmarks/{bookmark_id}': ['delete_bookmark_private_channel', elsewhere],
	'POST /api/v4/channels/{channel_id}/bookmarks/{bookmark_id}/sort_order': ['order_bookmark_private_channel', elsewhere],
	'PUT /api/v4/roles/{role_id}/patch': ['manage_roles', elsewhere],
};

// Routes that take any body.
export const anyBody = {
	'POST /teams/{team_id}/invite/email': 'a list of addresses, or an object with emails',
	'POST /client_perf': 'API.md row 60: swallowed',
	'POST /emoji': 'a form',
	'POST /files': 'a form',
	'POST /brand/image': 'a form',
	'POST /users/{user_id}/image': 'a form',
	'POST /teams/{team_id}/image': 'a form',

	'POST /users/login/type': 'API.md row 6: 404 whatever is asked',
	'POST /hooks/commands/{reply}': 'API.md C.4: JSON or plain text',
	'POST /hooks/{hook}': 'refused in words of its own: cases.mjs',
};

// Parameters of the description that change nothing here: "METHOD path parameter".
export const unused = {
	'POST /teams/{team_id}/invite-guests/email guest_magic_link': 'magic links: not built',
	'GET /teams/{team_id}/groups filter_archived': 'groups of a directory only: there are none',
	'GET /teams/{team_id}/groups filter_has_member': 'groups of a directory only: there are none',
	'GET /teams/{team_id}/groups filter_parent_team_permitted': 'groups of a directory only: there are none',
	'GET /teams/{team_id}/groups include_archived': 'groups of a directory only: there are none',
	'GET /teams/{team_id}/groups include_member_count': 'groups of a directory only: there are none',
	'GET /teams/{team_id}/groups include_member_ids': 'groups of a directory only: there are none',
	'GET /teams/{team_id}/groups include_timezones': 'groups of a directory only: there are none',
	'GET /teams/{team_id}/groups include_total_count': 'groups of a directory only: there are none',
	'GET /teams/{team_id}/groups only_syncable_sources': 'groups of a directory only: there are none',
	'GET /posts/{post_id}/files/info include_deleted': 'a deleted file is not shown again',
	'POST /users t': 'a mailed invitation: tests/flow/guests',
	'POST /teams/members/invite token': 'likewise',
	'GET /users/{user_id}/image _': 'makes the address new for caches',
	'GET /users/autocomplete team_id': 'API.md row 56: in_team',
	'GET /users/autocomplete channel_id': 'API.md row 56: in_channel',
	'GET /teams exclude_policy_constrained': 'retention policies: not built',
	'GET /users/{user_id}/teams/{team_id}/threads page': 'API.md row 53: before and after',
};

for (const { name } of refused) {
	const full = name.replace(' ', ' /api/v4');
	noSuccess[full] = 'refused.tsv';
	for (const [, id] of name.matchAll(/\{(\w+)\}/g)) mayBeUnknown[`${name} ${id}`] = 'refused whatever it is';
	for (const parameter of described.get(neutral(full))?.parameters ?? []) unused[`${name} ${parameter}`] = 'refused whatever it is';
}
