-- What administration asks for: who signs in elsewhere is one account each; a channel's threads and hooks go with it when it moves.
--@all
CREATE UNIQUE INDEX users_auth ON users (auth_service, auth_data) WHERE auth_data <> '';
CREATE INDEX threads_channel ON threads (channel_id);
CREATE INDEX incoming_hooks_channel ON incoming_hooks (channel_id);
CREATE INDEX outgoing_hooks_channel ON outgoing_hooks (channel_id) WHERE channel_id <> '';
