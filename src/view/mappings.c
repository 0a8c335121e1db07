/* Walking page tables that nobody vouches for (see mappings.h). */
#include "view/mappings.h"

#define ENTRIES      512
#define USER_ENTRIES 256 /* of a PML4 */
#define LEVELS       4

enum { LEVEL_PT = 12, LEVEL_PML4 = 39, LEVEL_STEP = 9 };

struct walk {
    const struct picture *p;
    const struct mappings_visitor *visitor;
    uint64_t *budget;
    paddr path[LEVELS];     /* the tables that the walk is in, by level */
    struct mapping pending; /* end 0: none */
};

uint64_t mappings_budget(const struct picture *p)
{
    return p->used_pages;
}

static bool is_ram(const struct picture *p, paddr at)
{
    const struct machine *m = p->subject.machine;

    if (m == NULL)
        return memory_has(&p->subject, at, 1);
    return at < m->ram_low_top || (at >= RAM_HIGH_START && at < m->ram_high_top);
}

static void flush(struct walk *w)
{
    if (w->pending.end != 0)
        w->visitor->mapping(w->visitor->context, &w->pending);
    w->pending.end = 0;
}

static bool continues(const struct mapping *a, const struct mapping *b)
{
    return a->end == b->start && a->frame + (a->end - a->start) == b->frame &&
           a->page_bits == b->page_bits && a->write == b->write && a->user == b->user &&
           a->cached == b->cached && a->is_ram == b->is_ram;
}

static void add(struct walk *w, uint64_t vaddr, uint64_t entry, unsigned level)
{
    struct mapping m = {.start = vaddr,
                        .end = vaddr + BIT(level),
                        .frame = entry & PTE_ADDR_MASK & ~MASK(level),
                        .page_bits = level,
                        .write = entry & PTE_WRITE,
                        .user = entry & PTE_USER,
                        .cached = !(entry & PTE_CACHE_DISABLE)};

    m.is_ram = is_ram(w->p, m.frame);
    if (w->pending.end != 0 && continues(&w->pending, &m)) {
        w->pending.end = m.end;
        return;
    }
    flush(w);
    w->pending = m;
}

/* No table contains itself in a state that adds up. */
static bool is_on_path(const struct walk *w, paddr table, unsigned level)
{
    for (unsigned above = level + LEVEL_STEP; above <= LEVEL_PML4; above += LEVEL_STEP) {
        if (w->path[(above - LEVEL_PT) / LEVEL_STEP] == table)
            return true;
    }
    return false;
}

static void walk_table(struct walk *w, paddr table, uint64_t base, unsigned level)
{
    const struct view_subject *s = &w->p->subject;
    unsigned count = level == LEVEL_PML4 ? USER_ENTRIES : ENTRIES;

    if (*w->budget == 0 || !memory_has(s, table, BIT(TABLE_BITS)) || !memory_is_used(s, table) ||
        is_on_path(w, table, level))
        return;
    --*w->budget;
    w->path[(level - LEVEL_PT) / LEVEL_STEP] = table;
    if (w->visitor->table != NULL)
        w->visitor->table(w->visitor->context,
                          &(struct mapped_table){.at = table, .bits = level, .vaddr = base});
    for (unsigned i = 0; i < count; i++) {
        uint64_t entry, vaddr = base + ((uint64_t)i << level);

        memory_read(s, table + i * sizeof entry, &entry, sizeof entry);
        if (!(entry & PTE_PRESENT))
            continue;
        if (level == LEVEL_PT || (level < LEVEL_PML4 && (entry & PTE_LARGE)))
            add(w, vaddr, entry, level);
        else
            walk_table(w, entry & PTE_ADDR_MASK, vaddr, level - LEVEL_STEP);
    }
}

void mappings_walk(const struct picture *p, paddr pml4, uint64_t *budget,
                   const struct mappings_visitor *visitor)
{
    struct walk w = {.p = p, .visitor = visitor, .budget = budget};

    walk_table(&w, pml4, 0, LEVEL_PML4);
    flush(&w);
}
