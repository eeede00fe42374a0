/* Trees on disk: copying and removing, by descriptors, never through a link. */
#define _GNU_SOURCE
#include "native.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/fs.h>

enum {
    MOST_LEVELS = 1000, /* of a tree that is copied */
    FLAT_LEVELS = 64,   /* of removal, before what is deeper is moved up */
};

static int open_folder(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Reads a folder with a position of its own. */
static DIR *read_folder(int folder) {
    int own = open_folder(folder, ".");
    DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (!stream && own >= 0) close(own);
    return stream;
}

static bool is_dot(const char *name) { return !strcmp(name, ".") || !strcmp(name, ".."); }

/* MARK: Copying */

typedef struct {
    berth_call *call;
    int root;        /* of the copy */
    inode_set links; /* inodes with several names, and the path of their copy */
} copying;

static int copy_extended(const char *from, const char *to) {
    char names[64 << 10], value[64 << 10];
    ssize_t size = listxattr(from, names, sizeof names);
    if (size < 0) return errno == EOPNOTSUPP ? 0 : -1;
    for (char *name = names; name < names + size; name += strlen(name) + 1) {
        ssize_t length = getxattr(from, name, value, sizeof value);
        if (length < 0) return -1;
        /* A filesystem of another sort may not have this sort of attribute. */
        if (setxattr(to, name, value, (size_t)length, 0) < 0 && errno != EOPNOTSUPP) return -1;
    }
    return 0;
}

/* Owner, mode, extended attributes and times of the entry that two O_PATH descriptors stand for. */
int copy_attributes(int from, int to) {
    struct stat status;
    char source[32], target[32];
    snprintf(source, sizeof source, "/proc/self/fd/%d", from);
    snprintf(target, sizeof target, "/proc/self/fd/%d", to);
    if (fstat(from, &status) < 0 || fchownat(to, "", status.st_uid, status.st_gid, AT_EMPTY_PATH) < 0) return -1;
    bool is_link = S_ISLNK(status.st_mode);
    /* A link's attributes cannot be reached through /proc: it would be followed to the link, which is refused. */
    if (!is_link && copy_extended(source, target) < 0) return -1;
    if (!is_link && chmod(target, status.st_mode & 07777) < 0) return -1;
    struct timespec times[] = { status.st_atim, status.st_mtim };
    return utimensat(to, "", times, AT_EMPTY_PATH);
}

static int copy_bytes(int from, int to) {
    if (ioctl(to, FICLONE, from) == 0) return 0;
    struct stat status;
    if (fstat(from, &status) < 0) return -1;
    /* Holes stay holes. */
    for (off_t data = 0; data < status.st_size;) {
        off_t start = lseek(from, data, SEEK_DATA);
        if (start < 0 && errno == ENXIO) break;
        off_t end = start < 0 ? status.st_size : lseek(from, start, SEEK_HOLE);
        if (start < 0) start = data;
        for (off_t at = start; at < end;) {
            off_t target = at;
            ssize_t count = copy_file_range(from, &at, to, &target, (size_t)(end - start), 0);
            if (count < 0) return -1;
            if (count == 0) break;
        }
        data = end;
    }
    return ftruncate(to, status.st_size);
}

static int copy_file(int parent, const char *name, int to) {
    int from = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int made = from < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int result = made < 0 ? -1 : copy_bytes(from, made);
    int error = errno;
    if (from >= 0) close(from);
    if (made >= 0) close(made);
    errno = error;
    return result;
}

static int copy_link(int parent, const char *name, int to) {
    char target[4097];
    ssize_t length = readlinkat(parent, name, target, sizeof target - 1);
    if (length < 0) return -1;
    target[length] = 0;
    return symlinkat(target, to, name);
}

static int copy_children(copying *state, int from, int to, const char *path, int level);

static int copy_folder(copying *state, int parent, int to, const char *name, const char *path, int level) {
    int from = open_folder(parent, name);
    if (from < 0) return -1;
    int made = mkdirat(to, name, 0700) < 0 ? -1 : open_folder(to, name);
    int result = made < 0 ? -1 : copy_children(state, from, made, path, level + 1);
    int error = errno;
    close(from);
    if (made >= 0) close(made);
    errno = error;
    return result;
}

static int copy_content(copying *state, int from, int to, const char *name, const char *path, int level,
                        const struct stat *status) {
    switch (status->st_mode & S_IFMT) {
    case S_IFDIR: return copy_folder(state, from, to, name, path, level);
    case S_IFREG: return copy_file(from, name, to);
    case S_IFLNK: return copy_link(from, name, to);
    case S_IFSOCK: return 0; /* A socket is nothing without its process. */
    default: return mknodat(to, name, status->st_mode & (S_IFMT | 07777), status->st_rdev);
    }
}

static int copy_entry(copying *state, int from, int to, const char *name, const char *folder, int level) {
    struct stat status;
    char *path;
    if (level > MOST_LEVELS) return errno = ENAMETOOLONG, -1;
    if (berth_cancelled(state->call)) return errno = ECANCELED, -1;
    if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    if (asprintf(&path, "%s%s%s", folder, *folder ? "/" : "", name) < 0) return -1;
    bool several = status.st_nlink > 1 && !S_ISDIR(status.st_mode);
    const char *known = several ? inode_set_text(&state->links, status.st_ino) : NULL;
    int result;
    if (known) {
        result = linkat(state->root, known, to, name, 0);
    } else {
        result = copy_content(state, from, to, name, path, level, &status);
        int source = result < 0 ? -1 : openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        int target = source < 0 ? -1 : openat(to, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (target >= 0) result = copy_attributes(source, target);
        else if (!S_ISSOCK(status.st_mode)) result = -1;
        int error = errno;
        if (source >= 0) close(source);
        if (target >= 0) close(target);
        errno = error;
    }
    if (result == 0 && several && !known) inode_set_add(&state->links, status.st_ino, path);
    else free(path);
    return result;
}

static int copy_children(copying *state, int from, int to, const char *path, int level) {
    DIR *stream = read_folder(from);
    if (!stream) return -1;
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(stream)))
        if (!is_dot(entry->d_name)) result = copy_entry(state, from, to, entry->d_name, path, level);
    if (result == 0 && errno) result = -1;
    int error = errno;
    closedir(stream);
    errno = error;
    return result;
}

int copy_tree(berth_call *call, int from, int to, const char *name) {
    copying state = { .call = call, .root = -1 };
    if (mkdirat(to, name, 0700) < 0 || (state.root = open_folder(to, name)) < 0) return -1;
    int result = copy_children(&state, from, state.root, "", 0);
    int source = result < 0 ? -1 : openat(from, ".", O_PATH | O_CLOEXEC);
    if (source >= 0) {
        result = copy_attributes(source, state.root);
        close(source);
    }
    int error = errno;
    close(state.root);
    inode_set_clear(&state.links);
    errno = error;
    return result;
}

/* MARK: Removing */

typedef struct {
    int top; /* where folders that are too deep are moved to */
    unsigned moved;
} removal;

static int remove_children(removal *state, int folder, const inode_set *kept, int level);

/* Moves a folder to the top, where it is found when that is read again. */
static int move_up(removal *state, int parent, const char *name) {
    for (;;) {
        char place[32];
        snprintf(place, sizeof place, ".deep-%u", state->moved++);
        if (renameat2(parent, name, state->top, place, RENAME_NOREPLACE) == 0) return 0;
        if (errno != EEXIST) return -1;
    }
}

static int remove_entry(removal *state, int parent, const char *name, const inode_set *kept, int level) {
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : -1;
    bool stays = kept && inode_set_has(kept, status.st_ino);
    if (!S_ISDIR(status.st_mode)) {
        if (stays) return 0;
        return unlinkat(parent, name, 0) < 0 && errno != ENOENT ? -1 : 0;
    }
    if (!stays && level >= FLAT_LEVELS) return move_up(state, parent, name);
    int folder = open_folder(parent, name);
    if (folder < 0) return errno == ENOENT ? 0 : -1;
    int result = remove_children(state, folder, kept, level + 1);
    close(folder);
    if (result < 0 || stays) return result;
    return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

static int remove_children(removal *state, int folder, const inode_set *kept, int level) {
    DIR *stream = read_folder(folder);
    if (!stream) return -1;
    int result = 0;
    unsigned before;
    do {
        before = state->moved;
        rewinddir(stream);
        struct dirent *entry;
        while (result == 0 && (errno = 0, entry = readdir(stream)))
            if (!is_dot(entry->d_name)) result = remove_entry(state, folder, entry->d_name, kept, level);
        if (result == 0 && errno) result = -1;
        /* What was moved up meanwhile is among the children of the top. */
    } while (result == 0 && level == 0 && state->moved != before);
    int error = errno;
    closedir(stream);
    errno = error;
    return result;
}

int clear_folder(int folder, const inode_set *kept) {
    removal state = { .top = folder };
    return remove_children(&state, folder, kept, 0);
}

int remove_tree(int parent, const char *name) {
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : -1;
    if (!S_ISDIR(status.st_mode)) return unlinkat(parent, name, 0);
    int folder = open_folder(parent, name);
    if (folder < 0) return -1;
    int result = clear_folder(folder, NULL);
    close(folder);
    if (result < 0) return -1;
    return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}
