/*
 * The disk: numbered blocks of SOS_PAGE bytes, which the page file and the temporary files share.
 *
 * disk_init(), disk_blocks(), disk_read() and disk_write() are all that a device has to provide
 * (disk.c keeps its blocks in memory, or with the block server when the user granted a block
 * device); a transfer is over when its function returns. Who owns a block is the allocator's
 * business (blocks.c). Block 0 is never given out: 0 means none.
 */
#pragma once

#include <stdbool.h>

#include <sel4/sel4.h>

#define BLOCK_SIZE 4096u

void disk_init(void);
unsigned int disk_blocks(void);

/* False: the device fails, and what was to be filled may be anything. */
bool disk_read(unsigned int block, void *to);
bool disk_write(unsigned int block, const void *from);

unsigned int block_alloc(void); /* 0 when the disk is full */
void block_free(unsigned int block);
unsigned int blocks_used(void);
