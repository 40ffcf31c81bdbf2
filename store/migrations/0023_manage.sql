-- What administration asks for: who signs in elsewhere is one account each; a channel's threads and hooks go with it when it moves.
--@all
CREATE UNIQUE INDEX users_auth ON users (auth_service, auth_data) WHERE auth_data <> '';
CREATE INDEX threads_channel ON threads (channel_id);
CREATE INDEX incoming_hooks_channel ON incoming_hooks (channel_id);
CREATE INDEX outgoing_hooks_channel ON outgoing_hooks (channel_id) WHERE channel_id <> '';

-- What is being taken away for good, until the last of it is gone: a little at a time, also after a restart. place: how far a walk has come.
CREATE TABLE purges (
	kind @text NOT NULL, id @id NOT NULL, actor_id @id NOT NULL, create_at @int NOT NULL, stage @int NOT NULL DEFAULT 0, place @text NOT NULL DEFAULT '', PRIMARY KEY (kind, id)
);
-- Whatever belongs to a post or a channel is found without looking through its table.
CREATE INDEX post_reminders_post ON post_reminders (post_id);
CREATE INDEX preferences_flagged ON preferences (name) WHERE category = 'flagged_post';
CREATE INDEX deliveries_kept ON deliveries (lane) WHERE body <> '';
CREATE INDEX drafts_channel ON drafts (channel_id);
CREATE INDEX scheduled_posts_channel ON scheduled_posts (channel_id);
CREATE INDEX categories_team ON categories (team_id);

-- Programs that may be let in (OAuth 2.0 clients). The secret is sealed; a public client has none and proves itself by PKCE.
CREATE TABLE oauth_apps (
	id @id PRIMARY KEY, creator_id @id NOT NULL, create_at @int NOT NULL, update_at @int NOT NULL, client_secret @text NOT NULL DEFAULT '',
	name @text NOT NULL, description @text NOT NULL DEFAULT '', icon_url @text NOT NULL DEFAULT '', callback_urls @text NOT NULL DEFAULT '[]',
	homepage @text NOT NULL, is_trusted @int NOT NULL DEFAULT 0, is_public @int NOT NULL DEFAULT 0, is_dynamically_registered @int NOT NULL DEFAULT 0
);
CREATE INDEX oauth_apps_creator ON oauth_apps (creator_id);
