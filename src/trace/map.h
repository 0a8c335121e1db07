/*
 * Things by their number, which is never 0: what a recorder knows of the TCB or the VSpace at an
 * address, what a reader knows of an iid. A thing is made, all zero behind its address, when it is
 * first asked for, and stays where it is.
 */
#ifndef SEL4UX_TRACE_MAP_H
#define SEL4UX_TRACE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map {
    size_t thing_size;
    void **slots; /* each thing begins with its uint64_t address */
    size_t room, count;
};

/* NULL: no memory. */
void *map_get(struct map *map, uint64_t address);

/* NULL: nobody has asked for it. */
void *map_find(const struct map *map, uint64_t address);
void map_free(struct map *map);

#endif
