/* What may be the name of something. */
#include "registry.h"

#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 200 };

#define COMPONENT "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*"
enum { DOMAIN, REPOSITORY, TAG, DIGEST, PATTERNS };
static const char *const patterns[PATTERNS] = {
    [DOMAIN] = "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$",
    [REPOSITORY] = "^" COMPONENT "(/" COMPONENT ")*$",
    [TAG] = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
    [DIGEST] = "^sha256:[0-9a-f]{64}$",
};
static regex_t compiled[PATTERNS];

static void compile(void) {
    for (int i = 0; i < PATTERNS; i++)
        if (regcomp(&compiled[i], patterns[i], REG_EXTENDED | REG_NOSUB)) abort();
}

static bool fits(const char *text, int pattern) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, compile);
    return strnlen(text, NAME_BYTES + 1) <= NAME_BYTES && regexec(&compiled[pattern], text, 0, NULL, 0) == 0;
}

bool is_tag(const char *text) { return fits(text, TAG); }

bool is_digest(const char *text) { return fits(text, DIGEST); }

bool check_domain(berth_call *call, const char *domain) {
    return fits(domain, DOMAIN) || berth_fail(call, "invalidArgument", NULL, "'%.200s' is no domain", domain);
}

bool check_target(berth_call *call, const target *target) {
    return check_domain(call, target->domain)
        && (fits(target->repository, REPOSITORY)
            || berth_fail(call, "invalidArgument", NULL, "'%.200s' is no repository", target->repository));
}

bool check_descriptor(berth_call *call, const descriptor *descriptor) {
    if (!is_digest(descriptor->digest))
        return berth_fail(call, "invalidArgument", NULL, "'%.200s' is no digest", descriptor->digest);
    if (descriptor->size >= 0 && descriptor->size < INT64_MAX) return true;
    return berth_fail(call, "invalidArgument", NULL, "%lld is no size", (long long)descriptor->size);
}

const char *object_of(const target *target) {
    static __thread char text[2 * NAME_BYTES + 32];
    snprintf(text, sizeof text, "repository %s/%s", target->domain, target->repository);
    return text;
}

json_t *missing(berth_call *call, const target *target, const char *what) {
    return berth_fail(call, "notFound", object_of(target), "%s/%s has not %.200s", target->domain, target->repository,
                      what);
}
