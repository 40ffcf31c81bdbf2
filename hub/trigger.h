/*
 * trigger - the proof that a person just did something at an integration: who has it may open a dialog for him.
 *
 * base64 of "clientTriggerId:userId:timestampMs:" and a signature by the
 * server's key. Good for as long as an integration may take to answer.
 *
 * Source: API.md C.5. Uses: base/hash. Used by: hub/command, hub/action, hub/dialog. Any thread.
 */
#pragma once
#include "base/mem.h"

struct hub;
struct why;

/* A fresh one, in the arena. */
const char *trigger_new(struct hub *hub, struct arena *a, const char *user_id);
/* Whose it is; 400 with Mattermost's ids where it is none, or too old. */
int trigger_read(struct hub *hub, struct arena *a, const char *trigger_id, const char **ret_user_id, struct why *why);
