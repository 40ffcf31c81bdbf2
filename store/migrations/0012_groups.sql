-- Groups of people that are mentioned together. A name stays taken when its group is archived, so that it can come back.
CREATE TABLE user_groups (
	id @id PRIMARY KEY, name @text NOT NULL, display_name @text NOT NULL, description @text NOT NULL DEFAULT '',
	source @text NOT NULL DEFAULT 'custom', remote_id @text NOT NULL DEFAULT '', allow_reference @int NOT NULL DEFAULT 1,
	create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX user_groups_name ON user_groups (name);

CREATE TABLE group_members (
	group_id @id NOT NULL, user_id @id NOT NULL, create_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0, PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_members_user ON group_members (user_id);
