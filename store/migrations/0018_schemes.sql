-- Schemes: other roles for the members of a team or a channel. Texts of role columns are names.
CREATE TABLE schemes (
	id @id PRIMARY KEY, name @text NOT NULL, display_name @text NOT NULL, description @text NOT NULL DEFAULT '', scope @text NOT NULL,
	team_admin @text NOT NULL DEFAULT '', team_user @text NOT NULL DEFAULT '', team_guest @text NOT NULL DEFAULT '',
	channel_admin @text NOT NULL, channel_user @text NOT NULL, channel_guest @text NOT NULL,
	create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX schemes_name ON schemes (name);
ALTER TABLE teams ADD COLUMN scheme_id @id NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN scheme_id @id NOT NULL DEFAULT '';
CREATE INDEX teams_scheme ON teams (scheme_id) WHERE scheme_id <> '';
CREATE INDEX channels_scheme ON channels (scheme_id) WHERE scheme_id <> '';
