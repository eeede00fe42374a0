/* Serves a plugin whose methods are programs: `methods/<method>` beside this executable and `plugin.json`.
 *
 * A program gets the parameters as a line of JSON on its standard input, and the descriptors of the request as 3, 4, …
 * The first line that it prints is the answer: the result, or {"error": {"kind", "message", "object"}}; nothing
 * printed and status 0 answer {}. After its answer it may go on for as long as it likes. When the caller gives up before,
 * it is killed with all of its children. For methods whose answer carries a stream, descriptor 9 is the near end of it.
 *
 * Environment: BERTH_STATE, BERTH_RUN, BERTH_INSTANCE, BERTH_CONFIGURATION (JSON), BERTH_METHOD, BERTH_PLUGIN_FOLDER.
 *
 * What a shell cannot do is done here: descriptors, cancellation, deadlines, pings while a method runs. */
#define _GNU_SOURCE
#include "berth_plugin.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_DESCRIPTOR = 3, STREAM = 9, MOST_RECEIVED = 6, HIGH = 100, ANSWER_BYTES = 4 << 20, LOOK_MS = 20 };

static char folder[PATH_MAX];
static berth_environment environment;

/* Methods whose answer carries a stream. */
static bool has_stream(const char *method) { return !strcmp(method, "log.read"); }

/* MARK: Programs */

typedef struct {
    pid_t pid;
    int output; /* its answer */
    int far;    /* of its stream; -1 */
} program;

typedef struct {
    char path[PATH_MAX];
    char *variables[16];
    int count;
    /* What becomes descriptor `target` of the program. */
    struct { int source, target; } descriptors[MOST_RECEIVED + 4];
    int descriptor_count;
} launch;

static void add_variable(launch *launch, const char *name, const char *value) {
    char **variable = &launch->variables[launch->count++];
    if (asprintf(variable, "%s=%s", name, value) < 0) abort();
}

/* Out of the way of the numbers that the program gets. */
static void give(launch *launch, int descriptor, int target) {
    launch->descriptors[launch->descriptor_count].source = fcntl(descriptor, F_DUPFD_CLOEXEC, HIGH);
    launch->descriptors[launch->descriptor_count++].target = target;
    close(descriptor);
}

static void prepare(launch *launch, const char *method) {
    char *configuration = json_dumps(environment.configuration, JSON_COMPACT);
    snprintf(launch->path, sizeof launch->path, "%.*s/methods/%s", PATH_MAX - 300, folder, method);
    add_variable(launch, "PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    add_variable(launch, "BERTH_STATE", environment.state);
    add_variable(launch, "BERTH_RUN", environment.run);
    add_variable(launch, "BERTH_INSTANCE", environment.instance);
    add_variable(launch, "BERTH_CONFIGURATION", configuration);
    add_variable(launch, "BERTH_METHOD", method);
    add_variable(launch, "BERTH_PLUGIN_FOLDER", folder);
    free(configuration);
}

/* Only what is safe between fork and exec in a process with threads. */
static void become(const launch *launch) {
    char *const arguments[] = { (char *)launch->path, NULL };
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < launch->descriptor_count; i++)
        if (dup2(launch->descriptors[i].source, launch->descriptors[i].target) < 0) _exit(126);
    signal(SIGPIPE, SIG_DFL);
    execve(launch->path, arguments, launch->variables);
    _exit(127);
}

/* The parameters as a file: a program need not read them. */
static int params_file(json_t *params) {
    int file = memfd_create("params", MFD_CLOEXEC);
    if (file < 0) return -1;
    char *text = json_dumps(params, JSON_COMPACT);
    if (dprintf(file, "%s\n", text) < 0 || lseek(file, 0, SEEK_SET) < 0) {
        close(file);
        file = -1;
    }
    free(text);
    return file;
}

static bool start(berth_call *call, json_t *params, launch *launch, program *program) {
    int output[2], stream[2], input = params_file(params);
    const char *method = berth_method_name(call);
    program->far = -1;
    if (input < 0 || pipe2(output, O_CLOEXEC) < 0
        || (has_stream(method) && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) < 0)) {
        if (input >= 0) close(input);
        berth_fail_errno(call, NULL, "%s", method);
        return false;
    }
    give(launch, input, STDIN_FILENO);
    give(launch, output[1], STDOUT_FILENO);
    if (has_stream(method)) {
        give(launch, stream[0], STREAM);
        program->far = stream[1];
    }
    program->output = output[0];
    program->pid = fork();
    if (program->pid == 0) become(launch);
    if (program->pid > 0) return true;
    close(program->output);
    if (program->far >= 0) close(program->far);
    berth_fail_errno(call, NULL, "%s", method);
    return false;
}

static void clean(launch *launch) {
    for (int i = 0; i < launch->count; i++) free(launch->variables[i]);
    for (int i = 0; i < launch->descriptor_count; i++) close(launch->descriptors[i].source);
}

/* MARK: Answers */

/* Reads the first line. Returns its length; 0 at the end without one, -1 when the caller gave up or it is too long. */
static ssize_t read_answer(berth_call *call, int output, char *answer) {
    size_t size = 0;
    while (size < ANSWER_BYTES) {
        struct pollfd source = { output, POLLIN, 0 };
        if (berth_cancelled(call)) return -1;
        if (poll(&source, 1, LOOK_MS) <= 0) continue;
        ssize_t count = read(output, answer + size, ANSWER_BYTES - size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return (ssize_t)size;
        char *newline = memchr(answer + size, '\n', (size_t)count);
        size += (size_t)count;
        if (newline) return newline - answer;
    }
    return -1;
}

/* Takes the status of a program that goes on after its answer, and of those of its group that outlive it: they are this
 * process's children then, where it is the first of its namespace. */
static void *reap(void *pid) {
    pid_t leader = (pid_t)(intptr_t)pid;
    waitpid(leader, NULL, 0);
    while (waitpid(-leader, NULL, 0) > 0) continue;
    return NULL;
}

static void leave(pid_t pid) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, reap, (void *)(intptr_t)pid) == 0) pthread_detach(thread);
}

static json_t *fail_as_told(berth_call *call, json_t *error) {
    const char *kind = "internal", *message = "no reason was given", *object = NULL;
    json_unpack(error, "{s?s, s?s, s?s}", "kind", &kind, "message", &message, "object", &object);
    return berth_fail(call, kind, object, "%s", message);
}

static json_t *take_answer(berth_call *call, const char *answer, size_t size, pid_t pid) {
    const char *method = berth_method_name(call);
    if (size == 0) {
        int status = 0;
        waitpid(pid, &status, 0);
        leave(pid);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return NULL;
        return berth_fail(call, "internal", NULL, "methods/%s ended with status %d and said nothing", method,
                          WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    leave(pid);
    json_error_t reason;
    json_t *result = json_loadb(answer, size, JSON_REJECT_DUPLICATES, &reason), *error;
    if (!result) return berth_fail(call, "internal", NULL, "the answer of methods/%s is not JSON: %s", method, reason.text);
    if (!(error = json_object_get(result, "error"))) return result;
    fail_as_told(call, error);
    json_decref(result);
    return NULL;
}

/* At once, so that a program that is not wanted any more does nothing after one that was asked for later. */
static void end_program(void *context) {
    pid_t pid = ((program *)context)->pid;
    /* It leads a group once it has come so far. */
    if (kill(-pid, SIGKILL) < 0) kill(pid, SIGKILL);
}

static json_t *run_method(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    launch launch = { 0 };
    program program = { 0 };
    prepare(&launch, berth_method_name(call));
    for (int i = 0; i < MOST_RECEIVED && berth_descriptor_count(call) > 0; i++) {
        int descriptor = berth_take_descriptor(call, "a descriptor");
        /* No program expects to be told to come back later. */
        fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
        /* Nor reads from elsewhere than where a file is at: an earlier attempt may have left it in the middle. */
        lseek(descriptor, 0, SEEK_SET);
        give(&launch, descriptor, FIRST_DESCRIPTOR + i);
    }
    bool started = start(call, params, &launch, &program);
    clean(&launch);
    if (!started) return NULL;
    berth_on_cancel(call, end_program, &program);
    char *answer = malloc(ANSWER_BYTES);
    ssize_t size = read_answer(call, program.output, answer);
    berth_on_cancel(call, NULL, NULL);
    json_t *result = NULL;
    if (size < 0) {
        kill(-program.pid, SIGKILL);
        leave(program.pid);
        berth_fail(call, "internal", NULL, "the answer of methods/%s is too long", berth_method_name(call));
    } else {
        result = take_answer(call, answer, (size_t)size, program.pid);
    }
    free(answer);
    close(program.output);
    if (program.far >= 0) berth_send_descriptor(call, program.far);
    return result;
}

/* MARK: The plugin */

static void *open_driver(const berth_environment *said, berth_call *call) {
    (void)call;
    environment = *said;
    return &environment;
}

/* Every configuration is taken: the next program sees it. */
static void configure(berth_call *call, json_t *configuration, void *driver) {
    (void)call, (void)driver;
    environment.configuration = json_incref(configuration);
}

static berth_method *find_methods(void) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.*s/methods", PATH_MAX - 300, folder);
    DIR *stream = opendir(path);
    struct dirent *entry;
    berth_method *methods = calloc(1, sizeof *methods);
    for (size_t count = 0; stream && (entry = readdir(stream));) {
        if (entry->d_name[0] == '.' || !strchr(entry->d_name, '.')) continue;
        methods = realloc(methods, (count + 2) * sizeof *methods);
        methods[count++] = (berth_method){ strdup(entry->d_name), run_method };
        methods[count] = (berth_method){ 0 };
    }
    if (stream) closedir(stream);
    return methods;
}

static const char **texts(json_t *list) {
    const char **all = calloc(json_array_size(list) + 1, sizeof *all);
    size_t index;
    json_t *text;
    json_array_foreach(list, index, text) all[index] = json_string_value(text);
    return all;
}

int main(void) {
    char path[PATH_MAX + 16];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (length < 0) return 1;
    folder[length] = 0;
    *strrchr(folder, '/') = 0;
    snprintf(path, sizeof path, "%s/plugin.json", folder);
    json_error_t reason;
    json_t *manifest = json_load_file(path, 0, &reason);
    const char *name, *version;
    json_t *kinds, *capabilities = NULL;
    if (!manifest || json_unpack(manifest, "{s:s, s:s, s:o, s?o}", "name", &name, "version", &version, "kinds", &kinds,
                                 "capabilities", &capabilities)) {
        berth_log("error", "%s: %s", path, manifest ? "name, version and kinds expected" : reason.text);
        return 1;
    }
    berth_plugin plugin = {
        .name = name, .version = version, .kinds = texts(kinds), .capabilities = texts(capabilities),
        .methods = find_methods(), .open = open_driver, .configure = configure,
    };
    return berth_run(&plugin);
}
