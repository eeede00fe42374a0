/* A folder for each repository, with '%' in its name for '/':
 *
 *     <state>/repositories/<domain>/<repository>/blobs/<digest>     content, manifests too
 *     <state>/repositories/<domain>/<repository>/manifests/<name>   the descriptor of a tag, or of a manifest's digest
 *     <state>/new/<number>                                          being written; emptied at the start
 */
#ifndef REGISTRY_H
#define REGISTRY_H

#include "berth_plugin.h"

#include <stdint.h>

/* MARK: Names */

typedef struct {
    const char *domain, *repository;
} target;

typedef struct {
    const char *media_type, *digest;
    int64_t size; /* bytes */
} descriptor;

bool is_tag(const char *text);
bool is_digest(const char *text);
/* All fail the call, and return false, for what is none. */
bool check_domain(berth_call *call, const char *domain);
bool check_target(berth_call *call, const target *target);
bool check_descriptor(berth_call *call, const descriptor *descriptor);
/* As errors name it; good until the thread's next. */
const char *object_of(const target *target);
/* The call fails: the repository has not this. Returns NULL. */
json_t *missing(berth_call *call, const target *target, const char *what);

/* MARK: Folders */

/* Opens the store; NULL after berth_fail. */
void *open_store(const berth_environment *environment, berth_call *call);
/* Opens a domain's folder, and a repository's "blobs" or "manifests". Names are to be checked before. -1 with errno. */
int open_domain(const char *domain);
int open_part(const target *target, const char *part, bool making);
/* What a folder has, sorted, with `shown` made of each name: NULL leaves it out. A new reference; NULL with errno. */
json_t *list_folder(int folder, json_t *(*shown)(const char *name));

/* A file that becomes another at once and for good, or nothing. */
typedef struct {
    int file;
    char name[24];
} draft;
bool draft_open(berth_call *call, draft *draft);
/* Puts it into a folder under this name, unless the caller has given up. False after berth_fail. */
bool draft_keep(berth_call *call, const draft *draft, int folder, const char *name);
void draft_close(draft *draft);

/* MARK: Content */

/* Copies what `from` has between `offset` and `end`, to the same places, and writes its digest to the 72 bytes of
 * `digest`, which may be NULL. Returns where it ended, or -1 after berth_fail. */
int64_t copy(berth_call *call, int from, int to, int64_t offset, int64_t end, char *digest);

/* Writes the descriptor down under this name. False after berth_fail. */
bool write_manifest(berth_call *call, const target *target, const char *name, const descriptor *descriptor);

json_t *registry_fetch(berth_call *call, json_t *params, void *driver);
json_t *registry_push(berth_call *call, json_t *params, void *driver);
json_t *registry_exists(berth_call *call, json_t *params, void *driver);
json_t *registry_resolve(berth_call *call, json_t *params, void *driver);
json_t *registry_tags(berth_call *call, json_t *params, void *driver);
json_t *registry_catalog(berth_call *call, json_t *params, void *driver);

#endif
