/* The registry backend `skeleton`. */
#include "registry.h"

/* Nobody needs to prove anything here. */
static json_t *login(berth_call *call, json_t *params, void *driver) {
    (void)driver;
    const char *domain;
    if (berth_unpack(call, params, "{s:s}", "domain", &domain)) check_domain(call, domain);
    return NULL;
}

int main(void) {
    static const char *const kinds[] = { "registry", NULL };
    static const char *const capabilities[] = { "push", NULL };
    static const berth_method methods[] = {
        { "registry.resolve", registry_resolve }, { "registry.fetch", registry_fetch },
        { "registry.push", registry_push }, { "registry.exists", registry_exists }, { "registry.tags", registry_tags },
        { "registry.catalog", registry_catalog }, { "registry.login", login }, { 0 },
    };
    static const berth_plugin plugin = {
        .name = "skeleton", .version = "0.1.0", .kinds = kinds, .capabilities = capabilities, .methods = methods,
        .open = open_store,
    };
    return berth_run(&plugin);
}
