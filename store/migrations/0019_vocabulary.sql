-- Every longer word of the posts, once: where parts of words are looked for. SQLite's stands in search.db. It is fed by the
-- time of posts, for which an index of ranges is enough, and costs a post next to nothing.
--@postgres
CREATE TABLE vocabulary (word text COLLATE "C" PRIMARY KEY);
CREATE INDEX posts_times ON posts USING brin (update_at) WITH (autosummarize = on);
--@all
