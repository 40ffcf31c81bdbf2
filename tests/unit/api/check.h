/*
 * check - the few lines that a test program needs: a table of sentences and the
 * functions that prove them. One line a test, "ok NAME" or "FAIL NAME why".
 */
#pragma once
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct test {
	const char *name;
	void (*run)(void);
};

static char check_failed[512];

#define CHECK(condition) do { \
	if (!(condition)) { \
		if (!check_failed[0]) \
			snprintf(check_failed, sizeof check_failed, "%s:%d %s", __FILE__, __LINE__, #condition); \
		return; \
	} \
} while (0)

/* In a loop over a table: says which row. */
#define CHECK_ROW(condition, row) do { \
	if (!(condition)) { \
		if (!check_failed[0]) \
			snprintf(check_failed, sizeof check_failed, "%s:%d %s for %.100s", __FILE__, __LINE__, #condition, (row)); \
		return; \
	} \
} while (0)

/* Runs all tests, or those whose names contain argv[1]. */
static inline int check_all(const struct test *tests, size_t count, int argc, char **argv)
{
	int failures = 0;
	for (size_t i = 0; i < count; i++) {
		if (argc > 1 && !strstr(tests[i].name, argv[1]))
			continue;
		check_failed[0] = 0;
		tests[i].run();
		if (check_failed[0])
			printf("FAIL %s %s\n", tests[i].name, check_failed);
		else
			printf("ok %s\n", tests[i].name);
		fflush(stdout);
		failures += check_failed[0] != 0;
	}
	return failures != 0;
}
