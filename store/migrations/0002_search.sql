-- Full text search. SQLite keeps its index in a file of its own (search.db), so that no post waits for it.
-- PostgreSQL's index takes new rows into a pending list (fastupdate). In the expression
-- punctuation parts words; each Chinese, Japanese or Korean character is one.
--@postgres
CREATE INDEX posts_words ON posts USING gin (to_tsvector('simple', regexp_replace(translate(message,
	'!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '),
	'([\u2e80-\u2fdf\u3040-\u312f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff])', ' \1 ', 'g'))) WITH (fastupdate = on);
--@all
