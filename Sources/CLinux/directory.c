#define _GNU_SOURCE
#include "CLinuxDirectory.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

int berth_renameat2(int old_directory, const char *old_name, int directory, const char *name, unsigned flags) {
    return renameat2(old_directory, old_name, directory, name, flags);
}

int berth_syncfs(int descriptor) { return syncfs(descriptor); }

int berth_open_path(void) { return O_PATH; }

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
