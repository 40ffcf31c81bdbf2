/*
 * file_out - a blob as an answer: ranges, its type, what the browser may do with it.
 *
 * Source: API.md D.3, E.4; RFC 9110 section 14. Uses: api/call, store/blob. LANE_FILE threads.
 */
#pragma once
#include "api/call.h"

struct file_answer {
	const char *key;                   /* of the blob */
	const char *name, *type;           /* of the file; type "" is unknown, NULL: a picture of ours, which tells itself */
	const char *tag;                   /* its ETag */
	int max_age_s;
	bool download;                     /* it is to be saved, whatever it is */
	bool open;                         /* anybody may keep it: a public link */
};

/* 200, 206, 304, 416; 404 where the blob is gone. */
int file_answer(struct call *c, const struct file_answer *f);
/* One range of a header: 1 and what is asked for, 0: all is sent, -ERR_RANGE. Pure. */
int range_read(const char *header, int64_t size, int64_t *ret_from, int64_t *ret_len);
