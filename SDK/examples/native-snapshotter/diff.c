/* What a tree has of its own, compared with the one that it is a copy of: as a layer, and as a list. */
#define _GNU_SOURCE
#include "native.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

/* Where the changes go: a tar, or the list. */
typedef struct {
    berth_call *call;
    json_t *mount_points;
    const char *object;
    struct archive *tar, *packed; /* NULL for the list */
    FILE *list;
    EVP_MD_CTX *hash;
    int64_t size, count;
    int file;
    inode_set links; /* inodes with several names, and the path that was written */
} diffing;

/* A folder on the way down; it is only written when something in it is. */
typedef struct level {
    const struct level *parent;
    const char *path; /* from the root, "" for it */
    int folder;
    bool is_new; /* all that is in it is added */
    bool *written;
} level;

static int compare_names(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static int is_entry(const struct dirent *entry) { return strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."); }

static int open_below(int folder, const char *name) {
    return folder < 0 ? -1 : openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_same(const struct stat *a, const struct stat *b) {
    return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid && a->st_rdev == b->st_rdev
        && (S_ISDIR(a->st_mode)
            || (a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec
                && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec));
}

/* MARK: The tar */

static la_ssize_t write_file(struct archive *archive, void *context, const void *bytes, size_t size) {
    diffing *state = context;
    ssize_t count = write(state->file, bytes, size);
    if (count < 0) archive_set_error(archive, errno, "%s", strerror(errno));
    return count;
}

static la_ssize_t write_tar(struct archive *archive, void *context, const void *bytes, size_t size) {
    diffing *state = context;
    if (berth_cancelled(state->call)) {
        archive_set_error(archive, ECANCELED, "the caller has given up");
        return -1;
    }
    EVP_DigestUpdate(state->hash, bytes, size);
    state->size += (int64_t)size;
    if (state->packed ? archive_write_data(state->packed, bytes, size) < 0
                      : write_file(archive, context, bytes, size) < 0) {
        if (state->packed) archive_set_error(archive, archive_errno(state->packed), "%s", archive_error_string(state->packed));
        return -1;
    }
    return (la_ssize_t)size;
}

static bool fail_tar(diffing *state, const char *path) {
    int error = archive_errno(state->tar);
    errno = error;
    if (error == ENOSPC || error == EDQUOT) return berth_fail_errno(state->call, state->object, "%s", path);
    if (error == ECANCELED) return berth_fail(state->call, "cancelled", state->object, "the caller has given up");
    return berth_fail(state->call, "internal", state->object, "%s: %s", path, archive_error_string(state->tar));
}

static void add_extended(struct archive_entry *entry, int parent, const char *name) {
    char place[4200], names[64 << 10], value[64 << 10];
    snprintf(place, sizeof place, "/proc/self/fd/%d/%s", parent, name);
    ssize_t size = llistxattr(place, names, sizeof names);
    for (char *key = names; size > 0 && key < names + size; key += strlen(key) + 1) {
        if (!strncmp(key, "trusted.overlay.", 16) || !strcmp(key, "security.selinux")) continue;
        ssize_t length = lgetxattr(place, key, value, sizeof value);
        if (length >= 0) archive_entry_xattr_add_entry(entry, key, value, (size_t)length);
    }
}

/* Exactly as many bytes as the header says, whatever becomes of the file. */
static bool write_content(diffing *state, int file, int64_t size, const char *path) {
    char *buffer = malloc(BLOCK);
    bool done = true;
    for (int64_t at = 0; at < size && done;) {
        size_t wanted = size - at < BLOCK ? (size_t)(size - at) : BLOCK;
        ssize_t count = pread(file, buffer, wanted, at);
        if (count <= 0) memset(buffer, 0, (size_t)(count = (ssize_t)wanted));
        done = archive_write_data(state->tar, buffer, (size_t)count) >= 0;
        at += count;
    }
    free(buffer);
    return done || fail_tar(state, path);
}

static bool write_mark(diffing *state, const char *path) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, path);
    archive_entry_set_mode(entry, AE_IFREG);
    archive_entry_set_size(entry, 0);
    archive_entry_set_mtime(entry, 0, 0);
    bool done = archive_write_header(state->tar, entry) >= ARCHIVE_WARN;
    archive_entry_free(entry);
    return done || fail_tar(state, path);
}

static void describe_entry(diffing *state, struct archive_entry *entry, int parent, const char *name, const char *path,
                           const struct stat *status) {
    archive_entry_copy_pathname(entry, path);
    archive_entry_set_mode(entry, status->st_mode);
    archive_entry_set_uid(entry, status->st_uid);
    archive_entry_set_gid(entry, status->st_gid);
    archive_entry_set_mtime(entry, status->st_mtim.tv_sec, 0);
    archive_entry_set_size(entry, S_ISREG(status->st_mode) ? status->st_size : 0);
    if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) archive_entry_set_rdev(entry, status->st_rdev);
    if (status->st_nlink > 1 && !S_ISDIR(status->st_mode)) {
        const char *known = inode_set_text(&state->links, status->st_ino);
        if (known) {
            archive_entry_copy_hardlink(entry, known);
            archive_entry_set_size(entry, 0);
            return;
        }
        inode_set_add(&state->links, status->st_ino, strdup(path));
    }
    if (S_ISLNK(status->st_mode)) {
        char target[4097] = "";
        if (readlinkat(parent, name, target, sizeof target - 1) > 0) archive_entry_copy_symlink(entry, target);
    }
    add_extended(entry, parent, name);
}

static bool write_entry(diffing *state, int parent, const char *name, const char *path, const struct stat *found) {
    struct stat status = *found;
    int file = -1;
    if (S_ISREG(status.st_mode)) {
        file = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        /* It has just gone. */
        if (file < 0 || fstat(file, &status) < 0 || !S_ISREG(status.st_mode)) {
            if (file >= 0) close(file);
            return true;
        }
    }
    struct archive_entry *entry = archive_entry_new();
    describe_entry(state, entry, parent, name, path, &status);
    int64_t size = archive_entry_size(entry);
    bool done = archive_write_header(state->tar, entry) >= ARCHIVE_WARN || fail_tar(state, path);
    if (done && file >= 0 && size > 0) done = write_content(state, file, size, path);
    archive_entry_free(entry);
    if (file >= 0) close(file);
    return done;
}

/* MARK: Changes */

static bool put(diffing *state, char letter, int parent, const char *name, const char *path, const struct stat *status) {
    state->count++;
    if (!state->tar) {
        fprintf(state->list, "%c/%s", letter, path);
        return fputc(0, state->list) == 0;
    }
    if (letter != 'D') return write_entry(state, parent, name, path, status);
    char *mark;
    int folder = (int)(strlen(path) - strlen(name));
    if (asprintf(&mark, "%.*s.wh.%s", folder, path, name) < 0) return false;
    bool done = write_mark(state, mark);
    free(mark);
    return done;
}

/* Writes the folders that lead here, as far as that was not done. */
static bool put_folders(diffing *state, const level *here) {
    struct stat status;
    if (*here->written) return true;
    if (here->parent && !put_folders(state, here->parent)) return false;
    *here->written = true;
    if (!here->parent) return true;
    const char *name = strrchr(here->path, '/') ? strrchr(here->path, '/') + 1 : here->path;
    return fstat(here->folder, &status) < 0 || put(state, 'C', here->parent->folder, name, here->path, &status);
}

static bool is_mount_point(diffing *state, const char *path, int parent, const char *name, const struct stat *status) {
    size_t index;
    json_t *place;
    bool listed = false;
    json_array_foreach(state->mount_points, index, place)
        if (json_is_string(place) && *json_string_value(place) == '/' && !strcmp(json_string_value(place) + 1, path)) listed = true;
    if (!listed || !S_ISDIR(status->st_mode)) return listed && S_ISREG(status->st_mode) && status->st_size == 0;
    struct dirent **names;
    int own = open_below(parent, name), count = own < 0 ? -1 : scandirat(own, ".", &names, is_entry, NULL);
    for (int i = 0; i < count; i++) free(names[i]);
    if (count >= 0) free(names);
    if (own >= 0) close(own);
    return count == 0;
}

static bool diff_folder(diffing *state, const level *here, int below);

static bool diff_entry(diffing *state, const level *here, int below, const char *name) {
    struct stat status, other;
    char *path;
    if (berth_cancelled(state->call)) return berth_fail(state->call, "cancelled", state->object, "the caller has given up");
    bool known = below >= 0 && fstatat(below, name, &other, AT_SYMLINK_NOFOLLOW) == 0;
    bool there = fstatat(here->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISSOCK(status.st_mode);
    if (asprintf(&path, "%s%s%s", here->path, *here->path ? "/" : "", name) < 0) return false;
    bool done = true;
    if (there && !strncmp(name, ".wh.", 4)) {
        done = berth_fail(state->call, "failedPrecondition", state->object, "a layer has no name such as %s", path);
    } else if (!there) {
        done = !known || (put_folders(state, here) && put(state, 'D', here->folder, name, path, NULL));
    } else if (known || !is_mount_point(state, path, here->folder, name, &status)) {
        bool changed = !known || !is_same(&status, &other);
        bool written = changed;
        if (changed) done = put_folders(state, here) && put(state, known ? 'C' : 'A', here->folder, name, path, &status);
        if (done && S_ISDIR(status.st_mode)) {
            int inner = open_below(here->folder, name);
            int inner_below = known && S_ISDIR(other.st_mode) ? open_below(below, name) : -1;
            level next = { here, path, inner, !known, &written };
            if (inner >= 0) done = diff_folder(state, &next, inner_below);
            if (inner >= 0) close(inner);
            if (inner_below >= 0) close(inner_below);
        }
    }
    free(path);
    return done;
}

/* Both folders' names in one order. */
static bool diff_folder(diffing *state, const level *here, int below) {
    struct dirent **own = NULL, **other = NULL;
    int count = scandirat(here->folder, ".", &own, is_entry, compare_names);
    int others = below < 0 ? 0 : scandirat(below, ".", &other, is_entry, compare_names);
    bool done = count >= 0 && others >= 0;
    if (!done) berth_fail_errno(state->call, state->object, "/%s", here->path);
    for (int i = 0, j = 0; done && (i < count || j < others);) {
        int order = i == count ? 1 : j == others ? -1 : strcmp(own[i]->d_name, other[j]->d_name);
        done = diff_entry(state, here, below, order <= 0 ? own[i]->d_name : other[j]->d_name);
        i += order <= 0;
        j += order >= 0;
    }
    for (int i = 0; i < count; i++) free(own[i]);
    for (int j = 0; j < others; j++) free(other[j]);
    free(own);
    free(other);
    return done;
}

static bool diff_root(diffing *state, int root, int below) {
    struct stat status, other;
    bool written = true;
    level top = { NULL, "", root, below < 0, &written };
    bool differs = fstat(root, &status) == 0 && (below < 0 || (fstat(below, &other) == 0 && !is_same(&status, &other)));
    if (state->tar && differs && !write_entry(state, root, ".", "./", &status)) return false;
    bool done = diff_folder(state, &top, below);
    inode_set_clear(&state->links);
    return done;
}

/* MARK: The two answers */

static struct archive *open_tar(diffing *state, const char *media_type) {
    if (!strcmp(media_type, "application/vnd.oci.image.layer.v1.tar+gzip")) {
        state->packed = archive_write_new();
        archive_write_set_format_raw(state->packed);
        archive_write_add_filter_gzip(state->packed);
        archive_write_set_filter_option(state->packed, "gzip", "timestamp", NULL);
        archive_write_set_bytes_in_last_block(state->packed, 1);
        archive_write_open(state->packed, state, NULL, write_file, NULL);
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_write_header(state->packed, entry);
        archive_entry_free(entry);
    } else if (strcmp(media_type, "application/vnd.oci.image.layer.v1.tar")) {
        berth_fail(state->call, "invalidArgument", state->object, "layers are not written as %s", media_type);
        return NULL;
    }
    struct archive *tar = archive_write_new();
    archive_write_set_format_pax_restricted(tar);
    archive_write_set_format_option(tar, "pax", "xattrheader", "SCHILY");
    archive_write_set_format_option(tar, "pax", "hdrcharset", "BINARY");
    archive_write_set_bytes_in_last_block(tar, 1);
    archive_write_open(tar, state, NULL, write_tar, NULL);
    return tar;
}

static bool rewrite(berth_call *call, int file, const char *object) {
    if (ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0) return true;
    return berth_fail_errno(call, object, "the file to write to");
}

bool diff_layer(berth_call *call, int root, int below, int file, const char *media_type, json_t *mount_points,
                const char *object, layer_result *result) {
    diffing state = { .call = call, .mount_points = mount_points, .object = object, .file = file };
    if (!rewrite(call, file, object) || !(state.tar = open_tar(&state, media_type))) return false;
    state.hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(state.hash, EVP_sha256(), NULL);
    bool done = diff_root(&state, root, below);
    if (done && archive_write_close(state.tar) < ARCHIVE_WARN) done = fail_tar(&state, "the layer");
    if (done && state.packed && archive_write_close(state.packed) < ARCHIVE_WARN)
        done = berth_fail(call, "internal", object, "%s", archive_error_string(state.packed));
    if (done) finish_digest(state.hash, state.size, result);
    archive_write_free(state.tar);
    if (state.packed) archive_write_free(state.packed);
    EVP_MD_CTX_free(state.hash);
    return done;
}

bool list_changes(berth_call *call, int root, int below, int file, json_t *mount_points, const char *object,
                  int64_t *count) {
    diffing state = { .call = call, .mount_points = mount_points, .object = object };
    if (!rewrite(call, file, object) || !(state.list = fdopen(dup(file), "w"))) return false;
    bool done = diff_root(&state, root, below);
    if (fclose(state.list) != 0 && done) done = berth_fail_errno(call, object, "the list");
    *count = state.count;
    return done;
}
