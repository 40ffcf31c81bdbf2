/*
 * image_head - how large a picture is, from its first bytes.
 *
 * PNG, JPEG, GIF and WebP. Nothing is decoded: only what stands in front of the
 * pixels is read, and never past the bytes that are there.
 *
 * Source: the formats' descriptions (PNG 3rd ed., ITU T.81, GIF89a, RFC 9649).
 * Pure. Any thread.
 */
#pragma once
#include <stddef.h>

struct image_head {
	int width, height;                 /* as it is to be seen: a JPEG that says it lies on its side is turned */
	const char *format;                /* "png", "jpeg", "gif", "webp" */
	int frame_count;                   /* of a GIF, as many as are among the bytes; of others 0 */
};

/* 0; -ERR_SYNTAX: none of these, or the bytes end before the size is known. */
int image_head(const void *p, size_t len, struct image_head *ret);
