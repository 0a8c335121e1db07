/* Scheduling contexts, see schedcontext.h: binding, donation, and their invocations. */
#include "kernel/schedcontext.h"

#include "kernel/ipc.h"
#include "kernel/sched.h"
#include "kernel/sched_mcs.h"

static struct notification *notification_at(const struct kernel *k, paddr ntfn)
{
    return kernel_at(k, ntfn);
}

/* ------------------------------------------------------------------ threads */

bool sc_is_released(const struct kernel *k, paddr sc)
{
    return sc_is_active(sc_at(k, sc)) && refill_ready(k, sc_at(k, sc));
}

static void connect(struct kernel *k, paddr sc, paddr tcb)
{
    sc_at(k, sc)->tcb = tcb;
    kernel_tcb(k, tcb)->sched_context = sc;
}

static void disconnect(struct kernel *k, paddr sc)
{
    paddr tcb = sc_at(k, sc)->tcb;

    sched_dequeue(k, tcb);
    release_remove(k, tcb);
    kernel_tcb(k, tcb)->sched_context = 0;
    sc_at(k, sc)->tcb = 0;
}

void sc_bind_tcb(struct kernel *k, paddr sc, paddr tcb)
{
    connect(k, sc, tcb);
    sc_unblock(k, tcb);
    sc_resume(k, sc);
    if (thread_is_schedulable(k, kernel_tcb(k, tcb))) {
        sched_enqueue_head(k, tcb);
        sched_reschedule_required(k);
    }
}

void sc_unbind_tcb(struct kernel *k, paddr sc)
{
    if (sc_at(k, sc)->tcb == k->current)
        sched_reschedule_required(k);
    disconnect(k, sc);
}

void sc_donate(struct kernel *k, paddr sc, paddr to)
{
    paddr from = sc_at(k, sc)->tcb;

    if (from) {
        bool takes_part =
            from == k->current || (k->action == SCHED_SWITCH_TO && k->action_target == from);
        disconnect(k, sc);
        if (takes_part)
            sched_reschedule_required(k);
    }
    connect(k, sc, to);
}

/* ------------------------------------------------------------------ notifications */

void sc_lend(struct kernel *k, paddr ntfn, paddr tcb)
{
    paddr sc = notification_at(k, ntfn)->sched_context;

    if (kernel_tcb(k, tcb)->sched_context || !sc || sc_at(k, sc)->tcb)
        return;
    sc_donate(k, sc, tcb);
    sc_resume(k, sc);
}

void sc_give_back(struct kernel *k, paddr ntfn, paddr tcb)
{
    paddr sc = notification_at(k, ntfn)->sched_context;

    if (!sc || sc != kernel_tcb(k, tcb)->sched_context)
        return;
    kernel_tcb(k, tcb)->sched_context = 0;
    sc_at(k, sc)->tcb = 0;
    if (tcb == k->current)
        sched_reschedule_required(k);
}

static void bind_notification(struct kernel *k, paddr sc, paddr ntfn)
{
    notification_at(k, ntfn)->sched_context = sc;
    sc_at(k, sc)->notification = ntfn;
}

void sc_unbind_notification(struct kernel *k, paddr sc)
{
    paddr ntfn = sc ? sc_at(k, sc)->notification : 0;

    if (ntfn) {
        notification_at(k, ntfn)->sched_context = 0;
        sc_at(k, sc)->notification = 0;
    }
}

/* ------------------------------------------------------------------ consumed time */

word sc_take_consumed(struct kernel *k, paddr sc)
{
    word us = sc_at(k, sc)->consumed / NS_PER_US;

    sc_at(k, sc)->consumed = 0;
    return us;
}

void sc_complete_yield(struct kernel *k, paddr yielder)
{
    paddr sc = kernel_tcb(k, yielder)->yield_to;

    if (!sc)
        return;
    word consumed = sc_take_consumed(k, sc);
    ipc_set_badge(kernel_tcb(k, yielder), 0);
    ipc_set_mr(k, yielder, thread_ipc_buffer(k, yielder, true), 0, consumed);
    ipc_set_info(kernel_tcb(k, yielder), (struct message_info){.length = 1});
    sc_cancel_yield(k, yielder);
}

void sc_cancel_yield(struct kernel *k, paddr yielder)
{
    struct tcb *t = kernel_tcb(k, yielder);

    if (t->yield_to) {
        sc_at(k, t->yield_to)->yield_from = 0;
        t->yield_to = 0;
    }
}

/* ------------------------------------------------------------------ all bindings */

static void unbind_all(struct kernel *k, paddr sc)
{
    struct sched_context *c = sc_at(k, sc);

    if (c->tcb)
        sc_unbind_tcb(k, sc);
    sc_unbind_notification(k, sc);
    if (c->reply) {
        struct reply *top = kernel_at(k, c->reply);
        top->next = 0;
        top->next_is_context = false;
        c->reply = 0;
    }
}

void sc_end(struct kernel *k, paddr sc)
{
    struct sched_context *c = sc_at(k, sc);

    unbind_all(k, sc);
    if (c->yield_from)
        sc_complete_yield(k, c->yield_from);
    c->refill_max = 0;
    c->sporadic = false;
}

/* ------------------------------------------------------------------ invocations */

static enum outcome decode_bind(struct kernel *k, struct invocation *inv)
{
    const struct sched_context *c = sc_at(k, inv->cap.obj);

    if (!invocation_has(k, inv, 0, 1))
        return FAILED;
    struct cap cap = cte_at(k, inv->extra[0])->cap;
    if (cap.type == CAP_THREAD) {
        const struct tcb *t = kernel_tcb(k, cap.obj);
        if (c->tcb || t->sched_context ||
            (thread_is_blocked(t) && !sc_is_released(k, inv->cap.obj)))
            return fail(k, seL4_IllegalOperation);
        sc_bind_tcb(k, inv->cap.obj, cap.obj);
        return DONE;
    }
    if (cap.type == CAP_NOTIFICATION) {
        if (c->notification || notification_at(k, cap.obj)->sched_context)
            return fail(k, seL4_IllegalOperation);
        bind_notification(k, inv->cap.obj, cap.obj);
        return DONE;
    }
    return fail_capability(k, 1);
}

static enum outcome decode_unbind_object(struct kernel *k, struct invocation *inv)
{
    const struct sched_context *c = sc_at(k, inv->cap.obj);

    if (!invocation_has(k, inv, 0, 1))
        return FAILED;
    struct cap cap = cte_at(k, inv->extra[0])->cap;
    if (cap.type == CAP_THREAD) {
        if (c->tcb != cap.obj || c->tcb == inv->thread)
            return fail(k, seL4_IllegalOperation);
        sc_unbind_tcb(k, inv->cap.obj);
        return DONE;
    }
    if (cap.type == CAP_NOTIFICATION) {
        if (c->notification != cap.obj)
            return fail(k, seL4_IllegalOperation);
        sc_unbind_notification(k, inv->cap.obj);
        return DONE;
    }
    return fail_capability(k, 1);
}

static enum outcome decode_unbind(struct kernel *k, struct invocation *inv)
{
    if (sc_at(k, inv->cap.obj)->tcb == inv->thread)
        return fail(k, seL4_IllegalOperation);
    unbind_all(k, inv->cap.obj);
    return DONE;
}

static enum outcome invoke_consumed(struct kernel *k, struct invocation *inv)
{
    inv->result[0] = sc_take_consumed(k, inv->cap.obj);
    inv->result_count = 1;
    return DONE;
}

/* Who yields to an equal or better thread runs again, and hears of its time, when it has had its
 * turn; a lesser thread only goes to the head of its queue. */
static enum outcome invoke_yield_to(struct kernel *k, struct invocation *inv)
{
    struct sched_context *c = sc_at(k, inv->cap.obj);
    paddr tcb = c->tcb;

    if (c->yield_from)
        sc_complete_yield(k, c->yield_from);
    sc_resume(k, inv->cap.obj);
    if (!thread_is_schedulable(k, kernel_tcb(k, tcb)))
        return invoke_consumed(k, inv);
    sched_dequeue(k, tcb);
    if (kernel_tcb(k, tcb)->priority < kernel_current(k)->priority) {
        sched_enqueue_head(k, tcb);
        return invoke_consumed(k, inv);
    }
    kernel_current(k)->yield_to = inv->cap.obj;
    c->yield_from = k->current;
    sched_enqueue_head(k, k->current);
    sched_enqueue_head(k, tcb);
    sched_reschedule_required(k);
    return DONE;
}

static enum outcome decode_yield_to(struct kernel *k, struct invocation *inv)
{
    paddr tcb = sc_at(k, inv->cap.obj)->tcb;
    const struct tcb *self = kernel_tcb(k, inv->thread);

    if (!tcb || tcb == inv->thread || kernel_tcb(k, tcb)->priority > self->mcp || self->yield_to)
        return fail(k, seL4_IllegalOperation);
    return invoke_yield_to(k, inv);
}

enum outcome decode_sched_context(struct kernel *k, struct invocation *inv)
{
    switch (inv->label) {
    case INV_SCHED_CONTEXT_CONSUMED:
        return invoke_consumed(k, inv);
    case INV_SCHED_CONTEXT_BIND:
        return decode_bind(k, inv);
    case INV_SCHED_CONTEXT_UNBIND_OBJECT:
        return decode_unbind_object(k, inv);
    case INV_SCHED_CONTEXT_UNBIND:
        return decode_unbind(k, inv);
    case INV_SCHED_CONTEXT_YIELD_TO:
        return decode_yield_to(k, inv);
    default:
        return fail(k, seL4_IllegalOperation);
    }
}
