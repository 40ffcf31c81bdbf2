/* edge_spawn - an edge's process: how it begins, and that it ends with us. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/mem.h"
#include "base/str.h"
#include "hub/edge_private.h"

enum { WORDS_MAX = 32, ENVIRONMENT_MAX = 64 };

static char **child_environment(char *texts[ENVIRONMENT_MAX])
{
	static const char *const kept[] = { "PATH=", "LANG=", "TZ=", "HOME=", "HUBBUB_", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=" };
	int n = 0;
	for (char **e = environ; *e && n < ENVIRONMENT_MAX - 1; e++)
		for (size_t i = 0; i < COUNT(kept); i++)
			if (text_has_prefix(*e, kept[i])) {
				texts[n++] = *e;
				break;
			}
	texts[n] = NULL;
	return texts;
}

static int start_words(const char *command, int fd, pid_t *ret)
{
	char words[4096], *argv[WORDS_MAX + 1], *texts[ENVIRONMENT_MAX], *rest = NULL;
	int n = 0;
	text_copy(words, sizeof words, command);
	for (char *p = strtok_r(words, " ", &rest); p && n < WORDS_MAX; p = strtok_r(NULL, " ", &rest))
		argv[n++] = p;
	argv[n] = NULL;
	if (!n)
		return ENOENT;
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nothing < 0)
		return errno;
	const struct child_fd fds[] = { { nothing, 0 }, { fd, 3 } };
	int error = child_start(argv, child_environment(texts), fds, COUNT(fds), ret);
	close(nothing);
	return error;
}

int edge_spawn(const char *command, pid_t *ret_pid, int *ret_fd)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return errno;
	int error = start_words(command, pair[1], ret_pid);
	close(pair[1]);
	if (error) {
		close(pair[0]);
		return error;
	}
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	*ret_fd = pair[0];
	return 0;
}
