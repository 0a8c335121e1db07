/* Free and reserved physical memory while booting; see boot.h. */
#include "kernel/boot.h"

/* The kernel's window ends 2 GiB below the end of the address space. Memory beyond it is given out
 * as devices. */
#define WINDOW_END  0xffffffff80000000ull
#define WINDOW_SIZE (WINDOW_END - KERNEL_WINDOW)

static void insert_at(struct boot_region *list, unsigned *count, unsigned i, struct boot_region r)
{
    for (unsigned j = (*count)++; j > i; j--)
        list[j] = list[j - 1];
    list[i] = r;
}

static void remove_at(struct boot_region *list, unsigned *count, unsigned i)
{
    for (--*count; i < *count; i++)
        list[i] = list[i + 1];
}

/* Adds `r` to the reserved regions, merged with those that it overlaps or touches. */
static void reserve(struct boot_memory *m, struct boot_region r)
{
    unsigned i = 0;

    if (r.start >= r.end)
        return;
    while (i < m->reserved_count && m->reserved[i].end < r.start)
        i++;
    while (i < m->reserved_count && m->reserved[i].start <= r.end) {
        if (m->reserved[i].start < r.start)
            r.start = m->reserved[i].start;
        if (m->reserved[i].end > r.end)
            r.end = m->reserved[i].end;
        remove_at(m->reserved, &m->reserved_count, i);
    }
    if (m->reserved_count < BOOT_MAX_REGIONS)
        insert_at(m->reserved, &m->reserved_count, i, r);
}

static void add_free(struct boot_memory *m, paddr start, paddr end)
{
    if (start < end && m->free_count < BOOT_MAX_REGIONS)
        m->free[m->free_count++] = (struct boot_region){start, end};
}

void boot_memory_init(struct boot_memory *m, const struct boot_image *image)
{
    paddr image_end = image->paddr_start + (image->vaddr_end - image->vaddr_start);

    m->reserved_count = m->free_count = 0;
    for (unsigned i = 0; i < image->reserved_count; i++)
        reserve(m, image->reserved[i]);
    reserve(m, (struct boot_region){image->kernel_start, image->kernel_end});
    reserve(m, (struct boot_region){image->paddr_start, image_end});

    for (unsigned i = 0; i < image->memory_count; i++) {
        paddr start = image->memory[i].start, end = image->memory[i].end;

        if (end > WINDOW_SIZE)
            end = WINDOW_SIZE;
        for (unsigned r = 0; r < m->reserved_count && start < end; r++) {
            if (m->reserved[r].end <= start)
                continue;
            if (m->reserved[r].start >= end)
                break;
            add_free(m, start, m->reserved[r].start);
            start = m->reserved[r].end;
        }
        add_free(m, start, end);
    }
    for (unsigned i = 0; i < m->free_count; i++)
        reserve(m, m->free[i]);
}

paddr boot_memory_take(struct boot_memory *m, uint64_t size, unsigned align_bits)
{
    for (unsigned i = m->free_count; i-- > 0;) {
        struct boot_region *r = &m->free[i];

        if (r->end - r->start < size)
            continue;
        paddr start = (r->end - size) & ~MASK(align_bits);
        if (start < r->start)
            continue;
        struct boot_region above = {start + size, r->end};
        r->end = start;
        if (above.start < above.end && m->free_count < BOOT_MAX_REGIONS)
            insert_at(m->free, &m->free_count, i + 1, above);
        return start;
    }
    return 0;
}

unsigned boot_cut_untyped(struct boot_region *region)
{
    uint64_t address = region->start + KERNEL_WINDOW; /* wraps to 0 for paddr 2^39 */
    unsigned bits = 63 - (unsigned)__builtin_clzll(region->end - region->start);

    if (bits > MAX_UNTYPED_BITS)
        bits = MAX_UNTYPED_BITS;
    if (address != 0 && bits > (unsigned)__builtin_ctzll(address))
        bits = (unsigned)__builtin_ctzll(address);
    region->start += BIT(bits);
    return bits;
}
