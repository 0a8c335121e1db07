/*
 * Frames: Map (and remap), Unmap and GetAddress for 4K, 2M and 1G pages.
 *
 * Each frame capability records the one place where it is mapped. A table entry is cleared only if
 * it still maps that very frame: another capability may have replaced it meanwhile.
 */
#include "kernel/record.h"
#include "kernel/vspace/tables.h"

/* seL4_X86_VMAttributes */
enum {
    ATTRIBUTE_WRITE_THROUGH = 1,
    ATTRIBUTE_CACHE_DISABLE = 2,
    ATTRIBUTE_PAT = 4,
};

#define PTE_PAT       BIT(7)  /* in a page table */
#define PTE_PAT_LARGE BIT(12) /* in a 2M entry; 1G entries never get it */

static uint64_t cache_bits(word attributes)
{
    return (attributes & ATTRIBUTE_WRITE_THROUGH ? PTE_WRITE_THROUGH : 0) |
           (attributes & ATTRIBUTE_CACHE_DISABLE ? PTE_CACHE_DISABLE : 0);
}

uint64_t entry_for_table(paddr table, word attributes)
{
    return table | PTE_PRESENT | PTE_WRITE | PTE_USER | cache_bits(attributes);
}

uint64_t entry_for_frame(paddr frame, unsigned level, unsigned rights, word attributes)
{
    uint64_t entry = frame | PTE_PRESENT | cache_bits(attributes);

    if (rights != VM_READ_ONLY)
        entry |= PTE_WRITE;
    if (rights != VM_KERNEL_ONLY)
        entry |= PTE_USER;
    if (level != LEVEL_PT)
        entry |= PTE_LARGE;
    if (attributes & ATTRIBUTE_PAT && level != LEVEL_PDPT)
        entry |= level == LEVEL_PT ? PTE_PAT : PTE_PAT_LARGE;
    return entry;
}

static void set_entry(struct kernel *k, paddr pml4, uint64_t vaddr, unsigned level, uint64_t *entry,
                      uint64_t value)
{
    if (*entry == value)
        return;
    *entry = value;
    vspace_changed(k, pml4, vaddr, vaddr + BIT(level));
    if (record_wanted(k))
        record_mapping(k, pml4, vaddr, level, value);
}

void frame_unmap(struct kernel *k, struct cap frame)
{
    unsigned level = frame_bits(frame), missing;
    paddr pml4 = vspace_of_asid(k, frame.frame.asid);

    if (frame.frame.map != FRAME_MAPPED_VSPACE || pml4 == 0)
        return;
    uint64_t *entry = walk(k, pml4, frame.frame.vaddr, level, &missing);
    if (!entry || !entry_is_frame(*entry, level) || entry_frame(*entry, level) != frame.obj)
        return;
    set_entry(k, pml4, frame.frame.vaddr, level, entry, 0);
}

void vspace_boot_map(struct kernel *k, paddr pml4, struct cap cap)
{
    unsigned missing;
    unsigned level = cap.type == CAP_PDPT             ? LEVEL_PML4
                     : cap.type == CAP_PAGE_DIRECTORY ? LEVEL_PDPT
                     : cap.type == CAP_PAGE_TABLE     ? LEVEL_PD
                                                      : LEVEL_PT;
    uint64_t vaddr = cap.type == CAP_FRAME ? cap.frame.vaddr : cap.table.vaddr;
    uint64_t *entry = walk(k, pml4, vaddr, level, &missing);

    *entry = cap.type == CAP_FRAME ? entry_for_frame(cap.obj, level, cap.frame.rights, 0)
                                   : entry_for_table(cap.obj, 0);
    vspace_changed(k, pml4, vaddr, vaddr + BIT(level));
}

/*
 * Where and in which VSpace a Map may put the frame: a mapped one only where it already is (to
 * change its rights or attributes), another anywhere below the top of user addresses.
 */
static enum outcome check_place(struct kernel *k, struct cap frame, struct cap root, word vaddr)
{
    word top = vaddr + BIT(frame_bits(frame));

    if (!vspace_is_valid_root(root))
        return fail_capability(k, 1);
    if (frame.frame.asid != 0) {
        if (frame.frame.asid != root.table.asid)
            return fail_capability(k, 1);
        if (frame.frame.map != FRAME_MAPPED_VSPACE)
            return fail(k, seL4_IllegalOperation);
        if (frame.frame.vaddr != vaddr)
            return fail_argument(k, 0);
    } else if (vaddr > KERNEL_USER_TOP || top > KERNEL_USER_TOP) {
        return fail_argument(k, 0);
    }
    return vspace_check_assigned(k, root) ? DONE : FAILED;
}

static enum outcome decode_map(struct kernel *k, struct invocation *inv)
{
    struct cap frame = inv->cap;
    unsigned level = frame_bits(frame);

    if (!invocation_has(k, inv, 3, 1))
        return FAILED;
    word vaddr = invocation_arg(k, inv, 0);
    struct cap_rights rights = cap_rights_from_word(invocation_arg(k, inv, 1));
    word attributes = invocation_arg(k, inv, 2);
    struct cap root = cte_at(k, inv->extra[0])->cap;

    if (check_place(k, frame, root, vaddr) != DONE)
        return FAILED;
    if (vaddr & MASK(level))
        return fail(k, seL4_AlignmentError);
    uint64_t *entry = walk_or_fault(k, root.obj, vaddr, level);
    if (!entry)
        return fail_lookup(k, false);
    /* A frame may replace a frame, never a table of smaller ones. */
    if (level != LEVEL_PT && entry_is_table(*entry))
        return fail(k, seL4_DeleteFirst);

    unsigned vm_rights = cap_mask_rights(frame, rights).frame.rights;
    frame.frame.asid = root.table.asid;
    frame.frame.vaddr = vaddr;
    frame.frame.map = FRAME_MAPPED_VSPACE;
    cte_at(k, inv->slot)->cap = frame;
    set_entry(k, root.obj, vaddr, level, entry,
              entry_for_frame(frame.obj, level, vm_rights, attributes));
    return DONE;
}

static enum outcome invoke_unmap(struct kernel *k, struct invocation *inv)
{
    struct cap *cap = &cte_at(k, inv->slot)->cap;

    frame_unmap(k, inv->cap);
    cap->frame.map = FRAME_UNMAPPED;
    cap->frame.asid = 0;
    cap->frame.vaddr = 0;
    return DONE;
}

enum outcome decode_frame(struct kernel *k, struct invocation *inv)
{
    switch (inv->label) {
    case INV_X86_PAGE_MAP:
        return decode_map(k, inv);
    case INV_X86_PAGE_UNMAP:
        return invoke_unmap(k, inv);
    case INV_X86_PAGE_GET_ADDRESS:
        inv->result[0] = inv->cap.obj;
        inv->result_count = 1;
        return DONE;
    default:
        return fail(k, seL4_IllegalOperation);
    }
}
