/*
 * Address spaces of processes: regions say which addresses are valid and what they hold at first,
 * page tables say where each page is now: nowhere yet, in a frame, or on the disk.
 *
 * The root task sees every frame at an address of its own, so it reads and writes a process's
 * memory page by page, after space_touch() has checked the address and brought the page in.
 * What space_touch() returns is valid until the next call that may bring in a page.
 */
#pragma once

#include "abi.h"
#include "bank.h"

#define SPACE_REGIONS 16
#define SPACE_TABLES  1024 /* of 2 MiB each: addresses below 2 GiB */

struct inode;

struct region {
    seL4_Word start, end; /* of pages; end 0: unused */
    bool writable;
    bool mapped; /* by SOS_MMAP_ */
    struct inode *file;
    seL4_Word at, offset, bytes; /* the file's bytes from `offset` on are at address `at` */
};

struct space {
    seL4_CPtr vspace;
    struct bank *bank;
    struct region regions[SPACE_REGIONS];
    unsigned short tables[SPACE_TABLES]; /* 0: none */
    unsigned int resident, swapped;      /* pages */
};

enum space_result {
    SPACE_OK,
    SPACE_INVALID,   /* not an address of the process, or not writable */
    SPACE_NO_MEMORY, /* nothing could be evicted, or the bank is used up */
    SPACE_UNREAD,    /* the page's file or the disk fails */
};

/* Makes an empty space of a new PML4 from `bank`; false when that fails. */
bool space_create(struct space *space, struct bank *bank);

/* Gives back all frames, blocks and tables; the bank is not touched. */
void space_destroy(struct space *space);

/* A free region entry, or NULL. */
struct region *space_region(struct space *space, seL4_Word start, seL4_Word end, bool writable);

/* Gives back the pages from `start` to `end`. */
void space_discard(struct space *space, seL4_Word start, seL4_Word end);

/* The region that holds an address, or NULL. */
struct region *space_find(struct space *space, seL4_Word address);

/* The root task's view of the page's byte at `address`, resident and fit to be written to. */
char *space_touch(struct space *space, seL4_Word address, bool write, enum space_result *result);

/* Serves a page fault: the page becomes resident and mapped. */
enum space_result space_fault(struct space *space, seL4_Word address, bool write);

/* Copies; 0 or -SOS_EFAULT, -SOS_ENOMEM, -SOS_EIO. */
long copy_in(struct space *space, void *to, seL4_Word from, size_t bytes);
long copy_out(struct space *space, seL4_Word to, const void *from, size_t bytes);

/* Copies text of less than `size` bytes; -SOS_EINVAL when it is longer. */
long copy_text(struct space *space, char *to, seL4_Word from, size_t size);

/* For frame.c: the page leaves its frame, to `block` or, when that is 0, to where it came from. */
void space_evicted(struct space *space, seL4_Word address, unsigned int block);

unsigned int space_tables_used(void);
