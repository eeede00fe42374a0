/* Manifests by their tags and digests, and what there is. */
#define _GNU_SOURCE
#include "registry.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool unpack_target(berth_call *call, json_t *params, target *target) {
    return berth_unpack(call, params, "{s:{s:s, s:s}}", "target", "domain", &target->domain, "repository",
                        &target->repository)
        && check_target(call, target);
}

bool write_manifest(berth_call *call, const target *target, const char *name, const descriptor *descriptor) {
    draft draft;
    json_t *value = json_pack("{s:s, s:s, s:I}", "mediaType", descriptor->media_type, "digest", descriptor->digest,
                              "size", (json_int_t)descriptor->size);
    int folder = open_part(target, "manifests", true);
    bool done = folder >= 0 || berth_fail_errno(call, object_of(target), "the repository's folder");
    if (done && (done = draft_open(call, &draft))) {
        done = json_dumpfd(value, draft.file, JSON_COMPACT) == 0
            || berth_fail_errno(call, object_of(target), "%s", name);
        done = done && draft_keep(call, &draft, folder, name);
        draft_close(&draft);
    }
    if (folder >= 0) close(folder);
    json_decref(value);
    return done;
}

json_t *registry_resolve(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    target target;
    const char *name;
    if (!unpack_target(call, params, &target) || !berth_unpack(call, params, "{s:s}", "reference", &name)) return NULL;
    if (!is_tag(name) && !is_digest(name))
        return berth_fail(call, "invalidArgument", NULL, "'%.200s' is neither a tag nor a digest", name);
    int folder = open_part(&target, "manifests", false);
    int file = folder < 0 ? -1 : openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (folder >= 0) close(folder);
    if (file < 0) return missing(call, &target, name);
    json_error_t reason;
    json_t *descriptor = json_loadfd(file, 0, &reason);
    close(file);
    if (!descriptor) return berth_fail(call, "corrupted", object_of(&target), "manifests/%s: %s", name, reason.text);
    return json_pack("{s:o}", "descriptor", descriptor);
}

static json_t *tag(const char *name) { return is_tag(name) ? json_string(name) : NULL; }

json_t *registry_tags(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    target target;
    if (!unpack_target(call, params, &target)) return NULL;
    int folder = open_part(&target, "manifests", false);
    if (folder < 0) return missing(call, &target, "any tag");
    json_t *tags = list_folder(folder, tag);
    if (!tags) berth_fail_errno(call, object_of(&target), "the tags cannot be read");
    close(folder);
    return tags ? json_pack("{s:o}", "tags", tags) : NULL;
}

static json_t *repository(const char *name) {
    json_t *text;
    char *copy = strdup(name);
    for (char *c = copy; *c; c++)
        if (*c == '%') *c = '/';
    text = json_string(copy);
    free(copy);
    return text;
}

json_t *registry_catalog(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *domain;
    if (!berth_unpack(call, params, "{s:s}", "domain", &domain) || !check_domain(call, domain)) return NULL;
    int folder = open_domain(domain);
    json_t *names = folder < 0 ? json_array() : list_folder(folder, repository);
    if (!names) berth_fail_errno(call, NULL, "the repositories of %s cannot be read", domain);
    if (folder >= 0) close(folder);
    return names ? json_pack("{s:o}", "repositories", names) : NULL;
}
