/*
 * The derivation tree as a list in pre-order: a slot's descendants follow it directly. Whether a
 * neighbour is a descendant follows from the capabilities (same region) and two flags: only a
 * revocable slot has descendants, and a first-badged one starts a line of its own, so a badged
 * endpoint capability is no parent of another one that was badged separately.
 */
#include "kernel/mdb.h"

#include "base/bits.h"

/* Makes the neighbours of `slot` point at it, according to its own links. */
static void link_neighbours(struct kernel *k, paddr slot)
{
    struct mdb mdb = cte_at(k, slot)->mdb;

    if (mdb.prev)
        cte_at(k, mdb.prev)->mdb.next = slot;
    if (mdb.next)
        cte_at(k, mdb.next)->mdb.prev = slot;
}

/* Whether `cap`, derived from `source`, may itself be revoked apart from it. */
static bool starts_line(struct cap cap, struct cap source)
{
    switch (cap.type) {
    case CAP_UNTYPED:
        return true;
    case CAP_ENDPOINT:
        return cap.endpoint.badge != source.endpoint.badge;
    case CAP_NOTIFICATION:
        return cap.notification.badge != source.notification.badge;
    case CAP_IRQ_HANDLER:
        return source.type == CAP_IRQ_CONTROL;
    case CAP_IO_PORT:
        return source.type == CAP_IO_PORT_CONTROL;
    default:
        return false;
    }
}

/* An untyped with a copy makes no more objects: they would overlap the copy's. */
static void close_copied_untyped(struct cap copy, struct cap *source)
{
    if (source->type == CAP_UNTYPED && copy.type == CAP_UNTYPED && source->obj == copy.obj &&
        source->untyped.size_bits == copy.untyped.size_bits)
        source->untyped.free = BIT(source->untyped.size_bits);
}

void mdb_insert(struct kernel *k, struct cap cap, paddr source, paddr dest)
{
    struct cte *from = cte_at(k, source);
    struct cte *to = cte_at(k, dest);
    bool line = starts_line(cap, from->cap);

    INVARIANT(to->cap.type == CAP_NULL);
    close_copied_untyped(cap, &from->cap);
    to->cap = cap;
    to->mdb = (struct mdb){
        .prev = source, .next = from->mdb.next, .revocable = line, .first_badged = line};
    link_neighbours(k, dest);
}

void mdb_insert_new(struct kernel *k, paddr parent, paddr dest, struct cap cap)
{
    struct cte *to = cte_at(k, dest);

    to->cap = cap;
    to->mdb = (struct mdb){
        .prev = parent, .next = cte_at(k, parent)->mdb.next, .revocable = 1, .first_badged = 1};
    link_neighbours(k, dest);
}

void mdb_move(struct kernel *k, struct cap cap, paddr source, paddr dest)
{
    struct cte *from = cte_at(k, source);
    struct cte *to = cte_at(k, dest);

    INVARIANT(to->cap.type == CAP_NULL);
    *to = (struct cte){.cap = cap, .mdb = from->mdb};
    *from = (struct cte){.cap = CAP_NONE};
    link_neighbours(k, dest);
}

void mdb_swap(struct kernel *k, struct cap cap_a, paddr a, struct cap cap_b, paddr b)
{
    struct cte *at_a = cte_at(k, a);
    struct cte *at_b = cte_at(k, b);
    struct mdb mdb_a = at_a->mdb;

    /* Between the two steps at_b->mdb may change: a and b may be neighbours. */
    if (mdb_a.prev)
        cte_at(k, mdb_a.prev)->mdb.next = b;
    if (mdb_a.next)
        cte_at(k, mdb_a.next)->mdb.prev = b;
    at_a->mdb = at_b->mdb;
    at_b->mdb = mdb_a;
    link_neighbours(k, a);
    at_a->cap = cap_b;
    at_b->cap = cap_a;
}

void mdb_remove(struct kernel *k, paddr slot)
{
    struct cte *cte = cte_at(k, slot);
    struct mdb mdb = cte->mdb;

    if (mdb.prev)
        cte_at(k, mdb.prev)->mdb.next = mdb.next;
    if (mdb.next) {
        struct mdb *next = &cte_at(k, mdb.next)->mdb;
        next->prev = mdb.prev;
        next->first_badged |= mdb.first_badged;
    }
    *cte = (struct cte){.cap = CAP_NONE};
}

bool mdb_is_parent_of(struct kernel *k, paddr a, paddr b)
{
    const struct cte *parent = cte_at(k, a);
    const struct cte *child = cte_at(k, b);

    if (!parent->mdb.revocable || !cap_same_region(k, parent->cap, child->cap))
        return false;
    if (parent->cap.type != CAP_ENDPOINT && parent->cap.type != CAP_NOTIFICATION)
        return true;
    /* Both kinds keep the badge in the second word. */
    word badge = parent->cap.w[1];
    return badge == 0 || (badge == child->cap.w[1] && !child->mdb.first_badged);
}

bool mdb_has_children(struct kernel *k, paddr slot)
{
    paddr next = cte_at(k, slot)->mdb.next;
    return next && mdb_is_parent_of(k, slot, next);
}

bool mdb_is_final(struct kernel *k, paddr slot)
{
    const struct cte *cte = cte_at(k, slot);

    if (cte->mdb.prev && cap_same_object(k, cte_at(k, cte->mdb.prev)->cap, cte->cap))
        return false;
    return !cte->mdb.next || !cap_same_object(k, cte->cap, cte_at(k, cte->mdb.next)->cap);
}
