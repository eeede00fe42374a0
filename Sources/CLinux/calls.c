#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

int berth_clone3(uint64_t flags, int cgroup, int *pidfd) {
    // A sibling reports to the same parent by the same signal as its maker does.
    struct clone_args arguments = {.flags = flags, .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD};
    if (pidfd) {
        arguments.flags |= CLONE_PIDFD;
        arguments.pidfd = (uint64_t)(uintptr_t)pidfd;
    }
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)cgroup;
    }
    return (int)syscall(SYS_clone3, &arguments, sizeof arguments);
}

int berth_execveat(int directory, const char *path, char *const *arguments, char *const *environment, int flags) {
    return (int)syscall(SYS_execveat, directory, path, arguments, environment, flags);
}

int berth_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    int descriptor;
    // EAGAIN: a rename raced with the walk and the kernel could not prove that it stayed beneath the root.
    do {
        descriptor = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
    } while (descriptor < 0 && errno == EAGAIN);
    return descriptor;
}

int berth_close_range(unsigned first, unsigned last, unsigned flags) {
    return (int)syscall(SYS_close_range, first, last, flags);
}

int berth_pidfd_open(int pid, unsigned flags) { return (int)syscall(SYS_pidfd_open, pid, flags); }

int berth_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int berth_setns(int descriptor, int kinds) { return setns(descriptor, kinds); }
int berth_namespace_kind(int descriptor) { return ioctl(descriptor, NS_GET_NSTYPE); }
int berth_unshare(int kinds) { return unshare(kinds); }

int berth_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int berth_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

int berth_set_hostname(const char *name, size_t length) { return sethostname(name, length); }
int berth_set_domainname(const char *name, size_t length) { return setdomainname(name, length); }

int berth_join_session_keyring(const char *name) {
    return (int)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
}

int berth_seccomp_load(const void *instructions, size_t bytes, unsigned flags) {
    struct sock_fprog program = {
        .len = (unsigned short)(bytes / sizeof(struct sock_filter)),
        .filter = (struct sock_filter *)instructions,
    };
    if (bytes == 0 || bytes % sizeof(struct sock_filter) != 0 || bytes / sizeof(struct sock_filter) > BPF_MAXINSNS) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int berth_seccomp_next(int listener, int *pid, int *call, uint32_t *architecture) {
    // Larger than the structure, which the kernel may have extended; it must be zero.
    union {
        struct seccomp_notif notification;
        char room[512];
    } next = {.room = {0}};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &next) != 0) return -1;
    *pid = (int)next.notification.pid;
    *call = next.notification.data.nr;
    *architecture = next.notification.data.arch;
    return 0;
}

// The raw calls: libc's would signal every thread of the process, and there is one.
int berth_set_ids(int uid, int gid, const uint32_t *groups, size_t group_count) {
    if (syscall(SYS_setgroups, group_count, groups) != 0) return -1;
    if (syscall(SYS_setresgid, gid, gid, gid) != 0) return -1;
    return (int)syscall(SYS_setresuid, uid, uid, uid);
}

int berth_set_filesystem_ids(int uid, int gid) {
    syscall(SYS_setfsgid, gid);
    syscall(SYS_setfsuid, uid);
    if ((int)syscall(SYS_setfsgid, -1) == gid && (int)syscall(SYS_setfsuid, -1) == uid) return 0;
    errno = EPERM;
    return -1;
}

int berth_get_limit(int resource, uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    int result = prlimit(0, resource, NULL, &limit);
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return result;
}

int berth_set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return prlimit(0, resource, &limit, NULL);
}

// sched_setattr(2) has no wrapper and its structure no header that goes with libc's.
struct scheduling {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

int berth_set_scheduling(
    int pid, uint32_t policy, uint64_t flags, int32_t nice, uint32_t priority, uint64_t runtime, uint64_t deadline,
    uint64_t period) {
    struct scheduling attributes = {sizeof attributes, policy, flags, nice, priority, runtime, deadline, period};
    return (int)syscall(SYS_sched_setattr, pid, &attributes, 0);
}

int berth_set_io_priority(int pid, int priority) { return (int)syscall(SYS_ioprio_set, 1 /* a process */, pid, priority); }

int berth_personality(unsigned long persona) { return personality(persona); }
int berth_memfd(const char *name, unsigned flags) { return memfd_create(name, flags); }

int berth_mknodat(int directory, const char *name, unsigned mode, unsigned major, unsigned minor) {
    return mknodat(directory, name, mode, makedev(major, minor));
}

// The raw call: libc's hides a folder outside the root, which is what is looked for.
int berth_getcwd(char *buffer, size_t size) { return (int)syscall(SYS_getcwd, buffer, size); }

int berth_socket_seqpacket(void) { return SOCK_SEQPACKET; }
int berth_socket_cloexec(void) { return SOCK_CLOEXEC; }
int berth_loopback_up(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    int result = ioctl(descriptor, SIOCSIFFLAGS, &request);
    int error = errno;
    close(descriptor);
    errno = error;
    return result;
}

int berth_fork(void) { return fork(); }
char **berth_environment(void) { return environ; }

int berth_terminal_foreground(void) {
    sigset_t stop, previous;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, &previous);
    int result = tcsetpgrp(0, getpgrp());
    sigprocmask(SIG_SETMASK, &previous, NULL);
    return result;
}

int berth_accept_blocking(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

int berth_terminal_unlock(int master) {
    int locked = 0;
    return ioctl(master, TIOCSPTLCK, &locked);
}

int berth_terminal_peer(int master) { return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC); }

int berth_terminal_resize(int terminal, unsigned short width, unsigned short height) {
    struct winsize size = {.ws_row = height, .ws_col = width};
    return ioctl(terminal, TIOCSWINSZ, &size);
}

int berth_terminal_control(int terminal) { return ioctl(terminal, TIOCSCTTY, 0); }

long berth_file_system_type(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 ? (long)status.f_type : -1;
}

int berth_is_mount_root(int directory, const char *name) {
    struct statx status;
    if (statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) != 0) return -1;
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int berth_device_number(unsigned major, unsigned minor, uint64_t *device) {
    *device = makedev(major, minor);
    return 0;
}

void berth_reset_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}
