/*
 * Walking page tables, and the questions that engines and threads ask of them.
 *
 * The entries are those that the processor would read: nothing here keeps a copy of them. Only
 * entries that the model wrote are ever met, so the addresses in them are RAM, except those of
 * device frames, which are never followed.
 */
#include "kernel/vspace/tables.h"

#define ENTRY_INDEX_MASK MASK(LEVEL_STEP)

uint64_t *walk(const struct kernel *k, paddr pml4, uint64_t vaddr, unsigned level,
               unsigned *missing)
{
    unsigned at = LEVEL_PML4;
    /* User addresses stay below entry 256: the shadow lies above. */
    uint64_t *entry = &pml4_at(k, pml4)->entry[(vaddr >> at) & (ENTRY_INDEX_MASK >> 1)];

    for (; at > level; at -= LEVEL_STEP) {
        if (!entry_is_table(*entry)) {
            *missing = at;
            return NULL;
        }
        uint64_t *table = kernel_at(k, *entry & PTE_ADDR_MASK);
        entry = &table[(vaddr >> (at - LEVEL_STEP)) & ENTRY_INDEX_MASK];
    }
    return entry;
}

uint64_t *walk_or_fault(struct kernel *k, paddr pml4, uint64_t vaddr, unsigned level)
{
    unsigned missing = 0;
    uint64_t *entry = walk(k, pml4, vaddr, level, &missing);

    if (!entry)
        k->lookup_fault = (struct lookup_fault){
            .type = seL4_MissingCapability,
            .bits_left = missing,
        };
    return entry;
}

/* The present leaf entry for `vaddr`, whoever may use it; 0 if there is none. */
static uint64_t walk_to_leaf(const struct kernel *k, paddr pml4, uint64_t vaddr, unsigned *level)
{
    unsigned missing = 0;

    if (vaddr > KERNEL_USER_TOP)
        return 0;
    *level = LEVEL_PT;
    uint64_t *entry = walk(k, pml4, vaddr, LEVEL_PT, &missing);
    if (!entry) {
        *level = missing;
        entry = walk(k, pml4, vaddr, missing, &missing);
    }
    return entry && entry_is_frame(*entry, *level) ? *entry : 0;
}

bool kernel_translate(const struct kernel *k, paddr pml4, uint64_t vaddr, struct translation *t)
{
    unsigned level;
    uint64_t entry = walk_to_leaf(k, pml4, vaddr, &level);

    if (!(entry & PTE_USER))
        return false;
    t->start = vaddr & ~MASK(level);
    t->end = t->start + BIT(level);
    t->frame = entry_frame(entry, level);
    t->write = (entry & PTE_WRITE) != 0;
    return true;
}

word kernel_fault_code(const struct kernel *k, paddr pml4, uint64_t vaddr, bool write)
{
    unsigned level;
    bool present = pml4 && walk_to_leaf(k, pml4, vaddr, &level);

    return (present ? 1 : 0) | (write ? 2 : 0) | 4;
}

paddr kernel_vspace(const struct kernel *k, paddr tcb)
{
    struct cap root = kernel_tcb(k, tcb)->slot[TCB_VTABLE].cap;

    if (!vspace_is_valid_root(root) || vspace_of_asid(k, root.table.asid) != root.obj)
        return 0;
    return root.obj;
}
