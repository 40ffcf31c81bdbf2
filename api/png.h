/*
 * png - pictures of two colours that we draw ourselves: avatars, codes to be read by a phone.
 *
 * Uses: base. Any thread.
 */
#pragma once
#include <stdbool.h>

struct str;

enum { PNG_SIDE_MAX = 600 };

/* Appends a square picture; lit says where the second colour is. */
void png_add(struct str *out, int side, const unsigned char colours[6], bool (*lit)(const void *p, int x, int y), const void *p);
