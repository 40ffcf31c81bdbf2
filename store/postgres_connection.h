/*
 * postgres_connection - one PostgreSQL connection, never waiting longer than its caller says.
 *
 * Everything is nonblocking with poll(2): a frozen server is noticed by nothing
 * but a deadline of our own. Only the look-up of the server's name can block.
 *
 * Uses: base, libpq. Used by: engine_postgres, postgres_batch. One thread at a time.
 */
#pragma once
#include <libpq-fe.h>

#include "store/postgres_join.h"

struct postgres_connection {
	PGconn *c;
	bool prepared[QUERIES];
	char *const *sql;              /* the store's expanded texts */
	unsigned age;                  /* of a reader: lending_age() when it was opened */
	char *joined[JOINS_MAX];       /* made when they are first needed */
};

/* budget_ms: of a batch; lock and statement timeouts are set below it. -ERR_UNAVAILABLE. */
int postgres_connect(const struct store *s, int64_t deadline, struct postgres_connection **ret, struct why *why);
struct postgres_connection *postgres_disconnect(struct postgres_connection *p);   /* takes NULL, returns NULL */
AUTO_DEFINE(struct postgres_connection *, postgres_disconnect)
/* False: the server has closed it. Does not wait. */
bool postgres_alive(struct postgres_connection *p);

/* Sends what is buffered, reading meanwhile: else both sides could wait for the
 * other with full buffers. -ERR_TIMEOUT, -ERR_UNAVAILABLE. */
int postgres_flush(struct postgres_connection *p, int64_t deadline);
/* The next result; NULL ends a query's results. -ERR_TIMEOUT, -ERR_UNAVAILABLE. */
int postgres_next(struct postgres_connection *p, int64_t deadline, PGresult **ret);
/* The one result of a query. */
int postgres_result(struct postgres_connection *p, int64_t deadline, PGresult **ret);
/* Runs plain SQL, several statements too; gives the last result if ret is not NULL. */
int postgres_exec(struct postgres_connection *p, const char *sql, int64_t deadline, PGresult **ret, struct why *why);

/* Queue a message; -ERR_UNAVAILABLE. */
int postgres_send_prepare(struct postgres_connection *p, store_query query);
int postgres_send(struct postgres_connection *p, store_query query, const struct value *args, int n);
int postgres_send_texts(struct postgres_connection *p, store_query query, const char *const *texts, int n);   /* NULL: SQL NULL */

/* One column as declared: 'i' or text. The text stays the result's. */
struct value postgres_value(const PGresult *r, int row, int col, char declared);
const char *postgres_state(const PGresult *r);     /* the SQLSTATE; "" if the connection was lost */
/* True where another connection may do better: lost, shut down, starting, read-only. */
bool postgres_away(const PGresult *r);
int postgres_why(const struct postgres_connection *p, const PGresult *r, int code, struct why *why, const char *what);

static inline void postgres_clear(PGresult *r) { PQclear(r); }
AUTO_DEFINE(PGresult *, postgres_clear)
