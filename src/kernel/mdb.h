/*
 * The derivation tree (MDB): who was derived from whom, as a list in pre-order. A slot is in the
 * list exactly when its capability is not null (boot caps: alone, revocable, first badged).
 */
#ifndef SEL4UX_KERNEL_MDB_H
#define SEL4UX_KERNEL_MDB_H

#include "kernel/cap.h"

/* Puts `cap`, derived from the one in `source`, into the empty slot `dest`. */
void mdb_insert(struct kernel *k, struct cap cap, paddr source, paddr dest);

/* Puts `cap` (a new object made from the untyped in `parent`) into the empty slot `dest`. */
void mdb_insert_new(struct kernel *k, paddr parent, paddr dest, struct cap cap);

/* Moves the capability in `source`, as `cap`, to the empty slot `dest`. */
void mdb_move(struct kernel *k, struct cap cap, paddr source, paddr dest);

/* Exchanges slots a and b, whose capabilities become cap_a (in b) and cap_b (in a). */
void mdb_swap(struct kernel *k, struct cap cap_a, paddr a, struct cap cap_b, paddr b);

/* Takes `slot` out of the list and empties it. The capability must not need finalising. */
void mdb_remove(struct kernel *k, paddr slot);

bool mdb_is_parent_of(struct kernel *k, paddr a, paddr b);
bool mdb_has_children(struct kernel *k, paddr slot);

/* No other slot holds a capability to the same object. */
bool mdb_is_final(struct kernel *k, paddr slot);

#endif
