-- The few pinned posts of a channel: with every column the queries compare, or SQLite looks through the whole channel.
--@all
DROP INDEX posts_pinned;
CREATE INDEX posts_pinned ON posts (channel_id, original_id, is_pinned, create_at) WHERE is_pinned = 1 AND original_id = '';
