/* Threads: their states, and the ways in which other objects stop and start them. */
#ifndef SEL4UX_KERNEL_THREAD_H
#define SEL4UX_KERNEL_THREAD_H

#include "kernel/invocation.h"

/* Makes the zeroed memory at `tcb` a TCB: initial registers and FPU state, time slice, name. */
void thread_init(struct kernel *k, paddr tcb);

/* The TCB is going: off all queues, off the list of all threads, FPU released. Slots are not
 * touched. */
void thread_destroy(struct kernel *k, paddr tcb);

static inline bool thread_is_runnable(const struct tcb *t)
{
    return t->state == THREAD_RUNNING || t->state == THREAD_RESTART;
}

/* The CPU that it runs on: 0, or one that the machine has not. */
static inline word thread_core(const struct kernel *k, const struct tcb *t)
{
    if (!k->config.mcs || !t->sched_context)
        return 0;
    return ((struct sched_context *)kernel_at(k, t->sched_context))->core;
}

/* MCS: there is a scheduling context that it runs on, here, and it need not wait for that. */
static inline bool thread_has_time(const struct kernel *k, const struct tcb *t)
{
    return !k->config.mcs || (t->sched_context && !t->in_release_queue && thread_core(k, t) == 0);
}

/*
 * May be on a ready queue: runnable, not held by a debugger and, with MCS, with a configured
 * scheduling context and time.
 */
static inline bool thread_is_schedulable(const struct kernel *k, const struct tcb *t)
{
    if (!thread_is_runnable(t) || !thread_has_time(k, t) || t->held) {
        return false;
    }
    return !k->config.mcs ||
           ((struct sched_context *)kernel_at(k, t->sched_context))->refill_max > 0;
}

static inline bool thread_is_blocked(const struct tcb *t)
{
    return t->state >= THREAD_BLOCKED_ON_RECEIVE && t->state <= THREAD_BLOCKED_ON_NOTIFICATION;
}

static inline bool thread_is_stopped(const struct tcb *t)
{
    return t->state == THREAD_INACTIVE || thread_is_blocked(t);
}

void thread_set_state(struct kernel *k, paddr tcb, enum thread_state state);

void thread_suspend(struct kernel *k, paddr tcb);
void thread_restart(struct kernel *k, paddr tcb);

/* Takes the thread out of whatever IPC it is blocked in. It is inactive then, but for one blocked
 * on a reply, whose state the caller sets. */
void thread_cancel_ipc(struct kernel *k, paddr tcb);

/* The IPC buffer's physical address when the thread has a usable one, else 0. */
paddr thread_ipc_buffer(struct kernel *k, paddr tcb, bool for_writing);

/* Non-MCS: makes `receiver`'s caller slot hold a reply cap to `sender`, which blocks on it. */
void thread_setup_caller(struct kernel *k, paddr sender, paddr receiver, bool can_grant);

/* Non-MCS: delivers `sender`'s message (or fault reply) to `receiver` through reply slot `slot`. */
void thread_reply(struct kernel *k, paddr sender, paddr receiver, paddr slot, bool can_grant);

/* Bound notification. */
void thread_bind_notification(struct kernel *k, paddr tcb, paddr ntfn);
void thread_unbind_notification(struct kernel *k, paddr tcb);

/* TCB invocations (tcb.c). */
enum outcome decode_tcb(struct kernel *k, struct invocation *inv);

/*
 * User registers by number, for tables of message layouts: REG(rax) counts words of user_regs.
 */
#define REG(name) (offsetof(struct user_regs, name) / sizeof(word))

static inline word *thread_register(struct tcb *t, unsigned index)
{
    return (word *)(void *)&t->regs + index;
}

#define RFLAGS_ONE    BIT(1)
#define RFLAGS_TF     BIT(8)
#define RFLAGS_IF     BIT(9)
#define RFLAGS_RF     BIT(16)
#define RFLAGS_ZEROES (BIT(3) | BIT(5))
#define RFLAGS_USER   MASK(12)

/* `value` as a guest may have it in register `index`: addresses that can be, safe flags. */
word thread_sanitise_register(unsigned index, word value);

/* struct breakpoint.type and .access, and the reason of a debug fault: seL4's numbers. */
enum breakpoint_type {
    BREAKPOINT_DATA,
    BREAKPOINT_INSTRUCTION,
    DEBUG_SINGLE_STEP,
    DEBUG_SOFTWARE_BREAK
};
enum breakpoint_access { BREAK_ON_READ, BREAK_ON_WRITE, BREAK_ON_READ_WRITE };

/* Single-stepping stops after `steps` instructions; 0 switches it off. */
void thread_single_step(struct kernel *k, paddr tcb, word steps);

/* A debug exception with these DR6 bits: true with k->fault set when it is one to tell of. */
bool thread_debug_fault(struct kernel *k, paddr tcb, word dr6);

/* The breakpoint invocations (breakpoint.c), for decode_tcb. */
enum outcome decode_breakpoint(struct kernel *k, struct invocation *inv);

/* SetTLSBase, the system call. */
void thread_set_tls_base_self(struct kernel *k, word base);

#endif
