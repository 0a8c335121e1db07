/* What a VSpace maps, as its page tables say: ranges of equal, physically contiguous pages. */
#ifndef SEL4UX_VIEW_MAPPINGS_H
#define SEL4UX_VIEW_MAPPINGS_H

#include "view/picture.h"

struct mapping {
    uint64_t start, end; /* user addresses */
    paddr frame;
    unsigned page_bits;
    bool write, user, cached, is_ram;
};

/* A paging structure: `bits` is the log2 of what one of its entries covers. */
struct mapped_table {
    paddr at;
    unsigned bits;
    uint64_t vaddr;
};

struct mappings_visitor {
    void *context;
    void (*mapping)(void *context, const struct mapping *mapping);
    void (*table)(void *context, const struct mapped_table *table); /* may be NULL */
};

/*
 * Walks the tables of `pml4`, in order of addresses. No table is met more often than all of RAM has
 * room for tables, over all calls with one `budget`, which starts at mappings_budget().
 */
uint64_t mappings_budget(const struct picture *p);
void mappings_walk(const struct picture *p, paddr pml4, uint64_t *budget,
                   const struct mappings_visitor *visitor);

#endif
