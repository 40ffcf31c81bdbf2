/* audit - see audit.h. */
#include "hub/audit.h"

#include "base/clock.h"
#include "base/id.h"
#include "store/store.h"

void audit_step(struct unit *u, const struct audit *by)
{
	char id[ID_SIZE];
	if (!by)
		return;
	id_new(id);
	unit_add(u, ST_audit_add, ARGS(value_text(id), value_int(clock_now_ms()), value_text(by->user_id), value_text(by->action), value_text(by->extra),
		value_text(by->ip), value_text(by->session_id)));
}
