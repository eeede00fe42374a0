/* One entry of a layer, put in place below the root: every path is resolved by the kernel, which keeps it inside
 * (openat2(2), RESOLVE_IN_ROOT), also when the layer has made links to elsewhere. */
#define _GNU_SOURCE
#include "native.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <stdio.h>
#include <unistd.h>

static int open_inside(int root, const char *path, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
}

/* Without slashes at its ends and "." parts. Returns NULL when a part is "..": no layer needs that. */
static char *clean(const char *path) {
    char *result = calloc(1, strlen(path) + 1), *copy = strdup(path), *rest = copy, *part;
    while (result && (part = strsep(&rest, "/"))) {
        if (!strcmp(part, "..")) {
            free(result);
            result = NULL;
        } else if (*part && strcmp(part, ".")) {
            if (*result) strcat(result, "/");
            strcat(result, part);
        }
    }
    free(copy);
    return result;
}

/* Cuts a path at its last slash; the folder's part is empty for what is directly below the root. */
static const char *split(char *path) {
    char *slash = strrchr(path, '/');
    if (!slash) return path;
    *slash = 0;
    return slash + 1;
}

static void note_own(unpacking *state, int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) == 0) inode_set_add(&state->own, status.st_ino, NULL);
}

/* Opens a folder, making what is missing on the way. */
static int open_parent(unpacking *state, const char *path) {
    int folder = open_inside(state->root, "", O_RDONLY | O_DIRECTORY);
    char *copy = strdup(path);
    size_t length = strlen(copy);
    for (size_t end = 1; folder >= 0 && *copy && end <= length; end++) {
        if (copy[end] != '/' && copy[end]) continue;
        char after = copy[end];
        copy[end] = 0;
        int next = open_inside(state->root, copy, O_RDONLY | O_DIRECTORY);
        const char *name = strrchr(copy, '/') ? strrchr(copy, '/') + 1 : copy;
        if (next < 0 && errno == ENOENT && mkdirat(folder, name, 0755) == 0)
            next = open_inside(state->root, copy, O_RDONLY | O_DIRECTORY);
        copy[end] = after;
        if (next >= 0) note_own(state, next);
        int error = errno;
        close(folder);
        errno = error;
        folder = next;
    }
    free(copy);
    return folder;
}

/* MARK: Whiteouts */

static const char *put_whiteout(unpacking *state, int parent, const char *name) {
    if (!strcmp(name, ".wh.opq")) return clear_folder(parent, &state->own) < 0 ? strerror(errno) : NULL;
    if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || !strncmp(name, ".wh.", 4)) return "no name to hide";
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return NULL;
    if (!inode_set_has(&state->own, status.st_ino)) return remove_tree(parent, name) < 0 ? strerror(errno) : NULL;
    if (!S_ISDIR(status.st_mode)) return NULL;
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const char *refused = folder < 0 || clear_folder(folder, &state->own) < 0 ? strerror(errno) : NULL;
    if (folder >= 0) close(folder);
    return refused;
}

/* MARK: Making */

static const char *write_content(unpacking *state, int file) {
    const void *bytes;
    size_t size;
    la_int64_t offset;
    int status;
    while ((status = archive_read_data_block(state->tar, &bytes, &size, &offset)) == ARCHIVE_OK) {
        for (size_t done = 0; done < size;) {
            ssize_t count = pwrite(file, (const char *)bytes + done, size - done, offset + (la_int64_t)done);
            if (count < 0) return strerror(errno);
            done += (size_t)count;
        }
    }
    if (status == ARCHIVE_EOF) return NULL;
    errno = EIO;
    return "it is damaged";
}

static const char *put_file(unpacking *state, struct archive_entry *entry, int parent, const char *name) {
    int file = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) return strerror(errno);
    const char *refused = write_content(state, file);
    int error = errno;
    if (!refused && ftruncate(file, archive_entry_size(entry)) < 0) {
        error = errno;
        refused = strerror(error);
    }
    close(file);
    errno = error;
    return refused;
}

static const char *put_hard_link(unpacking *state, const char *target, int parent, const char *name) {
    char *path = clean(target);
    if (!path || !*path) {
        free(path);
        return "the link leads out of the layer";
    }
    const char *last = split(path);
    int folder = open_inside(state->root, last == path ? "" : path, O_PATH | O_DIRECTORY);
    const char *refused = folder < 0 || linkat(folder, last, parent, name, 0) < 0 ? strerror(errno) : NULL;
    if (folder >= 0) close(folder);
    free(path);
    return refused;
}

static const char *put_folder(int parent, const char *name) {
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode)) return NULL;
    if (remove_tree(parent, name) < 0 || mkdirat(parent, name, 0700) < 0) return strerror(errno);
    return NULL;
}

static const char *put_content(unpacking *state, struct archive_entry *entry, int parent, const char *name) {
    mode_t type = archive_entry_filetype(entry);
    const char *link = archive_entry_hardlink(entry);
    if (type == AE_IFDIR && !link) return put_folder(parent, name);
    if (link) {
        /* A link to itself would remove what it is a link to. */
        char *own = clean(archive_entry_pathname(entry)), *target = clean(link);
        bool same = own && target && !strcmp(own, target);
        free(own);
        free(target);
        if (same) return NULL;
    }
    if (remove_tree(parent, name) < 0) return strerror(errno);
    if (link) return put_hard_link(state, link, parent, name);
    switch (type) {
    case AE_IFREG: return put_file(state, entry, parent, name);
    case AE_IFLNK: return symlinkat(archive_entry_symlink(entry), parent, name) < 0 ? strerror(errno) : NULL;
    case AE_IFCHR:
    case AE_IFBLK:
    case AE_IFIFO:
        return mknodat(parent, name, type | 0600, archive_entry_rdev(entry)) < 0 ? strerror(errno) : NULL;
    default: return "it is of an unknown type";
    }
}

/* MARK: Attributes */

static const char *put_extended(struct archive_entry *entry, const char *place) {
    const char *name;
    const void *value;
    size_t size;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        /* Marks of overlay mean nothing here, and would mean something in a copy elsewhere. */
        if (!strncmp(name, "trusted.overlay.", 16) || !strncmp(name, "user.overlay.", 13)) continue;
        if (setxattr(place, name, value, size, 0) < 0 && errno != EOPNOTSUPP) return strerror(errno);
    }
    return NULL;
}

static void note_time(unpacking *state, const char *path, struct timespec time) {
    if (state->time_count == state->time_capacity) {
        state->time_capacity = state->time_capacity ? state->time_capacity * 2 : 64;
        state->times = realloc(state->times, state->time_capacity * sizeof *state->times);
    }
    state->times[state->time_count++] = (struct folder_time){ strdup(*path ? path : "."), time };
}

/* Owner first: it takes setuid bits and capabilities away. */
static const char *put_attributes(unpacking *state, struct archive_entry *entry, int made, const char *path) {
    char place[32];
    snprintf(place, sizeof place, "/proc/self/fd/%d", made);
    bool is_link = archive_entry_filetype(entry) == AE_IFLNK;
    if (fchownat(made, "", (uid_t)archive_entry_uid(entry), (gid_t)archive_entry_gid(entry), AT_EMPTY_PATH) < 0)
        return strerror(errno);
    if (!is_link && chmod(place, archive_entry_perm(entry) & 07777) < 0) return strerror(errno);
    const char *refused = is_link ? NULL : put_extended(entry, place);
    if (refused) return refused;
    struct timespec time = { archive_entry_mtime(entry), archive_entry_mtime_nsec(entry) };
    struct timespec times[] = { time, time };
    if (archive_entry_filetype(entry) == AE_IFDIR) note_time(state, path, time);
    return utimensat(made, "", times, AT_EMPTY_PATH) < 0 ? strerror(errno) : NULL;
}

/* MARK: Entries */

static const char *put_below(unpacking *state, struct archive_entry *entry, int parent, const char *name,
                             const char *path) {
    if (!strcmp(name, ".wh..wh..opq")) return put_whiteout(state, parent, ".wh.opq");
    if (!strncmp(name, ".wh.", 4)) return put_whiteout(state, parent, name + 4);
    const char *refused = put_content(state, entry, parent, name);
    if (refused) return refused;
    int made = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (made < 0) return strerror(errno);
    note_own(state, made);
    /* A further name of a file has the attributes of its first. */
    if (!archive_entry_hardlink(entry)) refused = put_attributes(state, entry, made, path);
    int error = errno;
    close(made);
    errno = error;
    return refused;
}

const char *put_entry(unpacking *state, struct archive_entry *entry) {
    const char *given = archive_entry_pathname(entry);
    char *path = given ? clean(given) : NULL;
    if (!path) return "its path leads out of the layer";
    if (!*path) {
        free(path);
        return archive_entry_filetype(entry) == AE_IFDIR ? put_attributes(state, entry, state->root, "") : NULL;
    }
    char *whole = strdup(path);
    const char *name = split(path);
    int parent = open_parent(state, name == path ? "" : path);
    const char *refused = parent < 0 ? strerror(errno) : put_below(state, entry, parent, name, whole);
    int error = errno;
    if (parent >= 0) close(parent);
    free(whole);
    free(path);
    errno = error;
    return refused;
}
