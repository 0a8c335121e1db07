/*
 * What can be done with capabilities, and what cannot: copying, minting, moving, mutating,
 * rotating, deleting and revoking, each with its errors.
 */
#include "guest.h"

static seL4_CPtr endpoint;

static void copies(void)
{
    seL4_CPtr slot = slot_alloc(), badged;
    seL4_CPtr free_slot = slot_alloc();

    report("copy", seL4_CNode_Copy(ROOT, slot, DEPTH, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("copy onto it",
           seL4_CNode_Copy(ROOT, slot, DEPTH, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("copy of nothing",
           seL4_CNode_Copy(ROOT, free_slot, DEPTH, ROOT, slot_alloc(), DEPTH, seL4_AllRights));
    report("copy from a wrong root",
           seL4_CNode_Copy(ROOT, free_slot, DEPTH, endpoint, slot, DEPTH, seL4_AllRights));
    report("copy to depth 0",
           seL4_CNode_Copy(ROOT, free_slot, 0, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("copy to depth 65",
           seL4_CNode_Copy(ROOT, free_slot, 65, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("copy to a short depth",
           seL4_CNode_Copy(ROOT, free_slot, 20, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("copy to a slot beyond",
           seL4_CNode_Copy(ROOT, 1ul << 40, DEPTH, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("copy with the service wrong",
           seL4_CNode_Copy(OWN_TCB, free_slot, DEPTH, ROOT, endpoint, DEPTH, seL4_AllRights));

    badged = cap_mint(endpoint, seL4_AllRights, 5);
    report("mint of a badged one",
           seL4_CNode_Mint(ROOT, free_slot, DEPTH, ROOT, badged, DEPTH, seL4_AllRights, 6));
    report("mint without a badge of a badged one",
           seL4_CNode_Mint(ROOT, free_slot, DEPTH, ROOT, badged, DEPTH, seL4_AllRights, 0));
    report("copy of a badged one",
           seL4_CNode_Copy(ROOT, free_slot, DEPTH, ROOT, badged, DEPTH, seL4_AllRights));
    guest_printf("empty after delete: %d\n", (cap_delete(free_slot), slot_is_empty(free_slot)));
    report("delete of an empty slot", cap_delete(free_slot));
    report("revoke of an empty slot", cap_revoke(free_slot));
}

static void moves(void)
{
    seL4_CPtr a = cap_copy(endpoint, seL4_AllRights), b = slot_alloc(), c = slot_alloc();
    seL4_CPtr cnode = object_alloc(seL4_CapTableObject, 4), guarded = slot_alloc();
    seL4_Word guard = seL4_CNode_CapData_new(1, 60).words[0];

    report("move", seL4_CNode_Move(ROOT, b, DEPTH, ROOT, a, DEPTH));
    guest_printf("empty: %d %d\n", slot_is_empty(a), slot_is_empty(b));
    report("move again", seL4_CNode_Move(ROOT, c, DEPTH, ROOT, a, DEPTH));
    report("move onto itself", seL4_CNode_Move(ROOT, b, DEPTH, ROOT, b, DEPTH));
    report("mutate an endpoint", seL4_CNode_Mutate(ROOT, c, DEPTH, ROOT, b, DEPTH, 9));
    guest_printf("empty: %d %d\n", slot_is_empty(b), slot_is_empty(c));
    report("mutate a CNode", seL4_CNode_Mutate(ROOT, guarded, DEPTH, ROOT, cnode, DEPTH, guard));
    guest_printf("empty: %d %d\n", slot_is_empty(cnode), slot_is_empty(guarded));
    report("use its guard", seL4_CNode_Move(guarded, 1 << 4 | 2, DEPTH, ROOT, b, DEPTH));
    report("and a wrong one", seL4_CNode_Move(guarded, 2 << 4 | 3, DEPTH, ROOT, c, DEPTH));
    report("mutate into a full slot",
           seL4_CNode_Mutate(ROOT, endpoint, DEPTH, ROOT, guarded, DEPTH, 0));
}

/* An endpoint's capability cannot be rotated, for its badge must not change. */
static void rotations(void)
{
    seL4_CPtr a = object_alloc(seL4_X86_4K, 0), b = object_alloc(seL4_TCBObject, 0);
    seL4_CPtr c = slot_alloc(), e = cap_copy(endpoint, seL4_AllRights), none = slot_alloc();

    report("rotate", seL4_CNode_Rotate(ROOT, c, DEPTH, 0, ROOT, b, DEPTH, 0, ROOT, a, DEPTH));
    guest_printf("empty: %d %d %d\n", slot_is_empty(a), slot_is_empty(b), slot_is_empty(c));
    report("the frame is in the middle", seL4_X86_Page_Unmap(b));
    report("swap", seL4_CNode_Rotate(ROOT, b, DEPTH, 0, ROOT, c, DEPTH, 0, ROOT, b, DEPTH));
    report("the frame is at the end", seL4_X86_Page_Unmap(c));
    report("pivot and source the same",
           seL4_CNode_Rotate(ROOT, a, DEPTH, 0, ROOT, b, DEPTH, 0, ROOT, b, DEPTH));
    report("pivot and destination the same",
           seL4_CNode_Rotate(ROOT, b, DEPTH, 0, ROOT, b, DEPTH, 0, ROOT, c, DEPTH));
    report("into a full slot",
           seL4_CNode_Rotate(ROOT, endpoint, DEPTH, 0, ROOT, b, DEPTH, 0, ROOT, c, DEPTH));
    report("through nothing",
           seL4_CNode_Rotate(ROOT, a, DEPTH, 0, ROOT, none, DEPTH, 0, ROOT, c, DEPTH));
    report("rotate nothing",
           seL4_CNode_Rotate(ROOT, a, DEPTH, 0, ROOT, c, DEPTH, 0, ROOT, none, DEPTH));
    report("an endpoint", seL4_CNode_Rotate(ROOT, a, DEPTH, 0, ROOT, e, DEPTH, 0, ROOT, c, DEPTH));
}

static void revocation(void)
{
    seL4_CPtr parent = object_alloc(seL4_EndpointObject, 0);
    seL4_CPtr badged = cap_mint(parent, seL4_AllRights, 3);
    seL4_CPtr grandchild = cap_copy(badged, seL4_CanRead);
    seL4_CPtr sibling = cap_copy(parent, seL4_AllRights);

    report("revoke the badged one", cap_revoke(badged));
    guest_printf("empty: %d %d %d %d\n", slot_is_empty(parent), slot_is_empty(badged),
                 slot_is_empty(grandchild), slot_is_empty(sibling));
    report("revoke the original", cap_revoke(parent));
    guest_printf("empty: %d %d %d %d\n", slot_is_empty(parent), slot_is_empty(badged),
                 slot_is_empty(grandchild), slot_is_empty(sibling));
}

/* A CNode of 16 slots with a guard: the paths that lead through it, and those that do not. */
static void cspaces(void)
{
    seL4_CPtr plain = object_alloc(seL4_CapTableObject, 4), guarded = slot_alloc();
    seL4_Word data = seL4_CNode_CapData_new(5, 8).words[0];

    report("guard",
           seL4_CNode_Mint(ROOT, guarded, DEPTH, ROOT, plain, DEPTH, seL4_AllRights, data));
    report("too large a guard",
           seL4_CNode_Mint(ROOT, slot_alloc(), DEPTH, ROOT, plain, DEPTH, seL4_AllRights,
                           seL4_CNode_CapData_new(0, 61).words[0]));
    report("into slot 3",
           seL4_CNode_Copy(guarded, 5 << 4 | 3, 12, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("through a wrong guard",
           seL4_CNode_Copy(guarded, 4 << 4 | 4, 12, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("with bits to spare",
           seL4_CNode_Copy(guarded, 5 << 5 | 8, 13, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("with too few bits",
           seL4_CNode_Copy(guarded, 5, 8, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("without the guard",
           seL4_CNode_Copy(plain, 3, 4, ROOT, endpoint, DEPTH, seL4_AllRights));
    report("move the CNode into itself", seL4_CNode_Move(plain, 7, 4, ROOT, plain, DEPTH));
    report("delete it from there", seL4_CNode_Delete(guarded, 5 << 4 | 7, 12));
    report("delete the CNode", cap_delete(guarded));
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    copies();
    moves();
    rotations();
    revocation();
    cspaces();
    return 0;
}
