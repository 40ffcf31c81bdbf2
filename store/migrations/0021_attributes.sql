-- Fields that an administrator made for everybody's profile, and what people say in them. A deleted field stays as a row.
--@all
CREATE TABLE attribute_fields (
	id @id PRIMARY KEY, name @text NOT NULL, type @text NOT NULL, attrs @text NOT NULL, create_at @int NOT NULL, update_at @int NOT NULL, delete_at @int NOT NULL DEFAULT 0
);
CREATE TABLE attribute_values (
	user_id @id NOT NULL, field_id @id NOT NULL, value @text NOT NULL, update_at @int NOT NULL, PRIMARY KEY (user_id, field_id)
);
