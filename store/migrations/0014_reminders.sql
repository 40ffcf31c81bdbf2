-- Reminders of posts; target_time is in seconds, as on the wire. The id is the dedup key of the message it becomes.
--@all
CREATE TABLE post_reminders (
	user_id @id NOT NULL, post_id @id NOT NULL, id @id NOT NULL, target_time @int NOT NULL, PRIMARY KEY (user_id, post_id)
);
CREATE INDEX post_reminders_due ON post_reminders (target_time);
