/* What a log driver needs: frames (Docs/run.md, "Log frame"), the streams of containers, and lines for readers. */
#ifndef BERTH_LOG_H
#define BERTH_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BERTH_FRAME_HEADER = 24, BERTH_FRAME_END = 1, BERTH_FRAME_PARTIAL = 2 };

typedef struct {
    uint64_t sequence; /* payload bytes of this log before this frame */
    int64_t time;      /* nanoseconds since 1970 */
    uint32_t length;   /* of the payload */
    uint8_t stream;    /* 1 stdout, 2 stderr */
    uint8_t flags;
    const char *payload;
} berth_frame;

/* Reads the frame that bytes begin with; its payload points into them.
 * Returns its size, 0 when it has not come whole, -1 for what is no frame. */
ssize_t berth_frame_parse(const char *bytes, size_t size, berth_frame *frame);
/* Writes a frame's header: BERTH_FRAME_HEADER bytes. */
void berth_frame_header(const berth_frame *frame, char *header);

/* A container's log stream, taken in by a thread of its own: it says where to go on, has frames stored, acknowledges. */
typedef struct berth_intake berth_intake;
/* Has frames on disk when it returns, cut to what is new. Returns 0; or -1 with errno (a full disk): the same frames come
 * again a second later, and the container waits. */
typedef int (*berth_store)(void *context, const berth_frame *frames, size_t count);
/* Takes the descriptor. Returns NULL with errno. */
berth_intake *berth_intake_start(int stream, uint64_t sequence, berth_store store, void *context);
/* Waits until the end of the log has come, or the stream is gone. */
void berth_intake_wait(berth_intake *intake, int64_t milliseconds);
/* Leaves the stream: nothing is being stored any more. Frees it; NULL is nothing. */
void berth_intake_stop(berth_intake *intake);

/* Gets a line, with its newline unless it goes on in the next one of its stream. False ends the work. */
typedef bool (*berth_line)(void *context, int64_t time, uint8_t stream, const char *text, size_t length);

/* Turns frames into lines; all zero at first. */
typedef struct {
    char *text[2]; /* beginnings of lines whose ends have not come */
    size_t length[2];
    int64_t time;
} berth_splitter;
/* Gives the lines of a frame; at an end, the beginnings as they are. Returns false when `line` did. */
bool berth_split(berth_splitter *splitter, const berth_frame *frame, berth_line line, void *context);
void berth_splitter_clear(berth_splitter *splitter);

/* Sends a line to a reader as a frame, as slowly as it reads; `sequence` begins at 0. Returns 0, or -1 with errno. */
int berth_send_line(int socket, uint64_t *sequence, int64_t time, uint8_t stream, const char *text, size_t length);

#endif
