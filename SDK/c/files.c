/* Files that are there whole or not at all, and times as they stand on the wire. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int write_all(int file, const char *data, size_t size) {
    while (size > 0) {
        ssize_t count = write(file, data, size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        data += count;
        size -= (size_t)count;
    }
    return 0;
}

int berth_write_file(int folder, const char *name, const void *data, size_t size) {
    char *temporary;
    if (asprintf(&temporary, ".new-%s", name) < 0) return -1;
    int file = openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int result = file < 0 ? -1 : write_all(file, data, size);
    if (result == 0) result = fsync(file);
    if (file >= 0) close(file);
    if (result == 0) result = renameat(folder, temporary, folder, name);
    if (result == 0) result = fsync(folder);
    free(temporary);
    return result;
}

int64_t berth_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

json_t *berth_time(int64_t nanoseconds) {
    int64_t fraction = nanoseconds % 1000000000;
    if (fraction < 0) fraction += 1000000000;
    time_t seconds = (time_t)((nanoseconds - fraction) / 1000000000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    char text[64];
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, sizeof text - length, ".%09dZ", (int)fraction);
    return json_string(text);
}

bool berth_parse_time(const char *text, int64_t *nanoseconds) {
    struct tm parts = { 0 };
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    int64_t fraction = 0, unit = 100000000;
    if (rest && *rest == '.')
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10) fraction += (*rest - '0') * unit;
    int64_t seconds = rest ? timegm(&parts) : 0;
    if (!rest || strcmp(rest, "Z") || __builtin_mul_overflow(seconds, 1000000000, &seconds)) return false;
    return !__builtin_add_overflow(seconds, fraction, nanoseconds);
}
