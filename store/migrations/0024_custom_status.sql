-- When the server takes a custom status away, as it stands in users.props; 1: it is to be looked up there.
--@all
CREATE TABLE custom_status_ends (user_id @id PRIMARY KEY, at @int NOT NULL);
CREATE INDEX custom_status_ends_at ON custom_status_ends (at);
INSERT INTO custom_status_ends (user_id, at) SELECT id, 1 FROM users WHERE props LIKE '%customStatus%';
