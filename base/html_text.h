/*
 * html_text - a run of HTML's text as a person reads it.
 *
 * Source: the HTML standard (character references). Pure. Any thread.
 */
#pragma once
#include "base/mem.h"
#include "base/str.h"

/* Entities decoded, blanks joined, control characters left out, cut to most runes; valid UTF-8 whatever came, in the arena. */
const char *html_text(struct arena *a, struct span raw, size_t most);
