/*
 * What other modules ask about VSpaces: which capabilities are roots, how they are derived and
 * finalised, and the record of changed mappings that each PML4 carries for the engine.
 *
 * Invariant of the record: an address whose mapping changed since the engine last looked lies in
 * one of the `pending` ranges, which neither overlap nor touch, or `flush_all` is set.
 */
#include "kernel/vspace/tables.h"

bool vspace_is_valid_root(struct cap cap)
{
    return cap.type == CAP_PML4 && cap.table.is_mapped;
}

bool vspace_check_assigned(struct kernel *k, struct cap root)
{
    paddr pml4 = vspace_of_asid(k, root.table.asid);

    if (pml4 == 0) {
        k->lookup_fault = (struct lookup_fault){.type = seL4_InvalidRoot};
        fail_lookup(k, false);
        return false;
    }
    if (pml4 != root.obj) {
        fail_capability(k, 1);
        return false;
    }
    return true;
}

bool vspace_check_ipc_buffer(struct kernel *k, word address, struct cap frame)
{
    if (frame.type != CAP_FRAME || frame.frame.is_device) {
        fail(k, seL4_IllegalOperation);
        return false;
    }
    if (address & MASK(IPC_BUFFER_BITS)) {
        fail(k, seL4_AlignmentError);
        return false;
    }
    return true;
}

bool vspace_derive(struct kernel *k, struct cap cap, struct cap *derived)
{
    *derived = CAP_NONE;
    switch (cap.type) {
    case CAP_FRAME:
        cap.frame.map = FRAME_UNMAPPED;
        cap.frame.asid = 0;
        cap.frame.vaddr = 0;
        break;
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
        if (!cap.table.is_mapped) {
            fail(k, seL4_IllegalOperation);
            return false;
        }
        break;
    default: /* ASID control and pools are copied as they are */
        break;
    }
    *derived = cap;
    return true;
}

void vspace_finalise(struct kernel *k, struct cap cap, bool is_final)
{
    if (cap.type == CAP_FRAME) {
        /* Each frame capability has its own mapping, which ends with it. */
        frame_unmap(k, cap);
        return;
    }
    if (!is_final)
        return;
    switch (cap.type) {
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
        table_unmap(k, cap);
        break;
    case CAP_PML4:
        asid_delete(k, cap);
        break;
    case CAP_ASID_POOL:
        asid_pool_delete(k, cap);
        break;
    default:
        break;
    }
}

/* Takes ranges that overlap or touch *range out of the record and grows *range by them. */
static void absorb_neighbours(struct vspace_shadow *s, struct vspace_range *range)
{
    for (uint32_t i = 0; i < s->pending;) {
        struct vspace_range *r = &s->range[i];

        if (range->start > r->end || range->end < r->start) {
            i++;
            continue;
        }
        if (r->start < range->start)
            range->start = r->start;
        if (r->end > range->end)
            range->end = r->end;
        *r = s->range[--s->pending];
        i = 0; /* the range has grown: those already passed may touch it now */
    }
}

void vspace_changed(struct kernel *k, paddr pml4, uint64_t start, uint64_t end)
{
    struct vspace_shadow *s = &pml4_at(k, pml4)->shadow;
    struct vspace_range range = {start, end};

    if (s->flush_all)
        return;
    absorb_neighbours(s, &range);
    if (s->pending == PENDING_RANGES) {
        s->flush_all = true;
        s->pending = 0;
        return;
    }
    s->range[s->pending++] = range;
}
