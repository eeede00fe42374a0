/* Bytes from one file to another. */
#define _GNU_SOURCE
#include "registry.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/param.h>
#include <unistd.h>

enum { BLOCK = 64 << 10 };

static bool write_at(int file, const char *bytes, size_t size, int64_t offset) {
    while (size > 0) {
        ssize_t count = pwrite(file, bytes, size, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes += count;
        size -= (size_t)count;
        offset += count;
    }
    return true;
}

static int64_t copy_hashed(berth_call *call, int from, int to, int64_t offset, int64_t end, EVP_MD_CTX *hash) {
    char block[BLOCK];
    while (offset < end) {
        if (berth_cancelled(call)) return berth_fail(call, "cancelled", NULL, "the caller has given up"), -1;
        ssize_t count = pread(from, block, (size_t)MIN(end - offset, BLOCK), offset);
        if (count < 0 && errno == EINTR) continue;
        if (count == 0) break;
        if (count < 0 || !write_at(to, block, (size_t)count, offset))
            return berth_fail_errno(call, NULL, "copying at byte %lld", (long long)offset), -1;
        EVP_DigestUpdate(hash, block, (size_t)count);
        offset += count;
        berth_progress(call, json_integer(offset));
    }
    return offset;
}

int64_t copy(berth_call *call, int from, int to, int64_t offset, int64_t end, char *digest) {
    unsigned char bytes[32];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    int64_t size = copy_hashed(call, from, to, offset, end, hash);
    EVP_DigestFinal_ex(hash, bytes, NULL);
    EVP_MD_CTX_free(hash);
    if (digest) digest += sprintf(digest, "sha256:");
    for (size_t i = 0; digest && i < sizeof bytes; i++) digest += sprintf(digest, "%02x", bytes[i]);
    return size;
}
