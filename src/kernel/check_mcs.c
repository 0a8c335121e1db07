/*
 * The invariants of MCS: threads, scheduling contexts, notifications and reply objects that name
 * each other agree; budgets and the release queue are in order.
 */
#include "kernel/check.h"
#include "kernel/refill.h"
#include "kernel/reply.h"
#include "kernel/thread.h"

/* ------------------------------------------------------------------ threads */

static bool has_context(const struct kernel *k, paddr sc)
{
    return check_in_ram(k, sc, BIT(MIN_SC_BITS));
}

static const char *check_calls(struct kernel *k, paddr tcb)
{
    const struct tcb *t = kernel_tcb(k, tcb);

    REQUIRE(t->state != THREAD_BLOCKED_ON_REPLY || t->reply, "a caller has no reply object");
    if (!t->reply)
        return NULL;
    REQUIRE(t->state == THREAD_BLOCKED_ON_REPLY || t->state == THREAD_BLOCKED_ON_RECEIVE,
            "a thread that is in no call has a reply object");
    REQUIRE(check_in_ram(k, t->reply, BIT(REPLY_BITS)), "a thread's reply object is none");
    REQUIRE(reply_at(k, t->reply)->tcb == tcb, "a reply object names another thread");
    return NULL;
}

const char *check_thread_mcs(struct kernel *k, paddr tcb)
{
    const struct tcb *t = kernel_tcb(k, tcb);

    TRY(check_calls(k, tcb));
    REQUIRE(!t->in_release_queue || (thread_is_runnable(t) && !t->queued),
            "a thread waits for budget that is queued, or can't run anyway");
    REQUIRE(!t->in_release_queue || t->sched_context, "a thread waits for budget of no context");
    if (t->sched_context) {
        REQUIRE(has_context(k, t->sched_context), "a thread's scheduling context is none");
        REQUIRE(sc_at(k, t->sched_context)->tcb == tcb, "a context is bound to another thread");
    }
    if (t->queued)
        REQUIRE(refill_ready(k, sc_at(k, t->sched_context)), "a ready thread has no time yet");
    if (t->yield_to) {
        REQUIRE(has_context(k, t->yield_to), "a thread yielded to no scheduling context");
        REQUIRE(sc_at(k, t->yield_to)->yield_from == tcb, "a context does not know who yielded");
    }
    return NULL;
}

/* ------------------------------------------------------------------ scheduling contexts */

static uint64_t next_refill(const struct sched_context *c, uint64_t i)
{
    return i + 1 == c->refill_max ? 0 : i + 1;
}

static const char *check_refills(const struct kernel *k, const struct sched_context *c,
                                 unsigned size_bits)
{
    REQUIRE(c->refill_max >= MIN_REFILLS && c->refill_max <= refill_capacity(size_bits),
            "a context has too few or too many refills");
    REQUIRE(c->refill_head < c->refill_max && c->refill_tail < c->refill_max,
            "a context's refills lie outside it");
    REQUIRE(c->refill[c->refill_head].amount >= refill_min_budget(k),
            "a first refill is too small");
    if (sc_is_round_robin(c)) {
        REQUIRE(c->refill_tail == next_refill(c, c->refill_head),
                "a round robin context does not have two refills");
        return NULL;
    }
    for (uint64_t i = c->refill_head; i != c->refill_tail; i = next_refill(c, i))
        REQUIRE(c->refill[i].time + c->refill[i].amount <= c->refill[next_refill(c, i)].time,
                "refills are out of order");
    return NULL;
}

const char *check_sched_context(struct kernel *k, paddr sc, unsigned size_bits)
{
    const struct sched_context *c = sc_at(k, sc);

    if (c->tcb)
        REQUIRE(check_is_thread(k, c->tcb) && kernel_tcb(k, c->tcb)->sched_context == sc,
                "a context's thread does not know");
    if (c->yield_from)
        REQUIRE(check_is_thread(k, c->yield_from) && kernel_tcb(k, c->yield_from)->yield_to == sc,
                "who yielded to a context does not know");
    if (c->notification) {
        const struct notification *n = kernel_at(k, c->notification);
        REQUIRE(check_in_ram(k, c->notification, BIT(k->abi.notification_bits)) &&
                    n->sched_context == sc,
                "a context's notification does not know");
    }
    if (c->reply) {
        const struct reply *r = reply_at(k, c->reply);
        REQUIRE(check_in_ram(k, c->reply, BIT(REPLY_BITS)) && r->next == sc && r->next_is_context,
                "the top of a context's calls does not know");
    }
    return sc_is_active(c) ? check_refills(k, c, size_bits) : NULL;
}

const char *check_lender(struct kernel *k, paddr ntfn)
{
    paddr sc = ((const struct notification *)kernel_at(k, ntfn))->sched_context;

    REQUIRE(!sc || (has_context(k, sc) && sc_at(k, sc)->notification == ntfn),
            "a notification's context does not know");
    return NULL;
}

/* ------------------------------------------------------------------ reply objects */

const char *check_reply(struct kernel *k, paddr reply)
{
    const struct reply *r = reply_at(k, reply);

    if (!r->tcb) {
        REQUIRE(!r->prev && !r->next, "an unused reply object is in a stack of calls");
        return NULL;
    }
    REQUIRE(check_is_thread(k, r->tcb) && kernel_tcb(k, r->tcb)->reply == reply,
            "a reply object's thread does not know");
    REQUIRE((!r->prev && !r->next) || kernel_tcb(k, r->tcb)->state == THREAD_BLOCKED_ON_REPLY,
            "an offered reply object is in a stack of calls");
    if (r->prev) {
        REQUIRE(check_in_ram(k, r->prev, BIT(REPLY_BITS)), "the call before is none");
        REQUIRE(reply_at(k, r->prev)->next == reply && !reply_at(k, r->prev)->next_is_context,
                "the call before does not know");
    }
    if (r->next && r->next_is_context)
        REQUIRE(has_context(k, r->next) && sc_at(k, r->next)->reply == reply,
                "a context is lent through another call");
    else if (r->next)
        REQUIRE(check_in_ram(k, r->next, BIT(REPLY_BITS)) && reply_at(k, r->next)->prev == reply,
                "the call after does not know");
    return NULL;
}

/* ------------------------------------------------------------------ time */

static uint64_t due(const struct kernel *k, paddr tcb)
{
    return refill_head(sc_at(k, kernel_tcb(k, tcb)->sched_context))->time;
}

static const char *check_release_queue(struct kernel *k)
{
    unsigned waiting = 0;
    paddr prev = 0;

    for (paddr t = k->all_threads; t; t = kernel_tcb(k, t)->all_next)
        waiting += kernel_tcb(k, t)->in_release_queue;
    for (paddr t = k->release_queue.head; t; prev = t, t = kernel_tcb(k, t)->sched_next) {
        REQUIRE(check_is_thread(k, t), "who waits for budget is no thread");
        REQUIRE(kernel_tcb(k, t)->in_release_queue && kernel_tcb(k, t)->sched_prev == prev,
                "release queue links disagree");
        REQUIRE(!prev || due(k, prev) <= due(k, t), "the release queue is out of order");
        REQUIRE(waiting-- > 0, "the release queue holds more than who waits for budget");
    }
    REQUIRE(prev == k->release_queue.tail, "release queue tail is not its last thread");
    REQUIRE(waiting == 0, "a thread waits for budget off the release queue");
    return NULL;
}

const char *check_time(struct kernel *k)
{
    paddr sc = k->current ? kernel_current(k)->sched_context : 0;

    TRY(check_release_queue(k));
    REQUIRE(k->current_sc == sc, "another context is charged than the current thread's");
    REQUIRE(!sc || refill_ready(k, sc_at(k, sc)), "the current thread has no time yet");
    REQUIRE(k->cur_time <= k->now, "time is ahead of the clock");
    return NULL;
}
