-- The store's own test schema: a channel with a clock, its posts, dedup keys, events.
CREATE TABLE channels (
	id @id PRIMARY KEY, clock @int NOT NULL DEFAULT 0, unit @text NOT NULL DEFAULT '',
	total @int NOT NULL DEFAULT 0, delete_at @int NOT NULL DEFAULT 0
);
CREATE TABLE posts (id @id PRIMARY KEY, channel @id NOT NULL, create_at @int NOT NULL, message @text NOT NULL);
CREATE TABLE pending (key @text PRIMARY KEY, post @id NOT NULL);
CREATE TABLE events (stream @id NOT NULL, no @int NOT NULL, post @id NOT NULL, PRIMARY KEY (stream, no));
