/* The snapshots that there are: in memory, and on disk. */
#define _GNU_SOURCE
#include "native.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const kind_names[] = { "active", "view", "committed" };

/* A key that somebody works on: alone, or with others that only need it to stay. */
typedef struct {
    char *key;
    int alone, shared, waiting;
} hold;

static struct {
    char *path;
    int folder, snapshots, new, trash;
    pthread_mutex_t lock;
    snapshot *all;
    size_t count, capacity;
    uint64_t next_id;
    hold *holds;
    size_t hold_count;
    pthread_cond_t released;
} store = { .lock = PTHREAD_MUTEX_INITIALIZER, .released = PTHREAD_COND_INITIALIZER };

/* MARK: Keys */

static hold *hold_of(const char *key) {
    for (size_t i = 0; i < store.hold_count; i++)
        if (!strcmp(store.holds[i].key, key)) return &store.holds[i];
    store.holds = realloc(store.holds, (store.hold_count + 1) * sizeof *store.holds);
    store.holds[store.hold_count] = (hold){ .key = strdup(key) };
    return &store.holds[store.hold_count++];
}

static void forget_unused(const char *key) {
    hold *unused = hold_of(key);
    if (unused->alone || unused->shared || unused->waiting) return;
    free(unused->key);
    *unused = store.holds[--store.hold_count];
}

static void hold_one(const char *key, bool alone) {
    if (!key) return;
    hold_of(key)->waiting++;
    while (hold_of(key)->alone || (alone && hold_of(key)->shared)) pthread_cond_wait(&store.released, &store.lock);
    hold *mine = hold_of(key);
    mine->waiting--;
    if (alone) mine->alone++;
    else mine->shared++;
}

static void release_one(const char *key, bool alone) {
    if (!key) return;
    hold *mine = hold_of(key);
    if (alone) mine->alone--;
    else mine->shared--;
    forget_unused(key);
}

/* In the order of the texts, so that two callers never wait for each other. Equal keys are held once. */
bool hold_keys(berth_call *call, const char *alone, const char *other, const char *shared) {
    struct { const char *key; bool alone; } wanted[] = { { alone, true }, { other, true }, { shared, false } };
    if (other && !strcmp(alone, other)) wanted[1].key = NULL;
    if (shared && (!strcmp(alone, shared) || (other && !strcmp(other, shared)))) wanted[2].key = NULL;
    pthread_mutex_lock(&store.lock);
    for (int round = 0; round < 3; round++) {
        int first = -1;
        for (int i = 0; i < 3; i++)
            if (wanted[i].key && (first < 0 || strcmp(wanted[i].key, wanted[first].key) < 0)) first = i;
        if (first < 0) break;
        hold_one(wanted[first].key, wanted[first].alone);
        wanted[first].key = NULL;
    }
    pthread_mutex_unlock(&store.lock);
    if (!berth_cancelled(call)) return true;
    release_keys(alone, other, shared);
    return false;
}

void release_keys(const char *alone, const char *other, const char *shared) {
    if (shared && (!strcmp(alone, shared) || (other && !strcmp(other, shared)))) shared = NULL;
    if (other && !strcmp(alone, other)) other = NULL;
    pthread_mutex_lock(&store.lock);
    release_one(alone, true);
    release_one(other, true);
    release_one(shared, false);
    pthread_cond_broadcast(&store.released);
    pthread_mutex_unlock(&store.lock);
}

/* MARK: In memory */

static snapshot copy_of(const snapshot *from) {
    snapshot copy = *from;
    copy.key = strdup(from->key);
    copy.parent = from->parent ? strdup(from->parent) : NULL;
    json_incref(copy.labels);
    return copy;
}

void free_snapshot(snapshot *snapshot) {
    free(snapshot->key);
    free(snapshot->parent);
    json_decref(snapshot->labels);
}

static snapshot *find(const char *key) {
    for (size_t i = 0; i < store.count; i++)
        if (!strcmp(store.all[i].key, key)) return &store.all[i];
    return NULL;
}

bool find_snapshot(const char *key, snapshot *found) {
    pthread_mutex_lock(&store.lock);
    snapshot *known = find(key);
    if (known) *found = copy_of(known);
    pthread_mutex_unlock(&store.lock);
    return known != NULL;
}

bool has_children(const char *key) {
    bool has = false;
    pthread_mutex_lock(&store.lock);
    for (size_t i = 0; i < store.count && !has; i++)
        has = store.all[i].parent && !strcmp(store.all[i].parent, key);
    pthread_mutex_unlock(&store.lock);
    return has;
}

size_t count_snapshots(void) {
    pthread_mutex_lock(&store.lock);
    size_t count = store.count;
    pthread_mutex_unlock(&store.lock);
    return count;
}

static void insert(const snapshot *new) {
    if (store.count == store.capacity) {
        store.capacity = store.capacity ? store.capacity * 2 : 64;
        store.all = realloc(store.all, store.capacity * sizeof *store.all);
    }
    store.all[store.count++] = copy_of(new);
}

static void forget(const char *key) {
    snapshot *known = find(key);
    if (!known) return;
    free_snapshot(known);
    *known = store.all[--store.count];
}

void replace_snapshot(const char *key, const snapshot *new) {
    pthread_mutex_lock(&store.lock);
    forget(key);
    insert(new);
    pthread_mutex_unlock(&store.lock);
}

static int by_key(const void *a, const void *b) {
    return strcmp(((const snapshot *)a)->key, ((const snapshot *)b)->key);
}

json_t *list_snapshots(bool (*matches)(const snapshot *, void *), void *context) {
    json_t *list = json_array();
    pthread_mutex_lock(&store.lock);
    qsort(store.all, store.count, sizeof *store.all, by_key);
    for (size_t i = 0; i < store.count; i++)
        if (matches(&store.all[i], context)) json_array_append_new(list, describe(&store.all[i]));
    pthread_mutex_unlock(&store.lock);
    return list;
}

json_t *describe(const snapshot *snapshot) {
    json_t *info = json_pack("{s:s, s:s, s:O, s:o}", "key", snapshot->key, "kind", kind_names[snapshot->kind],
                             "labels", snapshot->labels, "createdAt", berth_time(snapshot->created));
    if (snapshot->parent) json_object_set_new(info, "parent", json_string(snapshot->parent));
    return info;
}

/* MARK: On disk */

static int open_below(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static json_t *record_of(const snapshot *snapshot) {
    json_t *record = json_pack("{s:s, s:i, s:O, s:I, s:b}", "key", snapshot->key, "kind", (int)snapshot->kind, "labels",
                               snapshot->labels, "created", (json_int_t)snapshot->created, "layered", snapshot->layered);
    if (snapshot->parent) json_object_set_new(record, "parent", json_string(snapshot->parent));
    return record;
}

static int write_record_in(int folder, const snapshot *snapshot) {
    json_t *record = record_of(snapshot);
    char *text = json_dumps(record, JSON_COMPACT);
    int result = berth_write_file(folder, "record.json", text, strlen(text));
    free(text);
    json_decref(record);
    return result;
}

bool write_record(berth_call *call, const snapshot *snapshot) {
    int folder = open_below(store.snapshots, snapshot->id);
    int result = folder < 0 ? -1 : write_record_in(folder, snapshot);
    if (result < 0) berth_fail_errno(call, NULL, "the record of snapshot %s cannot be written", snapshot->key);
    if (folder >= 0) close(folder);
    return result == 0;
}

int open_content(const snapshot *snapshot) {
    char path[64];
    snprintf(path, sizeof path, "%s/content", snapshot->id);
    return open_below(store.snapshots, path);
}

char *content_path(const snapshot *snapshot) {
    char *path;
    return asprintf(&path, "%s/snapshots/%s/content", store.path, snapshot->id) < 0 ? NULL : path;
}

bool synchronize_content(berth_call *call, const snapshot *snapshot) {
    int content = open_content(snapshot);
    bool done = content >= 0 && syncfs(content) == 0;
    if (!done) berth_fail_errno(call, NULL, "snapshot %s cannot be brought to the disk", snapshot->key);
    if (content >= 0) close(content);
    return done;
}

/* The content that a snapshot begins with: a copy of its parent's, or an empty folder. A view looks at its parent's. */
static int make_content(berth_call *call, int folder, const snapshot *new) {
    snapshot parent;
    if (!new->parent || new->kind == VIEW || !find_snapshot(new->parent, &parent)) {
        if (mkdirat(folder, "content", 0755) < 0) return -1;
        return fchmodat(folder, "content", 0755, 0);
    }
    int from = open_content(&parent);
    int result = from < 0 ? -1 : copy_tree(call, from, folder, "content");
    int error = errno;
    if (from >= 0) close(from);
    free_snapshot(&parent);
    errno = error;
    return result;
}

static int make_folder(berth_call *call, const char *id, const snapshot *new) {
    if (mkdirat(store.new, id, 0700) < 0) return -1;
    int folder = open_below(store.new, id);
    int result = folder < 0 ? -1 : make_content(call, folder, new);
    if (result == 0) result = write_record_in(folder, new);
    int error = errno;
    if (folder >= 0) close(folder);
    errno = error;
    return result;
}

static void take_id(char *id, size_t size) {
    pthread_mutex_lock(&store.lock);
    snprintf(id, size, "%llu", (unsigned long long)store.next_id++);
    pthread_mutex_unlock(&store.lock);
}

bool make_snapshot(berth_call *call, snapshot *new) {
    take_id(new->id, sizeof new->id);
    int result = make_folder(call, new->id, new);
    if (result == 0) result = renameat(store.new, new->id, store.snapshots, new->id);
    if (result == 0) result = fsync(store.snapshots);
    if (result < 0) {
        berth_fail_errno(call, NULL, "snapshot %s cannot be made", new->key);
        remove_tree(store.new, new->id);
        return false;
    }
    pthread_mutex_lock(&store.lock);
    insert(new);
    pthread_mutex_unlock(&store.lock);
    return true;
}

bool discard_snapshot(berth_call *call, const snapshot *snapshot) {
    if (renameat(store.snapshots, snapshot->id, store.trash, snapshot->id) < 0 || fsync(store.snapshots) < 0) {
        berth_fail_errno(call, NULL, "snapshot %s cannot be removed", snapshot->key);
        return false;
    }
    pthread_mutex_lock(&store.lock);
    forget(snapshot->key);
    pthread_mutex_unlock(&store.lock);
    /* It is gone; what cannot be freed now, `cleanup` frees. */
    if (remove_tree(store.trash, snapshot->id) < 0) berth_log("warning", "trash %s is left", snapshot->id);
    return true;
}

bool reset_content(berth_call *call, const snapshot *snapshot) {
    char id[24], old[64];
    take_id(id, sizeof id);
    snprintf(old, sizeof old, "%s/content", snapshot->id);
    char new[64];
    snprintf(new, sizeof new, "%s/content", id);
    int result = make_folder(call, id, snapshot);
    if (result == 0) result = renameat2(store.new, new, store.snapshots, old, RENAME_EXCHANGE);
    if (result < 0) berth_fail_errno(call, NULL, "snapshot %s cannot be emptied", snapshot->key);
    if (remove_tree(store.new, id) < 0) berth_log("warning", "what was in snapshot %s is left", snapshot->id);
    return result == 0;
}

/* Frees what removed and interrupted snapshots left. Returns how many. */
int clean_up(void) {
    int removed = 0;
    DIR *stream = fdopendir(open_below(store.trash, "."));
    struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && remove_tree(store.trash, entry->d_name) == 0)
            removed++;
    if (stream) closedir(stream);
    return removed;
}

/* MARK: Start */

static bool load(int folder, const char *id) {
    snapshot found = { 0 };
    const char *key, *parent = NULL;
    int kind, layered;
    json_int_t created;
    json_t *labels;
    int own = open_below(folder, id);
    int file = own < 0 ? -1 : openat(own, "record.json", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    json_t *record = file < 0 ? NULL : json_loadfd(file, 0, NULL);
    if (file >= 0) close(file);
    if (own >= 0) close(own);
    bool fits = record && json_unpack(record, "{s:s, s?s, s:i, s:o, s:I, s:b}", "key", &key, "parent", &parent, "kind",
                                      &kind, "labels", &labels, "created", &created, "layered", &layered) == 0
        && kind >= ACTIVE && kind <= COMMITTED && strlen(id) < sizeof found.id;
    if (fits) {
        found = (snapshot){ (char *)key, (char *)parent, "", (snapshot_kind)kind, labels, created, layered };
        strcpy(found.id, id);
        insert(&found);
    } else {
        berth_log("error", "the record of snapshot folder %s cannot be read; it is left alone", id);
    }
    uint64_t number = strtoull(id, NULL, 10);
    if (number >= store.next_id) store.next_id = number + 1;
    json_decref(record);
    return fits;
}

static int open_made(int parent, const char *name) {
    if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST) return -1;
    return open_below(parent, name);
}

void *open_snapshots(const berth_environment *environment, berth_call *call) {
    store.path = strdup(environment->state);
    store.folder = open(store.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store.folder < 0 || (store.snapshots = open_made(store.folder, "snapshots")) < 0
        || (store.trash = open_made(store.folder, "trash")) < 0 || remove_tree(store.folder, "new") < 0
        || (store.new = open_made(store.folder, "new")) < 0)
        return berth_fail_errno(call, NULL, "%s cannot be used", store.path);
    store.next_id = 1;
    DIR *stream = fdopendir(open_below(store.snapshots, "."));
    struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) load(store.snapshots, entry->d_name);
    if (stream) closedir(stream);
    clean_up();
    return &store;
}
