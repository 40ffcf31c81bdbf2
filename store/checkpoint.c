/* checkpoint - see checkpoint.h. */
#include "store/checkpoint.h"

#include "store/store_private.h"

enum {
	BEGIN_PAGES = 1000,            /* 4 MB: below it is not worth the fsyncs */
	RESTART_PAGES = 65536,         /* 256 MB: readers kept it from starting anew; insist */
	REST_MS = 250,                 /* between two, so that a busy log is not synced all the time */
};

struct checkpoint {
	struct sqlite_connection *own;
	void (*broken)(void *p, int rc);
	void *p;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int pages;
	bool closing;
};

/* Waits for enough pages; gives their number, or 0 to end. */
static int wait_for_pages(struct checkpoint *c)
{
	pthread_mutex_lock(&c->lock);
	int64_t rest = clock_mono_ms() + REST_MS;
	while (!c->closing && mono_cond_wait(&c->wake, &c->lock, rest) == 0)
		;
	while (!c->closing && c->pages < BEGIN_PAGES)
		pthread_cond_wait(&c->wake, &c->lock);
	int pages = c->closing ? 0 : c->pages;
	c->pages = 0;
	pthread_mutex_unlock(&c->lock);
	return pages;
}

static void *checkpoint_main(void *p)
{
	struct checkpoint *c = p;
	for (int pages; (pages = wait_for_pages(c)) > 0; ) {
		int mode = pages > RESTART_PAGES ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
		int rc = sqlite3_wal_checkpoint_v2(c->own->db, NULL, mode, NULL, NULL);
		if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
			c->broken(c->p, rc);
	}
	return NULL;
}

struct checkpoint *checkpoint_new(struct sqlite_connection *own, void (*broken)(void *p, int rc), void *p)
{
	struct checkpoint *c = mem_new(sizeof *c);
	c->own = own;
	c->broken = broken;
	c->p = p;
	pthread_mutex_init(&c->lock, NULL);
	mono_cond_init(&c->wake);
	thread_start(&c->thread, checkpoint_main, c);
	return c;
}

struct checkpoint *checkpoint_free(struct checkpoint *c)
{
	if (!c)
		return NULL;
	pthread_mutex_lock(&c->lock);
	c->closing = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	sqlite_disconnect(c->own);
	free(c);
	return NULL;
}

void checkpoint_note(struct checkpoint *c, int pages)
{
	pthread_mutex_lock(&c->lock);
	c->pages = pages;
	if (pages >= BEGIN_PAGES)
		pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}
