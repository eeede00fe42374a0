/* Layers for methods in shell, which cannot hold a hostile one in its folder.
 *
 *     berth-layer apply FOLDER MEDIA-TYPE <BLOB                     unpacks a layer
 *     berth-layer diff FOLDER BELOW MEDIA-TYPE MOUNT-POINTS <>FILE  writes a layer of what BELOW has not
 *     berth-layer changes FOLDER BELOW MOUNT-POINTS <>FILE          writes the list of differ.changes
 *     berth-layer usage FOLDER BELOW                                measures what BELOW has not
 *     berth-layer swap FOLDER FOLDER                                each gets the other's name, at once
 *
 * BELOW may be empty: there is nothing below. MOUNT-POINTS are a list in JSON. It prints what a method in shell
 * answers: the result, or an error, and then the status is 1. */
#define _GNU_SOURCE
#include "internal.h"
#include "native.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* MARK: What the library's errors and the layers ask for */

const char *plugin_name(void) { return "berth-layer"; }

/* It is killed when the caller gives up. */
bool berth_cancelled(const berth_call *call) { return (void)call, false; }

void berth_progress(berth_call *call, json_t *value) {
    (void)call;
    json_decref(value);
}

/* MARK: Commands, with their arguments. NULL after berth_fail. */

/* -1 for an empty path, or failed. */
static int open_folder(berth_call *call, const char *path) {
    int folder = *path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (folder < 0 && *path) berth_fail_errno(call, NULL, "%s", path);
    return folder;
}

static json_t *of_layer(bool done, const layer_result *layer) {
    return done ? json_pack("{s:s, s:I}", "diffID", layer->diff_id, "size", (json_int_t)layer->size) : NULL;
}

static json_t *apply(berth_call *call, char **arguments) {
    layer_result layer;
    int root = open_folder(call, arguments[0]);
    return of_layer(root >= 0 && apply_layer(call, root, STDIN_FILENO, arguments[1], NULL, &layer), &layer);
}

static json_t *diff(berth_call *call, char **arguments) {
    layer_result layer;
    int root = open_folder(call, arguments[0]), below = open_folder(call, arguments[1]);
    json_t *mount_points = json_loads(arguments[3], 0, NULL);
    bool done = !call->error
        && diff_layer(call, root, below, STDIN_FILENO, arguments[2], mount_points, NULL, &layer);
    return of_layer(done, &layer);
}

static json_t *changes(berth_call *call, char **arguments) {
    int64_t count;
    int root = open_folder(call, arguments[0]), below = open_folder(call, arguments[1]);
    json_t *mount_points = json_loads(arguments[2], 0, NULL);
    bool done = !call->error && list_changes(call, root, below, STDIN_FILENO, mount_points, NULL, &count);
    return done ? json_pack("{s:I}", "count", (json_int_t)count) : NULL;
}

static json_t *measure_folder(berth_call *call, char **arguments) {
    usage total;
    int root = open_folder(call, arguments[0]), below = open_folder(call, arguments[1]);
    if (call->error) return NULL;
    if (measure(call, root, below, &total) < 0) return berth_fail_errno(call, NULL, "%s", arguments[0]);
    return json_pack("{s:I, s:I}", "size", (json_int_t)total.size, "inodes", (json_int_t)total.inodes);
}

static json_t *swap(berth_call *call, char **arguments) {
    if (renameat2(AT_FDCWD, arguments[0], AT_FDCWD, arguments[1], RENAME_EXCHANGE) == 0) return json_object();
    return berth_fail_errno(call, NULL, "%s", arguments[1]);
}

/* MARK: The program */

static const struct {
    const char *name;
    int arguments;
    json_t *(*run)(berth_call *call, char **arguments);
} commands[] = {
    { "apply", 2, apply }, { "diff", 4, diff }, { "changes", 3, changes }, { "usage", 2, measure_folder },
    { "swap", 2, swap },
};

/* As a method in shell tells an error. */
static json_t *told(json_t *error) {
    json_t *data = json_object_get(error, "data");
    json_object_set(data, "message", json_object_get(error, "message"));
    return json_pack("{s:O}", "error", data);
}

int main(int count, char **arguments) {
    /* A tree is walked with a descriptor for each level. */
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    berth_call call = { .method = "berth-layer" };
    json_t *result = NULL;
    bool known = false;
    for (size_t i = 0; i < sizeof commands / sizeof *commands && !known; i++)
        if ((known = count == commands[i].arguments + 2 && !strcmp(arguments[1], commands[i].name)))
            result = commands[i].run(&call, arguments + 2);
    if (!known) berth_fail(&call, "internal", NULL, "berth-layer has no such command");
    json_dumpf(call.error ? told(call.error) : result, stdout, JSON_COMPACT);
    return printf("\n") < 0 || fflush(stdout) != 0 || call.error;
}
