/*
 * folder - reading the files of a bot's folder, and nothing beside it.
 *
 * A file is named as in require: "main" or "lib.words" for lib/words.lua. Each
 * part is letters, digits, '_' or '-'; no symbolic link is followed below the
 * folder, and only regular files are read.
 *
 * Uses: base. Any thread.
 */
#pragma once
#include "base/str.h"

struct why;

enum { FOLDER_FILE_MAX = 1024 * 1024, FOLDER_DEPTH_MAX = 8 };

/* Appends the text of the file to out. -ERR_SYNTAX (the name), -ERR_NOT_FOUND,
 * -ERR_LIMIT (over 1 MiB), -ERR_IO; why holds the sentence. */
int folder_read(const char *folder, const char *name, struct str *out, struct why *why);
