/* Errors of calls, and lines for the operator. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    int number;
    const char *kind;
} kinds[] = {
    { ENOENT, "notFound" }, { EEXIST, "conflict" }, { EBUSY, "failedPrecondition" },
    { ENOTEMPTY, "failedPrecondition" }, { EACCES, "permissionDenied" }, { EPERM, "permissionDenied" },
    { ENOSPC, "resourceExhausted" }, { EDQUOT, "resourceExhausted" }, { EMFILE, "resourceExhausted" },
    { EINVAL, "invalidArgument" }, { ENAMETOOLONG, "invalidArgument" }, { EOPNOTSUPP, "unimplemented" },
    { ENOSYS, "unimplemented" }, { ETIMEDOUT, "unavailable" }, { ECONNREFUSED, "unavailable" },
};

/* Text that may come from anywhere, as a string of JSON: what is not UTF-8 becomes '?'. */
static json_t *safe_string(const char *text) {
    json_t *string = json_string(text);
    if (string) return string;
    char *copy = strdup(text);
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c >= 0x80) *c = '?';
    string = json_string(copy);
    free(copy);
    return string;
}

static void set_error(berth_call *call, const char *kind, const char *object, const char *text) {
    if (call->error) return;
    json_t *data = json_pack("{s:s, s:s}", "kind", kind, "plugin", plugin_name());
    if (object) json_object_set_new(data, "object", safe_string(object));
    call->error = json_pack("{s:i, s:o, s:o}", "code", BERTH_ERROR, "message", safe_string(text), "data", data);
}

json_t *berth_fail(berth_call *call, const char *kind, const char *object, const char *format, ...) {
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) text = strdup("out of memory");
    va_end(arguments);
    set_error(call, kind, object, text);
    free(text);
    return NULL;
}

json_t *berth_fail_errno(berth_call *call, const char *object, const char *format, ...) {
    int number = errno;
    const char *kind = "internal";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].number == number) kind = kinds[i].kind;
    char *text, *whole;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) text = strdup("out of memory");
    va_end(arguments);
    if (asprintf(&whole, "%s: %s", text, strerror(number)) < 0) whole = strdup(text);
    set_error(call, kind, object, whole);
    free(text);
    free(whole);
    return NULL;
}

bool berth_failed(const berth_call *call) { return call->error != NULL; }

bool berth_unpack(berth_call *call, json_t *params, const char *format, ...) {
    json_error_t reason;
    va_list arguments;
    va_start(arguments, format);
    int result = json_vunpack_ex(params, &reason, 0, format, arguments);
    va_end(arguments);
    if (result == 0) return true;
    if (!call->error) call->error = make_error(INVALID_PARAMS, "the parameters of %s: %s", call->method, reason.text);
    return false;
}

void berth_log(const char *level, const char *format, ...) {
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    json_t *line = json_pack("{s:s, s:o}", "level", level, "message", safe_string(text));
    char *json = json_dumps(line, JSON_COMPACT), *whole;
    /* One write, so that lines of several threads do not mix. What cannot be written is lost. */
    if (json && (length = asprintf(&whole, "%s\n", json)) > 0) {
        if (write(STDERR_FILENO, whole, (size_t)length) < 0) errno = 0;
        free(whole);
    }
    free(json);
    free(text);
    json_decref(line);
}
