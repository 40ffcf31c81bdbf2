-- Replies somebody has not read are counted from the index alone.
--@all
DROP INDEX posts_root;
CREATE INDEX posts_root ON posts (root_id, create_at, user_id, delete_at) WHERE root_id <> '';
