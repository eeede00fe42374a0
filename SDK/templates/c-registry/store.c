/* Folders, and files that are put into them. */
#define _GNU_SOURCE
#include "registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    int repositories, new;
    atomic_ullong next;
} store;

static int open_below(int parent, const char *name, bool making) {
    if (making && mkdirat(parent, name, 0700) < 0 && errno != EEXIST) return -1;
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Closes the parent. */
static int descend(int parent, const char *name, bool making) {
    int folder = parent < 0 ? -1 : open_below(parent, name, making), error = errno;
    if (parent >= 0) close(parent);
    errno = error;
    return folder;
}

int open_domain(const char *domain) { return open_below(store.repositories, domain, false); }

int open_part(const target *target, const char *part, bool making) {
    char *name = strdup(target->repository);
    for (char *c = name; *c; c++)
        if (*c == '/') *c = '%';
    int folder = descend(open_below(store.repositories, target->domain, making), name, making);
    free(name);
    return descend(folder, part, making);
}

static int is_shown(const struct dirent *entry) { return *entry->d_name != '.'; }

json_t *list_folder(int folder, json_t *(*shown)(const char *name)) {
    struct dirent **entries;
    int count = scandirat(folder, ".", &entries, is_shown, alphasort);
    if (count < 0) return NULL;
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_t *name = shown(entries[i]->d_name);
        if (name) json_array_append_new(list, name);
        free(entries[i]);
    }
    free(entries);
    return list;
}

/* MARK: Drafts */

bool draft_open(berth_call *call, draft *draft) {
    snprintf(draft->name, sizeof draft->name, "%llu", atomic_fetch_add(&store.next, 1));
    draft->file = openat(store.new, draft->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return draft->file >= 0 || berth_fail_errno(call, NULL, "a new file");
}

bool draft_keep(berth_call *call, const draft *draft, int folder, const char *name) {
    if (berth_cancelled(call)) return berth_fail(call, "cancelled", NULL, "the caller has given up");
    return (fsync(draft->file) == 0 && renameat(store.new, draft->name, folder, name) == 0 && fsync(folder) == 0)
        || berth_fail_errno(call, NULL, "%s cannot be written", name);
}

/* What was kept is not there any more. */
void draft_close(draft *draft) {
    unlinkat(store.new, draft->name, 0);
    close(draft->file);
}

/* MARK: Start */

static json_t *discard(const char *name) {
    unlinkat(store.new, name, 0);
    return NULL;
}

void *open_store(const berth_environment *environment, berth_call *call) {
    int state = open(environment->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state < 0 || (store.repositories = open_below(state, "repositories", true)) < 0
        || (store.new = open_below(state, "new", true)) < 0)
        return berth_fail_errno(call, NULL, "%s cannot be used", environment->state);
    close(state);
    /* What a crash left. */
    json_decref(list_folder(store.new, discard));
    return &store;
}
