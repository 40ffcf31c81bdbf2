/*
 * avatar - the picture of somebody who has none: the first letter on a colour.
 *
 * A small PNG, written without a library: one bit a pixel, stored uncompressed.
 *
 * Source: PNG (ISO/IEC 15948), zlib (RFC 1950, 1951). Uses: base/str. Any thread.
 */
#pragma once
#include "base/str.h"

/* Appends the picture. The colour follows from the id, the letter from the name. */
void avatar_png(struct str *out, const char *user_id, const char *username);
