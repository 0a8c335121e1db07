/*
 * The file that holds a machine's last state: a header, a table of extents (ascending, whole pages
 * of the machine's memory), and their bytes in that order; what no extent covers is zero. Numbers
 * are little-endian, as in the memory itself.
 */
#ifndef SEL4UX_STATE_FILE_H
#define SEL4UX_STATE_FILE_H

#include "state/state.h"

#define STATE_MAGIC   "sel4ux state\n\032\n" /* with its zero, 16 bytes */
#define STATE_VERSION 1

struct state_header {
    char magic[16];
    uint32_t version;
    uint32_t header_size;
    uint64_t layout;      /* state_layout() of the sel4ux that wrote it */
    uint64_t memory_size; /* of the machine's memory */
    uint64_t extent_count;
    uint64_t data_size;  /* of all extents together */
    uint64_t table_hash; /* of the table of extents */
};

struct state_extent {
    uint64_t start, size; /* bytes, in the machine's memory */
};

static inline uint64_t state_hash_extent(uint64_t hash, struct state_extent e)
{
    hash = (hash ^ e.start) * 0x100000001b3ull;
    return (hash ^ e.size) * 0x100000001b3ull;
}

/* map.c */
int state_make_pages(struct state *s, struct error *err);
void state_mark_pages(struct state *s, uint64_t start, uint64_t end);

#endif
