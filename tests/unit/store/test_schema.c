/* The product's own migrations and statements fit each other on an engine. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "store/store.h"

static int report(const char *name, int code, const struct why *why)
{
	printf("%s %s%s%s %s\n", code ? "FAIL" : "ok", name, code ? " " : "", why->text, why->detail);
	return code != 0;
}

/* test_schema sqlite FOLDER, or test_schema postgres FOLDER CONNECTION; run by run.sh */
int main(int argc, char **argv)
{
	char folder[512];
	struct why why = { 0 };
	struct store *s = NULL;
	if (argc < 3)
		return 2;
	snprintf(folder, sizeof folder, "%s/schema", argv[2]);
	struct store_config config = { .driver = argv[1], .source = argc > 3 ? argv[3] : folder };
	int failures = report("the product's schema can be made", store_open(&config, NULL, &s, &why), &why);
	if (!failures)
		failures = report("every statement of the product fits its schema", store_check(s, &why), &why);
	s = store_close(s, 1000);
	if (!failures)
		failures = report("the product's schema is opened again", store_open(&config, NULL, &s, &why), &why);
	store_close(s, 1000);
	return failures;
}
