/* watchdog - see watchdog.h. */
#include "scripts/watchdog.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

/* The handler may only touch what is here, and only by calls that are safe in one. */
static struct {
	int fd;
	bool started;
	timer_t timer;
	char mark[256];
	size_t mark_len;
	volatile int alarms;           /* in this slice */
	void (*volatile look)(void *p);
	void *volatile p;
} dog;

static void on_timer(int number)
{
	(void)number;
	if (dog.alarms++ == 0) {
		if (dog.look)
			dog.look(dog.p);
		return;
	}
	static const char words[] = "hubbub-bots: a bot hangs, the process ends\n";
	ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);
	if (dog.fd >= 0)
		ignored = write(dog.fd, dog.mark, dog.mark_len);
	(void)ignored;
	kill(getpid(), SIGKILL);
}

void watchdog_start(int fd)
{
	dog.fd = fd;
	struct sigaction action = { .sa_handler = on_timer };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM };
	sigaction(SIGVTALRM, &action, NULL);
	dog.started = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &dog.timer) == 0;
	if (!dog.started)
		log_warn("there is no timer on this thread's CPU clock: a bot that hangs is not noticed here");
}

void watchdog_mark(const char *line)
{
	text_copy(dog.mark, sizeof dog.mark, line);
	dog.mark_len = strlen(dog.mark);
}

static void set(time_t seconds)
{
	struct itimerspec when = { .it_value = { .tv_sec = seconds }, .it_interval = { .tv_sec = seconds } };
	if (dog.started)
		timer_settime(dog.timer, 0, &when, NULL);
}

void watchdog_begin(void (*look)(void *p), void *p)
{
	dog.alarms = 0;
	dog.p = p;
	dog.look = look;
	set(WATCHDOG_S);
}

/* A signal that was on its way finds nothing to look at. */
void watchdog_end(void)
{
	dog.look = NULL;
	dog.alarms = -1000;
	set(0);
}
