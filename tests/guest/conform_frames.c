/*
 * Conformance: frames. Addresses in a part of the VSpace that has no paging structures at all,
 * which are added one by one.
 */
#include "conform.h"

#define EMPTY_REGION 0x100000000000ul
#define BEYOND       0x800000000000ul
#define GIB          (1ul << seL4_HugePageBits)
#define MIB2         (1ul << seL4_LargePageBits)
#define VM           seL4_X86_Default_VMAttributes

static const char *const name = "X86PageMap";

static seL4_Error map_in(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word vaddr)
{
    return seL4_X86_Page_Map(frame, vspace, vaddr, seL4_AllRights, VM);
}

static void map(const char *path, seL4_CPtr frame, seL4_Word vaddr)
{
    conform(name, path, map_in(OWN_VSPACE, frame, vaddr));
}

static void roots(seL4_CPtr frame)
{
    struct conform_vspaces spaces = conform_vspaces();

    conform(name, "vspace", map_in(frame, frame, EMPTY_REGION));
    conform(name, "vspace", map_in(spaces.unassigned, frame, EMPTY_REGION));
    conform(name, "asid-lost", map_in(spaces.lost, frame, EMPTY_REGION));
    conform(name, "asid-replaced", map_in(spaces.replaced, frame, EMPTY_REGION));
}

static void addresses(seL4_CPtr frame, seL4_CPtr large)
{
    map("address", frame, BEYOND);
    map("address", frame, BEYOND - PAGE_SIZE);
    map("address", frame, ~0ul - PAGE_SIZE + 1);
    map("address", large, BEYOND - PAGE_SIZE);
    map("alignment", frame, EMPTY_REGION + 8);
    map("alignment", large, EMPTY_REGION + PAGE_SIZE);
}

/* From an empty PML4 entry down to a page, with larger frames on the way. */
static void structures(seL4_CPtr frame, seL4_CPtr large)
{
    seL4_CPtr huge = object_alloc(seL4_X64_HugePageObject, 0);

    map("alignment", huge, EMPTY_REGION + MIB2);
    map("no-pdpt", frame, EMPTY_REGION);
    map("no-pdpt", large, EMPTY_REGION);
    map("no-pdpt", huge, EMPTY_REGION);
    must("PDPT",
         seL4_X86_PDPT_Map(object_alloc(seL4_X86_PDPTObject, 0), OWN_VSPACE, EMPTY_REGION, VM));
    map("success", huge, EMPTY_REGION);
    map("no-pd", frame, EMPTY_REGION);
    map("no-pd", large, EMPTY_REGION);
    conform("X86PageUnmap", "success", seL4_X86_Page_Unmap(huge));
    must("PD", seL4_X86_PageDirectory_Map(object_alloc(seL4_X86_PageDirectoryObject, 0), OWN_VSPACE,
                                          EMPTY_REGION, VM));
    map("structure-there", huge, EMPTY_REGION);
    map("success", large, EMPTY_REGION);
    map("no-pt", frame, EMPTY_REGION);
    conform("X86PageUnmap", "success", seL4_X86_Page_Unmap(large));
    must("PT", seL4_X86_PageTable_Map(object_alloc(seL4_X86_PageTableObject, 0), OWN_VSPACE,
                                      EMPTY_REGION, VM));
    map("structure-there", large, EMPTY_REGION);
    map("success", frame, EMPTY_REGION);
}

/* `frame` is mapped at the beginning of the region. */
static void mapped(seL4_CPtr frame)
{
    seL4_CPtr other = object_alloc(seL4_X64_PML4Object, 0);

    must("Assign", seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, other));
    conform(name, "other-vspace", map_in(other, frame, EMPTY_REGION));
    map("other-address", frame, EMPTY_REGION + PAGE_SIZE);
    map("success", frame, EMPTY_REGION);
    conform("X86PageUnmap", "success", seL4_X86_Page_Unmap(frame));
    conform("X86PageUnmap", "success", seL4_X86_Page_Unmap(frame));
}

static void addresses_of(seL4_CPtr frame)
{
    seL4_X86_Page_GetAddress_t first = seL4_X86_Page_GetAddress(frame);
    seL4_X86_Page_GetAddress_t copy =
        seL4_X86_Page_GetAddress(cap_copy(frame, seL4_CapRights_new(0, 0, 0, 0)));

    conform("X86PageGetAddress", "success", (seL4_Error)first.error);
    guest_printf("in a page %lu, the same %d\n", first.paddr % PAGE_SIZE,
                 first.paddr == copy.paddr);
}

int main(void)
{
    seL4_CPtr frame = object_alloc(seL4_X86_4K, 0);
    seL4_CPtr large = object_alloc(seL4_X86_LargePageObject, 0);
    const struct conform_message message = {name, frame, X86PageMap, 3, 1, {0}, {OWN_VSPACE}};

    conform_label("Frame", frame);
    conform_truncated(&message);
    roots(frame);
    addresses(frame, large);
    structures(frame, large);
    mapped(frame);
    addresses_of(frame);
    return 0;
}
