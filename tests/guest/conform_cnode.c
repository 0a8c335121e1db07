/*
 * Conformance: CNode invocations. They are sent as messages, so that one table serves all of them
 * and depths need not fit a byte.
 */
#include "conform.h"

#define RIGHTS 15 /* all */

struct cnode_call {
    const char *name;
    seL4_Word label;
    unsigned words, caps;
};

static const struct cnode_call transfers[] = {
    {"CNodeCopy", CNodeCopy, 5, 1},
    {"CNodeMint", CNodeMint, 6, 1},
    {"CNodeMove", CNodeMove, 4, 1},
    {"CNodeMutate", CNodeMutate, 5, 1},
};
static const struct cnode_call others[] = {
    {"CNodeRevoke", CNodeRevoke, 2, 0},
    {"CNodeDelete", CNodeDelete, 2, 0},
    {"CNodeCancelBadgedSends", CNodeCancelBadgedSends, 2, 0},
#ifndef CONFIG_KERNEL_MCS
    {"CNodeSaveCaller", CNodeSaveCaller, 2, 0},
#endif
};

/* What the next call is made of; `call` says which. */
static const struct cnode_call *call;
static seL4_CPtr dest, source, pivot; /* slots of the root CNode */
static seL4_Word data, pivot_data;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---------------------------------------------------------------------- Copy, Mint, Move, Mutate
 */

static seL4_Error transfer(seL4_CPtr dest_root, seL4_Word index, seL4_Word depth,
                           seL4_CPtr source_root, seL4_Word source_index, seL4_Word source_depth)
{
    seL4_SetMR(0, index);
    seL4_SetMR(1, depth);
    seL4_SetMR(2, source_index);
    seL4_SetMR(3, source_depth);
    seL4_SetMR(4, call->label == CNodeMutate ? data : RIGHTS);
    seL4_SetMR(5, data);
    seL4_SetCap(0, source_root);
    return conform_send(dest_root, call->label, call->words, call->caps);
}

static seL4_Error transfer_to(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    return transfer(root, index, depth, ROOT, source, DEPTH);
}

static seL4_Error transfer_from(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    return transfer(ROOT, dest, DEPTH, root, index, depth);
}

static void transfer_cap(const char *path, seL4_CPtr cap)
{
    if (conform(call->name, path, transfer_from(ROOT, cap, DEPTH)) == seL4_NoError)
        must("delete", cap_delete(dest));
}

static bool copies(void)
{
    return call->label == CNodeCopy || call->label == CNodeMint;
}

/* Capabilities that cannot be derived: of an untyped with children, of a table nowhere mapped. */
static void underivable(void)
{
    data = 0;
    transfer_cap("derive-untyped", conform_used_untyped());
    transfer_cap("derive-table", object_alloc(seL4_X86_PageTableObject, 0));
    transfer_cap("derive-table", object_alloc(seL4_X64_PML4Object, 0));
    transfer_cap("null", seL4_CapIRQControl);
    transfer_cap("null", seL4_CapIOPortControl);
}

/* Data that a capability cannot take. */
static void unfit(void)
{
    seL4_CPtr badged = cap_mint(source, seL4_AllRights, 7);
    seL4_CPtr cnode = object_alloc(seL4_CapTableObject, 4);

    data = 8;
    transfer_cap("data", badged);
    data = seL4_CNode_CapData_new(0, 61).words[0];
    transfer_cap("data", cnode);
    if (call->label == CNodeMutate) {
        transfer_cap("data", source);
        transfer_cap("data", object_alloc(seL4_NotificationObject, 0));
    }
    data = seL4_CNode_CapData_new(3, 60).words[0];
    transfer_cap("success", cnode);
}

static void check_transfer(void)
{
    struct conform_message message = {
        call->name, ROOT, call->label, call->words, call->caps, {dest, DEPTH, source, DEPTH},
        {ROOT},
    };

    data = 0;
    conform_truncated(&message);
    message.words = 4;
    conform_truncated(&message);
    message.words = 2;
    message.caps = 0;
    conform_truncated(&message);
    conform_slot(call->name, "target", CONFORM_ZERO, transfer_to);
    conform_slot(call->name, "source", CONFORM_ROOT | CONFORM_ZERO, transfer_from);
    conform(call->name, "full", transfer_to(ROOT, source, DEPTH));
    conform(call->name, "source-empty", transfer_from(ROOT, dest, DEPTH));
    if (copies())
        underivable();
    if (call->label == CNodeMint || call->label == CNodeMutate)
        unfit();
    data = 0;
    if (call->label != CNodeMutate)
        transfer_cap("success", cap_copy(source, seL4_AllRights));
}

/* ---------------------------------------------------------------------- Rotate */

struct place {
    seL4_CPtr root;
    seL4_Word index, depth;
};

static seL4_Error rotate(struct place to, struct place through, struct place from)
{
    seL4_SetMR(0, to.index);
    seL4_SetMR(1, to.depth);
    seL4_SetMR(2, pivot_data);
    seL4_SetMR(3, through.index);
    seL4_SetMR(4, through.depth);
    seL4_SetMR(5, data);
    seL4_SetMR(6, from.index);
    seL4_SetMR(7, from.depth);
    seL4_SetCap(0, through.root);
    seL4_SetCap(1, from.root);
    return conform_send(to.root, CNodeRotate, 8, 2);
}

static struct place own(seL4_Word slot)
{
    return (struct place){ROOT, slot, DEPTH};
}

static seL4_Error rotate_to(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    return rotate((struct place){root, index, depth}, own(pivot), own(source));
}

static seL4_Error rotate_through(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    return rotate(own(dest), (struct place){root, index, depth}, own(source));
}

static seL4_Error rotate_from(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    return rotate(own(dest), own(pivot), (struct place){root, index, depth});
}

static void check_rotate(void)
{
    const char *name = "CNodeRotate";
    struct conform_message message = {name, ROOT, CNodeRotate, 8, 2, {dest, DEPTH}, {ROOT, ROOT}};
    seL4_CPtr cnode = object_alloc(seL4_CapTableObject, 4), frame = object_alloc(seL4_X86_4K, 0);
    seL4_CPtr none = slot_alloc(), endpoint = source;

    source = cnode;
    pivot = frame;
    data = pivot_data = 0;
    conform_truncated(&message);
    message.caps = 1;
    conform_truncated(&message);
    message.words = 2;
    message.caps = 0;
    conform_truncated(&message);
    conform_slot(name, "target", CONFORM_ZERO, rotate_to);
    conform_slot(name, "source", CONFORM_ROOT | CONFORM_ZERO, rotate_from);
    conform_slot(name, "pivot", CONFORM_ROOT | CONFORM_ZERO, rotate_through);
    conform(name, "pivot-is-source", rotate(own(dest), own(source), own(source)));
    conform(name, "pivot-is-target", rotate(own(pivot), own(pivot), own(source)));
    conform(name, "full", rotate(own(endpoint), own(pivot), own(source)));
    conform(name, "source-empty", rotate(own(dest), own(pivot), own(none)));
    conform(name, "pivot-empty", rotate(own(dest), own(none), own(source)));
    data = seL4_CNode_CapData_new(0, 61).words[0];
    conform(name, "source-data", rotate(own(dest), own(pivot), own(source)));
    conform(name, "source-data", rotate(own(dest), own(pivot), own(endpoint)));
    data = 0;
    conform(name, "pivot-data", rotate(own(dest), own(endpoint), own(source)));
    conform(name, "success", rotate(own(dest), own(pivot), own(source)));
    guest_printf("the frame moved: %s\n", error_text(seL4_X86_Page_Unmap(dest)));
    conform(name, "success", rotate(own(dest), own(pivot), own(dest)));
    guest_printf("the frame is back: %s\n", error_text(seL4_X86_Page_Unmap(pivot)));
    must("delete", cap_delete(dest));
    source = endpoint;
}

/* ---------------------------------------------------------------------- one slot */

static seL4_Error at(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    seL4_SetMR(0, index);
    seL4_SetMR(1, depth);
    return conform_send(root, call->label, 2, 0);
}

static void check_one_slot(void)
{
    struct conform_message message = {call->name, ROOT, call->label, 2, 0, {dest, DEPTH}, {0}};

    conform_truncated(&message);
    conform_slot(call->name, "target", CONFORM_ZERO, at);
}

static void revoke_and_delete(void)
{
    seL4_CPtr parent = object_alloc(seL4_EndpointObject, 0);
    seL4_CPtr child = cap_mint(parent, seL4_AllRights, 1);

    conform("CNodeRevoke", "success", seL4_CNode_Revoke(ROOT, parent, DEPTH));
    guest_printf("empty: %d %d\n", slot_is_empty(parent), slot_is_empty(child));
    conform("CNodeRevoke", "success", seL4_CNode_Revoke(ROOT, child, DEPTH));
    conform("CNodeDelete", "success", seL4_CNode_Delete(ROOT, parent, DEPTH));
    guest_printf("empty: %d\n", slot_is_empty(parent));
    conform("CNodeDelete", "success", seL4_CNode_Delete(ROOT, parent, DEPTH));
}

static void cancel(void)
{
    static const seL4_Word lacking[] = {7, 11, 13, 14};
    seL4_CPtr badged = cap_mint(source, seL4_AllRights, 9);

    for (size_t i = 0; i < COUNT(lacking); i++)
        conform("CNodeCancelBadgedSends", "rights",
                seL4_CNode_CancelBadgedSends(
                    ROOT, cap_mint(source, (seL4_CapRights_t){{lacking[i]}}, 9), DEPTH));
    conform("CNodeCancelBadgedSends", "rights", seL4_CNode_CancelBadgedSends(ROOT, dest, DEPTH));
    conform("CNodeCancelBadgedSends", "rights", seL4_CNode_CancelBadgedSends(ROOT, ROOT, DEPTH));
    conform("CNodeCancelBadgedSends", "success", seL4_CNode_CancelBadgedSends(ROOT, badged, DEPTH));
    conform("CNodeCancelBadgedSends", "success", seL4_CNode_CancelBadgedSends(ROOT, source, DEPTH));
}

#ifndef CONFIG_KERNEL_MCS
static struct thread caller;

static void call_source(void *argument)
{
    (void)argument;
    seL4_Call(source, seL4_MessageInfo_new(1, 0, 0, 0));
    guest_printf("answered\n");
    seL4_Send(source, seL4_MessageInfo_new(2, 0, 0, 0));
}

static void save_caller(void)
{
    conform("CNodeSaveCaller", "full", seL4_CNode_SaveCaller(ROOT, source, DEPTH));
    conform("CNodeSaveCaller", "success", seL4_CNode_SaveCaller(ROOT, dest, DEPTH));
    guest_printf("nobody to save: %d\n", slot_is_empty(dest));
    thread_run(&caller, call_source, NULL, 100);
    seL4_Recv(source, NULL);
    conform("CNodeSaveCaller", "success", seL4_CNode_SaveCaller(ROOT, dest, DEPTH));
    guest_printf("empty: %d\n", slot_is_empty(dest));
    conform("CNodeCopy", "null",
            seL4_CNode_Copy(ROOT, pivot, DEPTH, ROOT, dest, DEPTH, seL4_AllRights));
    seL4_Send(dest, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Recv(source, NULL);
    guest_printf("used up: %d\n", slot_is_empty(dest));
}
#endif

int main(void)
{
    source = object_alloc(seL4_EndpointObject, 0);
    dest = slot_alloc();
    conform_label("CNode", ROOT);
    for (size_t i = 0; i < COUNT(transfers); i++) {
        call = &transfers[i];
        check_transfer();
    }
    check_rotate();
    for (size_t i = 0; i < COUNT(others); i++) {
        call = &others[i];
        check_one_slot();
    }
    revoke_and_delete();
    cancel();
#ifndef CONFIG_KERNEL_MCS
    pivot = slot_alloc();
    save_caller();
#endif
    return 0;
}
