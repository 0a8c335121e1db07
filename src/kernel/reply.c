/* Reply objects and stacks of calls, see reply.h. */
#include "kernel/reply.h"

#include "kernel/fault.h"
#include "kernel/sched.h"
#include "kernel/sched_mcs.h"
#include "kernel/schedcontext.h"

static void link_tcb(struct kernel *k, paddr reply, paddr tcb)
{
    reply_at(k, reply)->tcb = tcb;
    kernel_tcb(k, tcb)->reply = reply;
}

void reply_offer(struct kernel *k, paddr reply, paddr tcb)
{
    link_tcb(k, reply, tcb);
}

void reply_unlink(struct kernel *k, paddr reply)
{
    paddr tcb = reply_at(k, reply)->tcb;

    reply_at(k, reply)->tcb = 0;
    kernel_tcb(k, tcb)->reply = 0;
    thread_set_state(k, tcb, THREAD_INACTIVE);
}

/* ------------------------------------------------------------------ the stack */

static void set_next(struct reply *r, paddr next, bool is_context)
{
    r->next = next;
    r->next_is_context = is_context;
}

void reply_push(struct kernel *k, paddr caller, paddr callee, paddr reply, bool can_donate)
{
    paddr sc = kernel_tcb(k, caller)->sched_context;
    struct reply *r = reply_at(k, reply);

    link_tcb(k, reply, caller);
    thread_set_state(k, caller, THREAD_BLOCKED_ON_REPLY);
    if (!can_donate || !sc || kernel_tcb(k, callee)->sched_context)
        return;
    r->prev = sc_at(k, sc)->reply;
    if (r->prev)
        set_next(reply_at(k, r->prev), reply, false);
    set_next(r, sc, true);
    sc_at(k, sc)->reply = reply;
    sc_donate(k, sc, callee);
}

/* The top call ends: the one below is the top, and the caller has its context back, unless it was
 * given another one meanwhile. */
static void pop(struct kernel *k, paddr reply)
{
    struct reply *r = reply_at(k, reply);
    paddr sc = r->next;

    sc_at(k, sc)->reply = r->prev;
    if (r->prev)
        set_next(reply_at(k, r->prev), sc, true);
    set_next(r, 0, false);
    r->prev = 0;
    if (!kernel_tcb(k, r->tcb)->sched_context)
        sc_donate(k, sc, r->tcb);
}

/* Takes the call out of its stack, which falls in two; the lower part gets nothing back. */
static void cut(struct kernel *k, paddr reply)
{
    struct reply *r = reply_at(k, reply);

    if (r->next && r->next_is_context)
        sc_at(k, r->next)->reply = 0;
    else if (r->next)
        reply_at(k, r->next)->prev = 0;
    if (r->prev)
        set_next(reply_at(k, r->prev), 0, false);
    set_next(r, 0, false);
    r->prev = 0;
}

void reply_remove(struct kernel *k, paddr reply)
{
    const struct reply *r = reply_at(k, reply);

    if (r->next && r->next_is_context)
        pop(k, reply);
    else
        cut(k, reply);
    reply_unlink(k, reply);
}

void reply_cancel(struct kernel *k, paddr tcb)
{
    paddr reply = kernel_tcb(k, tcb)->reply;

    cut(k, reply);
    reply_unlink(k, reply);
}

void reply_end(struct kernel *k, paddr reply)
{
    paddr tcb = reply_at(k, reply)->tcb;

    if (!tcb)
        return;
    if (kernel_tcb(k, tcb)->state == THREAD_BLOCKED_ON_REPLY)
        reply_remove(k, reply);
    else
        thread_cancel_ipc(k, tcb);
}

/* ------------------------------------------------------------------ answers */

static void deliver(struct kernel *k, paddr sender, paddr receiver, bool can_grant)
{
    struct tcb *t = kernel_tcb(k, receiver);

    if (t->fault.kind == FAULT_NONE) {
        ipc_transfer(k, sender, 0, 0, can_grant, receiver);
        thread_set_state(k, receiver, THREAD_RUNNING);
        return;
    }
    bool restart = fault_reply(k, sender, receiver);
    t->fault = (struct fault){.kind = FAULT_NONE};
    thread_set_state(k, receiver, restart ? THREAD_RESTART : THREAD_INACTIVE);
}

void reply_transfer(struct kernel *k, paddr sender, paddr reply, bool can_grant)
{
    paddr receiver = reply_at(k, reply)->tcb;

    if (!receiver || kernel_tcb(k, receiver)->state != THREAD_BLOCKED_ON_REPLY)
        return;
    struct tcb *t = kernel_tcb(k, receiver);
    bool was_timeout = t->fault.kind == FAULT_TIMEOUT;
    reply_remove(k, reply);
    sc_unblock(k, receiver);
    deliver(k, sender, receiver, can_grant);

    if (!t->sched_context || !thread_is_runnable(t))
        return;
    const struct sched_context *c = sc_at(k, t->sched_context);
    if (refill_ready(k, c) && refill_sufficient(k, c, 0))
        sched_possible_switch_to(k, receiver);
    else if (fault_has_timeout_handler(k, receiver) && !was_timeout)
        fault_handle_timeout(k, receiver);
    else
        release_postpone(k, t->sched_context);
}
