/*
 * Mapping: frames with the paging structures that they need, and addresses for them.
 */
#include "bank.h"

#define RESERVE_START 0x10000000ul /* above the program, below everything that processes fix */

static seL4_Word next_address = RESERVE_START;

/* Makes and maps the structure that covers `bits` of the address space; false: no such. */
static bool map_structure(seL4_CPtr vspace, seL4_Word bits, seL4_Word vaddr)
{
    seL4_CPtr slot;

    switch (bits) {
    case SEL4_MAPPING_LOOKUP_NO_PT:
        slot = object_alloc(seL4_X86_PageTableObject, 0);
        must("map page table",
             seL4_X86_PageTable_Map(slot, vspace, vaddr, seL4_X86_Default_VMAttributes));
        return true;
    case SEL4_MAPPING_LOOKUP_NO_PD:
        slot = object_alloc(seL4_X86_PageDirectoryObject, 0);
        must("map page directory",
             seL4_X86_PageDirectory_Map(slot, vspace, vaddr, seL4_X86_Default_VMAttributes));
        return true;
    case SEL4_MAPPING_LOOKUP_NO_PDPT:
        slot = object_alloc(seL4_X86_PDPTObject, 0);
        must("map PDPT", seL4_X86_PDPT_Map(slot, vspace, vaddr, seL4_X86_Default_VMAttributes));
        return true;
    default:
        return false;
    }
}

/* What this program's own addresses need stays when a bank ends. */
static bool add_structure(seL4_CPtr vspace, seL4_Word bits, seL4_Word vaddr)
{
    struct bank *bank = bank_in_use();
    bool made;

    if (vspace == OWN_VSPACE)
        bank_use(NULL);
    made = map_structure(vspace, bits, vaddr);
    bank_use(bank);
    return made;
}

/* What covers an address is mapped top down: a missing page directory hides a missing table. */
seL4_Error vspace_map(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word vaddr, seL4_CapRights_t rights)
{
    for (;;) {
        seL4_Error error =
            seL4_X86_Page_Map(frame, vspace, vaddr, rights, seL4_X86_Default_VMAttributes);

        if (error != seL4_FailedLookup ||
            !add_structure(vspace, seL4_MappingFailedLookupLevel(), vaddr))
            return error;
    }
}

void *vspace_reserve(seL4_Word bytes)
{
    seL4_Word start = (next_address + bytes - 1) & ~(bytes - 1);

    next_address = start + bytes;
    return (void *)start;
}

void *page_alloc(seL4_CPtr *frame)
{
    seL4_CPtr slot = object_alloc(seL4_X86_4K, 0);
    void *page = vspace_reserve(PAGE_SIZE);

    must("page_alloc", vspace_map(OWN_VSPACE, slot, (seL4_Word)page, seL4_AllRights));
    if (frame)
        *frame = slot;
    return page;
}
