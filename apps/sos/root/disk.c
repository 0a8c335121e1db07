/*
 * The disk: in memory (large frames, mapped behind one another), or the first block device that the
 * user granted, through the block server, a process of its own.
 */
#include "disk.h"
#include "guest.h"

#include "block/block.h"
#include "lib/guard.h"
#include "lib/standard.h"

#define LARGE_PAGE  (1ul << seL4_LargePageBits)
#define LARGE_PAGES 8

static char *store; /* NULL: the server has it */
static struct client server;
static unsigned int blocks;

extern const char guest_archive[];

static void start_server(void)
{
    static struct service service;
    long error = standard_start(STANDARD_BLOCK, &service, guest_archive, guard_faults(), 0);

    if (!error)
        error = manager_connect_self(&service, seL4_PageBits, 0, &server.endpoint, &server.buffer);
    if (error)
        guest_die("the block server does not start: error %ld", -error);
    blocks = (unsigned int)((seL4_Word)block_capacity(&server) / BLOCK_SIZE);
}

void disk_init(void)
{
    if (standard_grant(SEL4UX_HOST_BLOCK, 0)) {
        start_server();
        return;
    }
    store = vspace_reserve(LARGE_PAGES * LARGE_PAGE);
    blocks = LARGE_PAGES * LARGE_PAGE / BLOCK_SIZE;
    for (seL4_Word i = 0; i < LARGE_PAGES; i++)
        must("disk", vspace_map(OWN_VSPACE, object_alloc(seL4_X86_LargePageObject, 0),
                                (seL4_Word)store + i * LARGE_PAGE, seL4_AllRights));
}

unsigned int disk_blocks(void)
{
    return blocks;
}

bool disk_read(unsigned int block, void *to)
{
    seL4_Word at = (seL4_Word)block * BLOCK_SIZE;

    if (store) {
        memcpy(to, store + at, BLOCK_SIZE);
        return true;
    }
    if (block_read(&server, BLOCK_SIZE, at) != BLOCK_SIZE)
        return false;
    memcpy(to, server.buffer, BLOCK_SIZE);
    return true;
}

bool disk_write(unsigned int block, const void *from)
{
    seL4_Word at = (seL4_Word)block * BLOCK_SIZE;

    if (store) {
        memcpy(store + at, from, BLOCK_SIZE);
        return true;
    }
    memcpy(server.buffer, from, BLOCK_SIZE);
    return block_write(&server, BLOCK_SIZE, at) == BLOCK_SIZE;
}
