/*
 * Conformance: PDPTs, page directories and page tables, which differ in their level only.
 */
#include "conform.h"

#define EMPTY_REGION 0x100000000000ul
#define BEYOND       0x800000000000ul
#define VM           seL4_X86_Default_VMAttributes

struct level {
    const char *type, *map_name, *unmap_name;
    seL4_Word object, map_label, unmap_label;
    unsigned large_frame; /* what else the entry may hold; 0: nothing */
};

static const struct level levels[] = {
    {"PDPT", "X86PDPTMap", "X86PDPTUnmap", seL4_X86_PDPTObject, X86PDPTMap, X86PDPTUnmap, 0},
    {"PageDirectory", "X86PageDirectoryMap", "X86PageDirectoryUnmap", seL4_X86_PageDirectoryObject,
     X86PageDirectoryMap, X86PageDirectoryUnmap, seL4_X64_HugePageObject},
    {"PageTable", "X86PageTableMap", "X86PageTableUnmap", seL4_X86_PageTableObject, X86PageTableMap,
     X86PageTableUnmap, seL4_X86_LargePageObject},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static seL4_Error map(const struct level *l, seL4_CPtr table, seL4_CPtr vspace, seL4_Word vaddr)
{
    seL4_SetMR(0, vaddr);
    seL4_SetMR(1, VM);
    seL4_SetCap(0, vspace);
    return conform_send(table, l->map_label, 2, 1);
}

static seL4_Error unmap(const struct level *l, seL4_CPtr table)
{
    return conform_send(table, l->unmap_label, 0, 0);
}

static void roots(const struct level *l, seL4_CPtr table, const struct conform_vspaces *spaces)
{
    conform(l->map_name, "vspace", map(l, table, table, EMPTY_REGION));
    conform(l->map_name, "vspace", map(l, table, spaces->unassigned, EMPTY_REGION));
    conform(l->map_name, "asid-lost", map(l, table, spaces->lost, EMPTY_REGION));
    conform(l->map_name, "asid-replaced", map(l, table, spaces->replaced, EMPTY_REGION));
    conform(l->map_name, "address", map(l, table, OWN_VSPACE, BEYOND));
    conform(l->map_name, "address", map(l, table, OWN_VSPACE, ~0ul));
}

/* What the entry may hold already: another table, or a frame. */
static void taken(const struct level *l, seL4_CPtr table)
{
    seL4_CPtr other = object_alloc(l->object, 0);

    conform(l->map_name, "taken", map(l, other, OWN_VSPACE, EMPTY_REGION));
    conform(l->map_name, "mapped", map(l, table, OWN_VSPACE, EMPTY_REGION));
    conform(l->unmap_name, "success", unmap(l, table));
    if (l->large_frame) {
        seL4_CPtr frame = object_alloc(l->large_frame, 0);

        must("frame", seL4_X86_Page_Map(frame, OWN_VSPACE, EMPTY_REGION, seL4_AllRights, VM));
        conform(l->map_name, "taken", map(l, table, OWN_VSPACE, EMPTY_REGION));
        must("frame", seL4_X86_Page_Unmap(frame));
    }
    conform(l->map_name, "success", map(l, table, OWN_VSPACE, EMPTY_REGION + 0x5123));
}

/* Maps one structure at each level, having tried those below it. */
static void check(size_t i, const struct conform_vspaces *spaces)
{
    const struct level *l = &levels[i];
    seL4_CPtr table = object_alloc(l->object, 0);
    const struct conform_message message = {l->map_name, table, l->map_label, 2,
                                            1,           {0},   {OWN_VSPACE}};

    conform_label(l->type, table);
    conform_truncated(&message);
    conform(l->unmap_name, "success", unmap(l, table));
    roots(l, table, spaces);
    for (size_t below = i + 1; below < COUNT(levels); below++)
        conform(
            levels[below].map_name, i == 0 ? "no-pdpt" : "no-pd",
            map(&levels[below], object_alloc(levels[below].object, 0), OWN_VSPACE, EMPTY_REGION));
    conform(l->map_name, "success", map(l, table, OWN_VSPACE, EMPTY_REGION));
    taken(l, table);
    cap_copy(table, seL4_AllRights);
    conform(l->unmap_name, "copies", unmap(l, table));
}

int main(void)
{
    struct conform_vspaces spaces = conform_vspaces();

    for (size_t i = 0; i < COUNT(levels); i++)
        check(i, &spaces);
    conform_label("PML4", spaces.unassigned);
    conform_label("PML4", OWN_VSPACE);
    return 0;
}
