/* Connections: lines with descriptors beside them (SCM_RIGHTS). A thread reads each, any thread writes. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { READ_SIZE = 64 << 10, KERNEL_DESCRIPTORS = 253 };

/* What was read and not yet used. */
typedef struct {
    connection *peer;
    char *held;
    size_t size, capacity, scanned;
    int descriptors[KERNEL_DESCRIPTORS + DESCRIPTORS];
    int count;
} input;

/* MARK: Writing */

void close_descriptors(descriptor_list *list) {
    while (list->count > 0) close(list->items[--list->count]);
}

static ssize_t send_some(int socket, const char *bytes, size_t size, const descriptor_list *descriptors) {
    struct iovec part = { (void *)bytes, size };
    char control[CMSG_SPACE(sizeof(int) * DESCRIPTORS)] = { 0 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (descriptors && descriptors->count > 0) {
        size_t length = sizeof(int) * (size_t)descriptors->count;
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(length);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(length);
        memcpy(CMSG_DATA(header), descriptors->items, length);
    }
    ssize_t count;
    do count = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    return count;
}

/* Takes the text, which must have room for a newline, and closes the descriptors. */
void send_text(connection *peer, char *text, size_t size, descriptor_list *descriptors) {
    text[size++] = '\n';
    bool failed = false;
    pthread_mutex_lock(&peer->sending);
    for (size_t sent = 0; sent < size && !failed;) {
        ssize_t count = send_some(peer->socket, text + sent, size - sent, sent == 0 ? descriptors : NULL);
        if (count < 0) failed = true;
        else sent += (size_t)count;
    }
    pthread_mutex_unlock(&peer->sending);
    free(text);
    if (descriptors) close_descriptors(descriptors);
    /* Gone, or it did not read for too long: half a line may be out, so nothing can follow. */
    if (failed) close_connection(peer);
}

void send_message(connection *peer, json_t *message, descriptor_list *descriptors) {
    size_t size = json_dumpb(message, NULL, 0, JSON_COMPACT);
    char *text = malloc(size + 1);
    json_dumpb(message, text, size, JSON_COMPACT);
    json_decref(message);
    send_text(peer, text, size, descriptors);
}

/* MARK: Ends */

void close_connection(connection *peer) {
    pthread_mutex_lock(&state_lock);
    peer->closed = true;
    pthread_cond_broadcast(&peer->room);
    pthread_mutex_unlock(&state_lock);
    shutdown(peer->socket, SHUT_RDWR);
}

void release_connection(connection *peer) {
    pthread_mutex_lock(&state_lock);
    bool last = --peer->references == 0;
    pthread_mutex_unlock(&state_lock);
    if (!last) return;
    close(peer->socket);
    pthread_mutex_destroy(&peer->sending);
    pthread_cond_destroy(&peer->room);
    free(peer);
}

/* Says why, and ends the connection. */
static bool refuse(input *in, json_t *error) {
    send_message(in->peer, failure(NULL, error), NULL);
    close_connection(in->peer);
    return false;
}

/* MARK: Lines */

static bool claim(input *in, int count, descriptor_list *list) {
    list->count = 0;
    if (count > in->count)
        return refuse(in, make_error(INVALID_REQUEST, "a message says %d descriptors, fewer came with it", count));
    memcpy(list->items, in->descriptors, sizeof(int) * (size_t)count);
    list->count = count;
    in->count -= count;
    memmove(in->descriptors, in->descriptors + count, sizeof(int) * (size_t)in->count);
    return true;
}

static void answer_invalid(connection *peer, batch *batch, json_t *id, const char *what) {
    json_t *answer = failure(id, make_error(INVALID_REQUEST, "%s", what));
    if (batch) add_to_batch(batch, answer);
    else send_message(peer, answer, NULL);
}

static bool is_response(json_t *message) {
    return !json_object_get(message, "method")
        && (json_object_get(message, "result") || json_object_get(message, "error"));
}

/* Takes the message. */
static bool handle_message(input *in, batch *batch, json_t *message) {
    const char *wrong = check_request(message);
    int count = count_descriptors(message);
    bool ignored = is_response(message);
    descriptor_list list;
    if (!claim(in, wrong && !ignored ? 0 : count < 0 ? DESCRIPTORS + 1 : count, &list)) {
        json_decref(message);
        return false;
    }
    json_t *id = json_object_get(message, "id");
    if (!ignored && !wrong && id) {
        accept_call(in->peer, batch, message, &list);
        return true;
    }
    close_descriptors(&list);
    if (!ignored && wrong) answer_invalid(in->peer, batch, id, wrong);
    else if (!ignored && !strcmp(json_string_value(json_object_get(message, "method")), "$/cancel"))
        cancel_call(in->peer, json_object_get(json_object_get(message, "params"), "id"));
    json_decref(message);
    return true;
}

static bool handle_batch(input *in, json_t *messages) {
    size_t count = json_array_size(messages), expected = 0, index;
    json_t *message;
    bool going = true;
    if (count == 0) {
        send_message(in->peer, failure(NULL, make_error(INVALID_REQUEST, "the batch is empty")), NULL);
    } else if (count > BATCH_MESSAGES) {
        json_t *error = make_error(LIMIT_EXCEEDED, "%zu messages in one batch, more than the limit of %d", count,
                                   BATCH_MESSAGES);
        send_message(in->peer, failure(NULL, error), NULL);
    } else {
        json_array_foreach(messages, index, message)
            if (!is_response(message) && (check_request(message) || json_object_get(message, "id"))) expected++;
        batch *batch = make_batch(in->peer, expected);
        json_array_foreach(messages, index, message)
            if (going) going = handle_message(in, batch, json_incref(message));
    }
    json_decref(messages);
    return going;
}

static bool handle_line(input *in, const char *line, size_t size) {
    size_t blank = 0;
    while (blank < size && (unsigned char)line[blank] <= ' ') blank++;
    if (blank == size) return true;
    json_t *error = NULL, *message = parse_line(line, size, &error);
    if (!message) {
        send_message(in->peer, failure(NULL, error), NULL);
        return true;
    }
    return json_is_array(message) ? handle_batch(in, message) : handle_message(in, NULL, message);
}

/* Waits while too many requests are worked on. */
static bool wait_for_room(connection *peer) {
    pthread_mutex_lock(&state_lock);
    while (peer->pending >= PENDING_REQUESTS && !peer->closed) pthread_cond_wait(&peer->room, &state_lock);
    bool open = !peer->closed;
    pthread_mutex_unlock(&state_lock);
    return open;
}

static bool use_lines(input *in) {
    size_t start = 0;
    char *newline;
    while ((newline = memchr(in->held + in->scanned, '\n', in->size - in->scanned))) {
        size_t length = (size_t)(newline - in->held) - start;
        if (length > MESSAGE_BYTES || !wait_for_room(in->peer)) break;
        if (!handle_line(in, in->held + start, length)) return false;
        start += length + 1;
        in->scanned = start;
    }
    in->size -= start;
    memmove(in->held, in->held + start, in->size);
    in->scanned = in->size;
    if (in->size > MESSAGE_BYTES)
        return refuse(in, make_error(LIMIT_EXCEEDED, "a message has more than %d bytes", MESSAGE_BYTES));
    /* Descriptors belong to the line whose first byte they came with: without a line they are surplus. */
    if (in->size == 0)
        while (in->count > 0) close(in->descriptors[--in->count]);
    if (in->count > DESCRIPTORS)
        return refuse(in, make_error(LIMIT_EXCEEDED, "more than %d descriptors beside one message", DESCRIPTORS));
    return true;
}

/* MARK: Reading */

static void keep_descriptors(input *in, struct msghdr *message) {
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(in->descriptors + in->count, CMSG_DATA(header), sizeof(int) * (size_t)count);
        in->count += count;
    }
}

/* Returns what recvmsg(2) does. */
static ssize_t read_some(input *in) {
    if (in->capacity - in->size < READ_SIZE) {
        in->capacity = in->size + READ_SIZE + in->size / 2;
        in->held = realloc(in->held, in->capacity);
    }
    char control[CMSG_SPACE(sizeof(int) * KERNEL_DESCRIPTORS)];
    struct iovec part = { in->held + in->size, READ_SIZE };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control,
    };
    ssize_t count;
    do count = recvmsg(in->peer->socket, &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count >= 0) keep_descriptors(in, &message);
    if (count > 0) in->size += (size_t)count;
    return count;
}

/* The peer sends no more: when it still reads, its answers go out first. */
static void wait_for_answers(connection *peer) {
    struct pollfd hangup = { .fd = peer->socket };
    if (poll(&hangup, 1, 0) != 0) return;
    pthread_mutex_lock(&state_lock);
    while (peer->pending > 0 && !peer->closed) pthread_cond_wait(&peer->room, &state_lock);
    pthread_mutex_unlock(&state_lock);
}

static void *read_connection(void *argument) {
    input in = { .peer = argument };
    ssize_t count;
    while ((count = read_some(&in)) > 0 && use_lines(&in)) {}
    if (count == 0) wait_for_answers(in.peer);
    close_connection(in.peer);
    cancel_calls_of(in.peer);
    while (in.count > 0) close(in.descriptors[--in.count]);
    free(in.held);
    release_connection(in.peer);
    return NULL;
}

void serve_connection(int socket) {
    connection *peer = calloc(1, sizeof *peer);
    struct timeval patience = { .tv_sec = SEND_SECONDS };
    peer->socket = socket;
    peer->references = 1;
    pthread_mutex_init(&peer->sending, NULL);
    pthread_cond_init(&peer->room, NULL);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_connection, peer) == 0) pthread_detach(thread);
    else release_connection(peer);
}
