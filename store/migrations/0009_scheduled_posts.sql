-- Posts that are to be said later. A row goes away in the unit of the post it became; one that could not be said stays, with the reason.
--@all
CREATE TABLE scheduled_posts (
	id @id PRIMARY KEY, user_id @id NOT NULL, channel_id @id NOT NULL, root_id @id NOT NULL DEFAULT '', create_at @int NOT NULL, update_at @int NOT NULL,
	message @text NOT NULL, type @text NOT NULL DEFAULT '', props @text NOT NULL DEFAULT '{}', file_ids @text NOT NULL DEFAULT '[]',
	priority @text NOT NULL DEFAULT '', scheduled_at @int NOT NULL, processed_at @int NOT NULL DEFAULT 0, error_code @text NOT NULL DEFAULT ''
);
CREATE INDEX scheduled_posts_user ON scheduled_posts (user_id);
CREATE INDEX scheduled_posts_due ON scheduled_posts (scheduled_at) WHERE processed_at = 0;
