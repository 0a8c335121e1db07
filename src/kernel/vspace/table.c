/*
 * Paging structures: Map and Unmap of page tables, page directories and PDPTs, which differ only
 * in their level.
 *
 * An unmapped structure is empty: Unmap clears it, so mapping one never changes what is mapped.
 */
#include <string.h>

#include "kernel/mdb.h"
#include "kernel/vspace/tables.h"

/* The level of the entry that names the structure, in the structure above. */
static unsigned parent_level(struct cap table)
{
    return table.type == CAP_PDPT             ? LEVEL_PML4
           : table.type == CAP_PAGE_DIRECTORY ? LEVEL_PDPT
                                              : LEVEL_PD;
}

void table_unmap(struct kernel *k, struct cap table)
{
    unsigned level = parent_level(table), missing;
    paddr pml4 = vspace_of_asid(k, table.table.asid);

    if (!table.table.is_mapped || pml4 == 0)
        return;
    uint64_t *entry = walk(k, pml4, table.table.vaddr, level, &missing);
    if (!entry || !entry_is_table(*entry) || (*entry & PTE_ADDR_MASK) != table.obj)
        return;
    *entry = 0;
    vspace_changed(k, pml4, table.table.vaddr, table.table.vaddr + BIT(level));
}

static enum outcome decode_unmap(struct kernel *k, struct invocation *inv)
{
    if (!mdb_is_final(k, inv->slot))
        return fail(k, seL4_RevokeFirst);
    if (inv->cap.table.is_mapped) {
        table_unmap(k, inv->cap);
        memset(kernel_at(k, inv->cap.obj), 0, BIT(TABLE_BITS));
    }
    cte_at(k, inv->slot)->cap.table.is_mapped = 0;
    return DONE;
}

static enum outcome decode_map(struct kernel *k, struct invocation *inv)
{
    struct cap table = inv->cap;
    unsigned level = parent_level(table);

    if (!invocation_has(k, inv, 2, 1))
        return FAILED;
    if (table.table.is_mapped)
        return fail_capability(k, 0);
    word vaddr = invocation_arg(k, inv, 0) & ~MASK(level);
    word attributes = invocation_arg(k, inv, 1);
    struct cap root = cte_at(k, inv->extra[0])->cap;

    if (!vspace_is_valid_root(root))
        return fail_capability(k, 1);
    if (vaddr > KERNEL_USER_TOP)
        return fail_argument(k, 0);
    if (!vspace_check_assigned(k, root))
        return FAILED;
    uint64_t *entry = walk_or_fault(k, root.obj, vaddr, level);
    if (!entry)
        return fail_lookup(k, false);
    if (*entry & PTE_PRESENT)
        return fail(k, seL4_DeleteFirst);

    table.table.is_mapped = 1;
    table.table.asid = root.table.asid;
    table.table.vaddr = vaddr;
    cte_at(k, inv->slot)->cap = table;
    *entry = entry_for_table(table.obj, attributes);
    return DONE;
}

static enum outcome decode_table(struct kernel *k, struct invocation *inv,
                                 enum abi_invocation map_label, enum abi_invocation unmap_label)
{
    if (inv->label == unmap_label)
        return decode_unmap(k, inv);
    if (inv->label == map_label)
        return decode_map(k, inv);
    return fail(k, seL4_IllegalOperation);
}

enum outcome decode_page_table(struct kernel *k, struct invocation *inv)
{
    return decode_table(k, inv, INV_X86_PAGE_TABLE_MAP, INV_X86_PAGE_TABLE_UNMAP);
}

enum outcome decode_page_directory(struct kernel *k, struct invocation *inv)
{
    return decode_table(k, inv, INV_X86_PAGE_DIRECTORY_MAP, INV_X86_PAGE_DIRECTORY_UNMAP);
}

enum outcome decode_pdpt(struct kernel *k, struct invocation *inv)
{
    return decode_table(k, inv, INV_X86_PDPT_MAP, INV_X86_PDPT_UNMAP);
}
