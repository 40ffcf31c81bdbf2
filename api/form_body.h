/*
 * form_body - a multipart form as a handler wants it: fields as texts, files as drafts of blobs, read while it arrives.
 *
 *   static int emoji_create(struct call *c) { return form_begin(c, &emoji_limits, emoji_made); }
 *
 * Uses: api/multipart, api/call, store/blob. LANE_FILE threads; the route's body_max is BODY_STREAM.
 */
#pragma once
#include "api/call.h"
#include "store/blob.h"

enum { FORM_FILES_MAX = 10, FORM_FIELDS_MAX = 40, FORM_TEXT_MAX = 16 * 1024 };

struct form_limits {
	int files;                         /* at most FORM_FILES_MAX */
	int64_t size;                      /* of one file; more is answered 413 with too_large; 0: FileSettings.MaxFileSize */
	const char *too_large, *too_many;  /* message ids */
};

struct form {
	struct form_limits limits;
	int (*done)(struct call *c, struct form *f);
	int field_count, file_count;
	struct { const char *name, *text; } fields[FORM_FIELDS_MAX];
	struct { const char *name, *filename; struct draft_blob *draft; } files[FORM_FILES_MAX];
	struct call *call;
	bool in_file, skip;                /* where the data of the part under way goes */
	struct str text;
	struct multipart *reader;
};

/* What a handler returns: done(c, form) is called when the whole form is here. */
int form_begin(struct call *c, const struct form_limits *limits, int (*done)(struct call *c, struct form *f));
/* The n-th value of a field; NULL if there is none. */
const char *form_text(const struct form *f, const char *name, int n);
