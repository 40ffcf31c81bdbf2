/* outside - what programs outside call: hooks, delayed answers. */
#include "api/call.h"

const struct route outside_routes[] = {
	{ .path = NULL },
};
