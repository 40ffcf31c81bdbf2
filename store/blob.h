/*
 * blob - what is in files: named runs of bytes, whole or not there at all.
 *
 * A key is a path of words ("20261122/teams/…/NAME"); no part of it is empty,
 * "." or "..". A blob comes in as a draft, a file of its own that grows while
 * its bytes arrive and goes away with whoever began it; keeping it makes it
 * durable and gives it its key in one step. So a process that dies leaves drafts
 * at most, which blobs_sweep() removes when they are old.
 *
 * Kept in a folder (drafts below .drafts in it), or in an object store (store/s3; the folder holds the drafts).
 *
 * Uses: base, store/s3. Used by: hub/file. Any thread; a draft belongs to one at a time. Everything here waits for the disk.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/mem.h"

struct blobs;
struct s3;
struct draft_blob;
struct why;

enum { BLOB_KEY_MAX = 1024 };

/* Makes the folder if it is not there. s3: where blobs are, owned from now on; NULL: in the folder. -ERR_IO. */
int blobs_open(const char *folder, struct s3 *s3, struct blobs **ret, struct why *why);
struct blobs *blobs_free(struct blobs *b);             /* takes NULL, returns NULL */

/* ---- coming in ---- */
int draft_begin(struct blobs *b, struct draft_blob **ret, struct why *why);
/* One that outlives its process, by name (an id): what was synced of it before is there again, cut to at.
 * -ERR_BUSY: somebody else has it open; -ERR_NOT_FOUND: there is less of it. */
int draft_resume(struct blobs *b, const char *name, int64_t at, struct draft_blob **ret, struct why *why);
int draft_add(struct draft_blob *d, const void *p, size_t len, struct why *why);
int64_t draft_size(const struct draft_blob *d);
int draft_fd(const struct draft_blob *d);              /* for reading it (pread) or filling it from elsewhere */
int draft_sync(struct draft_blob *d, struct why *why); /* what was added is on the disk */
/* Durable and there under its key, in place of what was there before; the draft is empty afterwards. */
int draft_keep(struct draft_blob *d, const char *key, struct why *why);
struct draft_blob *draft_free(struct draft_blob *d);   /* drops what was not kept, but for a named one; takes NULL */
AUTO_DEFINE(struct draft_blob *, draft_free)
void draft_forget(struct blobs *b, const char *name);  /* a named one is not needed any more */

/* ---- going out ---- */
/* A descriptor to read from, the caller's to close. -ERR_NOT_FOUND, -ERR_IO. */
int blob_open(struct blobs *b, const char *key, int *ret_fd, int64_t *ret_size, struct why *why);
/* Fine if it is not there. */
int blob_delete(struct blobs *b, const char *key, struct why *why);
/* Drafts nobody touched since. */
void blobs_sweep(struct blobs *b, unix_ms before);
