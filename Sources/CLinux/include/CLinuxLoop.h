#pragma once
// What the event loop, the sockets and the threads need and Swift's Glibc module lacks: headers that it does not
// cover (epoll, eventfd, signalfd), and calls that only exist under _GNU_SOURCE.
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

// accept4(2) with SOCK_CLOEXEC | SOCK_NONBLOCK.
int berth_accept(int listener);
// SO_PEERCRED (unix(7)): pid, uid, gid; -1 on error.
int berth_peer_credentials(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid);
// pthread_setname_np(3) on the calling thread; at most 15 bytes.
void berth_name_thread(const char *name);
