/*
 * Mapping frames and paging structures: sizes, rights, remapping, unmapping and every error that a
 * root task can provoke without breaking itself.
 */
#include "guest.h"

#define KERNEL_ADDRESS 0xffff800000000000ul
#define VM             seL4_X86_Default_VMAttributes

static seL4_Error map(seL4_CPtr frame, seL4_Word vaddr)
{
    return seL4_X86_Page_Map(frame, OWN_VSPACE, vaddr, seL4_AllRights, VM);
}

static void small_pages(void)
{
    seL4_CPtr frame, other = object_alloc(seL4_X86_4K, 0), copy;
    volatile long *page = page_alloc(&frame), *second = vspace_reserve(PAGE_SIZE);

    *page = 42;
    report("map a frame twice", map(frame, (seL4_Word)second));
    report("map another there", map(other, (seL4_Word)page));
    guest_printf("fresh: %ld\n", *page);
    report("unmap the other", seL4_X86_Page_Unmap(other));
    copy = cap_copy(frame, seL4_AllRights);
    report("map a copy elsewhere", map(copy, (seL4_Word)second));
    guest_printf("the same memory: %ld\n", *second);
    report("map again, read only",
           seL4_X86_Page_Map(copy, OWN_VSPACE, (seL4_Word)second, seL4_CanRead, VM));
    guest_printf("still there: %ld\n", *second);
    report("unmap", seL4_X86_Page_Unmap(frame));
    report("unmap again", seL4_X86_Page_Unmap(frame));
    report("map where it was", map(frame, (seL4_Word)page));
    guest_printf("kept: %ld\n", *page);
    report("map an unaligned address", map(other, (seL4_Word)page + 8));
    report("map a kernel address", map(other, KERNEL_ADDRESS));
    report("map the last page", map(other, seL4_UserTop - PAGE_SIZE));
    guest_printf("level %lu\n", seL4_MappingFailedLookupLevel());
    report("map beyond it", map(other, seL4_UserTop));
    report("map into no VSpace",
           seL4_X86_Page_Map(other, frame, (seL4_Word)page, seL4_AllRights, VM));
    report(
        "map into a VSpace without an ASID",
        seL4_X86_Page_Map(other, object_alloc(seL4_X64_PML4Object, 0), 0x1000, seL4_AllRights, VM));
    report("delete a mapped frame", cap_delete(copy));
    report("map there again", map(other, (seL4_Word)second));
    guest_printf("fresh: %ld\n", *second);
}

static void large_pages(void)
{
    seL4_CPtr large = object_alloc(seL4_X86_LargePageObject, 0),
              frame = object_alloc(seL4_X86_4K, 0);
    seL4_CPtr table = object_alloc(seL4_X86_PageTableObject, 0);
    volatile long *page = vspace_reserve(1ul << seL4_LargePageBits);

    report("map a large page unaligned", map(large, (seL4_Word)page + PAGE_SIZE));
    report("map a large page", map(large, (seL4_Word)page));
    page[0] = 1;
    page[(1ul << seL4_LargePageBits) / sizeof(long) - 1] = 2;
    guest_printf("first %ld, last %ld\n", page[0],
                 page[(1ul << seL4_LargePageBits) / sizeof(long) - 1]);
    report("map a small page in it", map(frame, (seL4_Word)page));
    report("map a table in it", seL4_X86_PageTable_Map(table, OWN_VSPACE, (seL4_Word)page, VM));
    report("unmap it", seL4_X86_Page_Unmap(large));
    report("map a small page now", map(frame, (seL4_Word)page));
    report("map the table", seL4_X86_PageTable_Map(table, OWN_VSPACE, (seL4_Word)page, VM));
    report("map the small page", map(frame, (seL4_Word)page));
    report("map the large page over it", map(large, (seL4_Word)page));
    report("unmap the table", seL4_X86_PageTable_Unmap(table));
    report("map the large page then", map(large, (seL4_Word)page));
    guest_printf("kept: %ld\n", page[0]);
    report("unmap the small page", seL4_X86_Page_Unmap(frame));
    guest_printf("still: %ld\n", page[0]);
}

static void structures(void)
{
    seL4_Word far = 0x600000000000ul;
    seL4_CPtr pdpt = object_alloc(seL4_X86_PDPTObject, 0), pd, pt;
    seL4_CPtr frame = object_alloc(seL4_X86_4K, 0);

    pd = object_alloc(seL4_X86_PageDirectoryObject, 0);
    pt = object_alloc(seL4_X86_PageTableObject, 0);
    report("page without a PDPT", map(frame, far));
    guest_printf("level %lu\n", seL4_MappingFailedLookupLevel());
    report("directory without a PDPT", seL4_X86_PageDirectory_Map(pd, OWN_VSPACE, far, VM));
    report("map the PDPT", seL4_X86_PDPT_Map(pdpt, OWN_VSPACE, far, VM));
    report("map the PDPT again", seL4_X86_PDPT_Map(pdpt, OWN_VSPACE, far, VM));
    report("another there",
           seL4_X86_PDPT_Map(object_alloc(seL4_X86_PDPTObject, 0), OWN_VSPACE, far, VM));
    report("page without a directory", map(frame, far));
    guest_printf("level %lu\n", seL4_MappingFailedLookupLevel());
    report("table without a directory", seL4_X86_PageTable_Map(pt, OWN_VSPACE, far, VM));
    report("map the directory", seL4_X86_PageDirectory_Map(pd, OWN_VSPACE, far, VM));
    report("page without a table", map(frame, far));
    guest_printf("level %lu\n", seL4_MappingFailedLookupLevel());
    report("map the table", seL4_X86_PageTable_Map(pt, OWN_VSPACE, far, VM));
    report("map the table again", seL4_X86_PageTable_Map(pt, OWN_VSPACE, far + 0x200000, VM));
    report("map the page", map(frame, far + 5 * PAGE_SIZE));
    *(volatile long *)(far + 5 * PAGE_SIZE) = 7;
    report("delete the PDPT", cap_delete(pdpt));
    report("page without a PDPT again", map(frame, far + 5 * PAGE_SIZE));
    report("map a directory as a table", seL4_X86_PageTable_Map(pd, OWN_VSPACE, far, VM));
}

static void asids(void)
{
    seL4_CPtr vspace = object_alloc(seL4_X64_PML4Object, 0), pool = slot_alloc();
    seL4_CPtr untyped = object_alloc(seL4_UntypedObject, 12), frame = object_alloc(seL4_X86_4K, 0);

    report("assign", seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
    report("assign again", seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
    report("assign a frame", seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, frame));
    report("make a pool",
           seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, ROOT, pool, DEPTH));
    report("make a pool of a used untyped",
           seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, ROOT, slot_alloc(), DEPTH));
    report("make a pool of 8 KiB",
           seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, object_alloc(seL4_UntypedObject, 13),
                                         ROOT, slot_alloc(), DEPTH));
    report("assign from it", seL4_X86_ASIDPool_Assign(pool, object_alloc(seL4_X64_PML4Object, 0)));
    report("map into the other VSpace", vspace_map(vspace, frame, 0x5000, seL4_AllRights));
    report("delete the other VSpace", cap_delete(vspace));
    report("unmap from it", seL4_X86_Page_Unmap(frame));
}

static void addresses(void)
{
    seL4_CPtr untyped = object_alloc(seL4_UntypedObject, 13), slot = slots_alloc(2);
    seL4_X86_Page_GetAddress_t first, second;

    must("retype", seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, ROOT, 0, 0, slot, 2));
    first = seL4_X86_Page_GetAddress(slot);
    second = seL4_X86_Page_GetAddress(slot + 1);
    guest_printf("addresses: %d %d, %ld apart\n", first.error, second.error,
                 (long)(second.paddr - first.paddr));
}

static void huge_page(void)
{
    seL4_CPtr slot = slot_alloc();
    volatile long *page = vspace_reserve(1ul << seL4_HugePageBits);
    seL4_Error error = object_try(slot, seL4_X64_HugePageObject, 0);

    if (error != seL4_NoError) {
        guest_printf("no memory for a huge page\n");
        return;
    }
    report("map a huge page", map(slot, (seL4_Word)page));
    page[(1ul << seL4_HugePageBits) / sizeof(long) - 1] = 3;
    guest_printf("its end: %ld\n", page[(1ul << seL4_HugePageBits) / sizeof(long) - 1]);
    report("unmap it", seL4_X86_Page_Unmap(slot));
}

int main(void)
{
    small_pages();
    large_pages();
    structures();
    asids();
    addresses();
    huge_page();
    return 0;
}
