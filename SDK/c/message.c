/* Messages: JSON-RPC 2.0, one object or batch a line. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t monotonic_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The parser of jansson goes 2048 deep. */
static bool is_too_deep(const char *line, size_t size) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        char c = line[i];
        if (quoted) {
            if (c == '\\') i++;
            else if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > DEPTH) return true;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return false;
}

json_t *parse_line(const char *line, size_t size, json_t **error) {
    if (is_too_deep(line, size)) {
        *error = make_error(PARSE_ERROR, "not JSON: nested more than %d deep", DEPTH);
        return NULL;
    }
    json_error_t reason;
    json_t *message = json_loadb(line, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &reason);
    if (!message) *error = make_error(PARSE_ERROR, "not JSON: %s (byte %d)", reason.text, reason.position);
    return message;
}

int count_descriptors(json_t *message) {
    json_t *member = json_object_get(message, "descriptors");
    if (!member) return 0;
    if (!json_is_integer(member)) return -1;
    json_int_t count = json_integer_value(member);
    return count >= 0 && count <= DESCRIPTORS ? (int)count : -1;
}

const char *check_request(json_t *message) {
    json_t *version = json_object_get(message, "jsonrpc"), *id = json_object_get(message, "id");
    json_t *params = json_object_get(message, "params"), *timeout = json_object_get(message, "timeout");
    if (!json_object_get(message, "method")) return "a message needs a method, a result or an error";
    if (!json_is_string(version) || strcmp(json_string_value(version), "2.0"))
        return "the member jsonrpc must be \"2.0\"";
    if (!json_is_string(json_object_get(message, "method"))) return "the member method must be a string";
    if (id && !json_is_integer(id) && !json_is_string(id)) return "the member id must be an integer or a string";
    if (params && !json_is_null(params) && !json_is_object(params) && !json_is_array(params))
        return "the member params must be an object";
    if (timeout && (!json_is_integer(timeout) || json_integer_value(timeout) < 0))
        return "the member timeout must be a number of milliseconds";
    if (count_descriptors(message) < 0) return "the member descriptors must be a small number";
    return NULL;
}

bool has_nul(json_t *value) {
    size_t index;
    const char *name;
    json_t *member;
    if (json_is_string(value)) return strlen(json_string_value(value)) != json_string_length(value);
    json_array_foreach(value, index, member)
        if (has_nul(member)) return true;
    json_object_foreach(value, name, member)
        if (has_nul(member)) return true;
    return false;
}

json_t *make_error(int code, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_t *message = json_string(text);
    /* What was cut in the middle of a character is no string of JSON. */
    if (!message) message = json_string("an error whose text is not UTF-8");
    return json_pack("{s:i, s:o}", "code", code, "message", message);
}

json_t *failure(json_t *id, json_t *error) {
    bool known = json_is_integer(id) || json_is_string(id);
    return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", known ? id : json_null(), "error", error);
}
