/* What the parts of the library share. */
#ifndef BERTH_INTERNAL_H
#define BERTH_INTERNAL_H

#include "berth_plugin.h"

#include <pthread.h>

enum {
    MESSAGE_BYTES = 4 << 20,  /* of one line, in both directions */
    DEPTH = 64,               /* arrays and objects open at once */
    PENDING_REQUESTS = 256,   /* of one connection */
    BATCH_MESSAGES = 64,
    DESCRIPTORS = 16,         /* beside one message */
    SEND_SECONDS = 10,        /* that a peer may leave its answers unread */
    DRAIN_SECONDS = 10,       /* that calls may go on after SIGTERM */
    PROTOCOL = 1,
};

enum {
    PARSE_ERROR = -32700,
    INVALID_REQUEST = -32600,
    METHOD_NOT_FOUND = -32601,
    INVALID_PARAMS = -32602,
    DEADLINE_EXCEEDED = -32001,
    LIMIT_EXCEEDED = -32003,
    BUSY = -32004,
    CANCELLED = -32800,
    BERTH_ERROR = -31000,
};

/* Descriptors that belong to one message. */
typedef struct {
    int items[DESCRIPTORS];
    int count;
} descriptor_list;

typedef struct batch batch;

typedef struct connection {
    int socket;
    int references;          /* its thread's, and its calls' */
    int pending;             /* calls without an answer */
    bool closed;
    pthread_mutex_t sending; /* held while a line is written */
    pthread_cond_t room;     /* pending has become smaller, or closed */
} connection;

struct berth_call {
    connection *peer;
    batch *batch;
    json_t *message;         /* the whole request */
    json_t *id;              /* borrowed from it, as is all below */
    const char *method;
    json_t *params, *progress;
    int64_t deadline;        /* of CLOCK_MONOTONIC in nanoseconds; 0: none */
    descriptor_list received, reply;
    json_t *error;           /* what berth_fail has said */
    bool answered, cancelled;
    void (*on_cancel)(void *context);
    void *cancel_context;
    berth_call *previous, *next; /* in the list of calls without an answer */
};

/* One lock for the state of calls and connections, never held while a handler runs or a line is written. */
extern pthread_mutex_t state_lock;

/* message.c */
json_t *parse_line(const char *line, size_t size, json_t **error);
/* What is wrong with a request's envelope; NULL when nothing is. */
const char *check_request(json_t *message);
int count_descriptors(json_t *message);
/* Whether a string in it has a NUL, where C would see its end. */
bool has_nul(json_t *value);
json_t *make_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
json_t *failure(json_t *id, json_t *error);
int64_t monotonic_now(void);

/* connection.c */
void serve_connection(int socket);
void send_message(connection *peer, json_t *message, descriptor_list *descriptors);
void send_text(connection *peer, char *text, size_t size, descriptor_list *descriptors);
void close_connection(connection *peer);
void release_connection(connection *peer);
void close_descriptors(descriptor_list *list);

/* batch.c */
batch *make_batch(connection *peer, size_t expected);
void add_to_batch(batch *batch, json_t *answer);
size_t batch_room(batch *batch);

/* call.c */
/* Takes the message and the descriptors, and hands the call to the plugin; answers it at once when its id is in use. */
void accept_call(connection *peer, batch *batch, json_t *message, descriptor_list *descriptors);
void respond(berth_call *call, json_t *result);
void fail_call(berth_call *call, json_t *error);
void cancel_call(connection *peer, json_t *id);
void cancel_calls_of(connection *peer);
void free_call(berth_call *call);
void start_deadlines(void);

/* berth_plugin.c */
void handle_call(berth_call *call);
/* For errors: who says it. */
const char *plugin_name(void);

#endif
