-- A second factor: mfa_secret counts while mfa_active; mfa_pending is shown, but no code of it was seen yet. mfa_step is the
-- time step (of 30 seconds) of the last code that was used: none is used twice.
ALTER TABLE users ADD COLUMN mfa_active @int NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN mfa_secret @text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN mfa_pending @text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN mfa_step @int NOT NULL DEFAULT 0;
