/*
 * The random number server. Without a host it has the processor's generator, and nothing at all on
 * processors that have none: better an error than numbers that can be guessed.
 */
#pragma once

#include "../lib/client.h"

enum random_label {
    RANDOM_READ = SERVER_FIRST, /* buffer: offset, length: bytes, at least one unless length is 0 */
    RANDOM_LABEL_END,
};

/* SERVER_START's first word. */
enum random_backend { RANDOM_BACKEND_CPU, RANDOM_BACKEND_HOST };

/* Into the beginning of the buffer. */
static inline long random_read(const struct client *client, size_t bytes)
{
    return client_call(client, RANDOM_READ, 0, bytes, 0, 0);
}
