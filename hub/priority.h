/*
 * priority - how pressing a post says it is: a label, whether its author wants it acknowledged, whether to notify again and again.
 *
 * It is kept with the post as JSON text in one form: the label first, so that statements.def finds the urgent ones by how it
 * begins (IS_URGENT). "" is a post like most.
 *
 * Source: API.md A.7, C.1. Uses: base/json. Pure.
 */
#pragma once
#include <stdbool.h>

#include "base/json.h"

struct arena;
struct why;

/* Reads {"priority": "" | "important" | "urgent", "requested_ack": bool, "persistent_notifications": bool}, each of them optional,
 * into the form that is kept, in the arena; one that asks for nothing, and NULL, give "". -ERR_SYNTAX: another type, another
 * label, or notifications again and again of what is not urgent. */
int priority_read(struct arena *a, const json_t *object, const char **ret, struct why *why);
/* Of the kept form; NULL is "". */
bool priority_is_urgent(const char *kept);
bool priority_wants_ack(const char *kept);             /* its author asks for acknowledgements */
bool priority_is_persistent(const char *kept);         /* it notifies again and again */
