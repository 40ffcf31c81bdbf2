/*
 * seal - text that we hand out and want back: nobody else can read it, and a changed one does not open.
 *
 * AES-256-GCM with a fresh nonce; the purpose is part of the key, so that what
 * was sealed for one thing is worth nothing for another.
 *
 * Uses: OpenSSL, base/hash. Any thread.
 */
#pragma once
#include "base/mem.h"
#include "base/str.h"

/* The sealed text in base64, in the arena. */
const char *seal_text(struct arena *a, const char *key, const char *purpose, const char *text);
/* The text, in the arena; -ERR_SYNTAX: it was not sealed with this key for this purpose. */
int seal_open(struct arena *a, const char *key, const char *purpose, const char *sealed, const char **ret);
