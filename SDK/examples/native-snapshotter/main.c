/* The snapshotter `native`. */
#include "native.h"

#include <sys/resource.h>

static json_t *stats(void *driver) {
    (void)driver;
    return json_pack("{s:I}", "snapshots", (json_int_t)count_snapshots());
}

int main(void) {
    static const char *const kinds[] = { "snapshotter", "differ", NULL };
    static const char *const capabilities[] = { "diff", NULL };
    static const berth_plugin plugin = {
        .name = "native", .version = "0.1.0", .kinds = kinds,
        .capabilities = capabilities, .methods = snapshot_methods, .open = open_snapshots,
        .stats = stats,
    };
    /* A tree is walked with a descriptor for each level. */
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    return berth_run(&plugin);
}
