-- PostgreSQL keeps a post's words in a column, split by the server as for SQLite: an index over an expression is planned
-- anew for every INSERT, which was a sixth of a post's cost.
--@postgres
DROP INDEX posts_words;
ALTER TABLE posts ADD COLUMN words tsvector;
UPDATE posts SET words = to_tsvector('simple', regexp_replace(translate(message,
	'!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '),
	'([\u2e80-\u2fdf\u3040-\u312f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff])', ' \1 ', 'g'))
	WHERE original_id = '' AND type NOT LIKE 'system_%';
CREATE INDEX posts_words ON posts USING gin (words) WITH (fastupdate = on);
