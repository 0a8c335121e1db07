/*
 * Whether a system can be booted with its configuration and memory, and where its root objects go:
 * user addresses behind the image, physical addresses in one block at the top of free memory.
 */
#include "kernel/boot.h"
#include "kernel/platform.h"

bool boot_refuse(struct boot *b, int error, const char *why)
{
    b->error = error;
    b->why = why;
    return false;
}

static bool check_config(struct boot *b)
{
    const struct kernel_config *c = &b->k->config;

    /* What upstream's build requires: at least a page of slots, at most 2^32 bytes. */
    if (c->root_cnode_bits < PAGE_BITS - SLOT_BITS || c->root_cnode_bits >= 32 - SLOT_BITS)
        return boot_refuse(b, BOOT_INVALID,
                           "the configured size of the root CNode is out of range");
    if (c->max_untyped_caps > BOOT_MAX_UNTYPEDS)
        return boot_refuse(b, BOOT_INVALID,
                           "the configured number of untypeds does not fit in the boot info");
    return true;
}

static bool is_in_memory(const struct boot *b, paddr start, paddr end)
{
    for (unsigned i = 0; i < b->image->memory_count; i++)
        if (start >= b->image->memory[i].start && end <= b->image->memory[i].end)
            return true;
    return false;
}

static bool check_image(struct boot *b)
{
    const struct boot_image *i = b->image;
    uint64_t size = i->vaddr_end - i->vaddr_start;

    if (i->memory_count > MAX_BOOT_REGIONS || i->reserved_count > MAX_BOOT_REGIONS)
        return boot_refuse(b, BOOT_INVALID, "too many memory regions");
    for (unsigned n = 0; n < i->memory_count; n++)
        if (i->memory[n].start >= i->memory[n].end || i->memory[n].end > b->k->ram_size ||
            (n > 0 && i->memory[n].start < i->memory[n - 1].end))
            return boot_refuse(b, BOOT_INVALID,
                               "the memory regions are empty, overlap or do not ascend");
    if ((i->vaddr_start | i->vaddr_end | i->paddr_start) & (BOOT_PAGE - 1))
        return boot_refuse(b, BOOT_INVALID, "the image is not page aligned");
    bool is_empty = i->vaddr_start == i->vaddr_end && i->entry == 0;
    if (i->vaddr_start > i->vaddr_end || i->vaddr_end > USER_TOP - 2 * BOOT_PAGE)
        return boot_refuse(b, BOOT_INVALID, "the image lies outside user addresses");
    if (!is_empty && (i->entry < i->vaddr_start || i->entry >= i->vaddr_end))
        return boot_refuse(b, BOOT_INVALID, "the image's entry point lies outside the image");
    if (!is_in_memory(b, i->paddr_start, i->paddr_start + size))
        return boot_refuse(b, BOOT_NO_SPACE, "the image does not fit in memory");
    if (i->grant_count > HOST_GRANTS)
        return boot_refuse(b, BOOT_INVALID, "too many host objects");
    uint64_t slots = IRQ_COUNT + (i->grant_count != 0 ? HOST_OBJECTS : 0);
    if (i->kernel_end < i->kernel_start || i->kernel_boot_end > i->kernel_end ||
        i->kernel_end - (i->kernel_boot_end ? i->kernel_boot_end : i->kernel_start) <
            (slots << SLOT_BITS))
        return boot_refuse(b, BOOT_INVALID,
                           "the kernel's memory has no room for its interrupt slots");
    return true;
}

/* log2 of the memory for `size` bytes of extra boot info: whole pages; 0 when there is none. */
static unsigned extra_size_bits(uint64_t size)
{
    unsigned bits = PAGE_BITS;

    if (size == 0)
        return 0;
    while (BIT(bits) < size)
        bits++;
    return bits;
}

static uint64_t count_tables(uint64_t start, uint64_t end, unsigned bits)
{
    return ((end + MASK(bits)) >> bits) - (start >> bits);
}

static bool plan_addresses(struct boot *b)
{
    const struct boot_image *i = b->image;

    b->cnode_bits = b->k->config.root_cnode_bits + SLOT_BITS;
    b->extra_bits = extra_size_bits(i->extra_size);
    b->ipc_buffer_vaddr = i->vaddr_end;
    b->info_vaddr = b->ipc_buffer_vaddr + BOOT_PAGE;
    b->extra_vaddr = b->info_vaddr + BOOT_PAGE;
    b->end_vaddr = b->extra_vaddr + (b->extra_bits ? BIT(b->extra_bits) : 0);
    if (b->end_vaddr > USER_TOP)
        return boot_refuse(b, BOOT_NO_SPACE, "the image ends too high for the boot info behind it");
    b->paging_count = count_tables(i->vaddr_start, b->end_vaddr, 21) +
                      count_tables(i->vaddr_start, b->end_vaddr, 30) +
                      count_tables(i->vaddr_start, b->end_vaddr, 39);
    return true;
}

/* Places the root objects in one block, largest first; extra boot info goes among its equals. */
static bool place_objects(struct boot *b)
{
    unsigned align = b->cnode_bits > b->extra_bits ? b->cnode_bits : b->extra_bits;
    uint64_t extra_size = b->extra_bits ? BIT(b->extra_bits) : 0;
    uint64_t size = BIT(b->cnode_bits) + BIT(b->k->abi.tcb_bits) + extra_size +
                    (4 + b->paging_count) * BOOT_PAGE + (b->k->config.mcs ? BIT(MIN_SC_BITS) : 0);
    paddr next = boot_memory_take(&b->memory, size, align);

    if (next == 0)
        return boot_refuse(b, BOOT_NO_SPACE, "no memory is left for the root server's objects");
    platform_zero(b->k, next, size);
    platform_used(b->k, next, size);

    bool extra_first = b->extra_bits >= b->cnode_bits;
    if (extra_first)
        b->extra = boot_take(&next, extra_size);
    if (b->cnode_bits > TABLE_BITS) {
        b->cnode = boot_take(&next, BIT(b->cnode_bits));
        if (!extra_first && b->extra_bits)
            b->extra = boot_take(&next, extra_size);
        b->vspace = boot_take(&next, BOOT_PAGE);
    } else {
        b->vspace = boot_take(&next, BOOT_PAGE);
        if (!extra_first && b->extra_bits)
            b->extra = boot_take(&next, extra_size);
        b->cnode = boot_take(&next, BIT(b->cnode_bits));
    }
    b->asid_pool = boot_take(&next, BOOT_PAGE);
    b->ipc_buffer = boot_take(&next, BOOT_PAGE);
    b->info = boot_take(&next, BOOT_PAGE);
    b->paging = boot_take(&next, b->paging_count * BOOT_PAGE);
    b->tcb = boot_take(&next, BIT(b->k->abi.tcb_bits));
    if (b->k->config.mcs)
        b->sched_context = boot_take(&next, BIT(MIN_SC_BITS));
    return true;
}

bool boot_plan(struct boot *b)
{
    if (!check_config(b) || !check_image(b) || !plan_addresses(b))
        return false;
    boot_memory_init(&b->memory, b->image);
    return place_objects(b);
}
