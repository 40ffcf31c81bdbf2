/*
 * receiver - a small HTTP server that plays somebody's integration.
 *
 * It keeps what it was sent and answers what it was told to: the n-th request
 * gets the n-th answer, the last one stays.
 */
#pragma once
#include <pthread.h>
#include <stdbool.h>

enum { RECEIVED_MAX = 64, ANSWERS_MAX = 8 };

struct receiver {
	int fd, port;
	pthread_t thread;
	pthread_mutex_t lock;
	int count;
	char *requests[RECEIVED_MAX];      /* head and body */
	const char *answers[ANSWERS_MAX];  /* whole; set before receiver_start() */
	char url[64];
};

void receiver_start(struct receiver *r);
void receiver_stop(struct receiver *r);
int receiver_count(struct receiver *r);
const char *receiver_body(struct receiver *r, int n);
/* A header's value in a static buffer; "" if absent. */
const char *receiver_header(struct receiver *r, int n, const char *name);
bool receiver_waits_for(struct receiver *r, int count);
