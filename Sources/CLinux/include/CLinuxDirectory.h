#pragma once
// Calls on directory entries, file systems and extended attributes: they exist under _GNU_SOURCE only, or in a header
// that Swift's Glibc module does not cover and that would take timespec over into this module.
#include <stddef.h>
#include <stdint.h>

int berth_renameat2(int old_directory, const char *old_name, int directory, const char *name, unsigned flags);
int berth_syncfs(int descriptor);
// O_PATH.
int berth_open_path(void);
// O_TMPFILE.
int berth_open_unnamed(void);

int berth_fsetxattr(int descriptor, const char *name, const void *value, size_t size);
int berth_lsetxattr(const char *path, const char *name, const void *value, size_t size);
int berth_fremovexattr(int descriptor, const char *name);
long berth_fgetxattr(int descriptor, const char *name, void *value, size_t size);
long berth_flistxattr(int descriptor, char *list, size_t size);
long berth_lgetxattr(const char *path, const char *name, void *value, size_t size);
long berth_llistxattr(const char *path, char *list, size_t size);
unsigned berth_device_major(uint64_t device);
unsigned berth_device_minor(uint64_t device);
// SEEK_DATA and SEEK_HOLE.
int64_t berth_seek_data(int descriptor, int64_t offset);
int64_t berth_seek_hole(int descriptor, int64_t offset);
