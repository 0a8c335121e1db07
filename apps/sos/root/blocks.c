/*
 * Which blocks of the disk are in use: a byte for each, searched from where the last was found.
 */
#include "disk.h"
#include "guest.h"

#define MAX_BLOCKS 65536u

static bool taken[MAX_BLOCKS];
static unsigned int used, hand = 1;

static unsigned int total(void)
{
    return disk_blocks() < MAX_BLOCKS ? disk_blocks() : MAX_BLOCKS;
}

unsigned int block_alloc(void)
{
    if (used + 1 >= total())
        return 0;
    while (taken[hand])
        hand = hand + 1 < total() ? hand + 1 : 1;
    taken[hand] = true;
    used++;
    return hand;
}

void block_free(unsigned int block)
{
    if (block == 0 || !taken[block])
        guest_die("block %u is freed twice", block);
    taken[block] = false;
    used--;
}

unsigned int blocks_used(void)
{
    return used;
}
