/*
 * A disk in memory: large frames, mapped behind one another.
 */
#include "disk.h"
#include "guest.h"

#define LARGE_PAGE  (1ul << seL4_LargePageBits)
#define LARGE_PAGES 8

static char *store;

void disk_init(void)
{
    store = vspace_reserve(LARGE_PAGES * LARGE_PAGE);
    for (seL4_Word i = 0; i < LARGE_PAGES; i++)
        must("disk", vspace_map(OWN_VSPACE, object_alloc(seL4_X86_LargePageObject, 0),
                                (seL4_Word)store + i * LARGE_PAGE, seL4_AllRights));
}

unsigned int disk_blocks(void)
{
    return LARGE_PAGES * LARGE_PAGE / BLOCK_SIZE;
}

void disk_read(unsigned int block, void *to)
{
    memcpy(to, store + (size_t)block * BLOCK_SIZE, BLOCK_SIZE);
}

void disk_write(unsigned int block, const void *from)
{
    memcpy(store + (size_t)block * BLOCK_SIZE, from, BLOCK_SIZE);
}
