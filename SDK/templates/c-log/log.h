/* One container's log:
 *
 *     <state>/<container>/1, 2, …    frames as they came; the highest is being written
 *
 * A frame at the end says that the log was closed: the next one begins at sequence 0. */
#ifndef LOG_H
#define LOG_H

#include "berth_log.h"
#include "berth_plugin.h"

#include <pthread.h>

typedef struct {
    char *path;
    /* Held by whoever opens, closes or removes: one at a time. */
    pthread_mutex_t turn;
    /* Guards what follows. */
    pthread_mutex_t lock;
    int file;  /* the number of the file that is being written */
    off_t size; /* what is whole of it */
    uint64_t sequence;
    bool live; /* whether lines can still come */
    int users; /* the driver's list, and readers */
    struct reader *readers;
    berth_intake *intake;
} container_log;

/* Opens a log, making it when `making`. Returns NULL with errno. */
container_log *log_open(const char *folder, const char *container, bool making);
void log_retain(container_log *log);
void log_release(container_log *log);
/* A berth_store. */
int log_append(void *log, const berth_frame *frames, size_t count);
/* No more frames will come. Returns 0, or -1 with errno. */
int log_end(container_log *log);
int log_rotate(container_log *log);
void log_set_live(container_log *log, bool live);
/* Tells readers that there is something new. With the lock held. */
void log_ring(container_log *log);

/* What log.read asks for. */
typedef struct {
    bool out, error, follow, has_tail;
    int64_t tail, since, until; /* tail counts lines of both streams */
} selection;
/* Starts a reader, with a thread of its own. Returns the end on which the lines come, or -1 with errno. */
int start_reader(container_log *log, selection wanted);

#endif
