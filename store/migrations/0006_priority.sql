-- What a post says of its own urgency: "" for nothing (most posts), else a JSON object that begins with its label. @channel in
-- an urgent post is counted on the channel once, like all_mentions; members keep what they have seen of it.
--@all
ALTER TABLE posts ADD COLUMN priority @text NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN all_urgent @int NOT NULL DEFAULT 0;
ALTER TABLE channel_members ADD COLUMN all_urgent_seen @int NOT NULL DEFAULT 0;
