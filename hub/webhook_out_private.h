/* webhook_out_private - shared by webhook_out.c (queues), webhook_send.c (attempts) and webhook_body.c (bytes). */
#pragma once
#include <stdatomic.h>

#include "base/json.h"
#include "base/pool.h"
#include "hub/delivery.h"
#include "hub/hub.h"
#include "hub/integrations_private.h"
#include "store/integration.h"

enum { HOOK_URLS_MAX = 32, HOOK_PARALLEL_MAX = 64, SENDING_MAX = 64 * 1024 * 1024 };

/* The queue of one hook; lives as long as the hub. */
struct hook_queue {
	struct pool_job look;
	struct hooks *all;
	char id[ID_SIZE];
	/* Under the lock of all: */
	bool looking;                      /* a look is queued or runs */
	bool again;                        /* look once more after it */
	bool foreign;                      /* no hook of ours: a party, or deleted */
	bool more;                         /* rows were left for want of a free place */
	int in_flight;
	char ids[HOOK_PARALLEL_MAX][ID_SIZE];
	int failures;                      /* in a row */
	unix_ms due;                       /* when the next waiting row is; 0: none */
};

/* One URL of one attempt. */
struct hook_try {
	struct sending *sending;
	const char *url;
	bool done_before;                  /* succeeded in an earlier attempt */
	int error, status;
	int64_t retry_after_s;
	char *answer;                      /* malloc'd, NULL for none */
	size_t answer_len;
	char reason[128];
};

/* One attempt of one delivery, from the look to its end. */
struct sending {
	struct pool_job judge;
	struct hub *hub;
	struct hook_queue *queue;
	struct arena *arena;
	struct hook_out hook;
	struct delivery row;
	const char *envelope;              /* NULL: kept before */
	const char *type, *body;
	const char *post_id, *root_id;     /* where a comment goes */
	int url_count;
	struct hook_try urls[HOOK_URLS_MAX];
	_Atomic int waiting;
};

/* webhook_body.c: -ERR_NOT_FOUND: there is nothing to send any more. */
int hook_body_make(struct sending *s, struct why *why);
/* The envelope with the URLs that have succeeded by now. */
const char *hook_envelope(struct arena *a, const struct sending *s);
void hook_sign(struct str *out, const char *id, int64_t timestamp, const char *body, const char *token);

/* webhook_send.c */
void hook_send(struct sending *s);
struct sending *hook_sending_free(struct sending *s);

/* webhook_out.c: this attempt is over. next_at 0: nothing waits for a time. */
void hook_queue_release(struct hook_queue *q, const char *delivery_id, bool failed, unix_ms next_at);
