/* Calls: from the request to the one answer that it gets. */
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

pthread_mutex_t state_lock = PTHREAD_MUTEX_INITIALIZER;

/* Calls without an answer, and who watches their deadlines. */
static berth_call *pending_calls;
static pthread_cond_t deadlines_changed;
static int64_t earliest_deadline = INT64_MAX;

/* MARK: Life */

static berth_call *find(connection *peer, json_t *id) {
    for (berth_call *call = pending_calls; call; call = call->next)
        if (call->peer == peer && json_equal(call->id, id)) return call;
    return NULL;
}

static berth_call *make_call(connection *peer, batch *batch, json_t *message, const descriptor_list *descriptors) {
    berth_call *call = calloc(1, sizeof *call);
    json_t *timeout = json_object_get(message, "timeout"), *params = json_object_get(message, "params");
    *call = (berth_call){ .peer = peer, .batch = batch, .message = message, .received = *descriptors };
    if (!params || json_is_null(params)) {
        json_object_set_new(message, "params", json_object());
        params = json_object_get(message, "params");
    }
    call->params = params;
    call->id = json_object_get(message, "id");
    call->method = json_string_value(json_object_get(message, "method"));
    call->progress = json_object_get(message, "progress");
    if (timeout) {
        int64_t most = INT64_C(1) << 40;
        int64_t milliseconds = json_integer_value(timeout) < most ? json_integer_value(timeout) : most;
        call->deadline = monotonic_now() + milliseconds * 1000000 + 1;
    }
    return call;
}

void accept_call(connection *peer, batch *batch, json_t *message, descriptor_list *descriptors) {
    berth_call *call = make_call(peer, batch, message, descriptors);
    pthread_mutex_lock(&state_lock);
    bool taken = find(peer, call->id) != NULL;
    peer->references++;
    peer->pending++;
    call->next = pending_calls;
    if (pending_calls) pending_calls->previous = call;
    pending_calls = call;
    if (call->deadline && call->deadline < earliest_deadline) {
        earliest_deadline = call->deadline;
        pthread_cond_signal(&deadlines_changed);
    }
    pthread_mutex_unlock(&state_lock);
    if (!taken) return handle_call(call);
    fail_call(call, make_error(INVALID_REQUEST, "the id is that of a request still being worked on"));
    free_call(call);
}

/* The handler is done with the call. */
void free_call(berth_call *call) {
    close_descriptors(&call->received);
    close_descriptors(&call->reply);
    json_decref(call->message);
    if (call->error) json_decref(call->error);
    release_connection(call->peer);
    free(call);
}

/* The right to answer: once. */
static bool take_answer(berth_call *call, bool cancelled) {
    pthread_mutex_lock(&state_lock);
    bool first = !call->answered;
    call->answered = true;
    if (first) {
        call->cancelled = cancelled;
        if (call->previous) call->previous->next = call->next;
        else pending_calls = call->next;
        if (call->next) call->next->previous = call->previous;
        call->peer->pending--;
        pthread_cond_broadcast(&call->peer->room);
    }
    pthread_mutex_unlock(&state_lock);
    return first;
}

/* MARK: Answering */

static void deliver(berth_call *call, json_t *answer, descriptor_list *descriptors) {
    if (call->batch) add_to_batch(call->batch, answer);
    else send_message(call->peer, answer, descriptors);
}

void fail_call(berth_call *call, json_t *error) {
    if (take_answer(call, false)) deliver(call, failure(call->id, error), NULL);
    else json_decref(error);
}

void respond(berth_call *call, json_t *result) {
    if (!result) result = json_object();
    if (!take_answer(call, false)) return json_decref(result);
    int most = call->batch ? 0 : DESCRIPTORS;
    size_t room = call->batch ? batch_room(call->batch) : MESSAGE_BYTES;
    json_t *answer = json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", call->id, "result", result);
    if (call->reply.count > 0) json_object_set_new(answer, "descriptors", json_integer(call->reply.count));
    size_t size = json_dumpb(answer, NULL, 0, JSON_COMPACT);
    json_t *error = NULL;
    if (call->reply.count > most)
        error = make_error(LIMIT_EXCEEDED, "%d descriptors beside an answer that takes %d", call->reply.count, most);
    else if (size > room)
        error = make_error(LIMIT_EXCEEDED, "the result has %zu bytes, room is for %zu", size, room);
    if (!error) return deliver(call, answer, &call->reply);
    json_decref(answer);
    deliver(call, failure(call->id, error), NULL);
}

/* MARK: Giving up */

/* Answers in the handler's place; with a NULL error not at all. The lock is held, and let go while sending. */
static void give_up(berth_call *call, json_t *error) {
    /* The call must not be freed by its handler meanwhile: what is needed is taken along. */
    connection *peer = call->peer;
    batch *batch = call->batch;
    json_t *answer = error ? failure(call->id, error) : NULL;
    peer->references++;
    call->answered = call->cancelled = true;
    if (call->on_cancel) call->on_cancel(call->cancel_context);
    if (call->previous) call->previous->next = call->next;
    else pending_calls = call->next;
    if (call->next) call->next->previous = call->previous;
    peer->pending--;
    pthread_cond_broadcast(&peer->room);
    pthread_mutex_unlock(&state_lock);
    if (answer && batch) add_to_batch(batch, answer);
    else if (answer) send_message(peer, answer, NULL);
    release_connection(peer);
    pthread_mutex_lock(&state_lock);
}

void cancel_call(connection *peer, json_t *id) {
    pthread_mutex_lock(&state_lock);
    berth_call *call = id ? find(peer, id) : NULL;
    if (call) give_up(call, make_error(CANCELLED, "the request was cancelled"));
    pthread_mutex_unlock(&state_lock);
}

void cancel_calls_of(connection *peer) {
    pthread_mutex_lock(&state_lock);
    berth_call *call = pending_calls;
    while (call) {
        if (call->peer == peer) {
            give_up(call, NULL);
            call = pending_calls;
        } else {
            call = call->next;
        }
    }
    pthread_mutex_unlock(&state_lock);
}

static berth_call *find_late(int64_t now) {
    earliest_deadline = INT64_MAX;
    for (berth_call *call = pending_calls; call; call = call->next) {
        if (!call->deadline) continue;
        if (call->deadline <= now) return call;
        if (call->deadline < earliest_deadline) earliest_deadline = call->deadline;
    }
    return NULL;
}

static void *watch_deadlines(void *nothing) {
    (void)nothing;
    pthread_mutex_lock(&state_lock);
    for (;;) {
        berth_call *late = find_late(monotonic_now());
        if (late) {
            give_up(late, make_error(DEADLINE_EXCEEDED, "%s did not answer within its deadline", late->method));
        } else if (earliest_deadline == INT64_MAX) {
            pthread_cond_wait(&deadlines_changed, &state_lock);
        } else {
            struct timespec until = { earliest_deadline / 1000000000, earliest_deadline % 1000000000 };
            pthread_cond_timedwait(&deadlines_changed, &state_lock, &until);
        }
    }
    return NULL;
}

void start_deadlines(void) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&deadlines_changed, &attributes);
    pthread_t thread;
    if (pthread_create(&thread, NULL, watch_deadlines, NULL) == 0) pthread_detach(thread);
}

/* MARK: For handlers */

const char *berth_method_name(const berth_call *call) { return call->method; }

bool berth_cancelled(const berth_call *call) {
    pthread_mutex_lock(&state_lock);
    bool cancelled = call->cancelled;
    pthread_mutex_unlock(&state_lock);
    return cancelled;
}

void berth_on_cancel(berth_call *call, void (*handler)(void *context), void *context) {
    pthread_mutex_lock(&state_lock);
    call->on_cancel = handler;
    call->cancel_context = context;
    if (handler && call->cancelled) handler(context);
    pthread_mutex_unlock(&state_lock);
}

int64_t berth_remaining(const berth_call *call, int64_t most) {
    if (!call->deadline) return most;
    int64_t left = (call->deadline - monotonic_now()) / 1000000;
    return left < 0 ? 0 : left < most ? left : most;
}

void berth_progress(berth_call *call, json_t *value) {
    if (!call->progress || berth_cancelled(call)) return json_decref(value);
    json_t *params = json_pack("{s:O, s:o}", "token", call->progress, "value", value);
    send_message(call->peer, json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", "$/progress", "params", params),
                 NULL);
}

int berth_descriptor_count(const berth_call *call) { return call->received.count; }

int berth_take_descriptor(berth_call *call, const char *what) {
    if (call->received.count == 0) {
        berth_fail(call, "invalidArgument", NULL, "%s came without %s", call->method, what);
        return -1;
    }
    int taken = call->received.items[0];
    call->received.count--;
    memmove(call->received.items, call->received.items + 1, sizeof(int) * (size_t)call->received.count);
    return taken;
}

void berth_send_descriptor(berth_call *call, int descriptor) {
    if (call->reply.count < DESCRIPTORS) {
        call->reply.items[call->reply.count++] = descriptor;
    } else {
        close(descriptor);
        berth_fail(call, "internal", NULL, "more than %d descriptors beside an answer", DESCRIPTORS);
    }
}
