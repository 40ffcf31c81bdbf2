/* picture - see picture.h. */
#include "hub/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum { AT_ONCE = 2, LINE_MAX_ = 8192, EXIT_PIXELS = 3 };

static sem_t room;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_room(void) { sem_init(&room, 0, AT_ONCE); }

const char *picture_type(const unsigned char *p, int n)
{
	static const struct { const char *magic; int len, at; const char *type; } table[] = {
		{ "\xff\xd8\xff", 3, 0, "image/jpeg" }, { "\x89PNG\r\n\x1a\n", 8, 0, "image/png" }, { "GIF87a", 6, 0, "image/gif" },
		{ "GIF89a", 6, 0, "image/gif" }, { "WEBP", 4, 8, "image/webp" }, { "BM", 2, 0, "image/bmp" }, { "II*\0", 4, 0, "image/tiff" },
		{ "MM\0*", 4, 0, "image/tiff" },
	};
	for (size_t i = 0; i < COUNT(table); i++)
		if (n >= table[i].at + table[i].len && memcmp(p + table[i].at, table[i].magic, (size_t)table[i].len) == 0)
			return table[i].type;
	return NULL;
}

/* ---- the process ---- */

static int path_of_program(char *ret, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);
	if (n <= 0)
		return -ERR_UNAVAILABLE;
	ret[n] = 0;
	char *slash = strrchr(ret, '/');
	size_t left = size - (size_t)(slash - ret);
	return text_copy(slash, left, "/hubbub-images") ? 0 : -ERR_UNAVAILABLE;
}

static int spawn(int source, int answer, int thumbnail, int preview, int box, int64_t pixels_max, pid_t *ret)
{
	static char *const environment[] = { (char *)(uintptr_t)"PATH=/usr/bin:/bin", (char *)(uintptr_t)"VIPS_CONCURRENCY=1", NULL };
	char path[4200], pixels[24], side[24];
	char *argv[] = { path, pixels, side, NULL };
	const struct child_fd fds[] = { { source, 0 }, { answer, 1 }, { thumbnail, 3 }, { preview, 4 } };
	if (path_of_program(path, sizeof path))
		return ENOENT;
	snprintf(pixels, sizeof pixels, "%lld", (long long)pixels_max);
	snprintf(side, sizeof side, "%d", box);
	return child_start(argv, environment, fds, COUNT(fds), ret);
}

/* Everything it says until it closes, or false where the time is over. */
static bool read_answer(int fd, char *to, size_t size)
{
	int64_t until = clock_mono_ms() + PICTURE_MS;
	for (size_t n = 0; n + 1 < size;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = until - clock_mono_ms();
		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return false;
		ssize_t got = read(fd, to + n, size - 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			to[n] = 0;
			return true;
		}
		n += (size_t)got;
	}
	return false;
}

/* ---- its answer ---- */

static int parse(struct arena *a, const char *line, struct picture *ret, struct why *why)
{
	long long width, height, thumbnail, preview;
	char type[32], suffix[8];
	int at = 0;
	if (sscanf(line, "%lld %lld %31s %lld %lld %7s %n", &width, &height, type, &thumbnail, &preview, suffix, &at) != 6 || !at)
		return why_set(why, -ERR_SYNTAX, 400, "api.file.upload_file.image.app_error", "The picture cannot be read.");
	*ret = (struct picture){
		.width = width, .height = height, .mime_type = arena_strdup(a, type), .thumbnail_size = thumbnail, .preview_size = preview,
		.suffix = arena_strdup(a, suffix), .mini_preview = arena_strndup(a, line + at, strcspn(line + at, "\n")),
	};
	return 0;
}

static int run(struct arena *a, const int fds[3], int box, int64_t pixels_max, struct picture *ret, struct why *why)
{
	char line[LINE_MAX_] = "";
	int pipes[2], status = 0;
	pid_t pid;
	if (pipe2(pipes, O_CLOEXEC))
		return -ERR_UNAVAILABLE;
	int error = spawn(fds[0], pipes[1], fds[1], fds[2], box, pixels_max, &pid);
	close(pipes[1]);
	bool in_time = !error && read_answer(pipes[0], line, sizeof line);
	close(pipes[0]);
	if (error)
		return why_set(why, -ERR_UNAVAILABLE, 500, "api.file.upload_file.image.app_error", "Pictures cannot be read: %s.", strerror(error));
	if (!in_time)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!in_time)
		return why_set(why, -ERR_TIMEOUT, 400, "api.file.upload_file.image.app_error", "The picture takes too long.");
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_PIXELS)
		return why_set(why, -ERR_LIMIT, 400, "api.file.upload_file.large_image_detailed.app_error", "The picture has too many pixels.");
	return parse(a, WIFEXITED(status) && !WEXITSTATUS(status) ? line : "", ret, why);
}

int picture_make(struct arena *a, int source, int thumbnail, int preview, int box, int64_t pixels_max, struct picture *ret, struct why *why)
{
	pthread_once(&once, make_room);
	while (sem_wait(&room) && errno == EINTR)
		;
	int e = run(a, (int[]){ source, thumbnail, preview }, box, pixels_max, ret, why);
	sem_post(&room);
	return e;
}
