-- A file is a row first, then a blob, then visible: a row that never became so is swept with its blobs. A file belongs to
-- whoever sent it (creator_id) until a post takes it, which happens once (post_id).
CREATE TABLE file_infos (
	id @id PRIMARY KEY, creator_id @id NOT NULL, post_id @id NOT NULL DEFAULT '', channel_id @id NOT NULL DEFAULT '',
	create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0, visible @int NOT NULL DEFAULT 0,
	path @text NOT NULL, thumbnail_path @text NOT NULL DEFAULT '', preview_path @text NOT NULL DEFAULT '',
	name @text NOT NULL, extension @text NOT NULL DEFAULT '', size @int NOT NULL DEFAULT 0, mime_type @text NOT NULL DEFAULT '',
	width @int NOT NULL DEFAULT 0, height @int NOT NULL DEFAULT 0, has_preview_image @int NOT NULL DEFAULT 0,
	mini_preview @text NOT NULL DEFAULT '', archived @int NOT NULL DEFAULT 0
);
CREATE INDEX file_infos_post ON file_infos (post_id, create_at);
CREATE INDEX file_infos_channel ON file_infos (channel_id, create_at);
CREATE INDEX file_infos_hidden ON file_infos (create_at) WHERE visible = 0;

-- A file that comes in several requests; its bytes wait in a file named by the id until they are complete.
CREATE TABLE upload_sessions (
	id @id PRIMARY KEY, user_id @id NOT NULL, channel_id @id NOT NULL, create_at @int NOT NULL,
	filename @text NOT NULL, file_size @int NOT NULL, file_offset @int NOT NULL DEFAULT 0
);
CREATE INDEX upload_sessions_user ON upload_sessions (user_id);
