/*
 * Inside boot, in three parts: boot_memory.c knows which physical memory is free and which is never
 * given away, boot_layout.c checks the image and places the root objects, boot.c fills them in.
 *
 * Invariant of struct boot_memory: both lists ascend, their regions don't overlap and reserved ones
 * don't touch; everything free is reserved too, so that the gaps between reserved regions are
 * devices.
 */
#ifndef SEL4UX_KERNEL_BOOT_H
#define SEL4UX_KERNEL_BOOT_H

#include "kernel/kernel.h"

#define BOOT_MAX_REGIONS (3 * MAX_BOOT_REGIONS)
#define BOOT_PAGE        BIT(PAGE_BITS)

enum { BOOT_NO_SPACE = -28, BOOT_INVALID = -22 }; /* -ENOSPC, -EINVAL */

struct boot_slots {
    word start, end;
};

/* seL4_BootInfo up to where configurations differ; with MCS the region of sched control caps
 * follows, then always the region of untypeds and their list. */
struct boot_info {
    word extra_size, node, node_count, io_page_levels, ipc_buffer;
    struct boot_slots empty, shared_frames, image_frames, image_paging, io_spaces, extra_frames;
    word root_cnode_bits, domain;
};

struct boot_untyped {
    word address;
    uint8_t size_bits, is_device, padding[6];
};

_Static_assert(sizeof(struct boot_info) == 152, "layout of seL4_BootInfo");
_Static_assert(sizeof(struct boot_untyped) == 16, "layout of seL4_UntypedDesc");

#define BOOT_MAX_UNTYPEDS                                                                          \
    ((BOOT_PAGE - sizeof(struct boot_info) - 2 * sizeof(struct boot_slots)) /                      \
     sizeof(struct boot_untyped))

struct boot_memory {
    unsigned reserved_count, free_count;
    struct boot_region reserved[BOOT_MAX_REGIONS];
    struct boot_region free[BOOT_MAX_REGIONS];
};

/* Sorts the image's memory into the two lists; the kernel and the user image are reserved. */
void boot_memory_init(struct boot_memory *m, const struct boot_image *image);

/*
 * Takes `size` bytes, aligned to 2^align_bits, from as high in free memory as they fit. What is
 * left above and below stays free. Returns 0 when nothing is large enough.
 */
paddr boot_memory_take(struct boot_memory *m, uint64_t size, unsigned align_bits);

/*
 * Cuts the first naturally aligned power of two off *region and returns its log2. Alignment is that
 * of the address in the real kernel's window, which is what its untypeds are aligned by.
 */
unsigned boot_cut_untyped(struct boot_region *region);

/* One boot in progress. */
struct boot {
    struct kernel *k;
    const struct boot_image *image;
    struct boot_memory memory;
    int error;
    const char *why;

    /* User addresses; `end` is past all that is mapped. */
    uint64_t ipc_buffer_vaddr, info_vaddr, extra_vaddr, end_vaddr;
    unsigned cnode_bits, extra_bits; /* log2 bytes; 0: no extra boot info */
    uint64_t paging_count;

    /* The root objects. */
    paddr cnode, vspace, extra, asid_pool, ipc_buffer, info, paging, tcb, sched_context;
    word next_slot;
};

static inline paddr boot_take(paddr *next, uint64_t size)
{
    paddr p = *next;

    *next += size;
    return p;
}

/* Notes why the system can't be booted; returns false. */
bool boot_refuse(struct boot *b, int error, const char *why);

/* Checks everything and sets all of *b but next_slot. */
bool boot_plan(struct boot *b);

#endif
