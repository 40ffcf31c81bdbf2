-- Only the root of a thread is looked up among the threads, not each of a page's sixty posts.
--@all
ALTER TABLE posts ADD COLUMN has_replies @int NOT NULL DEFAULT 0;
UPDATE posts SET has_replies = 1 WHERE id IN (SELECT root_id FROM threads);
