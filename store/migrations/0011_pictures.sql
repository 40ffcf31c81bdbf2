-- Custom emoji, and when a team got its picture (a person's last_picture_update is 0 as long as he has none of his own).
CREATE TABLE emojis (
	id @id PRIMARY KEY, create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0,
	creator_id @id NOT NULL, name @text NOT NULL
);
CREATE UNIQUE INDEX emojis_name ON emojis (name) WHERE delete_at = 0;
ALTER TABLE teams ADD COLUMN last_team_icon_update @int NOT NULL DEFAULT 0;
