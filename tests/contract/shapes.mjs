// shapes - what the published description leaves open or has wrong, as ../shared/API.md says it (sections in brackets), which wins.
//
// The description marks hardly any field as required. The wire rule is: every field is sent, also when it is zero, unless it is marked here with "?".
//   name            must be there; its type is the description's
//   name?           may be there
//   name:type       a type: string integer number boolean object any, another shape, [type] a list, {type} a map; "a/b": one of them; "|null": or null
// A name that is not listed may not be sent.
export const shapes = {
	// Files [A.7]
	FileInfo: 'id user_id post_id? channel_id?:string create_at update_at delete_at name extension size mime_type width? height? has_preview_image? mini_preview:string|null remote_id:string archived:boolean',
	FileInfoList: 'order file_infos next_file_id prev_file_id first_inaccessible_file_time:integer',
	// People [A.7]
	User: 'id create_at? update_at? delete_at username auth_data?:string auth_service email email_verified? nickname first_name last_name position:string roles '
		+ 'allow_marketing?:boolean props? notify_props? last_password_update? last_picture_update? failed_attempts? locale timezone mfa_active? remote_id?:string '
		+ 'last_activity_at?:integer is_bot?:boolean bot_description?:string bot_last_icon_update?:integer terms_of_service_id? terms_of_service_create_at? '
		+ 'disable_welcome_email:boolean last_login?:integer',
	Timezone: 'useAutomaticTimezone automaticTimezone manualTimezone',
	UserNotifyProps: 'email push desktop desktop_sound mention_keys channel push_status:string comments first_name desktop_threads email_threads push_threads '
		+ 'auto_responder_active?:string auto_responder_message? highlight_keys?:string desktop_notification_sound?:string calls_desktop_sound?:string '
		+ 'calls_notification_sound?:string calls_mobile_sound?:string calls_mobile_notification_sound?:string',
	OtherUser: 'id:string create_at?:integer update_at?:integer delete_at:integer username:string auth_data?:string auth_service:string email:string nickname:string first_name:string '
		+ 'last_name:string position:string roles:string props?:object last_picture_update?:integer locale:string timezone:Timezone mfa_active?:boolean remote_id?:string '
		+ 'last_activity_at?:integer is_bot?:boolean bot_description?:string bot_last_icon_update?:integer disable_welcome_email:boolean',
	Participant: 'id:string',
	Group: 'id name display_name description source remote_id create_at update_at delete_at has_syncables allow_reference:boolean member_count?:integer member_ids?:[string]',
	GroupPage: 'groups:[Group] total_group_count:integer',
	GroupsByChannels: 'groups:object',
	EmailInviteWithError: 'email:string error:AppError|null',
	MfaRequired: 'mfa_required:boolean',
	Scheme: 'id name display_name:string description create_at update_at delete_at scope default_team_admin_role default_team_user_role default_team_guest_role:string default_channel_admin_role '
		+ 'default_channel_user_role default_channel_guest_role:string default_playbook_admin_role:string default_playbook_member_role:string default_run_admin_role:string default_run_member_role:string',
	UserAutocomplete: 'users out_of_channel? agents?:[User]',
	UsersStats: 'total_users_count',
	Status: 'user_id status manual last_activity_at dnd_end_time:integer',
	Session: 'id token create_at expires_at last_activity_at user_id device_id roles is_oauth expired_notify:boolean props team_members local:boolean',
	UserAccessToken: 'id token user_id description is_active:boolean',
	UserAccessTokenSanitized: 'id user_id description is_active',
	Preference: 'user_id category name value',
	Bot: 'user_id create_at update_at delete_at username display_name description owner_id last_icon_update?:integer',
	// Teams and channels [A.7, A.5.3 row 46]
	Team: 'id create_at update_at delete_at display_name name description email type company_name:string allowed_domains invite_id allow_open_invite '
		+ 'last_team_icon_update?:integer scheme_id:string|null group_constrained:boolean|null policy_id|null cloud_limits_archived:boolean',
	TeamMember: 'team_id user_id roles delete_at scheme_guest:boolean scheme_user scheme_admin explicit_roles',
	TeamMemberWithError: 'user_id:string member:TeamMember|null error:AppError|null',
	SearchTeams_answer: 'teams total_count',
	TeamUnread: 'team_id msg_count mention_count mention_count_root:integer msg_count_root:integer thread_count:integer thread_mention_count:integer thread_urgent_mention_count?:integer',
	TeamStats: 'team_id total_member_count active_member_count:integer',
	TeamExists: 'exists',
	GetTeamInviteInfo_answer: 'id display_name description name',
	Channel: 'id create_at update_at delete_at team_id type display_name name header purpose last_post_at total_msg_count extra_update_at creator_id scheme_id:string|null '
		+ 'props:object|null group_constrained:boolean|null autotranslation?:boolean shared:boolean|null total_msg_count_root:integer policy_id:string|null last_root_post_at:integer '
		+ 'banner_info?:object|null policy_enforced:boolean policy_is_active?:boolean default_category_name?:string',
	ChannelMember: 'channel_id user_id roles last_viewed_at msg_count mention_count mention_count_root:integer urgent_mention_count:integer msg_count_root:integer '
		+ 'notify_props last_update_at scheme_guest:boolean scheme_user:boolean scheme_admin:boolean explicit_roles:string autotranslation?:boolean',
	ChannelMemberWithTeamData: 'channel_id user_id roles last_viewed_at msg_count mention_count mention_count_root:integer urgent_mention_count:integer msg_count_root:integer '
		+ 'notify_props last_update_at scheme_guest:boolean scheme_user:boolean scheme_admin:boolean explicit_roles:string autotranslation?:boolean '
		+ 'team_display_name team_name team_update_at',
	ChannelNotifyProps: 'desktop email push mark_unread ignore_channel_mentions:string channel_auto_follow_threads:string desktop_threads?:string push_threads?:string '
		+ 'desktop_sound?:string desktop_notification_sound?:string',
	ChannelStats: 'channel_id member_count guest_count:integer pinnedpost_count:integer files_count:integer',
	ChannelUnread: 'team_id channel_id msg_count mention_count mention_count_root:integer urgent_mention_count:integer msg_count_root:integer',
	ChannelUnreadAt: 'team_id user_id:string channel_id msg_count mention_count mention_count_root:integer urgent_mention_count:integer msg_count_root:integer last_viewed_at',
	ViewChannel_answer: 'status last_viewed_at_times',
	ChannelsViewed: 'status:string last_viewed_at_times:{integer}',
	SidebarCategoryWithChannels: 'id user_id team_id sort_order:integer sorting:string type display_name muted:boolean collapsed:boolean channel_ids',
	OrderedSidebarCategories: 'categories order',
	// What is said [A.7]
	Post: 'id create_at update_at edit_at delete_at is_pinned:boolean user_id channel_id root_id original_id message message_source?:string type props hashtags:string '
		+ 'file_ids? pending_post_id remote_id?:string reply_count:integer last_reply_at:integer participants:[User/Participant]|null is_following?:boolean metadata',
	PostMetadata: 'embeds? emojis? files? images?:{EmbeddedImage} reactions? priority?:PostPriority acknowledgements? expire_at?:integer recipients?:[string] translations?:object',
	EmbeddedImage: 'width:integer height:integer format:string frame_count:integer',
	PostPriority: 'priority:string requested_ack?:boolean|null persistent_notifications?:boolean|null',
	PostList: 'order posts next_post_id prev_post_id has_next? first_inaccessible_post_time:integer',
	PostListWithSearchMatches: 'order posts matches|null next_post_id?:string prev_post_id?:string has_next?:boolean first_inaccessible_post_time?:integer',
	Reaction: 'user_id post_id emoji_name create_at update_at:integer delete_at:integer remote_id:string channel_id:string',
	UserThreads: 'total total_unread_threads:integer total_unread_mentions:integer total_unread_urgent_mentions:integer threads',
	UserThread: 'id reply_count last_reply_at last_viewed_at participants:[User/Participant] post unread_replies:integer unread_mentions:integer is_urgent:boolean delete_at:integer',
	Draft: 'create_at:integer update_at:integer delete_at:integer user_id:string channel_id:string root_id:string message:string props:object file_ids:[string] metadata:PostMetadata '
		+ 'priority:object type?:string',
	PostInfo: 'channel_id:string channel_type:string channel_display_name:string has_joined_channel:boolean team_id:string team_type:string team_display_name:string has_joined_team:boolean',
	ScheduledPost: 'id create_at update_at delete_at:integer user_id channel_id root_id message type:string props file_ids metadata priority:object scheduled_at processed_at error_code',
	// Integrations [C.1, C.3, C.4]
	IncomingWebhook: 'id create_at update_at delete_at user_id:string channel_id team_id:string display_name description username:string icon_url:string channel_locked:boolean',
	IncomingWebhooks: 'incoming_webhooks:[IncomingWebhook] total_count:integer',
	OutgoingWebhook: 'id token:string create_at update_at delete_at creator_id channel_id team_id trigger_words trigger_when callback_urls display_name description content_type '
		+ 'username:string icon_url:string',
	Command: 'id token create_at update_at delete_at creator_id team_id trigger method username icon_url auto_complete auto_complete_desc auto_complete_hint display_name '
		+ 'description url plugin_id?:string autocomplete_data?:object autocomplete_icon_data?:string',
	CommandResponse: 'response_type:string text:string username:string channel_id:string icon_url:string type:string props:object|null goto_location:string trigger_id:string '
		+ 'skip_slack_parsing:boolean attachments:[object]|null extra_responses:[CommandResponse]|null',
	AutocompleteSuggestion: 'Complete Suggestion Hint Description IconData',
	// The server [A.5, A.6]
	Role: 'id name display_name description create_at:integer update_at:integer delete_at:integer permissions scheme_managed built_in:boolean',
	ServerLimits: 'maxUsersLimit maxUsersHardLimit:integer activeUserCount singleChannelGuestCount:integer singleChannelGuestLimit:integer postHistoryLimit:integer '
		+ 'lastAccessiblePostTime:integer',
	SystemStatusResponse: 'status AndroidLatestVersion AndroidMinVersion IosLatestVersion IosMinVersion ActiveSearchBackend:string '
		+ 'CanReceiveNotifications? database_status? filestore_status?',
	System: 'name value',
	AgentsIntegrityResponse: 'available reason?',
	Analytics: 'name:string value:number',
	LogEntry: 'message:string',
	Location: 'location:string',
	CanUserDirectMessage_answer: 'can_dm',
	GetCPAGroup_answer: 'id',
	PropertyField: 'id group_id name type attrs target_id target_type create_at update_at delete_at',
	RegenCommandToken_answer: 'token',
	StatusOK: 'status',
	ActionAnswer: 'status:string trigger_id:string',
	DialogAnswer: 'error?:string errors?:object type?:string form?:object',
	DialogItems: 'items:[object]',
	OpenDialog: 'trigger_id:string url:string dialog:object',
	AppError: 'id:string message:string detailed_error:string request_id:string status_code:integer',
};

// The answers of routes the description is silent about [A.5, E.1]; where it is wrong: departures.mjs.
export const answers = {
	'POST /api/v4/groups': 'Group',
	'POST /api/v4/users/mfa': 'MfaRequired',
	'POST /api/v4/users/{user_id}/reset_failed_attempts': 'StatusOK',
	'POST /api/v4/users/sessions/revoke/all': 'StatusOK',
	'GET /api/v4/config/client': '{string}',
	'GET /api/v4/license/client': '{string}',
	'GET /api/v4/trial-license/prev': '{string}',
	'GET /api/v4/system/onboarding/complete': 'System',
	'POST /api/v4/system/onboarding/complete': 'StatusOK',
	'GET /api/v4/analytics/old': '[Analytics]',
	'GET /api/v4/users/{user_id}/custom_profile_attributes': '{any}',
	'GET /api/v4/users/{user_id}/image': 'picture',
	'GET /api/v4/teams/{team_id}/image': 'picture',
	'GET /api/v4/emoji/{emoji_id}/image': 'picture',
	'GET /api/v4/files/{file_id}': 'picture',
	'HEAD /api/v4/files/{file_id}': 'picture',
	'GET /api/v4/files/{file_id}/thumbnail': 'picture',
	'HEAD /api/v4/files/{file_id}/thumbnail': 'picture',
	'GET /api/v4/files/{file_id}/preview': 'picture',
	'HEAD /api/v4/files/{file_id}/preview': 'picture',
	'GET /files/{file_id}/public': 'picture',
	'HEAD /files/{file_id}/public': 'picture',
	'GET /api/v4/uploads/{upload_id}': 'UploadSession',
	'GET /api/v4/users/{user_id}/image/default': 'picture',
	'POST /api/v4/users/login/desktop_token': 'User',
	'POST /api/v4/channels/stats/member_count': '{integer}',
	'POST /api/v4/channels/members/{user_id}/mark_read': 'ChannelsViewed',
	'GET /api/v4/users/{user_id}/teams/{team_id}/threads/{thread_id}': 'UserThread',
	'PUT /api/v4/users/{user_id}/teams/{team_id}/threads/{thread_id}/read/{timestamp}': 'UserThread',
	'POST /api/v4/users/{user_id}/teams/{team_id}/threads/{thread_id}/set_unread/{post_id}': 'UserThread',
	'PUT /api/v4/users/{user_id}/teams/{team_id}/threads/read': 'StatusOK',
	'PUT /api/v4/users/{user_id}/teams/{team_id}/threads/{thread_id}/following': 'StatusOK',
	'DELETE /api/v4/users/{user_id}/teams/{team_id}/threads/{thread_id}/following': 'StatusOK',
	'PUT /api/v4/users/{user_id}/status/custom': 'StatusOK',
	'DELETE /api/v4/users/{user_id}/status/custom': 'StatusOK',
	'DELETE /api/v4/users/{user_id}/status/custom/recent': 'StatusOK',
	'POST /api/v4/users/{user_id}/status/custom/recent/delete': 'StatusOK',
	'POST /api/v4/users/{user_id}/typing': 'StatusOK',
	'POST /api/v4/drafts': 'Draft',
	'GET /api/v4/users/{user_id}/teams/{team_id}/drafts': '[Draft]',
	'DELETE /api/v4/users/{user_id}/channels/{channel_id}/drafts': 'StatusOK',
	'DELETE /api/v4/users/{user_id}/channels/{channel_id}/drafts/{thread_id}': 'StatusOK',
	'POST /api/v4/channels/{channel_id}/convert_to_channel': 'Channel',
	'GET /api/v4/posts/{post_id}/edit_history': '[Post]',
	'GET /api/v4/posts/{post_id}/info': 'PostInfo',
	'POST /api/v4/posts/search': 'PostListWithSearchMatches',
	'POST /hooks/{hook}': 'ok',
	'POST /hooks/commands/{reply}': 'ok',
};

// 201 is answered by exactly these [E.1]; everything else that succeeds answers 200.
export const created = new Set(['POST /api/v4/custom_profile_attributes/fields', 'POST /api/v4/groups', 'POST /api/v4/schemes', 'POST /api/v4/bots', 'POST /api/v4/channels', 'POST /api/v4/channels/direct', 'POST /api/v4/channels/group',
	'POST /api/v4/channels/{channel_id}/members', 'POST /api/v4/commands', 'POST /api/v4/drafts', 'POST /api/v4/posts', 'POST /api/v4/posts/ephemeral',
	'POST /api/v4/channels/{channel_id}/bookmarks', 'POST /api/v4/posts/schedule', 'PUT /api/v4/posts/schedule/{scheduled_post_id}', 'DELETE /api/v4/posts/schedule/{scheduled_post_id}',
	'POST /api/v4/teams', 'POST /api/v4/teams/{team_id}/members', 'POST /api/v4/teams/{team_id}/members/batch', 'POST /api/v4/teams/members/invite', 'POST /api/v4/files', 'POST /api/v4/uploads', 'POST /api/v4/uploads/{upload_id}', 'POST /api/v4/brand/image',
	'POST /api/v4/users', 'POST /api/v4/hooks/incoming', 'PUT /api/v4/hooks/incoming/{hook_id}', 'POST /api/v4/hooks/outgoing']);
