/*
 * The scheduler: ready queues, domains, time slices, and the choice of who runs next.
 * Invariant: a TCB is on a ready queue exactly when it is schedulable, not current and `queued`
 * (the current thread may be queued too while an entry is being handled, as in seL4).
 */
#ifndef SEL4UX_KERNEL_SCHED_H
#define SEL4UX_KERNEL_SCHED_H

#include "kernel/kernel.h"

void sched_init(struct kernel *k);
/*
 * Most threads that become ready go to the head of their queue, as in seL4 (its SCHED_ENQUEUE);
 * only who gives way to equals goes to the tail (SCHED_APPEND).
 */
void sched_enqueue(struct kernel *k, paddr tcb); /* tail */
void sched_enqueue_head(struct kernel *k, paddr tcb);
void sched_dequeue(struct kernel *k, paddr tcb); /* no-op when not queued */

/* `tcb` has become runnable: run it at once if it may preempt, else queue it. */
void sched_possible_switch_to(struct kernel *k, paddr tcb);
void sched_reschedule_required(struct kernel *k);

/* Ends an entry: carries out k->action and readies the thread to run (restarts included). */
void sched_schedule(struct kernel *k);
void sched_activate(struct kernel *k);

/* One tick of the current thread and domain, without MCS. */
void sched_tick(struct kernel *k);

/* Whether the end of the current domain's time changes anything. */
bool sched_domains_alternate(const struct kernel *k);

void sched_set_priority(struct kernel *k, paddr tcb, unsigned priority);
void sched_set_mcp(struct kernel *k, paddr tcb, unsigned mcp);
void sched_set_domain(struct kernel *k, paddr tcb, unsigned domain);

#endif
