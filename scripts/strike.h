/*
 * strike - who has made the process or itself unusable, across restarts.
 *
 * A file of lines "<unix_ms> <party> <config hash> <delivery>". It lies in
 * HUBBUB_STATE_DIR, or in /tmp. A bot with three lines within ten minutes under
 * the same config is disabled until its party changes.
 *
 * Uses: base/clock. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { STRIKES_MAX = 3, STRIKE_WINDOW_MS = 10 * 60 * 1000 };

/* Opens the file; the descriptor to append lines to, or -1 if there can be none. */
int strike_open(void);
/* One line with its '\n', for now. */
void strike_line(char *ret, size_t size, const char *party, const char *hash, const char *delivery);
void strike_add(const char *party, const char *hash, const char *delivery);
bool strike_disabled(const char *party, const char *hash);
/* Whether a strike names this delivery. */
bool strike_guilty(const char *party, const char *delivery);
void strike_forget(const char *party);
