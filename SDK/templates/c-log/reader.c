/* Readers: each has a thread, which reads the files by itself and learns from the log only how far it may. */
#define _GNU_SOURCE
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int64_t time;
    uint8_t stream;
    size_t length;
    char *text;
} line;

struct reader {
    struct reader *next;
    container_log *log;
    selection wanted;
    int socket, bell;
    uint64_t sequence;
    berth_splitter splitter;
    /* The last lines, in a ring, until all that was there has been seen. */
    line *ring;
    int64_t seen;
    bool caught_up;
};

void log_ring(container_log *log) {
    for (struct reader *reader = log->readers; reader; reader = reader->next) eventfd_write(reader->bell, 1);
}

static bool send_wanted(struct reader *reader, const line *line) {
    if (line->time < reader->wanted.since || !(line->stream == 1 ? reader->wanted.out : reader->wanted.error)) return true;
    return berth_send_line(reader->socket, &reader->sequence, line->time, line->stream, line->text, line->length) == 0;
}

static bool take_line(void *context, int64_t time, uint8_t stream, const char *text, size_t length) {
    struct reader *reader = context;
    if (time > reader->wanted.until) return false;
    line taken = { time, stream, length, (char *)text };
    if (!reader->wanted.has_tail || reader->caught_up) return send_wanted(reader, &taken);
    if (reader->wanted.tail == 0) return true;
    line *place = &reader->ring[reader->seen++ % reader->wanted.tail];
    free(place->text);
    taken.text = memcpy(malloc(length), text, length);
    *place = taken;
    return true;
}

/* Sends the last lines, and no longer waits for others. */
static bool catch_up(struct reader *reader) {
    if (reader->caught_up || !reader->wanted.has_tail) return true;
    bool going = true;
    int64_t tail = reader->wanted.tail, first = reader->seen > tail ? reader->seen - tail : 0;
    for (int64_t i = first; i < reader->seen && going; i++) going = send_wanted(reader, &reader->ring[i % tail]);
    reader->caught_up = true;
    return going;
}

/* Gives the lines of one file up to `end`. Returns false when no more are wanted. */
static bool read_file(struct reader *reader, int number, off_t *position, off_t end) {
    char path[4096], buffer[128 << 10];
    snprintf(path, sizeof path, "%s/%d", reader->log->path, number);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool going = file >= 0;
    while (going && *position < end) {
        size_t room = (size_t)(end - *position) < sizeof buffer ? (size_t)(end - *position) : sizeof buffer;
        ssize_t got = pread(file, buffer, room, *position), whole = 0;
        size_t start = 0;
        berth_frame frame;
        while (going && got > 0 && (whole = berth_frame_parse(buffer + start, (size_t)got - start, &frame)) > 0) {
            going = berth_split(&reader->splitter, &frame, take_line, reader);
            start += (size_t)whole;
        }
        *position += (off_t)start;
        if (got <= 0 || start == 0) break;
    }
    if (file >= 0) close(file);
    return going;
}

/* Waits for something new. Returns false when the reader is gone. */
static bool listen_for_news(struct reader *reader) {
    struct pollfd both[] = { { reader->bell, POLLIN, 0 }, { reader->socket, 0, 0 } };
    eventfd_t count;
    if (poll(both, 2, -1) > 0 && both[0].revents) eventfd_read(reader->bell, &count);
    return !both[1].revents;
}

static void read_all(struct reader *reader) {
    int number = 1;
    off_t position = 0;
    while (true) {
        pthread_mutex_lock(&reader->log->lock);
        int last = reader->log->file;
        off_t size = reader->log->size;
        bool live = reader->log->live;
        pthread_mutex_unlock(&reader->log->lock);
        if (!read_file(reader, number, &position, number < last ? INT64_MAX : size)) break;
        if (number < last) {
            number++;
            position = 0;
        } else if (!catch_up(reader) || !reader->wanted.follow || !live || !listen_for_news(reader)) {
            return;
        }
    }
    catch_up(reader);
}

static void *run(void *context) {
    struct reader *reader = context;
    container_log *log = reader->log;
    read_all(reader);
    pthread_mutex_lock(&log->lock);
    struct reader **place = &log->readers;
    while (*place != reader) place = &(*place)->next;
    *place = reader->next;
    pthread_mutex_unlock(&log->lock);
    close(reader->socket);
    close(reader->bell);
    berth_splitter_clear(&reader->splitter);
    for (int64_t i = 0; reader->ring && i < reader->wanted.tail; i++) free(reader->ring[i].text);
    free(reader->ring);
    free(reader);
    log_release(log);
    return NULL;
}

int start_reader(container_log *log, selection wanted) {
    int ends[2];
    pthread_t thread;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return -1;
    struct reader *reader = calloc(1, sizeof *reader);
    *reader = (struct reader){ .log = log, .wanted = wanted, .socket = ends[0], .bell = eventfd(0, EFD_CLOEXEC) };
    if (wanted.has_tail) reader->ring = calloc((size_t)wanted.tail + 1, sizeof *reader->ring);
    log_retain(log);
    pthread_mutex_lock(&log->lock);
    reader->next = log->readers;
    log->readers = reader;
    pthread_mutex_unlock(&log->lock);
    if (pthread_create(&thread, NULL, run, reader) == 0) {
        pthread_detach(thread);
    } else {
        reader->wanted = (selection){ .until = INT64_MIN };
        run(reader);
    }
    return ends[1];
}
