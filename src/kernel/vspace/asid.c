/*
 * ASIDs: the numbers by which mappings name their VSpace. k->asid_table has one pool for each upper
 * part, a pool one PML4 for each lower part. ASID 0 is never assigned and stands for "none".
 *
 * A PML4 may be used exactly while the ASID in its capabilities leads back to it; when that ends,
 * the engine's address space for it ends too.
 */
#include "kernel/cspace.h"
#include "kernel/mdb.h"
#include "kernel/platform.h"
#include "kernel/record.h"
#include "kernel/vspace/tables.h"

static struct asid_pool *pool_at(const struct kernel *k, paddr pool)
{
    return kernel_at(k, pool);
}

paddr vspace_of_asid(const struct kernel *k, unsigned asid)
{
    if (asid == 0 || asid >= ASID_COUNT)
        return 0;
    paddr pool = k->asid_table[asid >> ASID_INDEX_BITS];
    return pool ? pool_at(k, pool)->pml4[asid & MASK(ASID_INDEX_BITS)] : 0;
}

/* No thread runs in this PML4 any more. */
static void forget_vspace(struct kernel *k, paddr pml4)
{
    struct vspace_shadow *s = &pml4_at(k, pml4)->shadow;
    uint32_t host = s->host;

    s->host = 0;
    s->asid = 0;
    s->pending = 0;
    s->flush_all = false;
    if (record_wanted(k))
        record_space_gone(k, pml4);
    if (host)
        platform_vspace_gone(k, host);
}

void asid_delete(struct kernel *k, struct cap pml4)
{
    unsigned asid = pml4.table.asid;

    if (pml4.table.is_mapped && vspace_of_asid(k, asid) == pml4.obj)
        pool_at(k, k->asid_table[asid >> ASID_INDEX_BITS])->pml4[asid & MASK(ASID_INDEX_BITS)] = 0;
    forget_vspace(k, pml4.obj);
}

void asid_pool_delete(struct kernel *k, struct cap pool)
{
    paddr *entry = &k->asid_table[pool.asid_pool.asid_base >> ASID_INDEX_BITS];

    if (*entry != pool.obj)
        return;
    *entry = 0;
    for (unsigned i = 0; i < BIT(ASID_INDEX_BITS); i++) {
        paddr pml4 = pool_at(k, pool.obj)->pml4[i];
        if (pml4)
            forget_vspace(k, pml4);
    }
}

static void invoke_make_pool(struct kernel *k, struct cap untyped, unsigned index, paddr parent,
                             paddr dest)
{
    struct cap pool = {.asid_pool = {
                           .type = CAP_ASID_POOL,
                           .obj = untyped.obj,
                           .asid_base = index << ASID_INDEX_BITS,
                       }};

    /* The pool takes all of the untyped. */
    cte_at(k, parent)->cap.untyped.free = BIT(ASID_POOL_BITS);
    platform_zero(k, untyped.obj, BIT(ASID_POOL_BITS));
    platform_used(k, untyped.obj, BIT(ASID_POOL_BITS));
    mdb_insert(k, pool, parent, dest);
    k->asid_table[index] = untyped.obj;
}

enum outcome decode_asid_control(struct kernel *k, struct invocation *inv)
{
    unsigned index = 0;
    paddr dest;

    if (inv->label != INV_X86_ASID_CONTROL_MAKE_POOL)
        return fail(k, seL4_IllegalOperation);
    if (!invocation_has(k, inv, 2, 2))
        return FAILED;
    while (index < ASID_POOL_COUNT && k->asid_table[index])
        index++;
    if (index == ASID_POOL_COUNT)
        return fail(k, seL4_DeleteFirst);

    struct cap untyped = cte_at(k, inv->extra[0])->cap;
    if (untyped.type != CAP_UNTYPED || untyped.untyped.size_bits != ASID_POOL_BITS ||
        untyped.untyped.is_device)
        return fail_capability(k, 1);
    if (mdb_has_children(k, inv->extra[0]))
        return fail(k, seL4_RevokeFirst);
    if (!cspace_lookup_target(k, cte_at(k, inv->extra[1])->cap, invocation_arg(k, inv, 0),
                              invocation_arg(k, inv, 1), false, &dest) ||
        !cspace_ensure_empty(k, dest))
        return FAILED;

    invoke_make_pool(k, untyped, index, inv->extra[0], dest);
    return DONE;
}

enum outcome decode_asid_pool(struct kernel *k, struct invocation *inv)
{
    unsigned base = inv->cap.asid_pool.asid_base, i = 0;

    if (inv->label != INV_X86_ASID_POOL_ASSIGN)
        return fail(k, seL4_IllegalOperation);
    if (!invocation_has(k, inv, 0, 1))
        return FAILED;
    struct cap *root = &cte_at(k, inv->extra[0])->cap;
    if (root->type != CAP_PML4 || root->table.asid != 0)
        return fail_capability(k, 1);

    paddr pool = k->asid_table[base >> ASID_INDEX_BITS];
    if (pool == 0) {
        k->lookup_fault = (struct lookup_fault){.type = seL4_InvalidRoot};
        return fail_lookup(k, false);
    }
    if (pool != inv->cap.obj)
        return fail_capability(k, 0);
    while (i < BIT(ASID_INDEX_BITS) && (base + i == 0 || pool_at(k, pool)->pml4[i]))
        i++;
    if (i == BIT(ASID_INDEX_BITS))
        return fail(k, seL4_DeleteFirst);

    root->table.asid = base + i;
    root->table.is_mapped = 1;
    pool_at(k, pool)->pml4[i] = root->obj;
    pml4_at(k, root->obj)->shadow.asid = base + i;
    pml4_at(k, root->obj)->shadow.serial = ++k->vspaces_made;
    return DONE;
}
