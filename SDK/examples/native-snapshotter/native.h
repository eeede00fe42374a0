/* A snapshotter that copies: each snapshot is a whole tree of its own.
 *
 *     <state>/snapshots/<id>/record.json    key, kind, parent, labels, createdAt, layered
 *     <state>/snapshots/<id>/content/       the tree; a view of a parent has none of its own
 *     <state>/new/<id>/                     being made
 *     <state>/trash/<id>/                   being removed
 */
#ifndef NATIVE_H
#define NATIVE_H

#include "berth_plugin.h"

#include <stdint.h>
#include <sys/stat.h>

/* MARK: Trees. All return 0, or -1 with errno. */

/* A set of inode numbers, each with a text that may be NULL. */
typedef struct {
    struct inode_entry {
        uint64_t number;
        char *text;
        bool used;
    } *entries;
    size_t count, capacity;
} inode_set;

bool inode_set_has(const inode_set *set, uint64_t number);
const char *inode_set_text(const inode_set *set, uint64_t number);
/* Takes the text. */
void inode_set_add(inode_set *set, uint64_t number, char *text);
void inode_set_clear(inode_set *set);

/* Makes `name` in `to` a copy of the folder `from`: owners, modes, times, extended attributes, hard links, devices. */
int copy_tree(berth_call *call, int from, int to, const char *name);
int copy_attributes(int from, int to);
/* Removes what `name` is, a folder with all that is in it; what is gone succeeds. */
int remove_tree(int parent, const char *name);
/* Removes what a folder has, except inodes of `kept`; folders among those are emptied in the same way. */
int clear_folder(int folder, const inode_set *kept);

typedef struct {
    int64_t size, inodes;
} usage;
/* What a tree has of its own: entries that are not as in `below`, which may be -1. */
int measure(berth_call *call, int folder, int below, usage *total);

/* MARK: Layers */

typedef struct {
    char diff_id[72]; /* "sha256:" and 64 digits */
    int64_t size;     /* bytes of the tar stream */
} layer_result;
/* Unpacks a layer into the folder `root`. Returns false after berth_fail. */
bool apply_layer(berth_call *call, int root, int blob, const char *media_type, const char *object,
                 layer_result *result);

/* Write what the tree `root` has of its own, compared with `below`, which may be -1, to a file that is emptied first: as
 * a layer, and as the list of differ.changes. Return false after berth_fail. */
bool diff_layer(berth_call *call, int root, int below, int file, const char *media_type, json_t *mount_points,
                const char *object, layer_result *result);
bool list_changes(berth_call *call, int root, int below, int file, json_t *mount_points, const char *object,
                  int64_t *count);
struct evp_md_ctx_st;
/* Ends the hash. */
void finish_digest(struct evp_md_ctx_st *hash, int64_t size, layer_result *result);

struct archive;
struct archive_entry;
/* What an unpacking knows. */
typedef struct {
    int root;
    struct archive *tar;
    /* What this layer has made or named: whiteouts of the same layer do not hide it. */
    inode_set own;
    /* Times of folders, to be set when nothing is made in them any more. */
    struct folder_time {
        char *path;
        struct timespec time;
    } *times;
    size_t time_count, time_capacity;
} unpacking;
/* Puts one entry in place. Returns NULL, or why the layer is refused. */
const char *put_entry(unpacking *state, struct archive_entry *entry);

/* MARK: Snapshots */

typedef enum { ACTIVE, VIEW, COMMITTED } snapshot_kind;
extern const char *const kind_names[];

typedef struct {
    char *key, *parent; /* parent may be NULL */
    char id[24];
    snapshot_kind kind;
    json_t *labels;
    int64_t created;
    bool layered; /* a layer was unpacked into it, perhaps not to its end */
} snapshot;

/* Opens the store; NULL after berth_fail. */
void *open_snapshots(const berth_environment *environment, berth_call *call);
/* How many there are. */
size_t count_snapshots(void);
extern const berth_method snapshot_methods[];
json_t *differ_apply(berth_call *call, json_t *params, void *driver);
json_t *differ_diff(berth_call *call, json_t *params, void *driver);
json_t *differ_changes(berth_call *call, json_t *params, void *driver);

/* As errors name it; good until the thread's next. */
const char *object_of(const char *key);
bool check_key(berth_call *call, const char *key);
/* Waits for keys, and returns false when the caller has given up meanwhile: then none is held. */
bool hold_keys(berth_call *call, const char *alone, const char *other, const char *shared);
/* Everything below is for callers that hold the keys in question. */
void release_keys(const char *alone, const char *other, const char *shared);
/* A copy of what is known, or false when there is no such snapshot; to be freed. */
bool find_snapshot(const char *key, snapshot *found);
/* The same; fails the call when there is none. */
bool get_snapshot(berth_call *call, const char *key, snapshot *found);
void free_snapshot(snapshot *snapshot);
bool has_children(const char *key);
json_t *list_snapshots(bool (*matches)(const snapshot *, void *), void *context);
json_t *describe(const snapshot *snapshot);
/* Below: false after berth_fail. */
bool make_snapshot(berth_call *call, snapshot *new);
bool write_record(berth_call *call, const snapshot *snapshot);
/* Replaces what is known of `key` with `new`. */
void replace_snapshot(const char *key, const snapshot *new);
bool discard_snapshot(berth_call *call, const snapshot *snapshot);
/* Gives an active snapshot the content that it had when it was made. */
bool reset_content(berth_call *call, const snapshot *snapshot);
int open_content(const snapshot *snapshot);
char *content_path(const snapshot *snapshot);
bool synchronize_content(berth_call *call, const snapshot *snapshot);
int clean_up(void);

#endif
