/* strike - see strike.h. */
#include "scripts/strike.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

enum { FILE_MAX = 64 * 1024 };

static int file = -1;

struct strike {
	long long at_ms;
	char party[40], hash[40], delivery[80];
};

/* Under /tmp anybody may have put a file of that name there first. */
static bool is_ours(int fd)
{
	struct stat info;
	return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
	       (info.st_mode & 077) == 0;
}

int strike_open(void)
{
	char path[4096];
	const char *folder = getenv("HUBBUB_STATE_DIR");
	if (folder && *folder)
		snprintf(path, sizeof path, "%s/bots.strikes", folder);
	else
		snprintf(path, sizeof path, "/tmp/hubbub-bots-%u.strikes", (unsigned)geteuid());
	file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (file >= 0 && !is_ours(file)) {
		close(file);
		file = -1;
	}
	if (file < 0)
		log_warn("strikes cannot be kept over a restart", LOG_TEXT("path", &path[0]));
	return file;
}

/* All lines, at most the last 64 KiB of them; NULL-safe for a missing file. */
static char *read_file(void)
{
	char *text = mem_new(FILE_MAX + 1);
	struct stat info;
	if (file < 0 || fstat(file, &info) < 0)
		return text;
	off_t from = info.st_size > FILE_MAX ? info.st_size - FILE_MAX : 0;
	ssize_t n = pread(file, text, FILE_MAX, from);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static bool next_strike(char **at, struct strike *s)
{
	for (char *line; (line = strsep(at, "\n")); )
		if (sscanf(line, "%lld %39s %39s %79s", &s->at_ms, s->party, s->hash, s->delivery) == 4)
			return true;
	return false;
}

void strike_line(char *ret, size_t size, const char *party, const char *hash, const char *delivery)
{
	snprintf(ret, size, "%lld %s %s %s\n", (long long)clock_now_ms(), party, hash, *delivery ? delivery : "-");
}

static void append(const char *line)
{
	if (file >= 0 && write(file, line, strlen(line)) < 0)
		log_warn("a strike cannot be written");
}

void strike_add(const char *party, const char *hash, const char *delivery)
{
	char line[256];
	strike_line(line, sizeof line, party, hash, delivery);
	append(line);
}

bool strike_disabled(const char *party, const char *hash)
{
	AUTO(free) char *text = read_file();
	char *at = text;
	struct strike s;
	long long last[STRIKES_MAX] = { 0 };
	while (next_strike(&at, &s)) {
		if (!text_is(s.party, party) || !text_is(s.hash, hash))
			continue;
		memmove(last, last + 1, sizeof last - sizeof *last);
		last[STRIKES_MAX - 1] = s.at_ms;
		if (last[0] && s.at_ms - last[0] <= STRIKE_WINDOW_MS)
			return true;
	}
	return false;
}

bool strike_guilty(const char *party, const char *delivery)
{
	AUTO(free) char *text = read_file();
	char *at = text;
	struct strike s;
	while (next_strike(&at, &s))
		if (text_is(s.party, party) && text_is(s.delivery, delivery))
			return true;
	return false;
}

void strike_forget(const char *party)
{
	AUTO(free) char *text = read_file();
	AUTO_STR kept = STR_MAX(FILE_MAX * 2);
	char *at = text;
	struct strike s;
	while (next_strike(&at, &s))
		if (!text_is(s.party, party))
			str_printf(&kept, "%lld %s %s %s\n", s.at_ms, s.party, s.hash, s.delivery);
	if (file >= 0 && ftruncate(file, 0) == 0 && kept.len)
		append(str_cstr(&kept));
}
