/* Open addressing, see map.h. */
#include "trace/map.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64 /* a power of two */

static uint64_t address_of(const void *thing)
{
    uint64_t address;

    memcpy(&address, thing, sizeof address);
    return address;
}

/* Where `address` is or would be. */
static void **find(const struct map *map, uint64_t address)
{
    size_t at = (size_t)(address * 0x9e3779b97f4a7c15ull >> 20) & (map->room - 1);

    while (map->slots[at] != NULL && address_of(map->slots[at]) != address)
        at = (at + 1) & (map->room - 1);
    return &map->slots[at];
}

static int grow(struct map *map)
{
    struct map larger = {.room = map->room != 0 ? map->room * 2 : FIRST_ROOM};

    larger.slots = calloc(larger.room, sizeof larger.slots[0]);
    if (larger.slots == NULL)
        return -1;
    for (size_t i = 0; i < map->room; i++) {
        if (map->slots[i] != NULL)
            *find(&larger, address_of(map->slots[i])) = map->slots[i];
    }
    free(map->slots);
    map->slots = larger.slots;
    map->room = larger.room;
    return 0;
}

void *map_find(const struct map *map, uint64_t address)
{
    return map->room != 0 && address != 0 ? *find(map, address) : NULL;
}

void *map_get(struct map *map, uint64_t address)
{
    void **slot = map->room != 0 ? find(map, address) : NULL;

    if (slot != NULL && *slot != NULL)
        return *slot;
    if (map->count >= map->room / 2) {
        if (grow(map) != 0)
            return NULL;
        slot = find(map, address);
    }
    *slot = calloc(1, map->thing_size);
    if (*slot == NULL)
        return NULL;
    memcpy(*slot, &address, sizeof address);
    map->count++;
    return *slot;
}

void map_free(struct map *map)
{
    for (size_t i = 0; i < map->room; i++)
        free(map->slots[i]);
    free(map->slots);
    map->slots = NULL;
    map->room = map->count = 0;
}
