#pragma once
// What the event loop, the sockets and the threads need and Swift's Glibc module lacks: epoll, eventfd and signalfd,
// whose headers would drag types of the Glibc module into this one, and calls that exist under _GNU_SOURCE only.
#include <stdint.h>

struct berth_epoll_event {
    uint32_t events;
    uint64_t token;
};

int berth_epoll_create(void);
// EPOLL_CTL_ADD, MOD and DEL as 1, 3 and 2 (epoll_ctl(2)).
int berth_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token);
// At most 64 events.
int berth_epoll_wait(int epoll, struct berth_epoll_event *events, int capacity, int timeout);
// eventfd(2), close-on-exec and non-blocking.
int berth_eventfd(void);
// Blocks the signals on the calling thread and makes, or with `descriptor` >= 0 changes, a signalfd(2) for them.
int berth_signalfd(int descriptor, const int *signals, int count);
// The next pending signal's number, 0 when there is none.
int berth_read_signal(int descriptor);

// accept4(2) with SOCK_CLOEXEC | SOCK_NONBLOCK.
int berth_accept(int listener);
// SO_PEERCRED (unix(7)).
int berth_peer_credentials(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid);
// pthread_setname_np(3) on the calling thread; at most 15 bytes.
void berth_name_thread(const char *name);
