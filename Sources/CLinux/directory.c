#define _GNU_SOURCE
#include "CLinuxDirectory.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

int berth_renameat2(int old_directory, const char *old_name, int directory, const char *name, unsigned flags) {
    return renameat2(old_directory, old_name, directory, name, flags);
}

int berth_syncfs(int descriptor) { return syncfs(descriptor); }

int berth_open_path(void) { return O_PATH; }

int berth_open_unnamed(void) { return O_TMPFILE; }

int berth_fsetxattr(int descriptor, const char *name, const void *value, size_t size) {
    return fsetxattr(descriptor, name, value, size, 0);
}

int berth_lsetxattr(const char *path, const char *name, const void *value, size_t size) {
    return lsetxattr(path, name, value, size, 0);
}

int berth_fremovexattr(int descriptor, const char *name) { return fremovexattr(descriptor, name); }

long berth_fgetxattr(int descriptor, const char *name, void *value, size_t size) {
    return fgetxattr(descriptor, name, value, size);
}

long berth_flistxattr(int descriptor, char *list, size_t size) { return flistxattr(descriptor, list, size); }

long berth_lgetxattr(const char *path, const char *name, void *value, size_t size) {
    return lgetxattr(path, name, value, size);
}

long berth_llistxattr(const char *path, char *list, size_t size) { return llistxattr(path, list, size); }

unsigned berth_device_major(uint64_t device) { return major(device); }

unsigned berth_device_minor(uint64_t device) { return minor(device); }

int64_t berth_seek_data(int descriptor, int64_t offset) { return lseek(descriptor, offset, SEEK_DATA); }

int64_t berth_seek_hole(int descriptor, int64_t offset) { return lseek(descriptor, offset, SEEK_HOLE); }
