/* The network driver `skeleton`: a sandbox with nothing but loopback. `stateless` says that it keeps nothing; a driver
 * that gives addresses remembers them, over crashes too, and writes each endpoint down before its first link is made. */
#define _GNU_SOURCE
#include "berth_plugin.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static json_t *create(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *id, *subnet = NULL, *gateway = NULL, *range = NULL;
    if (!berth_unpack(call, params, "{s:s, s?s, s?s, s?s}", "id", &id, "subnet", &subnet, "gateway", &gateway, "ipRange",
                      &range))
        return NULL;
    if (subnet || gateway || range)
        return berth_fail(call, "invalidArgument", NULL, "networks of the driver skeleton have no addresses");
    return json_pack("{s:{}}", "options");
}

/* Takes loopback up in the namespace that the calling thread is in. */
static int raise_loopback(void) {
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result = made < 0 ? -1 : ioctl(made, SIOCSIFFLAGS, &request);
    if (made >= 0) close(made);
    return result;
}

/* Must come home again: the thread's next work would be done in a stranger's namespace. */
static bool enter(berth_call *call, int sandbox, int home) {
    struct stat theirs, ours;
    if (fstat(sandbox, &theirs) == 0 && fstat(home, &ours) == 0 && theirs.st_ino == ours.st_ino)
        return berth_fail(call, "invalidArgument", NULL, "the sandbox is the host's own network namespace");
    if (setns(sandbox, CLONE_NEWNET) < 0)
        return berth_fail(call, "invalidArgument", NULL, "the sandbox is no network namespace");
    if (raise_loopback() < 0) berth_fail_errno(call, NULL, "loopback");
    if (setns(home, CLONE_NEWNET) < 0) _exit(1);
    return true;
}

static json_t *attach(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *key, *network, *interface, *address = NULL;
    json_t *ports;
    if (!berth_unpack(call, params, "{s:{s:s, s:s, s:s, s?s, s:o}}", "endpoint", "endpoint", &key, "network", &network,
                      "interface", &interface, "address", &address, "ports", &ports))
        return NULL;
    if (json_array_size(ports) > 0)
        return berth_fail(call, "unimplemented", NULL, "the driver skeleton publishes no ports");
    if (address) return berth_fail(call, "invalidArgument", NULL, "the driver skeleton gives no addresses");
    int sandbox = berth_take_descriptor(call, "the sandbox");
    if (sandbox < 0) return NULL;
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0) berth_fail_errno(call, NULL, "the host's network namespace");
    else enter(call, sandbox, home);
    if (home >= 0) close(home);
    close(sandbox);
    return berth_failed(call) ? NULL : json_pack("{s:[], s:{s:[], s:[], s:[]}}", "ports", "dns", "servers", "search", "options");
}

static json_t *publish(berth_call *call, json_t *params, void *driver) {
    (void)params, (void)driver;
    return berth_fail(call, "unimplemented", NULL, "the driver skeleton publishes no ports");
}

static json_t *inspect(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *id;
    if (!berth_unpack(call, params, "{s:s}", "id", &id)) return NULL;
    return json_pack("{s:s, s:{}, s:[]}", "id", id, "options", "endpoints");
}

static json_t *list(berth_call *call, json_t *params, void *driver) {
    (void)call, (void)params, (void)driver;
    return json_array();
}

/* What is not kept is gone: networks by `id`, endpoints by `endpoint`. */
static json_t *forget(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *key;
    berth_unpack(call, params, "{s:s}", strcmp(berth_method_name(call), "network.deleteNetwork") ? "endpoint" : "id", &key);
    return NULL;
}

static json_t *reconcile(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    json_t *networks, *endpoints;
    if (!berth_unpack(call, params, "{s:o, s:o}", "networks", &networks, "endpoints", &endpoints)) return NULL;
    return json_pack("{s:[], s:[], s:[]}", "removedNetworks", "removedEndpoints", "missingEndpoints");
}

static void *open_driver(const berth_environment *environment, berth_call *call) {
    (void)call;
    return (void *)environment;
}

int main(void) {
    static const char *const kinds[] = { "network", NULL }, *const capabilities[] = { "stateless", NULL };
    static const berth_method methods[] = {
        { "network.createNetwork", create }, { "network.deleteNetwork", forget }, { "network.attach", attach },
        { "network.detach", forget }, { "network.publish", publish }, { "network.unpublish", forget },
        { "network.inspect", inspect }, { "network.list", list }, { "network.reconcile", reconcile }, { 0 },
    };
    static const berth_plugin plugin = {
        .name = "skeleton", .version = "0.1.0", .kinds = kinds, .capabilities = capabilities, .methods = methods,
        .open = open_driver,
    };
    return berth_run(&plugin);
}
