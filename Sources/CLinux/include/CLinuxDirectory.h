#pragma once
// Calls on directory entries, file systems and extended attributes: they exist under _GNU_SOURCE only, or in a header
// that Swift's Glibc module does not cover and that would take timespec over into this module.
#include <stddef.h>

int berth_renameat2(int old_directory, const char *old_name, int directory, const char *name, unsigned flags);
int berth_syncfs(int descriptor);
// O_PATH.
int berth_open_path(void);

int berth_fsetxattr(int descriptor, const char *name, const void *value, size_t size);
int berth_lsetxattr(const char *path, const char *name, const void *value, size_t size);
int berth_fremovexattr(int descriptor, const char *name);
long berth_fgetxattr(int descriptor, const char *name, void *value, size_t size);
long berth_flistxattr(int descriptor, char *list, size_t size);
