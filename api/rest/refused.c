/* refused - see refused.def: what is not here, in Mattermost's words for it. */
#include "api/call.h"

static const struct { int status; const char *id, *sentence; } answers[] = {
#define REFUSED(tier, method, path, who, status, id, sentence) { status, id, sentence },
#include "api/rest/refused.def"
#undef REFUSED
};

/* "Refuses: why." */
static int refused(struct call *c)
{
	size_t n = (size_t)(c->route - refused_routes);
	return why_set(&c->why, -ERR_UNSUPPORTED, answers[n].status, answers[n].id, "Not available: %s", strchr(answers[n].sentence, ':') + 2);
}

const struct route refused_routes[] = {
#define REFUSED(tier, method, path, who, status, id, sentence) { tier, HTTP_##method, "/api/v4" path, refused, "refused.c:refused", who, 0, LANE_WORKER, "", sentence },
#include "api/rest/refused.def"
#undef REFUSED
	{ .path = NULL },
};
