/* The plugin: which handler answers what, the methods that every plugin has, and its end. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENER = 3, MOST_DRAINS = 16 };

typedef struct job {
    berth_call *call;
    berth_handler handler;
    bool counted;
    struct job *next;
} job;

static struct {
    const berth_plugin *plugin;
    /* With state_lock: */
    void *driver;
    bool initialized, draining, accepting, stopped;
    int64_t calls, failures, active;
    berth_call *drains[MOST_DRAINS]; /* wait until nothing runs */
    int drain_count;
    int64_t stop_at;   /* after SIGTERM; 0: not */
    job *first, **last;
    int workers, idle, queued;
    pthread_cond_t work;
    /* Held while the driver is made or configured. */
    pthread_mutex_t changing;
    berth_environment environment;
    int wake; /* of the main thread */
} self = { .changing = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER };

static void wake(void) {
    uint64_t one = 1;
    /* It fails only when it is awake already. */
    if (write(self.wake, &one, sizeof one) < 0) return;
}

static void stop(void) {
    pthread_mutex_lock(&state_lock);
    self.stopped = true;
    pthread_mutex_unlock(&state_lock);
    wake();
}

/* MARK: Work */

/* Answers who drains, when nothing runs. */
static void tell_idle(void) {
    berth_call *waiting[MOST_DRAINS];
    pthread_mutex_lock(&state_lock);
    int count = self.active == 0 ? self.drain_count : 0;
    memcpy(waiting, self.drains, sizeof waiting);
    self.drain_count -= count;
    bool ends = self.active == 0 && self.draining && self.stop_at;
    pthread_mutex_unlock(&state_lock);
    for (int i = 0; i < count; i++) {
        respond(waiting[i], NULL);
        free_call(waiting[i]);
    }
    if (ends) stop();
}

static void run(job *job) {
    berth_call *call = job->call;
    json_t *result = NULL;
    /* A call that was cancelled in the queue need not start. */
    if (!berth_cancelled(call)) result = job->handler(call, call->params, self.driver);
    bool failed = call->error != NULL;
    if (failed) {
        if (result) json_decref(result);
        fail_call(call, json_incref(call->error));
    } else {
        respond(call, result);
    }
    free_call(call);
    if (job->counted) {
        pthread_mutex_lock(&state_lock);
        self.active--;
        self.failures += failed;
        pthread_mutex_unlock(&state_lock);
        tell_idle();
    }
}

static void *work(void *nothing) {
    (void)nothing;
    pthread_mutex_lock(&state_lock);
    for (;;) {
        self.idle++;
        while (!self.first) pthread_cond_wait(&self.work, &state_lock);
        self.idle--;
        self.queued--;
        job *next = self.first;
        self.first = next->next;
        if (!self.first) self.last = &self.first;
        pthread_mutex_unlock(&state_lock);
        run(next);
        free(next);
        pthread_mutex_lock(&state_lock);
    }
    return NULL;
}

static void submit(berth_call *call, berth_handler handler, bool counted) {
    job *new = malloc(sizeof *new);
    *new = (job){ call, handler, counted, NULL };
    int most = self.plugin->threads ? self.plugin->threads : 16;
    pthread_mutex_lock(&state_lock);
    *self.last = new;
    self.last = &new->next;
    self.queued++;
    bool spawns = self.queued > self.idle && self.workers < most;
    self.workers += spawns;
    if (counted) {
        self.calls++;
        self.active++;
    }
    pthread_cond_signal(&self.work);
    pthread_mutex_unlock(&state_lock);
    pthread_t thread;
    if (!spawns) return;
    if (pthread_create(&thread, NULL, work, NULL) == 0) {
        pthread_detach(thread);
    } else {
        pthread_mutex_lock(&state_lock);
        self.workers--;
        pthread_mutex_unlock(&state_lock);
    }
}

/* MARK: Lifecycle */

static bool is_object(berth_call *call, json_t *configuration) {
    /* Fails as any other member of the wrong type does. */
    return berth_unpack(call, configuration, "{}");
}

static void reconfigure(berth_call *call, json_t *configuration) {
    if (json_equal(configuration, self.environment.configuration)) return;
    if (!self.plugin->configure) {
        berth_fail(call, "failedPrecondition", NULL, "a changed configuration of %s needs a restart",
                   self.plugin->name);
        return;
    }
    self.plugin->configure(call, configuration, self.driver);
    if (berth_failed(call)) return;
    json_decref(self.environment.configuration);
    self.environment.configuration = json_incref(configuration);
}

static void open_driver(berth_call *call, const berth_environment *said) {
    /* What the environment points to must last. */
    berth_environment kept = {
        strdup(said->instance), json_incref(said->configuration), strdup(said->state), strdup(said->run),
    };
    void *driver = self.plugin->open ? self.plugin->open(&kept, call) : NULL;
    if (berth_failed(call)) return;
    self.environment = kept;
    pthread_mutex_lock(&state_lock);
    self.driver = driver;
    self.initialized = true;
    pthread_mutex_unlock(&state_lock);
}

static json_t *names(const char *const *list) {
    json_t *array = json_array();
    for (; list && *list; list++) json_array_append_new(array, json_string(*list));
    return array;
}

static json_t *initialize(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    berth_environment said;
    int low, high;
    if (!berth_unpack(call, params, "{s:s, s:o, s:s, s:s, s:{s:i, s:i}}", "instance", &said.instance, "configuration",
                      &said.configuration, "stateDirectory", &said.state, "runDirectory", &said.run, "protocolRange",
                      "minimum", &low, "maximum", &high)
        || !is_object(call, said.configuration))
        return NULL;
    if (low > PROTOCOL || high < PROTOCOL)
        return berth_fail(call, "failedPrecondition", NULL, "%s speaks protocol %d, not %d to %d", self.plugin->name,
                          PROTOCOL, low, high);
    pthread_mutex_lock(&self.changing);
    if (!self.initialized)
        open_driver(call, &said);
    else if (strcmp(said.instance, self.environment.instance) || strcmp(said.state, self.environment.state))
        berth_fail(call, "failedPrecondition", NULL, "%s already serves the instance %s", self.plugin->name,
                   self.environment.instance);
    else
        reconfigure(call, said.configuration);
    pthread_mutex_unlock(&self.changing);
    if (berth_failed(call)) return NULL;
    /* A drained plugin whose supervisor came back takes calls again. */
    pthread_mutex_lock(&state_lock);
    self.draining = false;
    self.accepting = true;
    pthread_mutex_unlock(&state_lock);
    wake();
    int version = self.plugin->state_version ? self.plugin->state_version : 1;
    return json_pack("{s:{s:s, s:s}, s:i, s:o, s:o, s:i}", "plugin", "name", self.plugin->name, "version",
                     self.plugin->version, "protocolVersion", PROTOCOL, "kinds", names(self.plugin->kinds),
                     "capabilities", names(self.plugin->capabilities), "stateVersion", version);
}

static json_t *configure(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    json_t *configuration;
    if (!berth_unpack(call, params, "{s:o}", "configuration", &configuration) || !is_object(call, configuration))
        return NULL;
    pthread_mutex_lock(&self.changing);
    if (self.initialized) reconfigure(call, configuration);
    else berth_fail(call, "failedPrecondition", NULL, "%s has not been initialized", self.plugin->name);
    pthread_mutex_unlock(&self.changing);
    return NULL;
}

static json_t *stats(berth_call *call, json_t *params, void *driver) {
    (void)call, (void)params;
    pthread_mutex_lock(&state_lock);
    json_t *result = json_pack("{s:I, s:I, s:I}", "calls", (json_int_t)self.calls, "failures",
                               (json_int_t)self.failures, "active", (json_int_t)self.active);
    bool ready = self.initialized;
    pthread_mutex_unlock(&state_lock);
    if (self.plugin->stats && ready) json_object_set_new(result, "details", self.plugin->stats(driver));
    return result;
}

/* The names of the methods: the parameters are described by Berth's own rpc.discover. */
static json_t *discover(berth_call *call, json_t *params, void *driver) {
    (void)call, (void)params, (void)driver;
    json_t *methods = json_array();
    for (const berth_method *method = self.plugin->methods; method->name; method++)
        json_array_append_new(methods, json_pack("{s:s, s:[], s:{s:s, s:{}}}", "name", method->name, "params", "result",
                                                 "name", "result", "schema"));
    return json_pack("{s:s, s:{s:s, s:s}, s:o}", "openrpc", "1.2.6", "info", "title", self.plugin->name, "version",
                     self.plugin->version, "methods", methods);
}

/* Accepts no connections and no calls from now on. */
static void begin_drain(void) {
    pthread_mutex_lock(&state_lock);
    self.draining = true;
    self.accepting = false;
    pthread_mutex_unlock(&state_lock);
    wake();
}

static void drain(berth_call *call) {
    begin_drain();
    pthread_mutex_lock(&state_lock);
    bool fits = self.drain_count < MOST_DRAINS;
    if (fits) self.drains[self.drain_count++] = call;
    pthread_mutex_unlock(&state_lock);
    if (!fits) {
        fail_call(call, make_error(BUSY, "%d callers wait already", MOST_DRAINS));
        free_call(call);
    }
    tell_idle();
}

/* MARK: Dispatch */

static const berth_method lifecycle[] = {
    { "initialize", initialize }, { "plugin.configure", configure }, { "plugin.stats", stats },
    { "rpc.discover", discover }, { 0 },
};

static berth_handler find_handler(const berth_method *methods, const char *name) {
    for (; methods->name; methods++)
        if (!strcmp(methods->name, name)) return methods->handler;
    return NULL;
}

static void answer_now(berth_call *call, json_t *error) {
    if (error) fail_call(call, error);
    else respond(call, NULL);
    free_call(call);
}

void handle_call(berth_call *call) {
    if (has_nul(json_object_get(call->message, "method")))
        return answer_now(call, make_error(METHOD_NOT_FOUND, "there is no method with a NUL"));
    if (has_nul(call->params)) {
        berth_fail(call, "invalidArgument", NULL, "a parameter of %s has a NUL", call->method);
        return answer_now(call, json_incref(call->error));
    }
    berth_handler handler = find_handler(lifecycle, call->method);
    if (handler) return submit(call, handler, false);
    if (!strcmp(call->method, "plugin.ping")) return answer_now(call, NULL);
    if (!strcmp(call->method, "plugin.drain")) return drain(call);
    if (!strcmp(call->method, "plugin.shutdown")) {
        answer_now(call, NULL);
        return stop();
    }
    handler = find_handler(self.plugin->methods, call->method);
    if (!handler) return answer_now(call, make_error(METHOD_NOT_FOUND, "there is no method %s", call->method));
    pthread_mutex_lock(&state_lock);
    bool ready = self.initialized, draining = self.draining;
    pthread_mutex_unlock(&state_lock);
    if (draining) berth_fail(call, "unavailable", NULL, "%s is being replaced", self.plugin->name);
    else if (!ready) berth_fail(call, "failedPrecondition", NULL, "%s has not been initialized", self.plugin->name);
    if (call->error) answer_now(call, json_incref(call->error));
    else submit(call, handler, true);
}

/* For errors: who says it. */
const char *plugin_name(void) { return self.plugin->name; }

/* MARK: Serving */

static volatile sig_atomic_t signals;

static void on_signal(int number) {
    (void)number;
    signals++;
    wake();
}

static void accept_one(void) {
    int socket = accept4(LISTENER, NULL, NULL, SOCK_CLOEXEC);
    if (socket >= 0) serve_connection(socket);
    else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
        berth_log("error", "a connection cannot be accepted: %s", strerror(errno));
}

/* Ends when the calls that run have ended, after a while in any case; a second signal ends at once. */
static void terminate(int count) {
    if (count > 1) return stop();
    pthread_mutex_lock(&state_lock);
    self.stop_at = monotonic_now() + (int64_t)DRAIN_SECONDS * 1000000000;
    pthread_mutex_unlock(&state_lock);
    begin_drain();
    tell_idle();
}

static void serve(void) {
    int seen = 0;
    for (;;) {
        pthread_mutex_lock(&state_lock);
        bool ends = self.stopped || (self.stop_at && monotonic_now() >= self.stop_at);
        struct pollfd sources[] = { { self.wake, POLLIN, 0 }, { self.accepting ? LISTENER : -1, POLLIN, 0 } };
        int timeout = self.stop_at ? 100 : -1;
        pthread_mutex_unlock(&state_lock);
        if (ends) return;
        poll(sources, 2, timeout);
        uint64_t count;
        if (sources[0].revents && read(self.wake, &count, sizeof count) < 0) continue;
        if (signals > seen) terminate(seen = signals);
        if (sources[1].revents) accept_one();
    }
}

static bool was_handed_over(void) {
    const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
    int listening = 0;
    socklen_t size = sizeof listening;
    return count && !strcmp(count, "1") && (!pid || atoi(pid) == getpid())
        && getsockopt(LISTENER, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening;
}

int berth_run(const berth_plugin *plugin) {
    self.plugin = plugin;
    self.last = &self.first;
    self.accepting = true;
    self.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!was_handed_over()) {
        berth_log("error", "%s cannot serve: no socket was handed over; a plugin is started by berthd", plugin->name);
        return 1;
    }
    /* Another process may accept from it at the same time. */
    fcntl(LISTENER, F_SETFL, fcntl(LISTENER, F_GETFL) | O_NONBLOCK);
    fcntl(LISTENER, F_SETFD, FD_CLOEXEC);
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    start_deadlines();
    serve();
    if (plugin->close && self.initialized) plugin->close(self.driver);
    return 0;
}
