/* Batches: their answers leave together. */
#include "internal.h"

#include <stdlib.h>

struct batch {
    connection *peer;
    size_t expected, used;
    json_t *answers;
};

/* Returns NULL when no answer is expected. */
batch *make_batch(connection *peer, size_t expected) {
    if (expected == 0) return NULL;
    batch *made = malloc(sizeof *made);
    pthread_mutex_lock(&state_lock);
    peer->references++;
    pthread_mutex_unlock(&state_lock);
    *made = (batch){ peer, expected, 2, json_array() };
    return made;
}

/* Bytes for one answer, so that errors of all others still fit. */
size_t batch_room(batch *batch) {
    pthread_mutex_lock(&state_lock);
    size_t reserved = batch->used + 2048 * (batch->expected - json_array_size(batch->answers));
    pthread_mutex_unlock(&state_lock);
    return reserved < MESSAGE_BYTES ? MESSAGE_BYTES - reserved : 0;
}

void add_to_batch(batch *batch, json_t *answer) {
    size_t size = json_dumpb(answer, NULL, 0, JSON_COMPACT);
    pthread_mutex_lock(&state_lock);
    json_array_append_new(batch->answers, answer);
    batch->used += size + 1;
    bool complete = json_array_size(batch->answers) == batch->expected;
    pthread_mutex_unlock(&state_lock);
    if (!complete) return;
    send_message(batch->peer, batch->answers, NULL);
    release_connection(batch->peer);
    free(batch);
}
