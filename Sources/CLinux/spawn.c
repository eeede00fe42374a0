#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE (32 * 1024)
#define MAX_DESCRIPTORS 64

struct spawn {
    const struct berth_spawn_request *request;
    int nice;
    const char *stage;
    int error;
};

static int fail(struct spawn *spawn, const char *stage) {
    spawn->error = errno ? errno : EINVAL;
    spawn->stage = stage;
    _exit(127);
}

static int is_target(const struct berth_spawn_request *request, int number) {
    for (size_t i = 0; i < request->descriptor_count; i++)
        if (request->descriptors[i].target == number) return 1;
    return 0;
}

// A first pass moves every source above all targets, so that the second never closes one that is still to come.
static int place_descriptors(struct spawn *spawn, int executable) {
    const struct berth_spawn_request *request = spawn->request;
    int moved[MAX_DESCRIPTORS];
    int top = 3;
    for (size_t i = 0; i < request->descriptor_count; i++)
        if (request->descriptors[i].target >= top) top = request->descriptors[i].target + 1;
    for (size_t i = 0; i < request->descriptor_count; i++) {
        moved[i] = fcntl(request->descriptors[i].source, F_DUPFD_CLOEXEC, top);
        if (moved[i] < 0) return fail(spawn, "fcntl");
    }
    if (executable >= 0) {
        executable = fcntl(executable, F_DUPFD_CLOEXEC, top);
        if (executable < 0) return fail(spawn, "fcntl");
    }
    if (syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */) != 0) return fail(spawn, "close_range");
    for (int stdio = 0; stdio < 3; stdio++) {
        if (is_target(request, stdio)) continue;
        int null = open("/dev/null", O_RDWR);
        if (null < 0) return fail(spawn, "open /dev/null");
        if (null != stdio) {
            dup2(null, stdio);
            close(null);
        }
    }
    for (size_t i = 0; i < request->descriptor_count; i++)
        if (dup2(moved[i], request->descriptors[i].target) < 0) return fail(spawn, "dup2");
    return executable;
}

static int child(void *argument) {
    struct spawn *spawn = argument;
    const struct berth_spawn_request *request = spawn->request;
    for (size_t i = 0; i < request->cgroup_file_count; i++)
        if (write(request->cgroup_files[i], "0", 1) < 0) return fail(spawn, "write cgroup.procs");
    if (request->new_session && setsid() < 0) return fail(spawn, "setsid");
    if (request->process_group >= 0 && setpgid(0, request->process_group) < 0) return fail(spawn, "setpgid");
    if (request->directory >= 0 && fchdir(request->directory) < 0) return fail(spawn, "fchdir");
    int executable = place_descriptors(spawn, request->path ? -1 : request->executable);
    setpriority(PRIO_PROCESS, 0, spawn->nice);
    berth_reset_signals();
    if (request->path)
        execve(request->path, request->arguments, request->environment);
    else
        syscall(SYS_execveat, executable, "", request->arguments, request->environment, AT_EMPTY_PATH);
    return fail(spawn, request->path ? "execve" : "execveat");
}

int berth_spawn(const struct berth_spawn_request *request, int *pidfd, const char **stage) {
    if (request->descriptor_count > MAX_DESCRIPTORS) {
        *stage = "spawn";
        errno = E2BIG;
        return -1;
    }
    _Alignas(16) char stack[STACK_SIZE];
    // The first thread's: libdispatch makes its workers nicer or less nice by what they work on, as root also below 0.
    int nice = getpriority(PRIO_PROCESS, getpid());
    struct spawn spawn = {.request = request, .nice = nice, .stage = "clone", .error = 0};
    sigset_t all, previous;
    sigfillset(&all);
    // A handler of ours must not run in the child: it shares our memory until the exec.
    pthread_sigmask(SIG_BLOCK, &all, &previous);
    int descriptor = -1;
    int pid = clone(
        child, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | request->namespaces | SIGCHLD, &spawn, &descriptor);
    int error = pid < 0 ? errno : spawn.error;
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    if (error == 0) {
        *pidfd = descriptor;
        return pid;
    }
    if (pid > 0) {
        waitpid(pid, NULL, __WALL);
        close(descriptor);
    }
    *stage = spawn.stage;
    errno = error;
    return -1;
}
