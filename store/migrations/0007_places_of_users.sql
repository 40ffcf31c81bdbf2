-- Where somebody is: read from the index alone, for one person or for all who were connected.
DROP INDEX channel_members_user;
CREATE INDEX channel_members_user ON channel_members (user_id, channel_id);
