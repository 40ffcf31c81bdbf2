/* folder - see folder.h. */
#include "scripts/folder.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define AUTO_FD __attribute__((cleanup(fd_close))) int

static bool is_part(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)p[i]) && p[i] != '_' && p[i] != '-')
			return false;
	return len > 0 && len < 64;
}

/* O_NONBLOCK: a named pipe in the folder must not hold the process. */
static int open_below(int at, const char *part, int flags)
{
	return openat(at, part, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

static int not_found(const char *name, struct why *why)
{
	return why_set(why, -ERR_NOT_FOUND, 0, "", "There is no file for '%s' in the bot's folder (%s).", name,
	               strerror(errno));
}

static int read_all(int fd, const char *name, struct str *out, struct why *why)
{
	struct stat info;
	if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
		return why_set(why, -ERR_IO, 0, "", "'%s' is not a regular file.", name);
	if (info.st_size > FOLDER_FILE_MAX)
		return why_set(why, -ERR_LIMIT, 0, "", "'%s' is larger than 1 MiB.", name);
	for (off_t left = info.st_size; left > 0; ) {
		char *to = str_room(out, (size_t)left);
		ssize_t n = to ? read(fd, to, (size_t)left) : -1;
		if (n <= 0)
			return why_set(why, -ERR_IO, 0, "", "'%s' cannot be read whole.", name);
		out->len += (size_t)n;
		out->p[out->len] = '\0';
		left -= n;
	}
	return 0;
}

int folder_read(const char *folder, const char *name, struct str *out, struct why *why)
{
	AUTO_FD at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return not_found(name, why);
	for (int depth = 0; depth < FOLDER_DEPTH_MAX; depth++) {
		size_t len = strcspn(name, ".");
		char part[80];
		if (!is_part(name, len))
			break;
		snprintf(part, sizeof part, "%.*s%s", (int)len, name, name[len] ? "" : ".lua");
		int next = open_below(at, part, name[len] ? O_DIRECTORY : 0);
		if (next < 0)
			return not_found(name, why);
		close(at);
		at = next;
		if (!name[len])
			return read_all(at, name, out, why);
		name += len + 1;
	}
	return why_set(why, -ERR_SYNTAX, 0, "", "A file is named by letters, digits, '_' and '-', its folders by dots.");
}
