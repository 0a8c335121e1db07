/*
 * Reply objects (MCS): what a receiver gives along so that a call can be answered. Calls that took
 * the caller's scheduling context along form a stack from the context down; answering the top call
 * gives the context back.
 */
#ifndef SEL4UX_KERNEL_REPLY_H
#define SEL4UX_KERNEL_REPLY_H

#include "kernel/kernel.h"

static inline struct reply *reply_at(const struct kernel *k, paddr reply)
{
    return kernel_at(k, reply);
}

/* `tcb`, receiving, offers the unused `reply` for the call that it gets. */
void reply_offer(struct kernel *k, paddr reply, paddr tcb);

/* The thread that `reply` is linked to no longer is; it is inactive then. */
void reply_unlink(struct kernel *k, paddr reply);

/* `caller` waits on `reply` for an answer from `callee`, which may get its scheduling context. */
void reply_push(struct kernel *k, paddr caller, paddr callee, paddr reply, bool can_donate);

/* The call of `reply` ends: its caller is inactive, and has its scheduling context again if the
 * call was the top of its stack. */
void reply_remove(struct kernel *k, paddr reply);

/* The blocked caller `tcb` gives up its call, without getting anything back. */
void reply_cancel(struct kernel *k, paddr tcb);

/* Answers the call of `reply`, if there is one, with `sender`'s message (or fault reply). */
void reply_transfer(struct kernel *k, paddr sender, paddr reply, bool can_grant);

/* The last capability is gone. */
void reply_end(struct kernel *k, paddr reply);

#endif
