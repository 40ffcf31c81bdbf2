-- What people agree to, and who did what to an account.
CREATE TABLE terms_of_service (id @id PRIMARY KEY, create_at @int NOT NULL, user_id @id NOT NULL, text @text NOT NULL);
CREATE TABLE user_terms (user_id @id PRIMARY KEY, terms_id @id NOT NULL, create_at @int NOT NULL);

CREATE TABLE audits (
	id @id PRIMARY KEY, create_at @int NOT NULL, user_id @id NOT NULL, action @text NOT NULL, extra_info @text NOT NULL DEFAULT '',
	ip_address @text NOT NULL DEFAULT '', session_id @text NOT NULL DEFAULT ''
);
CREATE INDEX audits_user ON audits (user_id, create_at);
CREATE INDEX audits_time ON audits (create_at);
