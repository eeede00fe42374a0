/* The log driver `skeleton`: what containers wrote, as it came. See log.h. */
#define _GNU_SOURCE
#include "log.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    char *state;
    json_t *logs; /* container → address of its container_log */
    pthread_mutex_t lock;
} driver = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool check_name(berth_call *call, const char *name) {
    bool fits = isalnum((unsigned char)*name) && strlen(name) <= 128
        && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == strlen(name);
    if (!fits) berth_fail(call, "invalidArgument", NULL, "'%.200s' is no name for a container", name);
    return fits;
}

static container_log *known(const char *name) {
    return (container_log *)(intptr_t)json_integer_value(json_object_get(driver.logs, name));
}

/* A log in use, made when `making`; NULL for none, failed or not. */
static container_log *find(berth_call *call, const char *name, bool making) {
    pthread_mutex_lock(&driver.lock);
    container_log *log = known(name);
    if (berth_cancelled(call))
        log = NULL;
    else if (!log && ((log = log_open(driver.state, name, making))))
        json_object_set_new(driver.logs, name, json_integer((intptr_t)log));
    else if (!log && (making || errno != ENOENT))
        berth_fail_errno(call, NULL, "the log of container %s", name);
    if (log) log_retain(log);
    pthread_mutex_unlock(&driver.lock);
    return log;
}

static bool is_current(const char *name, const container_log *log) {
    pthread_mutex_lock(&driver.lock);
    bool same = known(name) == log;
    pthread_mutex_unlock(&driver.lock);
    return same;
}

static void leave(container_log *log);

/* A log with its turn taken, to be given to `leave`; NULL for none, failed or not. */
static container_log *enter(berth_call *call, const char *name, bool making) {
    container_log *log = check_name(call, name) ? find(call, name, making) : NULL;
    if (!log) return NULL;
    pthread_mutex_lock(&log->turn);
    if (!berth_cancelled(call) && is_current(name, log)) return log;
    /* It was removed while this waited, or nobody wants it any more. */
    leave(log);
    return berth_cancelled(call) ? NULL : enter(call, name, making);
}

static void leave(container_log *log) {
    pthread_mutex_unlock(&log->turn);
    log_release(log);
}

static void stop_stream(container_log *log) {
    berth_intake_stop(log->intake);
    log->intake = NULL;
}

/* What the shim minds is not the driver's. */
static bool check_options(berth_call *call, json_t *options) {
    const char *name;
    json_t *value;
    if (!berth_unpack(call, options, "{}")) return false;
    json_object_foreach(options, name, value) {
        if (!json_is_string(value)) berth_fail(call, "invalidArgument", NULL, "log opt '%s' is no text", name);
        if (strcmp(name, "mode") && strcmp(name, "max-buffer-size"))
            berth_fail(call, "invalidArgument", NULL, "unknown log opt '%s' for skeleton log driver", name);
    }
    return !berth_failed(call);
}

/* MARK: Methods */

static json_t *validate(berth_call *call, json_t *params, void *nothing) {
    (void)nothing;
    json_t *options;
    if (berth_unpack(call, params, "{s:o}", "options", &options)) check_options(call, options);
    return NULL;
}

static json_t *open_log(berth_call *call, json_t *params, void *nothing) {
    (void)nothing;
    const char *name;
    json_t *options;
    if (!berth_unpack(call, params, "{s:s, s:o}", "container", &name, "options", &options)
        || !check_options(call, options))
        return NULL;
    int stream = berth_take_descriptor(call, "the log stream");
    container_log *log = stream < 0 ? NULL : enter(call, name, true);
    if (!log) {
        if (stream >= 0) close(stream);
        return NULL;
    }
    stop_stream(log);
    log_set_live(log, true);
    log->intake = berth_intake_start(stream, log->sequence, log_append, log);
    if (!log->intake) berth_fail_errno(call, NULL, "the log stream");
    leave(log);
    return NULL;
}

static json_t *close_log(berth_call *call, json_t *params, void *nothing) {
    (void)nothing;
    const char *name;
    container_log *log = berth_unpack(call, params, "{s:s}", "container", &name) ? enter(call, name, false) : NULL;
    if (!log) return NULL;
    /* The end may still be on its way; a shim that is gone sends none. */
    if (log->intake) berth_intake_wait(log->intake, berth_remaining(call, 1000));
    stop_stream(log);
    if (log_end(log) < 0) berth_fail_errno(call, NULL, "the log of container %s", name);
    leave(log);
    return NULL;
}

static bool take_time(berth_call *call, const char *text, int64_t *time) {
    bool fits = !text || berth_parse_time(text, time);
    if (!fits) berth_fail(call, "invalidArgument", NULL, "'%.100s' is no time", text);
    return fits;
}

static json_t *read_log(berth_call *call, json_t *params, void *nothing) {
    (void)nothing;
    const char *name, *since = NULL, *until = NULL;
    int out, error, follow;
    json_int_t tail = -1;
    selection wanted = { .since = INT64_MIN, .until = INT64_MAX };
    if (!berth_unpack(call, params, "{s:s, s:b, s:b, s:b, s?I, s?s, s?s}", "container", &name, "stdout", &out, "stderr",
                      &error, "follow", &follow, "tail", &tail, "since", &since, "until", &until)
        || !take_time(call, since, &wanted.since) || !take_time(call, until, &wanted.until))
        return NULL;
    wanted.out = out, wanted.error = error, wanted.follow = follow;
    /* More than anybody looks through is everything. */
    wanted.has_tail = tail >= 0 && tail <= 1000000;
    wanted.tail = tail;
    container_log *log = enter(call, name, false);
    int ends[2] = { -1, -1 };
    if (log) ends[1] = start_reader(log, wanted);
    else if (!berth_failed(call) && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) close(ends[0]);
    if (ends[1] >= 0) berth_send_descriptor(call, ends[1]);
    else berth_fail_errno(call, NULL, "a stream for the lines");
    if (log) leave(log);
    return NULL;
}

static json_t *rotate(berth_call *call, json_t *params, void *nothing) {
    (void)nothing;
    const char *name = "";
    container_log *log = berth_unpack(call, params, "{s:s}", "container", &name) ? enter(call, name, false) : NULL;
    if (!log) return berth_fail(call, "notFound", NULL, "container %s has no log", name);
    if (log_rotate(log) < 0) berth_fail_errno(call, NULL, "the log of container %s", name);
    leave(log);
    return NULL;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status, (void)type, (void)place;
    return remove(path);
}

static void remove_named(berth_call *call, const char *name) {
    container_log *log = enter(call, name, false);
    if (!log) return;
    stop_stream(log);
    log_set_live(log, false);
    pthread_mutex_lock(&driver.lock);
    if (nftw(log->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        berth_fail_errno(call, NULL, "%s", log->path);
    else if (json_object_del(driver.logs, name) == 0)
        log_release(log);
    pthread_mutex_unlock(&driver.lock);
    leave(log);
}

static json_t *remove_log(berth_call *call, json_t *params, void *nothing) {
    (void)nothing;
    const char *name;
    if (berth_unpack(call, params, "{s:s}", "container", &name)) remove_named(call, name);
    return NULL;
}

/* Names of all logs on disk, or of those whose stream is open. */
static json_t *names(bool only_open) {
    json_t *all = json_array();
    struct dirent **entries;
    int count = scandir(driver.state, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        pthread_mutex_lock(&driver.lock);
        container_log *log = known(name);
        if (*name != '.' && (!only_open || (log && log->intake))) json_array_append_new(all, json_string(name));
        pthread_mutex_unlock(&driver.lock);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    return all;
}

static bool has(json_t *list, const char *text) {
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item) if (json_is_string(item) && !strcmp(json_string_value(item), text)) return true;
    return false;
}

static json_t *reconcile(berth_call *call, json_t *params, void *nothing) {
    (void)nothing;
    json_t *wanted, *name, *all = names(false), *removed = json_array();
    size_t index;
    if (berth_unpack(call, params, "{s:o}", "containers", &wanted) && !json_is_array(wanted))
        berth_fail(call, "invalidArgument", NULL, "containers: an array expected");
    json_array_foreach(all, index, name) {
        if (berth_failed(call) || has(wanted, json_string_value(name))) continue;
        remove_named(call, json_string_value(name));
        json_array_append(removed, name);
    }
    json_decref(all);
    return json_pack("{s:o, s:o}", "removed", removed, "open", names(true));
}

static json_t *list(berth_call *call, json_t *params, void *nothing) {
    (void)call, (void)params, (void)nothing;
    return json_pack("{s:o, s:o}", "containers", names(false), "open", names(true));
}

/* MARK: Start */

static void *open_driver(const berth_environment *environment, berth_call *call) {
    (void)call;
    driver.state = strdup(environment->state);
    driver.logs = json_object();
    return &driver;
}

int main(void) {
    static const char *const kinds[] = { "log", NULL };
    static const berth_method methods[] = {
        { "log.validate", validate }, { "log.open", open_log }, { "log.close", close_log }, { "log.read", read_log },
        { "log.rotate", rotate }, { "log.remove", remove_log }, { "log.reconcile", reconcile }, { "log.list", list }, { 0 },
    };
    static const berth_plugin plugin = {
        .name = "skeleton", .version = "0.1.0", .kinds = kinds, .methods = methods, .open = open_driver,
    };
    return berth_run(&plugin);
}
