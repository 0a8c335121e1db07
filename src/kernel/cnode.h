/*
 * CNode invocations, and what they are made of: deleting, revoking and emptying slots.
 */
#ifndef SEL4UX_KERNEL_CNODE_H
#define SEL4UX_KERNEL_CNODE_H

#include "kernel/invocation.h"

enum outcome decode_cnode(struct kernel *k, struct invocation *inv);

/* Deletes the capability in `slot`, with its object if it was the last. DONE or PREEMPTED. */
enum outcome cnode_delete(struct kernel *k, paddr slot, bool exposed);

/* Deletes everything derived from `slot`. DONE or PREEMPTED. */
enum outcome cnode_revoke(struct kernel *k, paddr slot);

/* Deletes a capability whose object needs no long work (endpoint, reply, frame ...): never
 * preempted. */
void cnode_delete_one(struct kernel *k, paddr slot);

/* Empties `receiver`'s caller slot: it gives up the right to answer who called it. Non-MCS. */
void cnode_delete_caller_cap(struct kernel *k, paddr receiver);

/* Deletes the reply cap with which `caller` could be answered, wherever it lies now. Non-MCS. */
void cnode_delete_reply_cap(struct kernel *k, paddr caller);

/* Makes the master reply cap of a new thread; links caller caps to it. Non-MCS. */
void cnode_setup_reply_master(struct kernel *k, paddr tcb);

#endif
