/* Layers: the blob is decompressed, hashed, and read as a tar stream on the way. */
#define _GNU_SOURCE
#include "native.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 256 << 10, PROGRESS_STEP = 1 << 20 };

typedef struct {
    berth_call *call;
    int blob;
    off_t position, reported;
    struct archive *plain; /* the blob, decompressed */
    EVP_MD_CTX *hash;
    int64_t size;
    char raw[BLOCK], text[BLOCK];
} pipeline;

static la_ssize_t read_blob(struct archive *archive, void *context, const void **bytes) {
    pipeline *pipe = context;
    ssize_t count = pread(pipe->blob, pipe->raw, BLOCK, pipe->position);
    if (count < 0) archive_set_error(archive, errno, "the blob cannot be read");
    else pipe->position += count;
    if (pipe->position - pipe->reported >= PROGRESS_STEP) {
        pipe->reported = pipe->position;
        berth_progress(pipe->call, json_integer(pipe->position));
    }
    *bytes = pipe->raw;
    return count;
}

static la_ssize_t read_plain(struct archive *archive, void *context, const void **bytes) {
    pipeline *pipe = context;
    la_ssize_t count = archive_read_data(pipe->plain, pipe->text, BLOCK);
    if (count < 0) {
        archive_set_error(archive, EIO, "%s", archive_error_string(pipe->plain));
        return ARCHIVE_FATAL;
    }
    EVP_DigestUpdate(pipe->hash, pipe->text, (size_t)count);
    pipe->size += count;
    *bytes = pipe->text;
    return count;
}

static bool open_plain(pipeline *pipe, const char *media_type) {
    size_t length = strlen(media_type);
    pipe->plain = archive_read_new();
    if (length > 4 && !strcmp(media_type + length - 4, "gzip")) archive_read_support_filter_gzip(pipe->plain);
    else if (length > 4 && !strcmp(media_type + length - 4, "zstd")) archive_read_support_filter_zstd(pipe->plain);
    else archive_read_support_filter_none(pipe->plain);
    archive_read_support_format_raw(pipe->plain);
    struct archive_entry *entry;
    return archive_read_open(pipe->plain, pipe, NULL, read_blob, NULL) == ARCHIVE_OK
        && archive_read_next_header(pipe->plain, &entry) == ARCHIVE_OK;
}

/* Unpacks every entry. Returns false after berth_fail. */
static bool put_entries(pipeline *pipe, unpacking *state, const char *object) {
    struct archive_entry *entry;
    int status;
    while ((status = archive_read_next_header(state->tar, &entry)) == ARCHIVE_OK || status == ARCHIVE_WARN) {
        if (berth_cancelled(pipe->call)) return berth_fail(pipe->call, "cancelled", object, "the caller has given up");
        errno = 0;
        const char *refused = put_entry(state, entry);
        if (!refused) continue;
        const char *name = archive_entry_pathname(entry);
        bool damaged = archive_errno(state->tar) != 0 && errno == EIO;
        if (damaged) berth_fail(pipe->call, "corrupted", object, "%s: %s", name, archive_error_string(state->tar));
        else if (errno == ENOSPC || errno == EDQUOT) berth_fail_errno(pipe->call, object, "%s", name);
        else berth_fail(pipe->call, "invalidArgument", object, "the layer's entry %s: %s", name ? name : "", refused);
        return false;
    }
    if (status == ARCHIVE_EOF) return true;
    berth_fail(pipe->call, "corrupted", object, "the layer is no whole tar: %s", archive_error_string(state->tar));
    return false;
}

static void set_folder_times(unpacking *state) {
    for (size_t i = state->time_count; i-- > 0;) {
        struct timespec times[] = { state->times[i].time, state->times[i].time };
        /* A later entry may have put something else in its place: then the time is not wanted. */
        utimensat(state->root, state->times[i].path, times, AT_SYMLINK_NOFOLLOW);
        free(state->times[i].path);
    }
    free(state->times);
}

static bool unpack(pipeline *pipe, int root, const char *object) {
    unpacking state = { .root = root, .tar = archive_read_new() };
    archive_read_support_format_tar(state.tar);
    archive_read_support_format_empty(state.tar);
    bool done = archive_read_open(state.tar, pipe, NULL, read_plain, NULL) == ARCHIVE_OK;
    if (done) done = put_entries(pipe, &state, object);
    else berth_fail(pipe->call, "corrupted", object, "the layer is no tar: %s", archive_error_string(state.tar));
    set_folder_times(&state);
    inode_set_clear(&state.own);
    /* What follows the end of the archive is part of the stream that has the digest. */
    const void *rest;
    la_ssize_t count = 1;
    while (done && count > 0) count = read_plain(state.tar, pipe, &rest);
    if (count < 0) berth_fail(pipe->call, "corrupted", object, "%s", archive_error_string(state.tar));
    archive_read_free(state.tar);
    return done && count == 0;
}

void finish_digest(EVP_MD_CTX *hash, int64_t size, layer_result *result) {
    unsigned char digest[32];
    EVP_DigestFinal_ex(hash, digest, NULL);
    char *text = result->diff_id + sprintf(result->diff_id, "sha256:");
    for (int i = 0; i < 32; i++) text += sprintf(text, "%02x", digest[i]);
    result->size = size;
}

bool apply_layer(berth_call *call, int root, int blob, const char *media_type, const char *object,
                 layer_result *result) {
    pipeline *pipe = calloc(1, sizeof *pipe);
    pipe->call = call;
    pipe->blob = blob;
    pipe->hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(pipe->hash, EVP_sha256(), NULL);
    bool done = open_plain(pipe, media_type);
    if (!done)
        berth_fail(call, "corrupted", object, "the layer cannot be decompressed: %s", archive_error_string(pipe->plain));
    else done = unpack(pipe, root, object);
    if (done) finish_digest(pipe->hash, pipe->size, result);
    archive_read_free(pipe->plain);
    EVP_MD_CTX_free(pipe->hash);
    free(pipe);
    return done;
}
