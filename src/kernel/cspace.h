/*
 * CSpace look-ups. All set k->lookup_fault and return false on failure; the caller decides whether
 * that becomes a fault or a syscall error.
 */
#ifndef SEL4UX_KERNEL_CSPACE_H
#define SEL4UX_KERNEL_CSPACE_H

#include "kernel/cap.h"

/* Resolves the top `bits` bits of the n-bit address in `cptr` from `root`; *left is what remains.
 */
bool cspace_resolve(struct kernel *k, struct cap root, word cptr, unsigned bits, paddr *slot,
                    unsigned *left);

/* The slot that `cptr` names in the thread's own CSpace, all 64 bits deep or up to a non-CNode. */
bool cspace_lookup_slot(struct kernel *k, paddr tcb, word cptr, paddr *slot);
bool cspace_lookup_cap(struct kernel *k, paddr tcb, word cptr, struct cap *cap, paddr *slot);

/*
 * The slot at (root, index, depth) for a CNode operation. Sets k->error (FailedLookup with
 * `is_source`, RangeError for depth) on failure.
 */
bool cspace_lookup_target(struct kernel *k, struct cap root, word index, word depth, bool is_source,
                          paddr *slot);

/* The thread's receive slot as its IPC buffer names it; 0 when absent, occupied or unreachable. */
paddr cspace_receive_slot(struct kernel *k, paddr tcb, paddr buffer);

/* False with k->error DeleteFirst when occupied. */
bool cspace_ensure_empty(struct kernel *k, paddr slot);

#endif
