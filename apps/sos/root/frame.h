/*
 * The frame table: the physical pages that processes share, and who is to lose one.
 *
 * A frame has two capabilities: one keeps it mapped in the root task, the other is mapped in its
 * owner or nowhere. A page that is not mapped faults when it is used, which is how the clock hand
 * learns what is in use. A clean page is mapped read-only and faults when it is first written.
 */
#pragma once

#include "space.h"

struct frame {
    seL4_CPtr cap;       /* the owner's mapping */
    char *data;          /* the root task's */
    struct space *owner; /* NULL: free */
    seL4_Word address;
    unsigned int block; /* a copy of a clean page on the disk, or 0 */
    bool referenced, dirty, mapped;
};

/* A frame for a page of `owner`, which may cost another page its frame; NULL: there is none. */
struct frame *frame_take(struct space *owner, seL4_Word address);
void frame_free(struct frame *frame);

/* Takes the mapping away, so that the next use faults. */
void frame_unmap(struct frame *frame);

struct frame *frame_at(unsigned int index);
unsigned int frame_index(const struct frame *frame);

/* How many frames may be in use; fewer than now are evicted at once. False: it cannot be. */
bool frame_set_limit(unsigned int limit);
void frame_info(struct sos_info *info);

/* For space.c: a page is read from the disk. */
void frame_count_page_in(void);
