-- Who has acknowledged a post that asked for it.
--@all
CREATE TABLE acknowledgements (
	post_id @id NOT NULL, user_id @id NOT NULL, channel_id @id NOT NULL, acknowledged_at @int NOT NULL, PRIMARY KEY (post_id, user_id)
);
-- Whom an urgent post notifies again and again, until he has seen it or it was often enough.
CREATE TABLE persistent_notifications (
	post_id @id NOT NULL, user_id @id NOT NULL, next_at @int NOT NULL, sent @int NOT NULL DEFAULT 0, PRIMARY KEY (post_id, user_id)
);
CREATE INDEX persistent_notifications_due ON persistent_notifications (next_at);
