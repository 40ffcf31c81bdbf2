/*
 * check - a test program's least: CHECK(condition) ends a test with the line, TEST_MAIN runs them.
 *
 *   static void a_list_of_nothing_is_empty(void) { CHECK(count == 0); }
 *   TEST_MAIN(T(a_list_of_nothing_is_empty))
 *
 * Prints "ok NAME" or "FAIL NAME: FILE:LINE condition" for each and fails if any did. Names are sentences.
 */
#pragma once
#include <stdbool.h>
#include <setjmp.h>
#include <stdio.h>

static jmp_buf check_out;
static char check_why[512];

#define CHECK(condition) do { if (!(condition)) { \
	snprintf(check_why, sizeof check_why, "%s:%d %s", __FILE__, __LINE__, #condition); longjmp(check_out, 1); } } while (0)

struct check_test { const char *name; void (*run)(void); };
#define T(name) { #name, name }
#define TEST_MAIN(...) int main(void) { \
	static const struct check_test tests[] = { __VA_ARGS__ }; \
	static volatile int failed; \
	setvbuf(stdout, NULL, _IOLBF, 0); /* a sanitizer that ends the program takes what is buffered with it */ \
	for (volatile size_t i = 0; i < sizeof tests / sizeof *tests; i++) { \
		char sentence[256]; \
		snprintf(sentence, sizeof sentence, "%s", tests[i].name); \
		for (char *p = sentence; *p; p++) if (*p == '_') *p = ' '; \
		if (setjmp(check_out)) { failed = 1; printf("FAIL %s: %s\n", sentence, check_why); continue; } \
		tests[i].run(); \
		printf("ok %s\n", sentence); \
	} \
	return failed; }
