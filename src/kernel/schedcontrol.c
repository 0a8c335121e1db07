/*
 * Scheduling control (MCS): who holds its capability gives scheduling contexts their budgets. A
 * context in use keeps what it has left of its first refill, so that reconfiguring gains no time.
 */
#include "kernel/sched.h"
#include "kernel/sched_mcs.h"
#include "kernel/schedcontext.h"
#include "kernel/thread.h"

#define FLAG_SPORADIC BIT(0) /* seL4_SchedContext_Sporadic */

struct parameters {
    uint64_t budget, period; /* ns */
    word refills, badge, flags;
    word core;
};

static void set_refills(struct kernel *k, struct sched_context *c, const struct parameters *p)
{
    if (p->budget == p->period)
        refill_new(k, c, MIN_REFILLS, p->budget, 0);
    else if (c->core == p->core && sc_is_active(c) && c->tcb &&
             thread_is_runnable(kernel_tcb(k, c->tcb)))
        refill_update(k, c, p->refills, p->budget, p->period);
    else
        refill_new(k, c, p->refills, p->budget, p->period);
}

static void configure(struct kernel *k, paddr sc, const struct parameters *p)
{
    struct sched_context *c = sc_at(k, sc);

    if (c->tcb) {
        release_remove(k, c->tcb);
        sched_dequeue(k, c->tcb);
        if (k->current_sc == sc)
            time_commit(k);
    }
    set_refills(k, c, p);
    c->core = p->core;
    if (c->tcb) {
        sc_resume(k, sc);
        if (c->tcb == k->current)
            sched_reschedule_required(k);
        else if (thread_is_runnable(kernel_tcb(k, c->tcb)))
            sched_possible_switch_to(k, c->tcb);
    }
    c->badge = p->badge;
    c->sporadic = p->flags & FLAG_SPORADIC;
}

/* Budget and period, in us, as messages carry them. */
static enum outcome check_times(struct kernel *k, word budget, word period)
{
    word min = refill_min_budget_us(k), max = refill_max_period_us(k);

    if (budget > max || period > max || budget < min || period < min)
        return fail_range(k, min, max);
    if (budget > period)
        return fail_range(k, min, period);
    return DONE;
}

static enum outcome decode_configure(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 5, 1))
        return FAILED;
    word budget = invocation_arg(k, inv, 0), period = invocation_arg(k, inv, 1);
    word extra_refills = invocation_arg(k, inv, 2);
    if (check_times(k, budget, period) != DONE)
        return FAILED;
    struct cap cap = cte_at(k, inv->extra[0])->cap;
    if (cap.type != CAP_SCHED_CONTEXT)
        return fail_capability(k, 1);
    word most = refill_capacity(cap.sched_context.size_bits) - MIN_REFILLS;
    if (extra_refills > most)
        return fail_range(k, 0, most);

    struct parameters p = {
        .budget = budget * NS_PER_US,
        .period = period * NS_PER_US,
        .refills = extra_refills + MIN_REFILLS,
        .badge = invocation_arg(k, inv, 3),
        .flags = invocation_arg(k, inv, 4),
        .core = inv->cap.sched_control.core,
    };
    configure(k, cap.obj, &p);
    return DONE;
}

enum outcome decode_sched_control(struct kernel *k, struct invocation *inv)
{
    if (inv->label == INV_SCHED_CONTROL_CONFIGURE_FLAGS)
        return decode_configure(k, inv);
    return fail(k, seL4_IllegalOperation);
}
