/*
 * fault_vfs - a disk that fails when a test says so, under SQLite.
 */
#pragma once

enum disk_fault { DISK_GOOD, DISK_FULL, DISK_SYNC_FAILS, DISK_WRITE_FAILS };

void fault_vfs_install(void);                  /* before the first store is opened */
void fault_vfs_set(enum disk_fault fault);     /* for every file from now on; any thread */
