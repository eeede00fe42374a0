/* The methods of the kind `snapshotter` (Sources/BerthAPI/Kinds/Snapshotter.swift). */
#define _GNU_SOURCE
#include "native.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_BYTES = 256 };

const char *object_of(const char *key) {
    static __thread char text[KEY_BYTES + 16];
    snprintf(text, sizeof text, "snapshot %s", key);
    return text;
}

bool check_key(berth_call *call, const char *key) {
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

bool get_snapshot(berth_call *call, const char *key, snapshot *found) {
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
    if (!get_snapshot(call, key, &parent)) return false;
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
    if (!hold_keys(call, key, NULL, parent)) return NULL;
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
    if (!hold_keys(call, key, target, NULL)) return NULL;
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
    if (!key || !get_snapshot(call, key, &found)) return NULL;
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
    if (!key || !get_snapshot(call, key, &found)) return NULL;
    json_t *result = describe(&found);
    free_snapshot(&found);
    return result;
}

static json_t *usage_of(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    snapshot found, parent;
    usage total = { 0 };
    const char *key = key_of(call, params);
    if (!key || !get_snapshot(call, key, &found)) return NULL;
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
    if (!hold_keys(call, key, NULL, NULL)) return NULL;
    if (get_snapshot(call, key, &found)) {
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
    if (!hold_keys(call, key, NULL, NULL)) return NULL;
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

const berth_method snapshot_methods[] = {
    { "snapshotter.prepare", prepare }, { "snapshotter.view", view }, { "snapshotter.commit", commit },
    { "snapshotter.mounts", mounts }, { "snapshotter.stat", stat_of }, { "snapshotter.usage", usage_of },
    { "snapshotter.update", update }, { "snapshotter.remove", remove_snapshot }, { "snapshotter.list", list },
    { "snapshotter.cleanup", cleanup }, { "differ.apply", differ_apply },
    { "differ.diff", differ_diff }, { "differ.changes", differ_changes }, { 0 },
};
