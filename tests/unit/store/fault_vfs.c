/* fault_vfs - see fault_vfs.h. */
#include "tests/unit/store/fault_vfs.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic enum disk_fault fault;
static sqlite3_vfs *real, ours;

/* A file of ours: the real one lies behind it in the same memory. */
struct file {
	sqlite3_file base;
};

static sqlite3_file *behind(sqlite3_file *f)
{
	return (sqlite3_file *)((struct file *)(void *)f + 1);
}

#define PASS(name, parameters, ...) \
	static int pass_##name parameters { return behind(f)->pMethods->name(behind(f), ##__VA_ARGS__); }
PASS(xClose, (sqlite3_file *f))
PASS(xRead, (sqlite3_file *f, void *p, int n, sqlite3_int64 at), p, n, at)
PASS(xTruncate, (sqlite3_file *f, sqlite3_int64 size), size)
PASS(xFileSize, (sqlite3_file *f, sqlite3_int64 *size), size)
PASS(xLock, (sqlite3_file *f, int level), level)
PASS(xUnlock, (sqlite3_file *f, int level), level)
PASS(xCheckReservedLock, (sqlite3_file *f, int *out), out)
PASS(xFileControl, (sqlite3_file *f, int op, void *arg), op, arg)
PASS(xSectorSize, (sqlite3_file *f))
PASS(xDeviceCharacteristics, (sqlite3_file *f))
PASS(xShmMap, (sqlite3_file *f, int page, int size, int extend, void volatile **p), page, size, extend, p)
PASS(xShmLock, (sqlite3_file *f, int offset, int n, int flags), offset, n, flags)
PASS(xShmUnmap, (sqlite3_file *f, int remove), remove)

static void pass_barrier(sqlite3_file *f)
{
	behind(f)->pMethods->xShmBarrier(behind(f));
}

static int write_or_fail(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (fault == DISK_FULL)
		return SQLITE_FULL;
	return fault == DISK_WRITE_FAILS ? SQLITE_IOERR_WRITE : behind(f)->pMethods->xWrite(behind(f), p, n, at);
}

static int sync_or_fail(sqlite3_file *f, int flags)
{
	return fault == DISK_SYNC_FAILS ? SQLITE_IOERR_FSYNC : behind(f)->pMethods->xSync(behind(f), flags);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = pass_xClose, .xRead = pass_xRead, .xWrite = write_or_fail, .xTruncate = pass_xTruncate,
	.xSync = sync_or_fail, .xFileSize = pass_xFileSize, .xLock = pass_xLock, .xUnlock = pass_xUnlock,
	.xCheckReservedLock = pass_xCheckReservedLock, .xFileControl = pass_xFileControl,
	.xSectorSize = pass_xSectorSize, .xDeviceCharacteristics = pass_xDeviceCharacteristics, .xShmMap = pass_xShmMap,
	.xShmLock = pass_xShmLock, .xShmBarrier = pass_barrier, .xShmUnmap = pass_xShmUnmap,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	(void)vfs;
	int rc = real->xOpen(real, name, behind(f), flags, ret_flags);
	f->pMethods = behind(f)->pMethods ? &methods : NULL;
	return rc;
}

void fault_vfs_install(void)
{
	real = sqlite3_vfs_find(NULL);
	ours = *real;
	ours.zName = "fault";
	ours.szOsFile += (int)sizeof(struct file);
	ours.xOpen = open_file;
	sqlite3_vfs_register(&ours, 1);
}

void fault_vfs_set(enum disk_fault new_fault)
{
	fault = new_fault;
}
