/*
 * The block server: a disk of fixed size, cut into partitions. A session is a partition: positions
 * begin at 0 in each, and no request leads out of it. Data lies in the session's buffer.
 */
#pragma once

#include "../lib/client.h"

#define BLOCK_SECTOR 512ul /* positions and lengths are multiples */

enum block_label {
    BLOCK_READ = SERVER_FIRST, /* buffer: offset, length; position: bytes, 0 at the end */
    BLOCK_WRITE,               /* the same */
    BLOCK_SYNC,                /* all that was written is safe */
    BLOCK_CAPACITY,            /* bytes of the partition */
    BLOCK_LABEL_END,
};

/* SERVER_START's first word; with RAM the second one is its large pages. */
enum block_backend { BLOCK_BACKEND_RAM, BLOCK_BACKEND_HOST };

/* SERVER_OPEN's word: the partition, in MiB; 0: all of the disk. */
#define BLOCK_PARTITION(first, count) ((seL4_Word)(first) << 32 | (seL4_Word)(count))

/* `bytes` between the beginning of the buffer and the partition. */
static inline long block_read(const struct client *client, size_t bytes, seL4_Word position)
{
    return client_call(client, BLOCK_READ, 0, bytes, position, 0);
}

static inline long block_write(const struct client *client, size_t bytes, seL4_Word position)
{
    return client_call(client, BLOCK_WRITE, 0, bytes, position, 0);
}

static inline long block_sync(const struct client *client)
{
    return client_call(client, BLOCK_SYNC, 0, 0, 0, 0);
}

static inline long block_capacity(const struct client *client)
{
    return client_call(client, BLOCK_CAPACITY, 0, 0, 0, 0);
}
