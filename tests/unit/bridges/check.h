/*
 * check - the little that unit tests of bridges need.
 *
 * A test is a sentence and a function; a failed check ends that function.
 * Prints "ok NAME" or "FAIL NAME why" and gives the exit status.
 */
#pragma once
#include <stdio.h>
#include <string.h>

struct check_test {
	const char *name;
	void (*run)(void);
};

static char check_failure[2000];

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			snprintf(check_failure, sizeof check_failure, "line %d: %s", __LINE__, #condition); \
			return; \
		} \
	} while (0)

#define CHECK_TEXT(got, wanted) \
	do { \
		const char *got_ = (got), *wanted_ = (wanted); \
		if (strcmp(got_, wanted_) != 0) { \
			snprintf(check_failure, sizeof check_failure, "line %d: \"%.900s\" is not \"%.900s\"", \
			         __LINE__, got_, wanted_); \
			return; \
		} \
	} while (0)

static inline int check_run(const struct check_test *tests, size_t count)
{
	int failures = 0;
	for (size_t i = 0; i < count; i++) {
		check_failure[0] = 0;
		tests[i].run();
		failures += check_failure[0] != 0;
		printf("%s %s%s%s\n", check_failure[0] ? "FAIL" : "ok", tests[i].name, check_failure[0] ? " " : "", check_failure);
	}
	return failures != 0;
}
