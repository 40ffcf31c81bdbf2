/* err - see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int why_set(struct why *why, int code, int status, const char *id, const char *format, ...)
{
	if (!why)
		return code;
	va_list args;
	va_start(args, format);
	why->status = status;
	snprintf(why->id, sizeof why->id, "%s", id);
	vsnprintf(why->text, sizeof why->text, format, args);
	why->detail[0] = 0;
	va_end(args);
	return code;
}

void why_detail(struct why *why, const char *format, ...)
{
	if (!why)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(why->detail, sizeof why->detail, format, args);
	va_end(args);
}

const char *err_name(int code)
{
	static const char *const names[] = {
		[0] = "OK", [ERR_SYNTAX] = "ERR_SYNTAX", [ERR_LIMIT] = "ERR_LIMIT",
		[ERR_RANGE] = "ERR_RANGE", [ERR_NOT_FOUND] = "ERR_NOT_FOUND",
		[ERR_EXISTS] = "ERR_EXISTS", [ERR_DENIED] = "ERR_DENIED", [ERR_AUTH] = "ERR_AUTH",
		[ERR_STALE] = "ERR_STALE", [ERR_TIMEOUT] = "ERR_TIMEOUT",
		[ERR_UNAVAILABLE] = "ERR_UNAVAILABLE", [ERR_BUSY] = "ERR_BUSY",
		[ERR_CLOSED] = "ERR_CLOSED", [ERR_IO] = "ERR_IO",
		[ERR_UNSUPPORTED] = "ERR_UNSUPPORTED", [ERR_INTERNAL] = "ERR_INTERNAL",
	};
	int n = code < 0 ? -code : code;
	return n < (int)(sizeof names / sizeof *names) && names[n] ? names[n] : "ERR_?";
}
