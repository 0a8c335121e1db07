/*
 * Inside src/kernel/vspace: page table entries and the walk that finds them.
 *
 * A level is named by the log2 of what one of its entries covers: LEVEL_PML4 (39), LEVEL_PDPT (30),
 * LEVEL_PD (21), LEVEL_PT (12). A frame of 2^n bytes has its entry at level n, and the structure
 * that holds the entries of level n is named by an entry of level n + 9.
 */
#ifndef SEL4UX_KERNEL_VSPACE_TABLES_H
#define SEL4UX_KERNEL_VSPACE_TABLES_H

#include "kernel/vspace/vspace.h"

enum { LEVEL_PT = 12, LEVEL_PD = 21, LEVEL_PDPT = 30, LEVEL_PML4 = 39, LEVEL_STEP = 9 };

/* The kernel refuses mappings that reach beyond this; the last page below it stays free so that no
 * return address is ever non-canonical. */
#define KERNEL_USER_TOP 0x00007fffffffffffull

#define ASID_COUNT (ASID_POOL_COUNT << ASID_INDEX_BITS)

static inline unsigned frame_bits(struct cap frame)
{
    static const uint8_t bits[] = {PAGE_BITS, LARGE_BITS, HUGE_BITS, HUGE_BITS};
    return bits[frame.frame.size];
}

/* The entry names a structure of the next level, rather than nothing or a frame. */
static inline bool entry_is_table(uint64_t entry)
{
    return (entry & (PTE_PRESENT | PTE_LARGE)) == PTE_PRESENT;
}

/* An entry of `level` maps a frame. (In a page table, bit 7 is a cache attribute.) */
static inline bool entry_is_frame(uint64_t entry, unsigned level)
{
    return (entry & PTE_PRESENT) != 0 && (level == LEVEL_PT || (entry & PTE_LARGE) != 0);
}

/* What an entry of `level` maps, if it maps a frame. */
static inline paddr entry_frame(uint64_t entry, unsigned level)
{
    return entry & PTE_ADDR_MASK & ~MASK(level);
}

/* The entry of a structure at the table of the next level: all rights, cache attributes from
 * `attributes` (the guest's seL4_X86_VMAttributes). */
uint64_t entry_for_table(paddr table, word attributes);
uint64_t entry_for_frame(paddr frame, unsigned level, unsigned rights, word attributes);

/*
 * The entry of `level` for user address `vaddr`, or NULL when a structure above it is missing. Then
 * *missing is the level at which the walk ended.
 */
uint64_t *walk(const struct kernel *k, paddr pml4, uint64_t vaddr, unsigned level,
               unsigned *missing);

/* walk() for decode functions: on failure sets k->lookup_fault. */
uint64_t *walk_or_fault(struct kernel *k, paddr pml4, uint64_t vaddr, unsigned level);

/* Checks that the ASID in the valid root capability `root` is still that of its PML4; else sets
 * k->error. */
bool vspace_check_assigned(struct kernel *k, struct cap root);

/* Ends a mapping, if it is still there. */
void frame_unmap(struct kernel *k, struct cap frame);
void table_unmap(struct kernel *k, struct cap table);

void asid_delete(struct kernel *k, struct cap pml4);
void asid_pool_delete(struct kernel *k, struct cap pool);

#endif
