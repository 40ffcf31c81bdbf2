/*
 * picture - small forms of a picture, made by a process of its own.
 *
 * Foreign bytes are decoded by hubbub-images (images/), one process a picture: it
 * gets the file and two others to write to as descriptors, has its memory, time
 * and pixels capped, and dies alone if they are bad. At most two run at a time.
 *
 * Uses: images/ as a program beside ours. Used by: hub/file. Any thread; waits.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct why;

enum { PICTURE_MS = 20000 };

struct picture {
	int64_t width, height;             /* as it is to be seen */
	const char *mime_type;
	int64_t thumbnail_size, preview_size;      /* bytes written; 0: none was made */
	const char *suffix;                /* of both: "jpg" or "png" */
	const char *mini_preview;          /* base64 of a JPEG, in the arena */
};

/* What a picture is of which these are the first bytes (16 are enough); NULL: of none we read. */
const char *picture_type(const unsigned char *p, int n);
/* box: the longest side of the preview, where it is not the usual one; 0: 1920 wide, with a thumbnail. Never larger than it is.
 * -ERR_SYNTAX: no picture we can read; -ERR_LIMIT: too many pixels; -ERR_TIMEOUT; -ERR_UNAVAILABLE. */
int picture_make(struct arena *a, int source, int thumbnail, int preview, int box, int64_t pixels_max, struct picture *ret, struct why *why);
