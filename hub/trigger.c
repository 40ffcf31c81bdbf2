/* trigger - see trigger.h. */
#include "hub/trigger.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "hub/hub.h"
#include "hub/integrations_private.h"

enum { TRIGGER_MAX = 256 };

const char *trigger_new(struct hub *hub, struct arena *a, const char *user_id)
{
	char client[ID_SIZE];
	unsigned char mac[SHA256_LEN];
	AUTO_STR plain = STR_MAX(TRIGGER_MAX), out = STR_MAX(2 * TRIGGER_MAX);
	id_new(client);
	const char *text = arena_printf(a, "%s:%s:%lld:", client, user_id, (long long)clock_now_ms());
	hmac_sha256(hub->server_key, strlen(hub->server_key), text, strlen(text), mac);
	str_text(&plain, text);
	base64_add(&plain, mac, sizeof mac);
	base64_add(&out, plain.p, plain.len);
	return arena_strdup(a, str_cstr(&out));
}

static int refused(struct why *why, const char *what, const char *text)
{
	char id[96];
	snprintf(id, sizeof id, "interactive_message.decode_trigger_id.%s", what);
	return why_set(why, -ERR_SYNTAX, 400, id, "%s", text);
}

int trigger_read(struct hub *hub, struct arena *a, const char *trigger_id, const char **ret_user_id, struct why *why)
{
	char plain[TRIGGER_MAX + 1], user[ID_SIZE];
	unsigned char mac[SHA256_LEN], given[SHA256_LEN];
	size_t len, given_len;
	long long at = 0;
	if (base64_read(trigger_id, strlen(trigger_id), plain, TRIGGER_MAX, &len))
		return refused(why, "base64_decode_failed", "Failed to decode base64 for trigger ID for interactive dialog.");
	plain[len] = 0;
	const char *last = strrchr(plain, ':');
	if (!last || sscanf(plain, "%*26[a-z0-9]:%26[a-z0-9]:%lld:", user, &at) != 2 || !id_valid(user))
		return refused(why, "missing_data", "Trigger ID missing required data for interactive dialog.");
	size_t signed_len = (size_t)(last + 1 - plain);
	if (base64_read(last + 1, strlen(last + 1), given, sizeof given, &given_len))
		return refused(why, "base64_decode_failed_signature", "Failed to decode base64 signature of trigger ID for interactive dialog.");
	hmac_sha256(hub->server_key, strlen(hub->server_key), plain, signed_len, mac);
	if (!same_secret(mac, sizeof mac, given, given_len))
		return refused(why, "verify_signature_failed", "Signature verification failed of trigger ID for interactive dialog.");
	if (clock_now_ms() > at + integration_timeout_ms(hub))
		return refused(why, "expired", "Trigger ID for interactive dialog is expired.");
	*ret_user_id = arena_strdup(a, user);
	return 0;
}
