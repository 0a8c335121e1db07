/*
 * Conformance: untypeds. Every argument of Retype that can be wrong, each alone.
 */
#include "conform.h"

static seL4_CPtr untyped;

struct retype {
    seL4_Word type, bits;
    seL4_CPtr root;
    seL4_Word index, depth, offset, count;
};

static void check(const char *path, struct retype r)
{
    conform(
        "UntypedRetype", path,
        seL4_Untyped_Retype(untyped, r.type, r.bits, r.root, r.index, r.depth, r.offset, r.count));
}

static void types(seL4_CPtr slot)
{
    struct retype r = {.root = ROOT, .offset = slot, .count = 1};

    r.type = seL4_ObjectTypeCount;
    check("type", r);
    r.type = ~0ul;
    check("type", r);
    r.type = seL4_CapTableObject;
    check("cnode-empty", r);
    r.bits = 43;
    check("size", r);
    r.bits = 63;
    check("size", r);
    r.bits = 64;
    check("size", r);
    r.bits = ~0ul;
    check("size", r);
    r.type = seL4_UntypedObject;
    r.bits = seL4_MinUntypedBits - 1;
    check("untyped-small", r);
#ifdef CONFIG_KERNEL_MCS
    r.type = seL4_SchedContextObject;
    r.bits = seL4_MinSchedContextBits - 1;
    check("context-small", r);
    r.type = seL4_UntypedObject;
#endif
    r.bits = seL4_MaxUntypedBits + 1;
    check("size", r);
    r.type = seL4_EndpointObject;
    r.bits = 64;
    check("size", r);
}

static seL4_Error into(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    return seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, root, index, depth, 0, 1);
}

static void places(seL4_CPtr slot)
{
    struct retype r = {.type = seL4_EndpointObject, .root = ROOT, .offset = slot, .count = 1};
    seL4_CPtr cnode = object_alloc(seL4_CapTableObject, 4);

    conform_slot("UntypedRetype", "target", CONFORM_ROOT, into);
    conform("UntypedRetype", "not-a-cnode", into(untyped, 0, 0));
    conform("UntypedRetype", "not-a-cnode", into(ROOT, untyped, DEPTH));
    conform("UntypedRetype", "not-a-cnode", into(ROOT, slot, DEPTH));
    r.offset = 1ul << CONFIG_ROOT_CNODE_SIZE_BITS;
    check("offset", r);
    r.offset = slot;
    r.count = 0;
    check("count", r);
    r.count = 257;
    check("count", r);
    r.root = cnode;
    r.offset = 16;
    check("offset", r);
    r.offset = 12;
    r.count = 5;
    check("window", r);
    r.count = 4;
    check("success", r);
    r.offset = 10;
    check("full", r);
}

static void memory(seL4_CPtr slot)
{
    struct retype r = {.type = seL4_X86_4K, .root = ROOT, .offset = slot, .count = 1};
    seL4_CPtr ram = untyped;

    check("memory", r);
    r.type = seL4_EndpointObject;
    r.count = 253; /* four of 256 are there */
    check("memory", r);
    untyped = conform_device_untyped(12);
    r.count = 1;
    check("device", r);
    r.type = seL4_X86_PageTableObject;
    check("device", r);
    r.type = seL4_UntypedObject;
    r.bits = 12;
    check("success", r);
    untyped = ram;
}

/* The root CNode by its own address in itself. */
static void at_depth(seL4_CPtr slot)
{
    check("success", (struct retype){.type = seL4_NotificationObject,
                                     .root = ROOT,
                                     .index = ROOT,
                                     .depth = DEPTH,
                                     .offset = slot,
                                     .count = 2});
}

int main(void)
{
    struct conform_message retype = {"UntypedRetype", 0, UntypedRetype, 6, 1, {0}, {0}};

    untyped = object_alloc(seL4_UntypedObject, 12);
    retype.cap = untyped;
    conform_truncated(&retype);
    conform_label("Untyped", untyped);
    types(slot_alloc());
    places(slot_alloc());
    memory(slot_alloc());
    at_depth(slots_alloc(2));
    return 0;
}
