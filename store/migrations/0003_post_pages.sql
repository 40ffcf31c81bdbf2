-- A channel's posts without their earlier forms, which no page shows. An index that has every column the query compares is
-- chosen by PostgreSQL without statistics too: on a database just filled, before the first ANALYZE, it sorted the whole channel.
--@all
DROP INDEX posts_channel;
DROP INDEX posts_since;
CREATE INDEX posts_page ON posts (channel_id, original_id, create_at);
CREATE INDEX posts_since ON posts (channel_id, original_id, update_at);
CREATE INDEX posts_pinned ON posts (channel_id, create_at) WHERE is_pinned = 1 AND original_id = '';
