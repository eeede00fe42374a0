/* What a tree has of its own, compared with the one that it is a copy of. */
#define _GNU_SOURCE
#include "native.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    berth_call *call;
    usage *total;
    inode_set seen; /* with several names, counted once */
} measuring;

static bool is_same(const struct stat *a, const struct stat *b) {
    return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid && a->st_rdev == b->st_rdev
        && (S_ISDIR(a->st_mode)
            || (a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec
                && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec));
}

static int measure_children(measuring *state, int folder, int below);

static int measure_entry(measuring *state, int folder, int below, const char *name) {
    struct stat status, other;
    if (berth_cancelled(state->call)) return errno = ECANCELED, -1;
    /* A running container changes its files meanwhile. */
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : -1;
    bool known = below >= 0 && fstatat(below, name, &other, AT_SYMLINK_NOFOLLOW) == 0;
    bool counts = !known || !is_same(&status, &other);
    if (counts && status.st_nlink > 1 && !S_ISDIR(status.st_mode)) {
        counts = !inode_set_has(&state->seen, status.st_ino);
        inode_set_add(&state->seen, status.st_ino, NULL);
    }
    if (counts) {
        state->total->inodes++;
        state->total->size += (int64_t)status.st_blocks * 512;
    }
    if (!S_ISDIR(status.st_mode)) return 0;
    int inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    int inner_below = known && S_ISDIR(other.st_mode)
        ? openat(below, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    int result = measure_children(state, inner, inner_below);
    close(inner);
    if (inner_below >= 0) close(inner_below);
    return result;
}

static int measure_children(measuring *state, int folder, int below) {
    int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (!stream) return -1;
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            result = measure_entry(state, folder, below, entry->d_name);
    closedir(stream);
    return result;
}

int measure(berth_call *call, int folder, int below, usage *total) {
    struct stat status;
    measuring state = { .call = call, .total = total };
    *total = (usage){ 0 };
    if (fstat(folder, &status) < 0) return -1;
    if (below < 0) *total = (usage){ (int64_t)status.st_blocks * 512, 1 };
    int result = measure_children(&state, folder, below);
    inode_set_clear(&state.seen);
    return result;
}
