-- Work that an administrator asked for. A row stays for a month after its end.
--@all
CREATE TABLE jobs (
	id @id PRIMARY KEY, type @text NOT NULL, priority @int NOT NULL DEFAULT 0, create_at @int NOT NULL, start_at @int NOT NULL DEFAULT 0,
	last_activity_at @int NOT NULL, status @text NOT NULL, progress @int NOT NULL DEFAULT 0, data @text NOT NULL DEFAULT '{}'
);
CREATE INDEX jobs_times ON jobs (create_at);
