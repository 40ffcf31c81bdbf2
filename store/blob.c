/* blob - see blob.h. A key is a file below the folder; rename(2) is what makes it visible, whole. */
#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/id.h"
#include "base/str.h"
#include "store/s3.h"

#define DRAFTS ".drafts"

struct blobs {
	struct s3 *s3;                     /* NULL: blobs are in the folder */
	int folder, drafts;                /* descriptors: the folder may be renamed under us */
};

struct draft_blob {
	struct blobs *blobs;
	char name[ID_SIZE];
	bool named;
	int fd;                            /* -1: kept */
	int64_t size;
};

static int io(struct why *why, const char *what)
{
	int error = errno;
	why_set(why, -ERR_IO, 500, "api.file.write_file.app_error", "The file store does not work at the moment.");
	why_detail(why, "%s: %s", what, strerror(error));
	return -ERR_IO;
}

static bool key_valid(const char *key)
{
	if (!*key || strlen(key) > BLOB_KEY_MAX)
		return false;
	for (const char *p = key;; p++) {
		size_t n = strcspn(p, "/");
		if (!n || *p == '.' || n > 250)
			return false;
		p += n;
		if (!*p)
			return true;
	}
}

/* ---- the folder ---- */

static int open_folder(int at, const char *path)
{
	if (mkdirat(at, path, 0750) && errno != EEXIST)
		return -1;
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int blobs_open(const char *folder, struct s3 *s3, struct blobs **ret, struct why *why)
{
	struct blobs *b = mem_new(sizeof *b);
	b->s3 = s3;
	b->drafts = -1;
	b->folder = open_folder(AT_FDCWD, folder);
	if (b->folder >= 0)
		b->drafts = open_folder(b->folder, DRAFTS);
	if (b->drafts < 0) {
		int e = io(why, folder);
		blobs_free(b);
		return e;
	}
	*ret = b;
	return 0;
}

struct blobs *blobs_free(struct blobs *b)
{
	if (!b)
		return NULL;
	s3_free(b->s3);
	if (b->folder >= 0)
		close(b->folder);
	if (b->drafts >= 0)
		close(b->drafts);
	free(b);
	return NULL;
}

/* Every folder on the way to a key. A new one is durable before what is in it. */
static int make_folders(struct blobs *b, const char *key)
{
	char path[BLOB_KEY_MAX + 1];
	for (const char *slash = strchr(key, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(path, key, (size_t)(slash - key));
		path[slash - key] = 0;
		if (mkdirat(b->folder, path, 0750) == 0) {
			char *up = strrchr(path, '/');
			if (up)
				*up = 0;
			int fd = openat(b->folder, up ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			if (fd < 0 || fsync(fd)) {
				if (fd >= 0)
					close(fd);
				return -1;
			}
			close(fd);
		} else if (errno != EEXIST) {
			return -1;
		}
	}
	return 0;
}

static int sync_folder_of(struct blobs *b, const char *key)
{
	char path[BLOB_KEY_MAX + 1];
	text_copy(path, sizeof path, key);
	char *slash = strrchr(path, '/');
	if (slash)
		*slash = 0;
	int fd = openat(b->folder, slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int e = fsync(fd);
	close(fd);
	return e;
}

/* ---- drafts ---- */

static int draft_open(struct blobs *b, const char *name, int flags, struct draft_blob **ret, struct why *why)
{
	int fd = openat(b->drafts, name, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0640);
	if (fd < 0)
		return io(why, "a new file");
	struct draft_blob *d = mem_new(sizeof *d);
	d->blobs = b;
	d->fd = fd;
	text_copy(d->name, sizeof d->name, name);
	*ret = d;
	return 0;
}

int draft_begin(struct blobs *b, struct draft_blob **ret, struct why *why)
{
	char name[ID_SIZE];
	id_new(name);
	return draft_open(b, name, O_EXCL, ret, why);
}

int draft_resume(struct blobs *b, const char *name, int64_t at, struct draft_blob **ret, struct why *why)
{
	struct draft_blob *d = NULL;
	struct stat st;
	int e = draft_open(b, name, 0, &d, why);
	if (e)
		return e;
	d->named = true;
	if (flock(d->fd, LOCK_EX | LOCK_NB)) {
		draft_free(d);
		return why_set(why, -ERR_BUSY, 400, "app.upload.upload_data.concurrent.app_error", "Another request is sending data of this upload.");
	}
	if (fstat(d->fd, &st) || st.st_size < at) {
		draft_free(d);
		return why_set(why, -ERR_NOT_FOUND, 404, "app.upload.upload_data.read_file.app_error", "The upload's file is not there any more.");
	}
	if (ftruncate(d->fd, at) || lseek(d->fd, at, SEEK_SET) != at) {
		e = io(why, "an upload");
		draft_free(d);
		return e;
	}
	d->size = at;
	*ret = d;
	return 0;
}

int draft_add(struct draft_blob *d, const void *p, size_t len, struct why *why)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(d->fd, (const char *)p + done, len - done);
		if (n < 0 && errno != EINTR)
			return io(why, "write");
		done += n > 0 ? (size_t)n : 0;
	}
	d->size += (int64_t)len;
	return 0;
}

int64_t draft_size(const struct draft_blob *d) { return d->size; }
int draft_fd(const struct draft_blob *d) { return d->fd; }

int draft_sync(struct draft_blob *d, struct why *why)
{
	return fdatasync(d->fd) ? io(why, "fdatasync") : 0;
}

static void draft_drop(struct draft_blob *d)
{
	close(d->fd);
	d->fd = -1;
	unlinkat(d->blobs->drafts, d->name, 0);
}

int draft_keep(struct draft_blob *d, const char *key, struct why *why)
{
	struct blobs *b = d->blobs;
	if (!key_valid(key))
		return why_set(why, -ERR_SYNTAX, 400, "api.file.write_file.app_error", "The file's name cannot be kept.");
	if (b->s3) {
		struct stat st;
		int e = fstat(d->fd, &st) ? io(why, key) : s3_put(b->s3, key, d->fd, st.st_size, why);
		if (!e)
			draft_drop(d);
		return e;
	}
	if (fsync(d->fd) || make_folders(b, key) || renameat(b->drafts, d->name, b->folder, key) || sync_folder_of(b, key))
		return io(why, key);
	close(d->fd);
	d->fd = -1;
	return 0;
}

struct draft_blob *draft_free(struct draft_blob *d)
{
	if (!d)
		return NULL;
	if (d->fd >= 0 && !d->named)
		draft_drop(d);
	else if (d->fd >= 0)
		close(d->fd);
	free(d);
	return NULL;
}

void draft_forget(struct blobs *b, const char *name)
{
	unlinkat(b->drafts, name, 0);
}

/* ---- blobs ---- */

/* A copy that has no name: it is gone with its descriptor. */
static int fetch(struct blobs *b, const char *key, int *ret_fd, int64_t *ret_size, struct why *why)
{
	struct stat st;
	int fd = openat(b->drafts, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return io(why, "a copy");
	int e = s3_get(b->s3, key, fd, why);
	if (!e && fstat(fd, &st))
		e = io(why, "a copy");
	if (e) {
		close(fd);
		return e;
	}
	*ret_fd = fd;
	*ret_size = st.st_size;
	return 0;
}

int blob_open(struct blobs *b, const char *key, int *ret_fd, int64_t *ret_size, struct why *why)
{
	struct stat st;
	if (b->s3 && key_valid(key))
		return fetch(b, key, ret_fd, ret_size, why);
	int fd = key_valid(key) ? openat(b->folder, key, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (fd < 0 && (!key_valid(key) || errno == ENOENT || errno == ENOTDIR))
		return why_set(why, -ERR_NOT_FOUND, 404, "api.file.read_file.reading_local.app_error", "The file is not there.");
	if (fd < 0 || fstat(fd, &st)) {
		if (fd >= 0)
			close(fd);
		return io(why, key);
	}
	*ret_fd = fd;
	*ret_size = st.st_size;
	return 0;
}

int blob_delete(struct blobs *b, const char *key, struct why *why)
{
	if (b->s3 && key_valid(key))
		return s3_delete(b->s3, key, why);
	if (!*key || (key_valid(key) && (!unlinkat(b->folder, key, 0) || errno == ENOENT || errno == ENOTDIR)))
		return 0;
	return key_valid(key) ? io(why, key) : -ERR_SYNTAX;
}

void blobs_sweep(struct blobs *b, unix_ms before)
{
	int fd = openat(b->drafts, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct stat st;
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (id_valid(entry->d_name) && !fstatat(b->drafts, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && st.st_mtime < before / 1000)
			unlinkat(b->drafts, entry->d_name, 0);
	if (dir)
		closedir(dir);
}
