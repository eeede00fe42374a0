/* The volume driver `skeleton`: a folder for each volume.
 *
 *     <state>/records/<volume>    when it was made, who uses it
 *     <state>/volumes/<volume>/   the content
 */
#define _GNU_SOURCE
#include "berth_plugin.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    char *state;
    int records;
    json_t *volumes; /* name → {createdAt, uses} */
    /* Calls come from several threads at once. */
    pthread_mutex_t lock;
} driver = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* MARK: Records */

static bool check_name(berth_call *call, const char *name) {
    bool fits = isalnum((unsigned char)*name) && strlen(name) <= 128
        && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == strlen(name);
    if (!fits) berth_fail(call, "invalidArgument", NULL, "'%.200s' is no name for a volume", name);
    return fits;
}

static char *path_of(const char *name) {
    char *path;
    return asprintf(&path, "%s/volumes/%s", driver.state, name) < 0 ? abort(), NULL : path;
}

static bool save(berth_call *call, const char *name) {
    char *text = json_dumps(json_object_get(driver.volumes, name), JSON_COMPACT);
    bool saved = berth_write_file(driver.records, name, text, strlen(text)) == 0;
    if (!saved) berth_fail_errno(call, NULL, "the record of volume %s cannot be written", name);
    free(text);
    return saved;
}

static json_t *find(berth_call *call, const char *name) {
    json_t *record = json_object_get(driver.volumes, name);
    if (!record) berth_fail(call, "notFound", NULL, "there is no volume %s", name);
    return record;
}

static json_t *info(const char *name) {
    char *path = path_of(name);
    json_t *record = json_object_get(driver.volumes, name);
    json_t *result = json_pack("{s:s, s:s, s:o}", "volume", name, "mountpoint", path, "createdAt",
                               berth_time(json_integer_value(json_object_get(record, "createdAt"))));
    free(path);
    return result;
}

/* MARK: Methods, with the lock held */

static json_t *create(berth_call *call, json_t *params) {
    const char *name;
    json_t *options, *labels;
    if (!berth_unpack(call, params, "{s:s, s:o, s:o}", "volume", &name, "options", &options, "labels", &labels)
        || !berth_unpack(call, options, "{!}") || !check_name(call, name))
        return NULL;
    if (json_object_get(driver.volumes, name)) return info(name);
    char *path = path_of(name);
    if ((mkdir(path, 0755) < 0 && errno != EEXIST) || chmod(path, 0755) < 0) {
        berth_fail_errno(call, NULL, "%s", path);
    } else {
        json_t *record = json_pack("{s:I, s:[]}", "createdAt", (json_int_t)berth_now(), "uses");
        json_object_set_new(driver.volumes, name, record);
        if (!save(call, name)) json_object_del(driver.volumes, name);
    }
    free(path);
    return berth_failed(call) ? NULL : info(name);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status, (void)type, (void)place;
    return remove(path);
}

static json_t *remove_volume(berth_call *call, json_t *params) {
    const char *name;
    if (!berth_unpack(call, params, "{s:s}", "volume", &name)) return NULL;
    json_t *record = json_object_get(driver.volumes, name);
    if (!record) return NULL;
    if (json_array_size(json_object_get(record, "uses")) > 0)
        return berth_fail(call, "failedPrecondition", NULL, "volume %s is mounted", name);
    char *path = path_of(name);
    if (nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        berth_fail_errno(call, NULL, "%s", path);
    else if (unlinkat(driver.records, name, 0) < 0 && errno != ENOENT)
        berth_fail_errno(call, NULL, "the record of volume %s", name);
    else
        json_object_del(driver.volumes, name);
    free(path);
    return NULL;
}

/* Sets who uses a volume: those of before without `gone`, and `added`. */
static void set_uses(berth_call *call, const char *name, const char *added, const char *gone) {
    json_t *record = json_object_get(driver.volumes, name), *uses = json_array(), *use;
    size_t index;
    json_array_foreach(json_object_get(record, "uses"), index, use) {
        const char *container = json_string_value(use);
        if (!(gone && !strcmp(container, gone)) && !(added && !strcmp(container, added))) json_array_append(uses, use);
    }
    if (added) json_array_append_new(uses, json_string(added));
    json_object_set_new(record, "uses", uses);
    save(call, name);
}

static json_t *mount_volume(berth_call *call, json_t *params) {
    const char *name, *container;
    if (!berth_unpack(call, params, "{s:s, s:s}", "volume", &name, "container", &container) || !find(call, name))
        return NULL;
    set_uses(call, name, container, NULL);
    char *path = path_of(name);
    json_t *result = json_pack("{s:{s:s, s:s, s:[s, s]}}", "mount", "type", "bind", "source", path, "options", "rbind",
                               "copyup");
    free(path);
    return result;
}

static json_t *unmount_volume(berth_call *call, json_t *params) {
    const char *name, *container;
    if (berth_unpack(call, params, "{s:s, s:s}", "volume", &name, "container", &container)
        && json_object_get(driver.volumes, name))
        set_uses(call, name, NULL, container);
    return NULL;
}

static json_t *inspect(berth_call *call, json_t *params) {
    const char *name;
    return berth_unpack(call, params, "{s:s}", "volume", &name) && find(call, name) ? info(name) : NULL;
}

static json_t *list(berth_call *call, json_t *params) {
    (void)call, (void)params;
    const char *name;
    json_t *record, *all = json_array();
    json_object_foreach(driver.volumes, name, record) json_array_append_new(all, info(name));
    return all;
}

static __thread int64_t measured_size, measured_inodes;

static int measure_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)path, (void)type, (void)place;
    measured_size += (int64_t)status->st_blocks * 512;
    measured_inodes++;
    return 0;
}

static json_t *usage(berth_call *call, json_t *params) {
    const char *name;
    if (!berth_unpack(call, params, "{s:s}", "volume", &name) || !find(call, name)) return NULL;
    char *path = path_of(name);
    measured_size = measured_inodes = 0;
    if (nftw(path, measure_entry, 32, FTW_PHYS) < 0) berth_fail_errno(call, NULL, "%s", path);
    free(path);
    return json_pack("{s:I, s:I}", "size", (json_int_t)measured_size, "inodes", (json_int_t)measured_inodes);
}

static json_t *reconcile(berth_call *call, json_t *params) {
    json_t *uses, *record, *unknown = json_array();
    const char *name;
    if (!berth_unpack(call, params, "{s:o}", "uses", &uses) || !berth_unpack(call, uses, "{}")) return NULL;
    json_object_foreach(driver.volumes, name, record) {
        json_t *wanted = json_object_get(uses, name);
        if (!wanted) json_array_append_new(unknown, json_string(name));
        json_object_set_new(record, "uses", wanted ? json_deep_copy(wanted) : json_array());
        save(call, name);
    }
    return json_pack("{s:o}", "unknown", unknown);
}

#define METHOD(name) \
    static json_t *locked_##name(berth_call *call, json_t *params, void *nothing) { \
        (void)nothing; \
        pthread_mutex_lock(&driver.lock); \
        json_t *result = berth_cancelled(call) ? NULL : name(call, params); \
        pthread_mutex_unlock(&driver.lock); \
        return result; \
    }
METHOD(create) METHOD(remove_volume) METHOD(mount_volume) METHOD(unmount_volume)
METHOD(inspect) METHOD(list) METHOD(usage) METHOD(reconcile)

/* MARK: Start */

static int open_made(const char *name) {
    char *path;
    if (asprintf(&path, "%s/%s", driver.state, name) < 0) return -1;
    int folder = mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(path);
    return folder;
}

static void *open_driver(const berth_environment *environment, berth_call *call) {
    driver.state = strdup(environment->state);
    driver.volumes = json_object();
    driver.records = open_made("records");
    if (driver.records < 0 || close(open_made("volumes")) < 0)
        return berth_fail_errno(call, NULL, "%s", driver.state);
    DIR *stream = fdopendir(openat(driver.records, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        int file = *entry->d_name == '.' ? -1 : openat(driver.records, entry->d_name, O_RDONLY | O_CLOEXEC);
        json_t *record = file < 0 ? NULL : json_loadfd(file, 0, NULL);
        if (record) json_object_set_new(driver.volumes, entry->d_name, record);
        if (file >= 0) close(file);
    }
    if (stream) closedir(stream);
    return &driver;
}

int main(void) {
    static const char *const kinds[] = { "volume", NULL };
    static const berth_method methods[] = {
        { "volume.create", locked_create }, { "volume.remove", locked_remove_volume },
        { "volume.mount", locked_mount_volume }, { "volume.unmount", locked_unmount_volume },
        { "volume.inspect", locked_inspect }, { "volume.list", locked_list }, { "volume.usage", locked_usage },
        { "volume.reconcile", locked_reconcile }, { 0 },
    };
    static const berth_plugin plugin = {
        .name = "skeleton", .version = "0.1.0", .kinds = kinds, .methods = methods, .open = open_driver,
    };
    return berth_run(&plugin);
}
