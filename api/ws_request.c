/* ws_request - see ws_request.h. */
#include "api/ws_request.h"

#include "base/err.h"

enum { MESSAGE_MAX = 8192 };

int ws_request_read(struct arena *a, struct span message, struct ws_request *ret, struct why *why)
{
	json_t *root;
	*ret = (struct ws_request){ 0 };
	if (json_read(a, message.p, message.len, MESSAGE_MAX, &root, NULL) || !json_is_object(root))
		return why_set(why, -ERR_SYNTAX, 400, "api.web_socket_router.bad_seq.app_error", "The message cannot be read.");
	ret->seq = json_get_int(root, "seq", 0);
	ret->action = json_get_text(root, "action", "");
	ret->data = json_get(root, "data");
	if (ret->data && !json_is_object(ret->data))
		ret->data = NULL;
	if (!*ret->action)
		return why_set(why, -ERR_SYNTAX, 400, "api.web_socket_router.no_action.app_error", "No websocket action.");
	if (ret->seq <= 0)
		return why_set(why, -ERR_SYNTAX, 400, "api.web_socket_router.bad_seq.app_error", "Invalid sequence for WebSocket message.");
	return 0;
}
