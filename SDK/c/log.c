/* Log streams: frames, what takes them in, lines. */
#define _GNU_SOURCE
#include "berth_log.h"
#include "berth_plugin.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { PAYLOAD = 65536, LINE = 16 << 10, BUFFER = 256 << 10, FRAMES = 64 };

/* MARK: Frames */

ssize_t berth_frame_parse(const char *bytes, size_t size, berth_frame *frame) {
    uint64_t words[3];
    if (size < sizeof words) return 0;
    memcpy(words, bytes, sizeof words);
    uint64_t last = le64toh(words[2]);
    *frame = (berth_frame){
        .sequence = le64toh(words[0]), .time = (int64_t)le64toh(words[1]), .length = (uint32_t)last,
        .stream = (uint8_t)(last >> 32), .flags = (uint8_t)(last >> 40), .payload = bytes + sizeof words,
    };
    bool is_end = frame->flags & BERTH_FRAME_END;
    if (frame->length > PAYLOAD || (is_end ? frame->length : frame->stream != 1 && frame->stream != 2)) return -1;
    size_t whole = sizeof words + frame->length;
    return size < whole ? 0 : (ssize_t)whole;
}

void berth_frame_header(const berth_frame *frame, char *header) {
    uint64_t last = frame->length | (uint64_t)frame->stream << 32 | (uint64_t)frame->flags << 40;
    uint64_t words[] = { htole64(frame->sequence), htole64((uint64_t)frame->time), htole64(last) };
    memcpy(header, words, sizeof words);
}

/* MARK: Intake */

struct berth_intake {
    int stream;
    uint64_t sequence;
    berth_store store;
    void *context;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopped, ended;
    size_t held;
    char buffer[BUFFER];
};

static void note(berth_intake *intake, bool *what) {
    pthread_mutex_lock(&intake->lock);
    *what = true;
    pthread_cond_broadcast(&intake->changed);
    pthread_mutex_unlock(&intake->lock);
}

/* Waits until `what` holds. Returns whether it does. */
static bool await(berth_intake *intake, const bool *what, int64_t milliseconds) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + milliseconds % 1000 * 1000000;
    until.tv_sec += milliseconds / 1000 + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    pthread_mutex_lock(&intake->lock);
    while (!*what && pthread_cond_timedwait(&intake->changed, &intake->lock, &until) == 0) continue;
    bool holds = *what;
    pthread_mutex_unlock(&intake->lock);
    return holds;
}

static bool acknowledge(berth_intake *intake) {
    uint64_t word = htole64(intake->sequence);
    return send(intake->stream, &word, sizeof word, MSG_NOSIGNAL) == sizeof word;
}

/* Without what was stored before: a shim sends again what it saw no acknowledgement of. */
static void cut(berth_frame *frame, uint64_t *sequence) {
    if (frame->sequence < *sequence) {
        uint64_t known = *sequence - frame->sequence;
        if (known > frame->length) known = frame->length;
        frame->sequence += known;
        frame->payload += known;
        frame->length -= (uint32_t)known;
    }
    /* Frames that are missing were dropped by the shim on purpose. */
    if (frame->length) *sequence = frame->sequence + frame->length;
}

static bool has_stored(berth_intake *intake, const berth_frame *frames, size_t count) {
    while (count > 0 && intake->store(intake->context, frames, count) < 0) {
        berth_log("warning", "a log cannot be written, its container may have to wait: %s", strerror(errno));
        if (await(intake, &intake->stopped, 1000)) return false;
    }
    return true;
}

/* Has the whole frames of the buffer stored. Returns false when the stream is to be left. */
static bool take(berth_intake *intake) {
    berth_frame frames[FRAMES];
    size_t count = 0, start = 0;
    ssize_t size = 1;
    bool is_end = false, is_new = false;
    while (size > 0) {
        berth_frame *frame = &frames[count];
        size = berth_frame_parse(intake->buffer + start, intake->held - start, frame);
        if (size > 0) {
            start += (size_t)size;
            is_end = is_end || frame->flags & BERTH_FRAME_END;
            cut(frame, &intake->sequence);
            if (frame->length) count++;
        }
        if (count == FRAMES || (size <= 0 && count > 0)) {
            if (!has_stored(intake, frames, count)) return false;
            is_new = true;
            count = 0;
        }
    }
    intake->held -= start;
    memmove(intake->buffer, intake->buffer + start, intake->held);
    if (size < 0) berth_log("warning", "a log stream was given up: what came is no log frame");
    if (is_new && !acknowledge(intake)) return false;
    if (is_end) note(intake, &intake->ended);
    return size == 0;
}

static void *run(void *context) {
    berth_intake *intake = context;
    bool going = acknowledge(intake);
    while (going) {
        ssize_t count = recv(intake->stream, intake->buffer + intake->held, BUFFER - intake->held, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        intake->held += (size_t)count;
        going = take(intake);
    }
    shutdown(intake->stream, SHUT_RDWR);
    note(intake, &intake->ended);
    return NULL;
}

berth_intake *berth_intake_start(int stream, uint64_t sequence, berth_store store, void *context) {
    berth_intake *intake = calloc(1, sizeof *intake);
    if (!intake) return NULL;
    int flags = fcntl(stream, F_GETFL);
    fcntl(stream, F_SETFL, flags & ~O_NONBLOCK);
    intake->stream = stream;
    intake->sequence = sequence;
    intake->store = store;
    intake->context = context;
    pthread_mutex_init(&intake->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&intake->changed, &attributes);
    errno = pthread_create(&intake->thread, NULL, run, intake);
    if (!errno) return intake;
    close(stream);
    free(intake);
    return NULL;
}

void berth_intake_wait(berth_intake *intake, int64_t milliseconds) { await(intake, &intake->ended, milliseconds); }

void berth_intake_stop(berth_intake *intake) {
    if (!intake) return;
    note(intake, &intake->stopped);
    shutdown(intake->stream, SHUT_RDWR);
    pthread_join(intake->thread, NULL);
    close(intake->stream);
    pthread_cond_destroy(&intake->changed);
    pthread_mutex_destroy(&intake->lock);
    free(intake);
}

/* MARK: Lines */

/* Up to the last UTF-8 character that is whole. */
static size_t whole_characters(const char *text, size_t length) {
    for (size_t back = 1; back <= 3 && back < length; back++) {
        unsigned char byte = (unsigned char)text[length - back];
        if ((byte & 0xc0) == 0x80) continue;
        size_t width = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        return width > back ? length - back : length;
    }
    return length;
}

/* Bytes of the line that text begins with; 0 for the beginning of one. A longer one comes in parts, as docker's. */
static size_t line_size(const char *text, size_t length) {
    const char *newline = memchr(text, '\n', length <= LINE ? length : LINE + 1);
    if (newline) return (size_t)(newline + 1 - text);
    return length < LINE ? 0 : whole_characters(text, LINE);
}

static bool finish(berth_splitter *splitter, berth_line line, void *context) {
    bool going = true;
    for (int stream = 0; stream < 2; stream++) {
        if (going && splitter->length[stream])
            going = line(context, splitter->time, (uint8_t)(stream + 1), splitter->text[stream], splitter->length[stream]);
        splitter->length[stream] = 0;
    }
    return going;
}

bool berth_split(berth_splitter *splitter, const berth_frame *frame, berth_line line, void *context) {
    if (frame->flags & BERTH_FRAME_END) return finish(splitter, line, context);
    int stream = frame->stream - 1;
    size_t length = splitter->length[stream] + frame->length, start = 0, size;
    char *text = realloc(splitter->text[stream], length + 1);
    if (!text) abort();
    memcpy(text + splitter->length[stream], frame->payload, frame->length);
    splitter->time = frame->time;
    bool going = true;
    while (going && (size = line_size(text + start, length - start)) > 0) {
        going = line(context, frame->time, frame->stream, text + start, size);
        start += size;
    }
    memmove(text, text + start, length - start);
    splitter->text[stream] = text;
    splitter->length[stream] = length - start;
    return going;
}

void berth_splitter_clear(berth_splitter *splitter) {
    free(splitter->text[0]);
    free(splitter->text[1]);
    *splitter = (berth_splitter){ 0 };
}

int berth_send_line(int socket, uint64_t *sequence, int64_t time, uint8_t stream, const char *text, size_t length) {
    char bytes[BERTH_FRAME_HEADER + LINE + 1];
    uint8_t flags = length && text[length - 1] == '\n' ? 0 : BERTH_FRAME_PARTIAL;
    berth_frame frame = { *sequence, time, (uint32_t)length, stream, flags, text };
    berth_frame_header(&frame, bytes);
    memcpy(bytes + BERTH_FRAME_HEADER, text, length);
    *sequence += length;
    for (size_t done = 0, size = BERTH_FRAME_HEADER + length; done < size;) {
        ssize_t count = send(socket, bytes + done, size - done, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        done += (size_t)count;
    }
    return 0;
}
