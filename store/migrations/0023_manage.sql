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
