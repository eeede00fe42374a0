/* The files of one container's log. */
#define _GNU_SOURCE
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_file(const container_log *log, int number, int flags) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%d", log->path, number);
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static void count(container_log *log, const berth_frame *frame) {
    log->size += BERTH_FRAME_HEADER + frame->length;
    log->sequence = frame->flags & BERTH_FRAME_END ? 0 : frame->sequence + frame->length;
}

/* Counts what a file has; what a crash cut off at its end was never acknowledged, and goes. */
static int scan(container_log *log, int number) {
    int file = open_file(log, number, O_RDWR | O_CREAT);
    size_t size = 256 << 10, held = 0, start;
    char *buffer = malloc(size);
    ssize_t got = file < 0 || !buffer ? -1 : 1, whole;
    berth_frame frame;
    log->size = 0;
    while (got > 0 && (got = pread(file, buffer + held, size - held, log->size + (off_t)held)) > 0) {
        held += (size_t)got;
        for (start = 0; (whole = berth_frame_parse(buffer + start, held - start, &frame)) > 0; start += (size_t)whole)
            count(log, &frame);
        held -= start;
        memmove(buffer, buffer + start, held);
    }
    if (got == 0) got = ftruncate(file, log->size);
    if (file >= 0) close(file);
    free(buffer);
    return (int)got;
}

static bool has_file(const container_log *log, int number) {
    int file = open_file(log, number, O_RDONLY);
    if (file >= 0) close(file);
    return file >= 0;
}

container_log *log_open(const char *folder, const char *container, bool making) {
    container_log *log = calloc(1, sizeof *log);
    if (!log || asprintf(&log->path, "%s/%s", folder, container) < 0) abort();
    bool opened = making ? mkdir(log->path, 0700) == 0 || errno == EEXIST : access(log->path, F_OK) == 0;
    do {
        if (opened) opened = scan(log, ++log->file) == 0;
    } while (opened && has_file(log, log->file + 1));
    pthread_mutex_init(&log->lock, NULL);
    pthread_mutex_init(&log->turn, NULL);
    log->users = 1;
    if (opened) return log;
    int error = errno;
    log_release(log);
    errno = error;
    return NULL;
}

void log_retain(container_log *log) {
    pthread_mutex_lock(&log->lock);
    log->users++;
    pthread_mutex_unlock(&log->lock);
}

void log_release(container_log *log) {
    pthread_mutex_lock(&log->lock);
    int left = --log->users;
    pthread_mutex_unlock(&log->lock);
    if (left > 0) return;
    free(log->path);
    free(log);
}

/* With the lock held. Returns 0, or -1 with errno. */
static int write_frames(container_log *log, int file, const berth_frame *frames, size_t number) {
    off_t place = log->size;
    for (size_t i = 0; i < number; i++) {
        char bytes[BERTH_FRAME_HEADER + 65536];
        berth_frame_header(&frames[i], bytes);
        if (frames[i].length) memcpy(bytes + BERTH_FRAME_HEADER, frames[i].payload, frames[i].length);
        ssize_t size = BERTH_FRAME_HEADER + (ssize_t)frames[i].length;
        if (pwrite(file, bytes, (size_t)size, place) != size) {
            if (errno == 0) errno = ENOSPC;
            return -1;
        }
        place += size;
    }
    return 0;
}

int log_append(void *context, const berth_frame *frames, size_t number) {
    container_log *log = context;
    pthread_mutex_lock(&log->lock);
    errno = 0;
    int file = open_file(log, log->file, O_WRONLY | O_CREAT);
    int result = file < 0 ? -1 : write_frames(log, file, frames, number), error = errno;
    if (file >= 0) close(file);
    for (size_t i = 0; result == 0 && i < number; i++) count(log, &frames[i]);
    log_ring(log);
    pthread_mutex_unlock(&log->lock);
    errno = error;
    return result;
}

int log_end(container_log *log) {
    berth_frame end = { .flags = BERTH_FRAME_END };
    int result = log->sequence > 0 ? log_append(log, &end, 1) : 0;
    log_set_live(log, false);
    return result;
}

int log_rotate(container_log *log) {
    pthread_mutex_lock(&log->lock);
    int file = open_file(log, log->file + 1, O_WRONLY | O_CREAT);
    if (file >= 0) {
        close(file);
        log->file++;
        log->size = 0;
        log_ring(log);
    }
    pthread_mutex_unlock(&log->lock);
    return file < 0 ? -1 : 0;
}

void log_set_live(container_log *log, bool live) {
    pthread_mutex_lock(&log->lock);
    log->live = live;
    log_ring(log);
    pthread_mutex_unlock(&log->lock);
}
