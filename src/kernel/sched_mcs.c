/* Time with MCS, see sched_mcs.h: consumption, budgets' ends, and the release queue. */
#include "kernel/sched_mcs.h"

#include "kernel/fault.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

#define MAX_TIME (UINT64_MAX / 2)

static struct sched_context *sc_of(const struct kernel *k, paddr tcb)
{
    return sc_at(k, kernel_tcb(k, tcb)->sched_context);
}

/* ------------------------------------------------------------------ the release queue */

static uint64_t due(const struct kernel *k, paddr tcb)
{
    struct sched_context *sc = sc_of(k, tcb);

    return refill_head(sc)->time;
}

/* Links `tcb` in before `next` (0: at the end). */
static void insert(struct kernel *k, paddr tcb, paddr next)
{
    struct tcb_queue *q = &k->release_queue;
    struct tcb *t = kernel_tcb(k, tcb);

    t->sched_next = next;
    t->sched_prev = next ? kernel_tcb(k, next)->sched_prev : q->tail;
    if (t->sched_prev)
        kernel_tcb(k, t->sched_prev)->sched_next = tcb;
    else
        q->head = tcb;
    if (next)
        kernel_tcb(k, next)->sched_prev = tcb;
    else
        q->tail = tcb;
}

void release_postpone(struct kernel *k, paddr sc)
{
    paddr tcb = sc_at(k, sc)->tcb;
    paddr next = k->release_queue.head;

    sched_dequeue(k, tcb);
    while (next && due(k, next) <= due(k, tcb))
        next = kernel_tcb(k, next)->sched_next;
    insert(k, tcb, next);
    kernel_tcb(k, tcb)->in_release_queue = true;
    k->reprogram = true;
}

void release_remove(struct kernel *k, paddr tcb)
{
    struct tcb_queue *q = &k->release_queue;
    struct tcb *t = kernel_tcb(k, tcb);

    if (!t->in_release_queue)
        return;
    if (q->head == tcb)
        k->reprogram = true;
    if (t->sched_prev)
        kernel_tcb(k, t->sched_prev)->sched_next = t->sched_next;
    else
        q->head = t->sched_next;
    if (t->sched_next)
        kernel_tcb(k, t->sched_next)->sched_prev = t->sched_prev;
    else
        q->tail = t->sched_prev;
    t->sched_prev = 0;
    t->sched_next = 0;
    t->in_release_queue = false;
}

void sc_resume(struct kernel *k, paddr sc)
{
    const struct sched_context *c = sc_at(k, sc);

    if (sc && thread_is_schedulable(k, kernel_tcb(k, c->tcb)) &&
        !(refill_ready(k, c) && refill_sufficient(k, c, 0)))
        release_postpone(k, sc);
}

void sc_unblock(struct kernel *k, paddr tcb)
{
    paddr sc = kernel_tcb(k, tcb)->sched_context;

    if (sc && sc_at(k, sc)->sporadic && sc != k->current_sc)
        refill_unblock_check(k, sc_at(k, sc));
}

/* ------------------------------------------------------------------ consumption */

void time_update(struct kernel *k)
{
    uint64_t passed = k->now > k->cur_time ? k->now - k->cur_time : 0;

    k->cur_time += passed;
    k->consumed += passed;
    if (k->config.num_domains > 1)
        k->domain_time =
            passed + refill_min_budget(k) >= k->domain_time ? 0 : k->domain_time - passed;
}

static bool domain_expired(const struct kernel *k)
{
    return k->config.num_domains > 1 && k->domain_time == 0;
}

/* Whether current_sc has enough left to go through the kernel. Idling needs none. */
static bool has_budget(const struct kernel *k)
{
    return !k->current_sc || refill_sufficient(k, sc_at(k, k->current_sc), k->consumed);
}

void time_commit(struct kernel *k)
{
    struct sched_context *sc = sc_at(k, k->current_sc);

    if (k->current_sc && sc_is_active(sc)) {
        if (k->consumed > 0 && sc_is_round_robin(sc)) {
            refill_head(sc)->amount -= k->consumed;
            refill_tail(sc)->amount += k->consumed;
        } else if (k->consumed > 0) {
            refill_charge(k, sc, k->consumed);
        }
        sc->consumed += k->consumed;
    }
    k->consumed = 0;
}

/* The current thread's turn is over. */
static void end_turn(struct kernel *k, bool may_fault)
{
    const struct sched_context *sc = sc_at(k, k->current_sc);

    if (may_fault && !sc_is_round_robin(sc) && fault_has_timeout_handler(k, k->current))
        fault_handle_timeout(k, k->current);
    else if (refill_ready(k, sc) && refill_sufficient(k, sc, 0))
        sched_enqueue(k, k->current);
    else
        release_postpone(k, k->current_sc);
}

/* Charges current_sc with `used`, which ends its first refill, and the turn of who runs on it. */
static void charge(struct kernel *k, uint64_t used, bool may_fault)
{
    if (k->current_sc) {
        struct sched_context *sc = sc_at(k, k->current_sc);
        if (sc_is_round_robin(sc)) {
            refill_head(sc)->amount += refill_tail(sc)->amount;
            refill_tail(sc)->amount = 0;
        } else {
            refill_charge(k, sc, used);
        }
        sc->consumed += used;
    }
    k->consumed = 0;
    if (k->current && thread_is_schedulable(k, kernel_current(k))) {
        end_turn(k, may_fault);
        sched_reschedule_required(k);
        k->reprogram = true;
    }
}

bool time_check(struct kernel *k)
{
    if (has_budget(k))
        return !domain_expired(k);
    charge(k, k->consumed, true);
    return false;
}

bool time_check_restart(struct kernel *k)
{
    if (time_check(k))
        return true;
    if (thread_is_runnable(kernel_current(k)))
        thread_set_state(k, k->current, THREAD_RESTART);
    return false;
}

void time_after_preemption(struct kernel *k)
{
    time_update(k);
    /* the operation may have deleted the current thread, or what it runs on */
    if (k->current && thread_is_schedulable(k, kernel_current(k)))
        time_check(k);
    else if (k->current_sc && sc_is_active(sc_at(k, k->current_sc)))
        charge(k, k->consumed, false);
    else
        k->consumed = 0;
}

bool time_must_preempt(struct kernel *k)
{
    time_update(k);
    return domain_expired(k) || k->now >= kernel_deadline(k) || !k->current_sc ||
           !sc_is_active(sc_at(k, k->current_sc)) || !has_budget(k);
}

void time_yield(struct kernel *k)
{
    struct sched_context *sc = sc_at(k, k->current_sc);
    uint64_t consumed = sc->consumed + k->consumed;

    charge(k, refill_head(sc)->amount, false);
    sc->consumed = consumed; /* what it gave up was not used */
}

/* ------------------------------------------------------------------ around a decision */

void time_before_schedule(struct kernel *k)
{
    paddr first;

    while ((first = k->release_queue.head) != 0 && due(k, first) <= k->cur_time) {
        release_remove(k, first);
        sched_possible_switch_to(k, first);
    }
    if (domain_expired(k)) {
        k->reprogram = true;
        sched_reschedule_required(k);
    }
}

void time_after_schedule(struct kernel *k)
{
    paddr sc = k->current ? kernel_current(k)->sched_context : 0;

    if (sc != k->current_sc) {
        k->reprogram = true;
        if (sc && !sc_at(k, sc)->sporadic)
            refill_unblock_check(k, sc_at(k, sc));
    }
    if (k->reprogram)
        time_commit(k);
    k->reprogram = false;
    k->current_sc = sc;
}

/* ------------------------------------------------------------------ deadlines */

uint64_t time_of_ticks(const struct kernel *k, uint64_t ticks)
{
    uint64_t mhz = k->tsc_mhz ? k->tsc_mhz : NS_PER_US;

    if (ticks / mhz >= MAX_TIME / NS_PER_US)
        return MAX_TIME;
    /* an entry of the schedule never becomes nothing */
    uint64_t ns = ticks / mhz * NS_PER_US + ticks % mhz * NS_PER_US / mhz;
    return ns ? ns : 1;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t kernel_deadline(const struct kernel *k)
{
    uint64_t deadline = UINT64_MAX;

    if (!k->config.mcs || k->halted)
        return UINT64_MAX;
    if (k->current_sc && sc_is_active(sc_at(k, k->current_sc))) {
        uint64_t left = refill_head(sc_at(k, k->current_sc))->amount;
        deadline = k->cur_time + (left > k->consumed ? left - k->consumed : 0);
    }
    if (k->release_queue.head)
        deadline = earlier(deadline, due(k, k->release_queue.head));
    if (sched_domains_alternate(k))
        deadline = earlier(deadline, k->cur_time + k->domain_time);
    return deadline;
}
