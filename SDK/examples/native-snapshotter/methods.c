/* The methods of the kinds `snapshotter` and `differ` (Sources/BerthAPI/Kinds/Snapshotter.swift). */
#define _GNU_SOURCE
#include "native.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_BYTES = 256 };

static const char *object_of(const char *key) {
    static __thread char text[KEY_BYTES + 16];
    snprintf(text, sizeof text, "snapshot %s", key);
    return text;
}

static bool check_key(berth_call *call, const char *key) {
    size_t size = strlen(key);
    if (size > 0 && size <= KEY_BYTES) return true;
    berth_fail(call, "invalidArgument", NULL, "a key has 1 to %d bytes, not %zu", KEY_BYTES, size);
    return false;
}

static bool check_labels(berth_call *call, json_t *labels) {
    const char *name;
    json_t *value;
    if (labels && !json_is_object(labels)) return berth_unpack(call, labels, "{}");
    json_object_foreach(labels, name, value)
        if (!json_is_string(value)) {
            berth_fail(call, "invalidArgument", NULL, "label %s is not a string", name);
            return false;
        }
    return true;
}

/* Looks a snapshot up; fails the call when there is none. */
static bool get(berth_call *call, const char *key, snapshot *found) {
    if (find_snapshot(key, found)) return true;
    berth_fail(call, "notFound", object_of(key), "there is no snapshot %s", key);
    return false;
}

/* MARK: Making */

static json_t *mounts_of(const snapshot *snapshot_) {
    snapshot parent;
    char *path = NULL;
    if (snapshot_->kind == VIEW && snapshot_->parent && find_snapshot(snapshot_->parent, &parent)) {
        path = content_path(&parent);
        free_snapshot(&parent);
    } else {
        path = content_path(snapshot_);
    }
    json_t *mounts = json_pack("{s:[{s:s, s:s, s:[s, s]}]}", "mounts", "type", "bind", "source", path, "options", "bind",
                               snapshot_->kind == VIEW ? "ro" : "rw");
    free(path);
    return mounts;
}

static bool check_parent(berth_call *call, const char *key) {
    snapshot parent;
    if (!key) return true;
    if (!get(call, key, &parent)) return false;
    bool fits = parent.kind == COMMITTED;
    if (!fits) berth_fail(call, "failedPrecondition", object_of(key), "snapshot %s is not committed", key);
    free_snapshot(&parent);
    return fits;
}

static bool is_equal(const char *a, const char *b) { return a && b ? !strcmp(a, b) : a == b; }

static json_t *repeat(berth_call *call, snapshot *existing, snapshot_kind kind, const char *parent) {
    json_t *result = NULL;
    if (existing->kind == kind && is_equal(existing->parent, parent))
        result = mounts_of(existing);
    else
        berth_fail(call, "conflict", object_of(existing->key), "there is a snapshot %s already, which is %s",
                   existing->key, kind_names[existing->kind]);
    free_snapshot(existing);
    return result;
}

static json_t *make(berth_call *call, json_t *params, snapshot_kind kind) {
    const char *key, *parent = NULL;
    json_t *labels = NULL;
    if (!berth_unpack(call, params, "{s:s, s?s, s?o}", "key", &key, "parent", &parent, "labels", &labels)
        || !check_key(call, key) || !check_labels(call, labels))
        return NULL;
    json_t *result = NULL;
    snapshot existing;
    hold_keys(key, NULL, parent);
    if (find_snapshot(key, &existing)) {
        result = repeat(call, &existing, kind, parent);
    } else if (check_parent(call, parent)) {
        json_t *kept = labels ? json_incref(labels) : json_object();
        snapshot new = { (char *)key, (char *)parent, "", kind, kept, berth_now(), false };
        if (make_snapshot(call, &new)) result = mounts_of(&new);
        json_decref(kept);
    }
    release_keys(key, NULL, parent);
    return result;
}

static json_t *prepare(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    return make(call, params, ACTIVE);
}

static json_t *view(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    return make(call, params, VIEW);
}

/* MARK: Committing */

/* With both keys held. */
static void commit_held(berth_call *call, const char *target, const char *key, const char *parent, json_t *labels) {
    snapshot found, result;
    bool is_taken = find_snapshot(target, &found), was_done = is_taken && found.kind == COMMITTED;
    if (is_taken) free_snapshot(&found);
    if (!find_snapshot(key, &result)) {
        if (!was_done) berth_fail(call, "notFound", object_of(key), "there is no snapshot %s", key);
        return;
    }
    char *old_key = result.key;
    if (is_taken)
        berth_fail(call, "conflict", object_of(target), "there is a snapshot %s already", target);
    else if (result.kind != ACTIVE)
        berth_fail(call, "failedPrecondition", object_of(key), "snapshot %s is not active", key);
    else if (parent && !is_equal(parent, result.parent))
        berth_fail(call, "failedPrecondition", object_of(key), "snapshot %s was not made on %s", key, parent);
    if (!berth_failed(call) && synchronize_content(call, &result)) {
        result.key = strdup(target);
        result.kind = COMMITTED;
        if (labels) {
            json_decref(result.labels);
            result.labels = json_incref(labels);
        }
        if (write_record(call, &result)) replace_snapshot(old_key, &result);
        free(old_key);
    }
    free_snapshot(&result);
}

static json_t *commit(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *target, *key, *parent = NULL;
    json_t *labels = NULL;
    if (!berth_unpack(call, params, "{s:s, s:s, s?s, s?o}", "snapshot", &target, "key", &key, "parent", &parent,
                      "labels", &labels)
        || !check_key(call, target) || !check_key(call, key) || !check_labels(call, labels))
        return NULL;
    hold_keys(key, target, NULL);
    commit_held(call, target, key, parent, labels);
    release_keys(key, target, NULL);
    return NULL;
}

/* MARK: Looking */

static const char *key_of(berth_call *call, json_t *params) {
    const char *key;
    return berth_unpack(call, params, "{s:s}", "key", &key) && check_key(call, key) ? key : NULL;
}

static json_t *mounts(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    snapshot found;
    const char *key = key_of(call, params);
    if (!key || !get(call, key, &found)) return NULL;
    json_t *result = NULL;
    if (found.kind == COMMITTED)
        berth_fail(call, "failedPrecondition", object_of(key), "snapshot %s is committed", key);
    else
        result = mounts_of(&found);
    free_snapshot(&found);
    return result;
}

static json_t *stat_of(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    snapshot found;
    const char *key = key_of(call, params);
    if (!key || !get(call, key, &found)) return NULL;
    json_t *result = describe(&found);
    free_snapshot(&found);
    return result;
}

static json_t *usage_of(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    snapshot found, parent;
    usage total = { 0 };
    const char *key = key_of(call, params);
    if (!key || !get(call, key, &found)) return NULL;
    int below = -1;
    if (found.parent && find_snapshot(found.parent, &parent)) {
        below = open_content(&parent);
        free_snapshot(&parent);
    }
    int content = open_content(&found);
    /* A view has nothing of its own. */
    bool is_view = found.kind == VIEW && found.parent;
    if (!is_view && (content < 0 || measure(call, content, below, &total) < 0))
        berth_fail_errno(call, object_of(key), "snapshot %s cannot be measured", key);
    if (content >= 0) close(content);
    if (below >= 0) close(below);
    free_snapshot(&found);
    return json_pack("{s:I, s:I}", "size", (json_int_t)total.size, "inodes", (json_int_t)total.inodes);
}

struct filter {
    const char *kind, *parent;
    json_t *labels;
};

static bool matches(const snapshot *snapshot, void *context) {
    const struct filter *filter = context;
    const char *name;
    json_t *value;
    if (filter->kind && strcmp(filter->kind, kind_names[snapshot->kind])) return false;
    if (filter->parent && !is_equal(filter->parent, snapshot->parent)) return false;
    json_object_foreach(filter->labels, name, value)
        if (!json_equal(value, json_object_get(snapshot->labels, name))) return false;
    return true;
}

static json_t *list(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    struct filter filter = { 0 };
    if (!berth_unpack(call, params, "{s?s, s?s, s?o}", "kind", &filter.kind, "parent", &filter.parent, "labels",
                      &filter.labels))
        return NULL;
    bool known = !filter.kind;
    for (int kind = ACTIVE; kind <= COMMITTED && !known; kind++) known = !strcmp(filter.kind, kind_names[kind]);
    if (!known) return berth_fail(call, "invalidArgument", NULL, "there is no kind of snapshot %s", filter.kind);
    return list_snapshots(matches, &filter);
}

/* MARK: Changing and removing */

static json_t *update(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *key;
    json_t *labels, *result = NULL;
    snapshot found;
    if (!berth_unpack(call, params, "{s:s, s:o}", "key", &key, "labels", &labels) || !check_key(call, key)
        || !check_labels(call, labels))
        return NULL;
    hold_keys(key, NULL, NULL);
    if (get(call, key, &found)) {
        json_decref(found.labels);
        found.labels = json_incref(labels);
        if (write_record(call, &found)) {
            replace_snapshot(key, &found);
            result = describe(&found);
        }
        free_snapshot(&found);
    }
    release_keys(key, NULL, NULL);
    return result;
}

static json_t *remove_snapshot(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    snapshot found;
    const char *key = key_of(call, params);
    if (!key) return NULL;
    hold_keys(key, NULL, NULL);
    if (find_snapshot(key, &found)) {
        if (has_children(key))
            berth_fail(call, "failedPrecondition", object_of(key), "snapshot %s has children", key);
        else
            discard_snapshot(call, &found);
        free_snapshot(&found);
    }
    release_keys(key, NULL, NULL);
    return NULL;
}

static json_t *cleanup(berth_call *call, json_t *params, void *driver) {
    (void)call, (void)params, (void)driver;
    return json_pack("{s:i}", "removed", clean_up());
}

/* MARK: Layers */

/* With the key held. The mark goes to the disk first: what a crash leaves in the middle is known to be no whole. */
static json_t *apply_held(berth_call *call, snapshot *target, int blob, const char *media_type) {
    layer_result result;
    if (target->kind != ACTIVE)
        return berth_fail(call, "failedPrecondition", object_of(target->key), "snapshot %s is not active", target->key);
    if (target->layered && !reset_content(call, target)) return NULL;
    target->layered = true;
    if (!write_record(call, target)) return NULL;
    replace_snapshot(target->key, target);
    int root = open_content(target);
    if (root < 0) return berth_fail_errno(call, object_of(target->key), "snapshot %s", target->key);
    bool done = apply_layer(call, root, blob, media_type, object_of(target->key), &result);
    close(root);
    if (done) return json_pack("{s:s, s:I}", "diffID", result.diff_id, "size", (json_int_t)result.size);
    /* After an error the snapshot is as empty as before. */
    reset_content(call, target);
    return NULL;
}

static json_t *apply(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *media_type, *key;
    json_t *mounts_, *result = NULL;
    snapshot target;
    if (!berth_unpack(call, params, "{s:s, s:s, s:o}", "mediaType", &media_type, "key", &key, "mounts", &mounts_)
        || !check_key(call, key))
        return NULL;
    int blob = berth_take_descriptor(call, "the blob's descriptor");
    if (blob < 0) return NULL;
    hold_keys(key, NULL, NULL);
    /* One that was given up while it waited must not undo what a later one did. */
    if (!berth_cancelled(call) && get(call, key, &target)) {
        result = apply_held(call, &target, blob, media_type);
        free_snapshot(&target);
    }
    release_keys(key, NULL, NULL);
    close(blob);
    return result;
}

/* With the key held. */
static json_t *diff_held(berth_call *call, const snapshot *found, int file, const char *media_type, json_t *mount_points) {
    snapshot parent;
    layer_result layer;
    int64_t count = 0;
    int below = -1, root = -1;
    if (found->parent && find_snapshot(found->parent, &parent)) {
        below = open_content(&parent);
        /* A view has nothing of its own. */
        if (found->kind == VIEW) root = open_content(&parent);
        free_snapshot(&parent);
    }
    if (root < 0) root = open_content(found);
    bool done = root >= 0 || berth_fail_errno(call, object_of(found->key), "snapshot %s", found->key);
    if (done && media_type)
        done = diff_layer(call, root, below, file, media_type, mount_points, object_of(found->key), &layer);
    else if (done)
        done = list_changes(call, root, below, file, mount_points, object_of(found->key), &count);
    if (root >= 0) close(root);
    if (below >= 0) close(below);
    if (!done) return NULL;
    if (!media_type) return json_pack("{s:I}", "count", (json_int_t)count);
    return json_pack("{s:s, s:I}", "diffID", layer.diff_id, "size", (json_int_t)layer.size);
}

static json_t *compare(berth_call *call, const char *key, const char *media_type, json_t *mount_points) {
    snapshot found;
    json_t *result = NULL;
    if (!check_key(call, key)) return NULL;
    int file = berth_take_descriptor(call, "the descriptor of a file");
    if (file < 0) return NULL;
    hold_keys(key, NULL, NULL);
    /* One that was given up while it waited must not write over what a later one wrote. */
    if (!berth_cancelled(call) && get(call, key, &found)) {
        result = diff_held(call, &found, file, media_type, mount_points);
        free_snapshot(&found);
    }
    release_keys(key, NULL, NULL);
    close(file);
    return result;
}

static json_t *diff(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *key, *media_type;
    json_t *mount_points;
    if (!berth_unpack(call, params, "{s:s, s:s, s:o}", "key", &key, "mediaType", &media_type, "mountPoints", &mount_points))
        return NULL;
    return compare(call, key, media_type, mount_points);
}

static json_t *changes(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *key;
    json_t *mount_points;
    if (!berth_unpack(call, params, "{s:s, s:o}", "key", &key, "mountPoints", &mount_points)) return NULL;
    return compare(call, key, NULL, mount_points);
}

const berth_method snapshot_methods[] = {
    { "snapshotter.prepare", prepare }, { "snapshotter.view", view }, { "snapshotter.commit", commit },
    { "snapshotter.mounts", mounts }, { "snapshotter.stat", stat_of }, { "snapshotter.usage", usage_of },
    { "snapshotter.update", update }, { "snapshotter.remove", remove_snapshot }, { "snapshotter.list", list },
    { "snapshotter.cleanup", cleanup }, { "differ.apply", apply },
    { "differ.diff", diff }, { "differ.changes", changes }, { 0 },
};
