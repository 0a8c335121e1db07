/*
 * Deleting and revoking. A slot whose capability is the last to a CNode or TCB turns into a zombie:
 * a capability to the slots that are left to empty. Long work stops at preemption points with every
 * slot valid, so that the same invocation, issued again, goes on.
 *
 * Recursion is two deep: an exposed deletion empties a zombie's slots, and an unexposed one in turn
 * never does, it moves a zombie that it finds to the place where the outer one will reach it.
 */
#include "kernel/cnode.h"

#include "base/bits.h"
#include "kernel/cspace.h"
#include "kernel/endpoint.h"
#include "kernel/lifecycle.h"
#include "kernel/mdb.h"

static void empty_slot(struct kernel *k, paddr slot, struct cap cleanup)
{
    if (cte_at(k, slot)->cap.type == CAP_NULL)
        return;
    mdb_remove(k, slot);
    object_post_delete(k, cleanup);
}

/* Nothing keeps the slot from being emptied; a zombie may be left with but the slot that it is in.
 */
static bool is_removable(struct cap remainder, paddr slot)
{
    if (remainder.type == CAP_NULL)
        return true;
    return remainder.zombie.count == 0 || (remainder.zombie.count == 1 && remainder.obj == slot);
}

static bool same_zombie(struct cap a, struct cap b)
{
    return a.obj == b.obj && a.zombie.count == b.zombie.count && a.zombie.radix == b.zombie.radix &&
           a.zombie.is_tcb == b.zombie.is_tcb;
}

/* Empties the last slot that the exposed zombie in `slot` has left. */
static enum outcome shrink_zombie(struct kernel *k, paddr slot)
{
    struct cte *cte = cte_at(k, slot);
    struct cap before = cte->cap;
    paddr last = before.obj + ((before.zombie.count - 1) << SLOT_BITS);

    if (cnode_delete(k, last, false) == PREEMPTED)
        return PREEMPTED;
    if (cte->cap.type == CAP_NULL) /* `slot` was itself among what went */
        return DONE;
    INVARIANT(cte->cap.type == CAP_ZOMBIE);
    if (same_zombie(before, cte->cap))
        cte->cap.zombie.count--;
    else /* swapped with a zombie whose slots include `slot` */
        INVARIANT(cte->cap.obj == slot && before.obj != slot);
    return DONE;
}

/* Makes some progress with the zombie in `slot`. */
static enum outcome reduce_zombie(struct kernel *k, paddr slot, bool exposed)
{
    struct cap zombie = cte_at(k, slot)->cap;

    INVARIANT(zombie.type == CAP_ZOMBIE && zombie.zombie.count > 0);
    if (exposed)
        return shrink_zombie(k, slot);
    /* Into the zombie's own first slot with it: what deletes that CNode's holder finds it there. */
    INVARIANT(zombie.obj != slot);
    struct cap first = cte_at(k, zombie.obj)->cap;
    mdb_swap(k, first, zombie.obj, zombie, slot);
    return DONE;
}

/*
 * Finalises what is in `slot` until it can be emptied: *emptiable, with *cleanup to do after. Not
 * so when an unexposed zombie ends up holding itself; that is left where it is.
 */
static enum outcome finalise_slot(struct kernel *k, paddr slot, bool exposed, bool *emptiable,
                                  struct cap *cleanup)
{
    struct cte *cte = cte_at(k, slot);

    *cleanup = CAP_NONE;
    *emptiable = true;
    while (cte->cap.type != CAP_NULL) {
        struct finalised end = object_finalise(k, cte->cap, mdb_is_final(k, slot));
        if (is_removable(end.remainder, slot)) {
            *cleanup = end.cleanup;
            return DONE;
        }
        cte->cap = end.remainder;
        if (!exposed && end.remainder.obj == slot) {
            *emptiable = false;
            return DONE;
        }
        if (reduce_zombie(k, slot, exposed) == PREEMPTED || preemption_point(k))
            return PREEMPTED;
    }
    return DONE;
}

enum outcome cnode_delete(struct kernel *k, paddr slot, bool exposed)
{
    struct cap cleanup;
    bool emptiable;

    if (finalise_slot(k, slot, exposed, &emptiable, &cleanup) == PREEMPTED)
        return PREEMPTED;
    if (exposed || emptiable)
        empty_slot(k, slot, cleanup);
    return DONE;
}

enum outcome cnode_revoke(struct kernel *k, paddr slot)
{
    while (mdb_has_children(k, slot)) {
        if (cnode_delete(k, cte_at(k, slot)->mdb.next, true) == PREEMPTED || preemption_point(k))
            return PREEMPTED;
    }
    return DONE;
}

void cnode_delete_one(struct kernel *k, paddr slot)
{
    struct cap cap = cte_at(k, slot)->cap;

    if (cap.type == CAP_NULL)
        return;
    struct finalised end = object_finalise(k, cap, mdb_is_final(k, slot));
    INVARIANT(end.remainder.type == CAP_NULL && end.cleanup.type == CAP_NULL);
    empty_slot(k, slot, CAP_NONE);
}

/* ------------------------------------------------------------------ reply capabilities */

static paddr tcb_slot(paddr tcb, enum tcb_slot slot)
{
    return tcb + offsetof(struct tcb, slot) + ((paddr)slot << SLOT_BITS);
}

void cnode_delete_caller_cap(struct kernel *k, paddr receiver)
{
    cnode_delete_one(k, tcb_slot(receiver, TCB_CALLER));
}

/* At most one reply cap is derived from a master, and only that can follow it in the tree. */
void cnode_delete_reply_cap(struct kernel *k, paddr caller)
{
    paddr reply = kernel_tcb(k, caller)->slot[TCB_REPLY].mdb.next;

    if (reply)
        cnode_delete_one(k, reply);
}

void cnode_setup_reply_master(struct kernel *k, paddr tcb)
{
    struct cte *master = &kernel_tcb(k, tcb)->slot[TCB_REPLY];

    if (master->cap.type != CAP_NULL)
        return;
    master->cap =
        (struct cap){.reply = {.type = CAP_REPLY, .obj = tcb, .is_master = 1, .can_grant = 1}};
    master->mdb = (struct mdb){.revocable = 1, .first_badged = 1};
}

/* ------------------------------------------------------------------ invocations */

/* The slot at (root, message words i and i + 1); false with k->error set. */
static bool target(struct kernel *k, const struct invocation *inv, struct cap root, unsigned i,
                   bool is_source, paddr *slot)
{
    return cspace_lookup_target(k, root, invocation_arg(k, inv, i), invocation_arg(k, inv, i + 1),
                                is_source, slot);
}

static enum outcome fail_empty(struct kernel *k, bool is_source, word depth)
{
    k->lookup_fault = (struct lookup_fault){.type = seL4_MissingCapability, .bits_left = depth};
    return fail_lookup(k, is_source);
}

/* The weakened and rebadged copy that Copy and Mint insert. */
static enum outcome decode_copy(struct kernel *k, struct invocation *inv, paddr source,
                                struct cap *cap)
{
    bool mint = inv->label == INV_CNODE_MINT;

    if (!invocation_has(k, inv, mint ? 6 : 5, 1))
        return FAILED;
    *cap = cap_mask_rights(cte_at(k, source)->cap, cap_rights_from_word(invocation_arg(k, inv, 4)));
    if (mint)
        *cap = cap_update_data(*cap, false, invocation_arg(k, inv, 5));
    return cap_derive(k, source, *cap, cap) ? DONE : FAILED;
}

/* The capability as Move and Mutate leave it. */
static enum outcome decode_move(struct kernel *k, struct invocation *inv, paddr source,
                                struct cap *cap)
{
    *cap = cte_at(k, source)->cap;
    if (inv->label == INV_CNODE_MOVE)
        return DONE;
    if (!invocation_has(k, inv, 5, 1))
        return FAILED;
    *cap = cap_update_data(*cap, true, invocation_arg(k, inv, 4));
    return DONE;
}

/* Copy, Mint, Move, Mutate: from a slot of another CNode into `dest`. */
static enum outcome decode_transfer(struct kernel *k, struct invocation *inv, paddr dest)
{
    bool moves = inv->label == INV_CNODE_MOVE || inv->label == INV_CNODE_MUTATE;
    struct cap cap;
    paddr source;

    if (!invocation_has(k, inv, 4, 1) || !cspace_ensure_empty(k, dest) ||
        !target(k, inv, cte_at(k, inv->extra[0])->cap, 2, true, &source))
        return FAILED;
    if (cte_at(k, source)->cap.type == CAP_NULL)
        return fail_empty(k, true, invocation_arg(k, inv, 3));
    if ((moves ? decode_move : decode_copy)(k, inv, source, &cap) != DONE)
        return FAILED;
    if (cap.type == CAP_NULL)
        return fail(k, seL4_IllegalOperation);
    if (moves)
        mdb_move(k, cap, source, dest);
    else
        mdb_insert(k, cap, source, dest);
    return DONE;
}

static void invoke_rotate(struct kernel *k, struct cap source_cap, paddr source,
                          struct cap pivot_cap, paddr pivot, paddr dest)
{
    if (source == dest) {
        mdb_swap(k, source_cap, source, pivot_cap, pivot);
        return;
    }
    mdb_move(k, pivot_cap, pivot, dest);
    mdb_move(k, source_cap, source, pivot);
}

static enum outcome decode_rotate(struct kernel *k, struct invocation *inv, paddr dest)
{
    paddr pivot, source;

    if (!invocation_has(k, inv, 8, 2) ||
        !target(k, inv, cte_at(k, inv->extra[1])->cap, 6, true, &source) ||
        !target(k, inv, cte_at(k, inv->extra[0])->cap, 3, true, &pivot))
        return FAILED;
    if (pivot == source || pivot == dest)
        return fail(k, seL4_IllegalOperation);
    if (source != dest && !cspace_ensure_empty(k, dest))
        return FAILED;
    if (cte_at(k, source)->cap.type == CAP_NULL)
        return fail_empty(k, true, invocation_arg(k, inv, 7));
    if (cte_at(k, pivot)->cap.type == CAP_NULL)
        return fail_empty(k, false, invocation_arg(k, inv, 4));

    struct cap source_cap =
        cap_update_data(cte_at(k, source)->cap, true, invocation_arg(k, inv, 5));
    struct cap pivot_cap = cap_update_data(cte_at(k, pivot)->cap, true, invocation_arg(k, inv, 2));
    if (source_cap.type == CAP_NULL || pivot_cap.type == CAP_NULL)
        return fail(k, seL4_IllegalOperation);
    invoke_rotate(k, source_cap, source, pivot_cap, pivot, dest);
    return DONE;
}

/* Only who holds every right to an endpoint may cancel sends through it. */
static enum outcome decode_cancel_badged_sends(struct kernel *k, paddr slot)
{
    struct cap cap = cte_at(k, slot)->cap;

    if (cap.type != CAP_ENDPOINT || !cap.endpoint.can_send || !cap.endpoint.can_receive ||
        !cap.endpoint.can_grant || !cap.endpoint.can_grant_reply)
        return fail(k, seL4_IllegalOperation);
    if (cap.endpoint.badge)
        endpoint_cancel_badged_sends(k, cap.obj, cap.endpoint.badge);
    return DONE;
}

static enum outcome decode_save_caller(struct kernel *k, struct invocation *inv, paddr dest)
{
    if (!cspace_ensure_empty(k, dest))
        return FAILED;
    paddr source = tcb_slot(inv->thread, TCB_CALLER);
    struct cap cap = cte_at(k, source)->cap;
    if (cap.type == CAP_REPLY && !cap.reply.is_master)
        mdb_move(k, cap, source, dest);
    return DONE;
}

static bool is_cnode_label(const struct kernel *k, enum abi_invocation label)
{
    switch (label) {
    case INV_CNODE_REVOKE:
    case INV_CNODE_DELETE:
    case INV_CNODE_CANCEL_BADGED_SENDS:
    case INV_CNODE_COPY:
    case INV_CNODE_MINT:
    case INV_CNODE_MOVE:
    case INV_CNODE_MUTATE:
    case INV_CNODE_ROTATE:
        return true;
    case INV_CNODE_SAVE_CALLER:
        return !k->config.mcs;
    default:
        return false;
    }
}

enum outcome decode_cnode(struct kernel *k, struct invocation *inv)
{
    paddr slot;

    if (!is_cnode_label(k, inv->label))
        return fail(k, seL4_IllegalOperation);
    if (!invocation_has(k, inv, 2, 0) || !target(k, inv, inv->cap, 0, false, &slot))
        return FAILED;
    switch (inv->label) {
    case INV_CNODE_REVOKE:
        return cnode_revoke(k, slot);
    case INV_CNODE_DELETE:
        return cnode_delete(k, slot, true);
    case INV_CNODE_CANCEL_BADGED_SENDS:
        return decode_cancel_badged_sends(k, slot);
    case INV_CNODE_ROTATE:
        return decode_rotate(k, inv, slot);
    case INV_CNODE_SAVE_CALLER:
        return decode_save_caller(k, inv, slot);
    default:
        return decode_transfer(k, inv, slot);
    }
}
