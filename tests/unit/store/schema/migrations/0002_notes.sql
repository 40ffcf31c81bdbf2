CREATE TABLE notes (id @id PRIMARY KEY, n @int, message @text);
--@sqlite
CREATE TABLE only_here (engine TEXT NOT NULL DEFAULT 'sqlite');
--@postgres
CREATE TABLE only_here (engine text NOT NULL DEFAULT 'postgres');
--@all
CREATE UNIQUE INDEX posts_order ON posts (channel, create_at);
