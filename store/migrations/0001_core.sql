-- The core records. @id is a 26-character id (binary order on both engines),
-- @text any text, @int a 64-bit integer (booleans are 0 and 1, times are ms).

CREATE TABLE system (name @text PRIMARY KEY, value @text NOT NULL);

CREATE TABLE users (
	id @id PRIMARY KEY,
	create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0,
	username @text NOT NULL, email @text NOT NULL, email_verified @int NOT NULL DEFAULT 0,
	password @text NOT NULL DEFAULT '', auth_service @text NOT NULL DEFAULT '', auth_data @text NOT NULL DEFAULT '',
	nickname @text NOT NULL DEFAULT '', first_name @text NOT NULL DEFAULT '', last_name @text NOT NULL DEFAULT '',
	position @text NOT NULL DEFAULT '', roles @text NOT NULL DEFAULT '', locale @text NOT NULL DEFAULT 'en',
	props @text NOT NULL DEFAULT '{}', notify_props @text NOT NULL DEFAULT '{}', timezone @text NOT NULL DEFAULT '{}',
	last_password_update @int NOT NULL DEFAULT 0, last_picture_update @int NOT NULL DEFAULT 0,
	failed_attempts @int NOT NULL DEFAULT 0, last_login @int NOT NULL DEFAULT 0,
	is_bot @int NOT NULL DEFAULT 0, bot_owner @id NOT NULL DEFAULT '', bot_description @text NOT NULL DEFAULT '',
	disable_welcome_email @int NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX users_username ON users (username);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_update ON users (update_at);

-- Tokens are kept as SHA-256 only.
CREATE TABLE sessions (
	token_hash @text PRIMARY KEY, id @id NOT NULL, user_id @id NOT NULL,
	create_at @int NOT NULL, expires_at @int NOT NULL, last_activity_at @int NOT NULL,
	device_id @text NOT NULL DEFAULT '', is_oauth @int NOT NULL DEFAULT 0, props @text NOT NULL DEFAULT '{}'
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE UNIQUE INDEX sessions_id ON sessions (id);

CREATE TABLE access_tokens (
	id @id PRIMARY KEY, token_hash @text NOT NULL, user_id @id NOT NULL, description @text NOT NULL DEFAULT '',
	is_active @int NOT NULL DEFAULT 1, create_at @int NOT NULL
);
CREATE UNIQUE INDEX access_tokens_hash ON access_tokens (token_hash);
CREATE INDEX access_tokens_user ON access_tokens (user_id);

-- One-time tokens: password reset, email verification, desktop login.
CREATE TABLE one_time_tokens (
	token_hash @text PRIMARY KEY, kind @text NOT NULL, user_id @id NOT NULL, extra @text NOT NULL DEFAULT '', create_at @int NOT NULL
);

CREATE TABLE roles (
	id @id PRIMARY KEY, name @text NOT NULL, display_name @text NOT NULL, description @text NOT NULL DEFAULT '',
	create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0,
	permissions @text NOT NULL, scheme_managed @int NOT NULL DEFAULT 1, built_in @int NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX roles_name ON roles (name);

CREATE TABLE teams (
	id @id PRIMARY KEY, create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0,
	display_name @text NOT NULL, name @text NOT NULL, description @text NOT NULL DEFAULT '', email @text NOT NULL DEFAULT '',
	type @text NOT NULL DEFAULT 'O', company_name @text NOT NULL DEFAULT '', allowed_domains @text NOT NULL DEFAULT '',
	invite_id @id NOT NULL, allow_open_invite @int NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX teams_name ON teams (name);
CREATE UNIQUE INDEX teams_invite ON teams (invite_id);

CREATE TABLE team_members (
	team_id @id NOT NULL, user_id @id NOT NULL, roles @text NOT NULL DEFAULT '', create_at @int NOT NULL,
	delete_at @int NOT NULL DEFAULT 0, scheme_guest @int NOT NULL DEFAULT 0, scheme_user @int NOT NULL DEFAULT 1,
	scheme_admin @int NOT NULL DEFAULT 0, PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user ON team_members (user_id);

-- clock, unit and routes_version make the row the guard of every unit that concerns the channel.
-- all_mentions counts @channel and the like once; members keep what they have seen.
CREATE TABLE channels (
	id @id PRIMARY KEY, create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0,
	team_id @id NOT NULL DEFAULT '', type @text NOT NULL, display_name @text NOT NULL, name @text NOT NULL,
	header @text NOT NULL DEFAULT '', purpose @text NOT NULL DEFAULT '', creator_id @id NOT NULL DEFAULT '',
	props @text NOT NULL DEFAULT '{}', last_post_at @int NOT NULL DEFAULT 0, last_root_post_at @int NOT NULL DEFAULT 0,
	total_msg_count @int NOT NULL DEFAULT 0, total_msg_count_root @int NOT NULL DEFAULT 0, extra_update_at @int NOT NULL DEFAULT 0,
	all_mentions @int NOT NULL DEFAULT 0, all_mentions_root @int NOT NULL DEFAULT 0,
	clock @int NOT NULL DEFAULT 0, unit @text NOT NULL DEFAULT '', routes_version @int NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX channels_name ON channels (team_id, name);

-- all_seen: the channel's all_mentions when the member last read; unread @all = all_mentions - all_seen.
CREATE TABLE channel_members (
	channel_id @id NOT NULL, user_id @id NOT NULL, roles @text NOT NULL DEFAULT '',
	last_viewed_at @int NOT NULL DEFAULT 0, msg_count @int NOT NULL DEFAULT 0, msg_count_root @int NOT NULL DEFAULT 0,
	mention_count @int NOT NULL DEFAULT 0, mention_count_root @int NOT NULL DEFAULT 0, urgent_mention_count @int NOT NULL DEFAULT 0,
	all_seen @int NOT NULL DEFAULT 0, all_seen_root @int NOT NULL DEFAULT 0,
	notify_props @text NOT NULL DEFAULT '{}', last_update_at @int NOT NULL DEFAULT 0,
	scheme_guest @int NOT NULL DEFAULT 0, scheme_user @int NOT NULL DEFAULT 1, scheme_admin @int NOT NULL DEFAULT 0,
	PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX channel_members_user ON channel_members (user_id);

CREATE TABLE posts (
	id @id PRIMARY KEY, create_at @int NOT NULL, update_at @int NOT NULL, edit_at @int NOT NULL DEFAULT 0,
	delete_at @int NOT NULL DEFAULT 0, is_pinned @int NOT NULL DEFAULT 0, user_id @id NOT NULL, channel_id @id NOT NULL,
	root_id @id NOT NULL DEFAULT '', original_id @id NOT NULL DEFAULT '', message @text NOT NULL, type @text NOT NULL DEFAULT '',
	props @text NOT NULL DEFAULT '{}', hashtags @text NOT NULL DEFAULT '', file_ids @text NOT NULL DEFAULT '[]',
	has_reactions @int NOT NULL DEFAULT 0, origin @text NOT NULL DEFAULT 'rest'
);
CREATE INDEX posts_channel ON posts (channel_id, create_at);
CREATE INDEX posts_since ON posts (channel_id, update_at);
CREATE INDEX posts_root ON posts (root_id, create_at) WHERE root_id <> '';
CREATE INDEX posts_original ON posts (original_id) WHERE original_id <> '';

CREATE TABLE threads (
	root_id @id PRIMARY KEY, channel_id @id NOT NULL, team_id @id NOT NULL DEFAULT '', reply_count @int NOT NULL DEFAULT 0,
	last_reply_at @int NOT NULL DEFAULT 0, delete_at @int NOT NULL DEFAULT 0
);

CREATE TABLE thread_participants (
	root_id @id NOT NULL, user_id @id NOT NULL, last_reply_at @int NOT NULL, replies @int NOT NULL DEFAULT 1, PRIMARY KEY (root_id, user_id)
);

-- A reply writes rows for its author and the people it mentions only; unread replies are counted from posts
-- newer than last_viewed_at when somebody asks.
CREATE TABLE thread_members (
	root_id @id NOT NULL, user_id @id NOT NULL, following @int NOT NULL DEFAULT 1, last_viewed_at @int NOT NULL DEFAULT 0,
	unread_mentions @int NOT NULL DEFAULT 0, last_update_at @int NOT NULL DEFAULT 0, PRIMARY KEY (user_id, root_id)
);
CREATE INDEX thread_members_root ON thread_members (root_id);

CREATE TABLE reactions (
	post_id @id NOT NULL, user_id @id NOT NULL, emoji_name @text NOT NULL, channel_id @id NOT NULL,
	create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0, PRIMARY KEY (post_id, user_id, emoji_name)
);

CREATE TABLE preferences (
	user_id @id NOT NULL, category @text NOT NULL, name @text NOT NULL, value @text NOT NULL, PRIMARY KEY (user_id, category, name)
);

CREATE TABLE statuses (
	user_id @id PRIMARY KEY, status @text NOT NULL, manual @int NOT NULL DEFAULT 0, last_activity_at @int NOT NULL DEFAULT 0,
	dnd_end_time @int NOT NULL DEFAULT 0
);

CREATE TABLE categories (
	id @text PRIMARY KEY, user_id @id NOT NULL, team_id @id NOT NULL, sort_order @int NOT NULL DEFAULT 0, sorting @text NOT NULL DEFAULT '',
	type @text NOT NULL, display_name @text NOT NULL, muted @int NOT NULL DEFAULT 0, collapsed @int NOT NULL DEFAULT 0,
	channel_ids @text NOT NULL DEFAULT '[]'
);
CREATE INDEX categories_user ON categories (user_id, team_id);

CREATE TABLE drafts (
	user_id @id NOT NULL, channel_id @id NOT NULL, root_id @id NOT NULL DEFAULT '', create_at @int NOT NULL, update_at @int NOT NULL,
	message @text NOT NULL, type @text NOT NULL DEFAULT '', props @text NOT NULL DEFAULT '{}', file_ids @text NOT NULL DEFAULT '[]',
	priority @text NOT NULL DEFAULT '', PRIMARY KEY (user_id, channel_id, root_id)
);

-- The event table: what every reader (fan-out, caches, search, other nodes) follows.
CREATE TABLE events (
	stream @id NOT NULL, no @int NOT NULL, at @int NOT NULL, kind @text NOT NULL, channel_id @id NOT NULL DEFAULT '',
	object_id @text NOT NULL DEFAULT '', actor_id @id NOT NULL DEFAULT '', extra @text NOT NULL DEFAULT '',
	origin @text NOT NULL DEFAULT 'rest', hops @int NOT NULL DEFAULT 0, PRIMARY KEY (stream, no)
);

-- One row for each destination of an event, written in the event's own unit.
-- state: queued, sent, failed (waits for its next attempt), dead; an acked row is deleted with its acknowledgement.
CREATE TABLE deliveries (
	id @id PRIMARY KEY, destination @id NOT NULL, kind @text NOT NULL, lane @id NOT NULL, no @int NOT NULL, stream @id NOT NULL,
	state @text NOT NULL DEFAULT 'queued', attempts @int NOT NULL DEFAULT 0, next_at @int NOT NULL DEFAULT 0, create_at @int NOT NULL,
	parts_done @int NOT NULL DEFAULT 0, body @text NOT NULL DEFAULT '', last_error @text NOT NULL DEFAULT '', last_status @int NOT NULL DEFAULT 0,
	missed @int NOT NULL DEFAULT 0
);
-- A lane's create_at is its channel's clock: strictly rising, so this is the order in which events were committed.
CREATE INDEX deliveries_queue ON deliveries (destination, create_at, id);

-- Dedup keys of every way in: scope says whose ("p:user" pending_post_id, "e:party" edge key, "r:party" remote id, "h:hook").
CREATE TABLE dedup (
	scope @text NOT NULL, key @text NOT NULL, post_id @id NOT NULL, create_at @int NOT NULL, PRIMARY KEY (scope, key)
);
CREATE INDEX dedup_age ON dedup (create_at);

-- What a post is called on the other side of a link; a split post has several parts.
CREATE TABLE remote_messages (
	party @id NOT NULL, remote_id @text NOT NULL, post_id @id NOT NULL, part @int NOT NULL DEFAULT 0, create_at @int NOT NULL,
	PRIMARY KEY (party, remote_id)
);
CREATE INDEX remote_messages_post ON remote_messages (post_id, party);

CREATE TABLE incoming_hooks (
	id @id PRIMARY KEY, create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0, user_id @id NOT NULL,
	channel_id @id NOT NULL, team_id @id NOT NULL, display_name @text NOT NULL DEFAULT '', description @text NOT NULL DEFAULT '',
	username @text NOT NULL DEFAULT '', icon_url @text NOT NULL DEFAULT '', channel_locked @int NOT NULL DEFAULT 0
);

CREATE TABLE outgoing_hooks (
	id @id PRIMARY KEY, token @text NOT NULL, create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0,
	creator_id @id NOT NULL, channel_id @id NOT NULL DEFAULT '', team_id @id NOT NULL, trigger_words @text NOT NULL DEFAULT '[]',
	trigger_when @int NOT NULL DEFAULT 0, callback_urls @text NOT NULL DEFAULT '[]', display_name @text NOT NULL DEFAULT '',
	description @text NOT NULL DEFAULT '', content_type @text NOT NULL DEFAULT '', username @text NOT NULL DEFAULT '', icon_url @text NOT NULL DEFAULT ''
);
CREATE INDEX outgoing_hooks_team ON outgoing_hooks (team_id);

CREATE TABLE commands (
	id @id PRIMARY KEY, token @text NOT NULL, create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0,
	creator_id @id NOT NULL, team_id @id NOT NULL, trigger_word @text NOT NULL, method @text NOT NULL DEFAULT 'P', username @text NOT NULL DEFAULT '',
	icon_url @text NOT NULL DEFAULT '', auto_complete @int NOT NULL DEFAULT 0, auto_complete_desc @text NOT NULL DEFAULT '',
	auto_complete_hint @text NOT NULL DEFAULT '', display_name @text NOT NULL DEFAULT '', description @text NOT NULL DEFAULT '', url @text NOT NULL
);
CREATE INDEX commands_team ON commands (team_id, trigger_word);

-- Where the delayed answers of one run of a command may go.
CREATE TABLE command_replies (
	id @id PRIMARY KEY, command_id @id NOT NULL, user_id @id NOT NULL, channel_id @id NOT NULL, root_id @id NOT NULL DEFAULT '',
	create_at @int NOT NULL, uses @int NOT NULL DEFAULT 0
);

-- Parties of the edges: IRC links and bots. config is the kind's own JSON.
CREATE TABLE parties (
	id @id PRIMARY KEY, kind @text NOT NULL, name @text NOT NULL, user_id @id NOT NULL, enabled @int NOT NULL DEFAULT 1,
	create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0, config @text NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX parties_name ON parties (kind, name);

-- Which channel is linked to which room of a party.
CREATE TABLE party_channels (
	party_id @id NOT NULL, channel_id @id NOT NULL, remote @text NOT NULL DEFAULT '', config @text NOT NULL DEFAULT '{}',
	PRIMARY KEY (party_id, channel_id, remote)
);
CREATE INDEX party_channels_channel ON party_channels (channel_id);

CREATE TABLE party_values (party_id @id NOT NULL, key @text NOT NULL, value @text NOT NULL, PRIMARY KEY (party_id, key));
