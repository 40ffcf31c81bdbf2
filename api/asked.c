/* asked - see asked.h. */
#include "api/asked.h"

#include "base/log.h"

#ifdef HUBBUB_DEV
int asked_step(struct call *c, int (*step)(struct call *c))
{
	access_note(&c->asked);
	int e = step(c);
	access_note(NULL);
	return e;
}

void asked_check(struct call *c)
{
	struct permission_set named;
	AUTO_STR asked = STR_MAX(16 * KB);
	permissions_read(c->route->permissions, &named);
	for (enum permission p = 0; p < PERM_COUNT_; p++) {
		if (!access_has(&c->asked, p))
			continue;
		str_printf(&asked, "%s%s", asked.len ? " " : "", permission_name(p));
		if (!access_has(&named, p))
			log_error("the route's row does not name a permission", LOG_TEXT("method", http_method_name(c->route->method)),
			          LOG_TEXT("path", c->route->path), LOG_TEXT("permission", permission_name(p)));
	}
	http_add_header(c->rq, "X-Hubbub-Asked", str_cstr(&asked));
}
#endif
