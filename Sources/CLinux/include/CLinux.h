#pragma once
// What Swift cannot import from libc: variadic calls, system calls without a wrapper, macros that are not
// constants, and what runs between a clone and an exec. _GNU_SOURCE is defined in the .c files only; in a
// header it clashes in debug builds. Every function returns −1 and sets errno on failure, as libc does.
#include <stddef.h>
#include <stdint.h>

// spawn.c: a vfork-like start of a program, safe in a process with many threads. Between the clone and the
// exec only system calls run, on a stack of their own, with every signal blocked.

struct berth_descriptor {
    int source;
    int target;
};

struct berth_spawn_request {
    const char *path;  // execve(2); NULL to run `executable`
    int executable;    // execveat(2) with AT_EMPTY_PATH
    char *const *arguments;
    char *const *environment;
    const struct berth_descriptor *descriptors;
    size_t descriptor_count;
    const int *cgroup_files;  // "0" is written to each before the exec
    size_t cgroup_file_count;
    int directory;      // fchdir(2); −1 to keep
    int new_session;    // setsid(2)
    int process_group;  // setpgid(2): 0 a new one, −1 to keep
    int namespaces;     // CLONE_NEW… flags of clone(2): namespaces that the child begins
};

// On failure `stage` names the system call that failed.
int berth_spawn(const struct berth_spawn_request *request, int *pidfd, const char **stage);

// calls.c: system calls.

// A fork-like clone3(2): returns twice. Only for processes with one thread. `cgroup` −1 for none.
int berth_clone3(uint64_t flags, int cgroup, int *pidfd);
int berth_execveat(int directory, const char *path, char *const *arguments, char *const *environment, int flags);
int berth_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int berth_close_range(unsigned first, unsigned last, unsigned flags);
int berth_pidfd_open(int pid, unsigned flags);
int berth_pidfd_send_signal(int pidfd, int signal);
int berth_setns(int descriptor, int kinds);
int berth_namespace_kind(int descriptor);
int berth_unshare(int kinds);
int berth_pivot_root(const char *new_root, const char *put_old);
int berth_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int berth_set_hostname(const char *name, size_t length);
int berth_set_domainname(const char *name, size_t length);
int berth_join_session_keyring(const char *name);
int berth_seccomp_load(const void *instructions, size_t bytes, unsigned flags);
// The next call that waits for a verdict on a filter's listener (seccomp_unotify(2)).
int berth_seccomp_next(int listener, int *pid, int *call, uint32_t *architecture);
/* setfsuid(2), setfsgid(2): not in Swift's Glibc module; the calls tell no error, so the ids are read back. */
int berth_set_filesystem_ids(int uid, int gid);
int berth_set_ids(int uid, int gid, const uint32_t *groups, size_t group_count);
int berth_get_limit(int resource, uint64_t *soft, uint64_t *hard);
int berth_set_limit(int resource, uint64_t soft, uint64_t hard);
int berth_set_scheduling(
    int pid, uint32_t policy, uint64_t flags, int32_t nice, uint32_t priority, uint64_t runtime, uint64_t deadline,
    uint64_t period);
int berth_set_io_priority(int pid, int priority);
int berth_personality(unsigned long persona);
int berth_memfd(const char *name, unsigned flags);
int berth_getcwd(char *buffer, size_t size);
int berth_socket_seqpacket(void);
int berth_socket_cloexec(void);
int berth_accept_blocking(int listener);
int berth_fork(void);
// Brings up lo in this network namespace (netdevice(7)).
int berth_loopback_up(void);
// Makes this process's group the terminal's foreground, from the background too.
int berth_terminal_foreground(void);
char **berth_environment(void);
int berth_terminal_unlock(int master);
int berth_terminal_peer(int master);
int berth_terminal_resize(int terminal, unsigned short width, unsigned short height);
int berth_terminal_control(int terminal);
long berth_file_system_type(int descriptor);
// Whether a name in a folder is where something is mounted, in whichever mount namespace the folder is: 1 or 0, −1 on failure.
int berth_is_mount_root(int directory, const char *name);
int berth_device_number(unsigned major, unsigned minor, uint64_t *device);
int berth_mknodat(int directory, const char *name, unsigned mode, unsigned major, unsigned minor);
// Handlers and dispositions to their defaults, the mask empty: what a program expects after exec.
void berth_reset_signals(void);

// mount.c: the file-descriptor mount calls (fsopen(2) and kin), under names free of header versions.
int berth_fsopen(const char *type, unsigned flags);
int berth_fspick(int directory, const char *path, unsigned flags);
int berth_fsconfig(int context, unsigned command, const char *key, const void *value, int auxiliary);
int berth_fsmount(int context, unsigned flags, unsigned attributes);
int berth_open_tree(int directory, const char *path, unsigned flags);
int berth_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags);
int berth_mount_setattr(
    int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation,
    uint64_t user_namespace);

// channel.c: one datagram with at most one descriptor over a UNIX socket (SCM_RIGHTS).
long berth_send(int socket, const void *bytes, size_t count, int descriptor);
long berth_receive(int socket, void *bytes, size_t count, int *descriptor);
