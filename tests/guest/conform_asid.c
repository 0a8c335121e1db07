/*
 * Conformance: ASID control and ASID pools, both used up in the end.
 */
#include "conform.h"

#define POOLS 8
#define ASIDS 512

static seL4_CPtr untyped;

static seL4_Error make_pool(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    seL4_SetMR(0, index);
    seL4_SetMR(1, depth);
    seL4_SetCap(0, untyped);
    seL4_SetCap(1, root);
    return conform_send(seL4_CapASIDControl, X86ASIDControlMakePool, 2, 2);
}

static void wrong_untyped(const char *path, seL4_CPtr cap)
{
    untyped = cap;
    conform("X86ASIDControlMakePool", path, make_pool(ROOT, slot_alloc(), DEPTH));
}

static seL4_CPtr device_page(void)
{
    seL4_CPtr slot = slot_alloc();

    must("device untyped", seL4_Untyped_Retype(conform_device_untyped(12), seL4_UntypedObject, 12,
                                               ROOT, 0, 0, slot, 1));
    return slot;
}

static seL4_CPtr make_pools(void)
{
    const char *name = "X86ASIDControlMakePool";
    const struct conform_message message = {
        name, seL4_CapASIDControl, X86ASIDControlMakePool, 2, 2, {0}, {0}};
    seL4_CPtr pool = slot_alloc();

    conform_label("ASIDControl", seL4_CapASIDControl);
    conform_truncated(&message);
    wrong_untyped("untyped", object_alloc(seL4_EndpointObject, 0));
    wrong_untyped("untyped", object_alloc(seL4_UntypedObject, 13));
    wrong_untyped("untyped", device_page());
    wrong_untyped("untyped-used", conform_used_untyped());
    untyped = object_alloc(seL4_UntypedObject, 12);
    conform_slot(name, "target", CONFORM_ROOT | CONFORM_ZERO, make_pool);
    conform(name, "full", make_pool(ROOT, untyped, DEPTH));
    conform(name, "success", make_pool(ROOT, pool, DEPTH));
    for (int i = 2; i < POOLS; i++) {
        untyped = object_alloc(seL4_UntypedObject, 12);
        must("pool", make_pool(ROOT, slot_alloc(), DEPTH));
    }
    wrong_untyped("no-more-pools", object_alloc(seL4_UntypedObject, 12));
    return pool;
}

static void assign(seL4_CPtr pool)
{
    const char *name = "X86ASIDPoolAssign";
    const struct conform_message message = {name, pool, X86ASIDPoolAssign, 0, 1, {0}, {0}};
    seL4_CPtr vspace = object_alloc(seL4_X64_PML4Object, 0);

    conform_label("ASIDPool", pool);
    conform_truncated(&message);
    conform(name, "vspace", seL4_X86_ASIDPool_Assign(pool, pool));
    conform(name, "success", seL4_X86_ASIDPool_Assign(pool, vspace));
    conform(name, "vspace", seL4_X86_ASIDPool_Assign(pool, vspace));
    for (int i = 1; i < ASIDS; i++)
        must("assign", seL4_X86_ASIDPool_Assign(pool, object_alloc(seL4_X64_PML4Object, 0)));
    vspace = object_alloc(seL4_X64_PML4Object, 0);
    conform(name, "no-more-asids", seL4_X86_ASIDPool_Assign(pool, vspace));
    must("delete", cap_delete(vspace - 1));
    conform(name, "success", seL4_X86_ASIDPool_Assign(pool, vspace));
}

int main(void)
{
    assign(make_pools());
    return 0;
}
