/*
 * s3 - blobs in an object store that speaks Amazon's S3.
 *
 * Signed with version 4, the bucket in the path. A large object goes in parts,
 * and is there whole or not at all. The store's own words go into why->detail.
 *
 * Source: Amazon's S3 API reference (SigV4, multipart upload). Uses: base/http_file, base/hash. Any thread; waits for the network.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct s3;
struct why;

struct s3_config {
	const char *endpoint, *region, *bucket, *prefix;   /* HOST or HOST:PORT; prefix: before every key */
	const char *key_id, *secret;
	bool tls, any_certificate;
	int timeout_ms;
	int64_t part_bytes;                /* larger ones go in parts; 0: 16 MB */
};

struct s3 *s3_new(const struct s3_config *config);     /* copies */
struct s3 *s3_free(struct s3 *s);                      /* takes NULL, returns NULL */
/* -ERR_UNAVAILABLE, -ERR_TIMEOUT: 500 in Mattermost's words. */
int s3_put(struct s3 *s, const char *key, int fd, int64_t size, struct why *why);
/* -ERR_NOT_FOUND likewise; writes to fd, which is empty where it fails. */
int s3_get(struct s3 *s, const char *key, int fd, struct why *why);
int s3_delete(struct s3 *s, const char *key, struct why *why);
/* "AWS4-HMAC-SHA256 Credential=…": what signs a request. Pure; query is canonical, path encoded; time "YYYYMMDDTHHMMSSZ". */
void s3_authorization(const struct s3_config *c, const char *method, const char *path, const char *query, const char *host,
                      const char *payload_hash, const char *time, char *ret, unsigned size);
