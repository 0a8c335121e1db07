/*
 * Scheduling contexts (MCS): the right to run, as an object that is bound to a thread or lent to it
 * by a caller or a notification. sched_context of the thread and tcb of the context always agree.
 */
#ifndef SEL4UX_KERNEL_SCHEDCONTEXT_H
#define SEL4UX_KERNEL_SCHEDCONTEXT_H

#include "kernel/invocation.h"
#include "kernel/refill.h"

enum outcome decode_sched_context(struct kernel *k, struct invocation *inv);
enum outcome decode_sched_control(struct kernel *k, struct invocation *inv); /* schedcontrol.c */

/* Configured, and its first refill is due. */
bool sc_is_released(const struct kernel *k, paddr sc);

void sc_bind_tcb(struct kernel *k, paddr sc, paddr tcb);
void sc_unbind_tcb(struct kernel *k, paddr sc); /* the context has one */

/* Gives the context to `to`, which has none; who had it, if anyone, has none then. */
void sc_donate(struct kernel *k, paddr sc, paddr to);

/* A notification lends its context to `tcb`, if that has none; a waiting thread gives it back. */
void sc_lend(struct kernel *k, paddr ntfn, paddr tcb);
void sc_give_back(struct kernel *k, paddr ntfn, paddr tcb);
void sc_unbind_notification(struct kernel *k, paddr sc); /* no-op for 0 */

/* us that were consumed since this was last asked. */
word sc_take_consumed(struct kernel *k, paddr sc);

/* `yielder` hears what the context that it yielded to has consumed; or never will. */
void sc_complete_yield(struct kernel *k, paddr yielder);
void sc_cancel_yield(struct kernel *k, paddr yielder);

/* The last capability is gone. */
void sc_end(struct kernel *k, paddr sc);

#endif
