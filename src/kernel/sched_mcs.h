/*
 * The scheduler's other half, with MCS: time. Who runs is charged for it; who has no budget left
 * waits in the release queue until it has. sched.c chooses among who is ready, as without MCS.
 *
 * Invariant between entries: k->current_sc is the current thread's scheduling context (0: idle),
 * due and with the minimum budget left after k->consumed; the release queue ascends by when its
 * threads are due, and none of them is on a ready queue.
 */
#ifndef SEL4UX_KERNEL_SCHED_MCS_H
#define SEL4UX_KERNEL_SCHED_MCS_H

#include "kernel/refill.h"

/* An entry begins, or a long operation goes on: looks at k->now and notes what was consumed. */
void time_update(struct kernel *k);

/*
 * Charges the current thread if it has too little left to go on; false then, or when its domain's
 * time is over. time_check_restart also has the thread do again, later, what it came for.
 */
bool time_check(struct kernel *k);
bool time_check_restart(struct kernel *k);

/* A preempted operation has stopped: charges who is left of it. */
void time_after_preemption(struct kernel *k);

/* At a preemption point: it is time for something else. */
bool time_must_preempt(struct kernel *k);

/* Charges k->current_sc with what it has consumed so far. It must have that much. */
void time_commit(struct kernel *k);

/* The current thread gives up what is left of its first refill. */
void time_yield(struct kernel *k);

/* The length of domain schedule entry `ticks` in ns. */
uint64_t time_of_ticks(const struct kernel *k, uint64_t ticks);

/* Around the scheduler's decision: wakes who is due; takes the chosen thread's budget into use. */
void time_before_schedule(struct kernel *k);
void time_after_schedule(struct kernel *k);

/* The thread of `sc` waits until its budget is due. */
void release_postpone(struct kernel *k, paddr sc);
void release_remove(struct kernel *k, paddr tcb); /* no-op when not waiting */

/* If the thread of `sc` could run but for its budget, has it wait for that. */
void sc_resume(struct kernel *k, paddr sc);

/* `tcb` goes on after having been blocked: its sporadic budget counts from now. */
void sc_unblock(struct kernel *k, paddr tcb);

#endif
