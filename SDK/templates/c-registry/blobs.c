/* Blobs: what is fetched and pushed, manifests too. */
#define _GNU_SOURCE
#include "registry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool unpack(berth_call *call, json_t *params, target *target, descriptor *wanted) {
    json_int_t size;
    if (!berth_unpack(call, params, "{s:{s:s, s:s}, s:{s:s, s:s, s:I}}", "target", "domain", &target->domain,
                      "repository", &target->repository, "descriptor", "mediaType", &wanted->media_type, "digest",
                      &wanted->digest, "size", &size))
        return false;
    wanted->size = size;
    return check_target(call, target) && check_descriptor(call, wanted);
}

/* A blob of another size is not the one that is meant. */
static bool has(int blobs, const descriptor *wanted) {
    struct stat status;
    return blobs >= 0 && fstatat(blobs, wanted->digest, &status, AT_SYMLINK_NOFOLLOW) == 0
        && status.st_size == wanted->size;
}

json_t *registry_exists(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    target target;
    descriptor wanted;
    if (!unpack(call, params, &target, &wanted)) return NULL;
    int blobs = open_part(&target, "blobs", false);
    json_t *result = json_pack("{s:b}", "exists", has(blobs, &wanted));
    if (blobs >= 0) close(blobs);
    return result;
}

/* MARK: Fetching */

json_t *registry_fetch(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    target target;
    descriptor wanted;
    json_int_t offset;
    if (!unpack(call, params, &target, &wanted) || !berth_unpack(call, params, "{s:I}", "offset", &offset)) return NULL;
    if (offset < 0 || offset > wanted.size)
        return berth_fail(call, "invalidArgument", NULL, "there is no byte %lld in %lld", (long long)offset,
                          (long long)wanted.size);
    int file = berth_take_descriptor(call, "a file");
    if (file < 0) return NULL;
    int blobs = open_part(&target, "blobs", false);
    int blob = has(blobs, &wanted) ? openat(blobs, wanted.digest, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (blob < 0) missing(call, &target, wanted.digest);
    else copy(call, blob, file, offset, wanted.size, NULL);
    if (blob >= 0) close(blob);
    if (blobs >= 0) close(blobs);
    close(file);
    return json_pack("{s:I}", "size", (json_int_t)wanted.size);
}

/* MARK: Pushing */

/* Takes it from a repository of the same registry that has it. */
static bool take_from_others(berth_call *call, const target *own, json_t *others, int blobs, const descriptor *wanted) {
    size_t index;
    json_t *name;
    bool taken = false;
    json_array_foreach(others, index, name) {
        target other = { own->domain, json_string_value(name) ?: "" };
        if (taken || !check_target(call, &other)) break;
        int from = open_part(&other, "blobs", false);
        taken = has(from, wanted) && (linkat(from, wanted->digest, blobs, wanted->digest, 0) == 0 || errno == EEXIST)
            && fsync(blobs) == 0;
        if (from >= 0) close(from);
    }
    return taken;
}

/* Takes it from the caller: whole, and what its descriptor says, or not at all. */
static bool store(berth_call *call, int file, int blobs, const descriptor *wanted) {
    draft draft;
    char digest[72];
    if (!draft_open(call, &draft)) return false;
    /* One byte more tells that there is too much. */
    int64_t size = copy(call, file, draft.file, 0, wanted->size + 1, digest);
    bool fits = size == wanted->size && !strcmp(digest, wanted->digest);
    if (size >= 0 && !fits)
        berth_fail(call, "corrupted", NULL, "what was pushed is not %s of %lld bytes", wanted->digest,
                   (long long)wanted->size);
    bool done = fits && draft_keep(call, &draft, blobs, wanted->digest);
    draft_close(&draft);
    return done;
}

json_t *registry_push(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    target target;
    descriptor wanted;
    const char *name = NULL;
    json_t *others = NULL;
    if (!unpack(call, params, &target, &wanted)
        || !berth_unpack(call, params, "{s?s, s?o}", "reference", &name, "mountFrom", &others))
        return NULL;
    if (name && !is_tag(name) && strcmp(name, wanted.digest))
        return berth_fail(call, "invalidArgument", NULL, "'%.200s' is neither a tag nor the manifest's digest", name);
    int file = berth_take_descriptor(call, "a file");
    if (file < 0) return NULL;
    int blobs = open_part(&target, "blobs", true);
    if (blobs < 0) berth_fail_errno(call, object_of(&target), "the repository's folder");
    bool existed = !berth_failed(call)
        && (has(blobs, &wanted) || take_from_others(call, &target, others, blobs, &wanted));
    if (!berth_failed(call) && (existed || store(call, file, blobs, &wanted)) && name)
        (void)(write_manifest(call, &target, wanted.digest, &wanted) && write_manifest(call, &target, name, &wanted));
    if (blobs >= 0) close(blobs);
    close(file);
    return json_pack("{s:b}", "existed", existed);
}
