/* The methods of the kind `differ` (Sources/BerthAPI/Kinds/Snapshotter.swift). */
#define _GNU_SOURCE
#include "native.h"

#include <unistd.h>

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

json_t *differ_apply(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *media_type, *key;
    json_t *mounts_, *result = NULL;
    snapshot target;
    if (!berth_unpack(call, params, "{s:s, s:s, s:o}", "mediaType", &media_type, "key", &key, "mounts", &mounts_)
        || !check_key(call, key))
        return NULL;
    int blob = berth_take_descriptor(call, "the blob's descriptor");
    if (blob < 0) return NULL;
    if (hold_keys(call, key, NULL, NULL)) {
        if (get_snapshot(call, key, &target)) {
            result = apply_held(call, &target, blob, media_type);
            free_snapshot(&target);
        }
        release_keys(key, NULL, NULL);
    }
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
    if (hold_keys(call, key, NULL, NULL)) {
        if (get_snapshot(call, key, &found)) {
            result = diff_held(call, &found, file, media_type, mount_points);
            free_snapshot(&found);
        }
        release_keys(key, NULL, NULL);
    }
    close(file);
    return result;
}

json_t *differ_diff(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *key, *media_type;
    json_t *mount_points;
    if (!berth_unpack(call, params, "{s:s, s:s, s:o}", "key", &key, "mediaType", &media_type, "mountPoints", &mount_points))
        return NULL;
    return compare(call, key, media_type, mount_points);
}

json_t *differ_changes(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *key;
    json_t *mount_points;
    if (!berth_unpack(call, params, "{s:s, s:o}", "key", &key, "mountPoints", &mount_points)) return NULL;
    return compare(call, key, NULL, mount_points);
}
