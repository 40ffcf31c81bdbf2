-- Links and files that a channel keeps at hand. A deleted one stays as a row, for those who ask what changed.
--@all
CREATE TABLE channel_bookmarks (
	id @id PRIMARY KEY, create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0, channel_id @id NOT NULL, owner_id @id NOT NULL,
	file_id @id NOT NULL DEFAULT '', display_name @text NOT NULL, sort_order @int NOT NULL DEFAULT 0, link_url @text NOT NULL DEFAULT '', image_url @text NOT NULL DEFAULT '',
	emoji @text NOT NULL DEFAULT '', type @text NOT NULL, original_id @id NOT NULL DEFAULT '', parent_id @id NOT NULL DEFAULT ''
);
CREATE INDEX channel_bookmarks_channel ON channel_bookmarks (channel_id, update_at);
