/* test_pool - a bounded pool of workers. */
#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/err.h"
#include "base/mem.h"
#include "tests/unit/api/check.h"

struct job {
	struct pool_job node;
	int number;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int ran, at_gate;
static int order[100];

static void note(struct pool_job *node)
{
	int at = atomic_fetch_add(&ran, 1);
	order[at % 100] = ((struct job *)node)->number;
}

static void wait_at_gate(struct pool_job *node)
{
	(void)node;
	atomic_fetch_add(&at_gate, 1);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

static void in_order(void)
{
	static struct job jobs[100];
	struct pool *p = pool_new("test", 1, 100);
	atomic_store(&ran, 0);
	for (int i = 0; i < 100; i++) {
		jobs[i] = (struct job){ .node.run = note, .number = i };
		CHECK(pool_put(p, &jobs[i].node) == 0);
	}
	pool_free(p);
	CHECK(atomic_load(&ran) == 100);
	for (int i = 0; i < 100; i++)
		CHECK(order[i] == i);
}

static void full(void)
{
	struct job first = { .node.run = wait_at_gate }, jobs[4] = { 0 };
	struct pool *p = pool_new("test", 1, 2);
	atomic_store(&ran, 0);
	atomic_store(&at_gate, 0);
	pthread_mutex_lock(&gate);
	pool_put(p, &first.node);
	while (!atomic_load(&at_gate))
		;
	for (int i = 0; i < 4; i++)
		jobs[i].node.run = note;
	int a = pool_put(p, &jobs[0].node), b = pool_put(p, &jobs[1].node), c = pool_put(p, &jobs[2].node);
	size_t waiting = pool_waiting(p);
	pool_put_always(p, &jobs[3].node);
	pthread_mutex_unlock(&gate);
	pool_free(p);
	CHECK(a == 0 && b == 0 && c == -ERR_BUSY && waiting == 2);
	CHECK(atomic_load(&ran) == 3);
}

/* One wake-up is under way at a time, and still every worker is found. */
static void all_workers(void)
{
	static struct job jobs[8];
	struct pool *p = pool_new("test", 8, 8);
	atomic_store(&at_gate, 0);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 8; i++) {
		jobs[i].node.run = wait_at_gate;
		pool_put(p, &jobs[i].node);
	}
	while (atomic_load(&at_gate) < 8)
		;
	pthread_mutex_unlock(&gate);
	pool_free(p);
	CHECK(atomic_load(&at_gate) == 8);
}

static struct pool *crowd_pool;

static void count_and_free(struct pool_job *node)
{
	atomic_fetch_add(&ran, 1);
	free(node);
}

static void *crowd(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		struct job *j = mem_new(sizeof *j);
		j->node.run = count_and_free;
		pool_put_always(crowd_pool, &j->node);
	}
	return arg;
}

static void many_threads(void)
{
	pthread_t threads[4];
	atomic_store(&ran, 0);
	crowd_pool = pool_new("test", 3, 1);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, crowd, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	pool_free(crowd_pool);
	CHECK(atomic_load(&ran) == 80000);
}

static const struct test tests[] = {
	{ "jobs run in the order they were put", in_order },
	{ "a full queue refuses at once, a continued job is never refused", full },
	{ "every worker is woken when there is work for it", all_workers },
	{ "nothing is lost between many threads", many_threads },
};

int main(int argc, char **argv)
{
	return check_all(tests, COUNT(tests), argc, argv);
}
