/* Plugins for the container engine Berth in C, on jansson. See Docs/sdk.md.
 *
 *     static json_t *create(berth_call *call, json_t *params, void *driver) {
 *         const char *name;
 *         if (!berth_unpack(call, params, "{s:s}", "volume", &name)) return NULL;
 *         ...
 *         return json_pack("{s:s, s:s, s:o}", "volume", name, "mountpoint", path, "createdAt", berth_time(now));
 *     }
 *
 *     int main(void) {
 *         static const berth_method methods[] = { { "volume.create", create }, { 0 } };
 *         static const char *const kinds[] = { "volume", NULL };
 *         static const berth_plugin plugin = { .name = "folders", .version = "1.0.0", .kinds = kinds,
 *                                              .methods = methods, .open = open_driver };
 *         return berth_run(&plugin);
 *     }
 *
 * The methods of each kind, their members and what they mean are in Sources/BerthAPI/Kinds. Every function may be
 * called from any thread. */
#ifndef BERTH_PLUGIN_H
#define BERTH_PLUGIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request that waits for its answer. It lives until its handler returns. */
typedef struct berth_call berth_call;

/* Answers a method, on one of several threads; it may block.
 * Returns the result, a new reference; or NULL after berth_fail. NULL without it answers {}. */
typedef json_t *(*berth_handler)(berth_call *call, json_t *params, void *driver);

typedef struct {
    const char *name; /* as on the wire: "volume.create"; NULL ends the list */
    berth_handler handler;
} berth_method;

/* What the supervisor said when it opened the session. */
typedef struct {
    const char *instance;  /* the logical name, which can differ from the plugin's */
    json_t *configuration; /* an object */
    const char *state;     /* absolute; the plugin's alone, kept over restarts */
    const char *run;       /* absolute; the plugin's alone, emptied at boot */
} berth_environment;

typedef struct {
    const char *name, *version;
    const char *const *kinds;        /* ends with NULL */
    const char *const *capabilities; /* ends with NULL; may be NULL */
    int state_version;               /* of the format of the state directory; 1 unless said */
    int threads;                     /* handlers that run at once; 16 unless said */
    const berth_method *methods;
    /* Makes the plugin's own state. Returns NULL after berth_fail. */
    void *(*open)(const berth_environment *environment, berth_call *call);
    /* Takes a changed configuration while running; NULL: a change needs a restart. Fails with berth_fail. */
    void (*configure)(berth_call *call, json_t *configuration, void *driver);
    /* The plugin's own figures, a new reference; may be NULL. */
    json_t *(*stats)(void *driver);
    /* Runs before the process ends in an orderly way; may be NULL. */
    void (*close)(void *driver);
} berth_plugin;

/* Serves the socket that the supervisor handed over, until plugin.shutdown or SIGTERM. Returns main's status. */
int berth_run(const berth_plugin *plugin);

/* As on the wire: "volume.create". */
const char *berth_method_name(const berth_call *call);

/* As json_unpack(3). Fails the call with invalidParams, naming the member, and returns false when it does not fit. */
bool berth_unpack(berth_call *call, json_t *params, const char *format, ...);

/* The call will answer an error of Berth: kind ("notFound", "conflict", "invalidArgument", "failedPrecondition",
 * "unavailable", "permissionDenied", "resourceExhausted", "corrupted", "unimplemented", "internal"), what it is about
 * ("snapshot x"; may be NULL), and one sentence without a final full stop. The first failure counts. Returns NULL. */
json_t *berth_fail(berth_call *call, const char *kind, const char *object, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As berth_fail, with the kind of errno and ": " and its text after the sentence. */
json_t *berth_fail_errno(berth_call *call, const char *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool berth_failed(const berth_call *call);

/* How many of the descriptors that came are still to be taken. */
int berth_descriptor_count(const berth_call *call);

/* The next of the descriptors that came with the request; the caller's to close. -1, and failed, after the last. */
int berth_take_descriptor(berth_call *call, const char *what);

/* Sends a descriptor beside the answer, should it be a result, and closes it. At most 16. */
void berth_send_descriptor(berth_call *call, int descriptor);

/* Tells the caller how far the work is, if it wants to know. Takes the reference. */
void berth_progress(berth_call *call, json_t *value);

/* Whether the caller has given up: for loops that take long, and when a lock is there that was waited for. The caller has
 * gone on, and removes what it had asked for: that must not begin after it. */
bool berth_cancelled(const berth_call *call);

/* Runs `handler` when the caller gives up, or at once when it has; NULL takes it back. It must be short, and call nothing
 * of this library: it runs before the connection's next request is read. */
void berth_on_cancel(berth_call *call, void (*handler)(void *context), void *context);

/* Milliseconds until the deadline, at most `most`. */
int64_t berth_remaining(const berth_call *call, int64_t most);

/* A line for the operator, on standard error: level is "debug", "info", "warning" or "error". */
void berth_log(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Nanoseconds since 1970, now. */
int64_t berth_now(void);

/* A time as it stands on the wire (RFC 3339, nine decimals), a new reference. */
json_t *berth_time(int64_t nanoseconds);

/* Reads a time as it stands on the wire, in UTC. Returns false for what is none. */
bool berth_parse_time(const char *text, int64_t *nanoseconds);

/* Replaces a file: temporary file, fsync, rename, fsync of the folder. Returns 0, or -1 with errno. */
int berth_write_file(int folder, const char *name, const void *data, size_t size);

#endif
