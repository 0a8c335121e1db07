/*
 * The scheduler: one queue per domain and priority, a bitmap of non-empty queues, and the table of
 * domains. Without MCS time slices are counted in ticks here; with MCS who is ready depends on
 * budgets, which sched_mcs.c looks after before and after each decision.
 *
 * During an entry k->action collects what was decided; sched_schedule carries it out. A thread in
 * k->action_target is not on a queue unless someone queued it as well. New arrivals go to the
 * head of their queue, threads whose slice ended to the tail: the order that guests observe.
 */
#include "kernel/sched.h"
#include "kernel/endpoint.h"
#include "kernel/notification.h"
#include "kernel/sched_mcs.h"
#include "kernel/schedcontext.h"
#include "kernel/thread.h"
#include "kernel/utilisation.h"

/* The longest time that fits the kernel's schedule entries (56 bits). */
#define DOMAIN_TIME_MAX MASK(56)

void sched_init(struct kernel *k)
{
    k->action = SCHED_RESUME_CURRENT;
    k->action_target = 0;
    k->current_domain = 0;
    k->domain_index = 0;
    k->domain_start = 0;
    k->domain_schedule[0] = (struct domain_schedule){.domain = 0, .length = DOMAIN_TIME_MAX};
    k->domain_time = DOMAIN_TIME_MAX;
}

/* ------------------------------------------------------------------ ready queues */

static struct tcb_queue *queue_of(struct kernel *k, const struct tcb *t)
{
    return &k->ready[t->domain].queue[t->priority];
}

static void mark_queue(struct kernel *k, const struct tcb *t, bool filled)
{
    uint64_t *bits = &k->ready[t->domain].bitmap[t->priority / 64];
    uint64_t bit = BIT(t->priority % 64);
    *bits = filled ? *bits | bit : *bits & ~bit;
}

/* The highest priority with a ready thread, or -1. */
static int highest_ready(const struct kernel *k, unsigned domain)
{
    for (int i = PRIORITY_COUNT / 64 - 1; i >= 0; i--) {
        uint64_t bits = k->ready[domain].bitmap[i];
        if (bits) {
            return i * 64 + 63 - __builtin_clzll(bits);
        }
    }
    return -1;
}

void sched_enqueue(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    struct tcb_queue *q = queue_of(k, t);
    if (t->queued || t->held) {
        return;
    }
    t->sched_prev = q->tail;
    t->sched_next = 0;
    if (q->tail) {
        kernel_tcb(k, q->tail)->sched_next = tcb;
    } else {
        q->head = tcb;
        mark_queue(k, t, true);
    }
    q->tail = tcb;
    t->queued = true;
}

void sched_enqueue_head(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    struct tcb_queue *q = queue_of(k, t);
    if (t->queued || t->held) {
        return;
    }
    t->sched_prev = 0;
    t->sched_next = q->head;
    if (q->head) {
        kernel_tcb(k, q->head)->sched_prev = tcb;
    } else {
        q->tail = tcb;
        mark_queue(k, t, true);
    }
    q->head = tcb;
    t->queued = true;
}

void sched_dequeue(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    struct tcb_queue *q = queue_of(k, t);
    if (!t->queued) {
        return;
    }
    if (t->sched_prev) {
        kernel_tcb(k, t->sched_prev)->sched_next = t->sched_next;
    } else {
        q->head = t->sched_next;
    }
    if (t->sched_next) {
        kernel_tcb(k, t->sched_next)->sched_prev = t->sched_prev;
    } else {
        q->tail = t->sched_prev;
    }
    t->sched_prev = 0;
    t->sched_next = 0;
    t->queued = false;
    if (!q->head) {
        mark_queue(k, t, false);
    }
}

/* ------------------------------------------------------------------ decisions */

void sched_reschedule_required(struct kernel *k)
{
    if (k->action == SCHED_SWITCH_TO && thread_is_schedulable(k, kernel_tcb(k, k->action_target))) {
        sched_enqueue_head(k, k->action_target);
    }
    k->action = SCHED_CHOOSE_NEW;
    k->action_target = 0;
}

void sched_possible_switch_to(struct kernel *k, paddr tcb)
{
    if (!thread_has_time(k, kernel_tcb(k, tcb)) || kernel_tcb(k, tcb)->held) {
        return;
    }
    if (kernel_tcb(k, tcb)->domain != k->current_domain) {
        sched_enqueue_head(k, tcb);
    } else if (k->action != SCHED_RESUME_CURRENT) {
        sched_reschedule_required(k);
        sched_enqueue_head(k, tcb);
    } else {
        k->action = SCHED_SWITCH_TO;
        k->action_target = tcb;
    }
}

static void become(struct kernel *k, paddr tcb)
{
    if (__builtin_expect(k->counting, false)) {
        utilisation_switch(k, tcb);
    }
    k->current = tcb;
}

static void switch_to(struct kernel *k, paddr tcb)
{
    sched_dequeue(k, tcb);
    become(k, tcb);
}

/* The entry of the schedule that follows the current one. */
static unsigned next_entry(const struct kernel *k)
{
    unsigned next = k->domain_index + 1;
    if (next >= MAX_DOMAIN_SCHEDULES || !k->domain_schedule[next].length) {
        return k->domain_start;
    }
    return next;
}

static void next_domain(struct kernel *k)
{
    const struct domain_schedule *entry = &k->domain_schedule[next_entry(k)];
    k->domain_index = next_entry(k);
    k->work_units = 0;
    k->current_domain = entry->domain;
    k->domain_time = k->config.mcs ? time_of_ticks(k, entry->length) : entry->length;
    k->reprogram = true;
}

static void choose_new(struct kernel *k)
{
    if (k->domain_time == 0) {
        next_domain(k);
    }
    int priority = highest_ready(k, k->current_domain);
    if (priority >= 0) {
        switch_to(k, k->ready[k->current_domain].queue[priority].head);
    } else {
        become(k, 0);
    }
}

/* Runs `candidate`, unless the queues hold someone who must go first. */
static void consider(struct kernel *k, paddr candidate, bool was_runnable)
{
    const struct tcb *now = k->current ? kernel_current(k) : NULL;
    const struct tcb *then = kernel_tcb(k, candidate);

    if ((!now || then->priority < now->priority) &&
        highest_ready(k, k->current_domain) > (int)then->priority) {
        sched_enqueue_head(k, candidate);
        choose_new(k);
    } else if (was_runnable && then->priority == now->priority) {
        /* the current thread, at the head of the same queue, goes on */
        sched_enqueue(k, candidate);
        choose_new(k);
    } else {
        switch_to(k, candidate);
    }
}

static void decide(struct kernel *k)
{
    bool was_runnable = k->current && thread_is_schedulable(k, kernel_current(k));
    if (was_runnable) {
        sched_enqueue_head(k, k->current);
    }
    if (k->action == SCHED_SWITCH_TO) {
        consider(k, k->action_target, was_runnable);
    } else {
        choose_new(k);
    }
    k->action = SCHED_RESUME_CURRENT;
    k->action_target = 0;
}

void sched_schedule(struct kernel *k)
{
    if (k->config.mcs) {
        time_before_schedule(k);
    }
    if (k->action != SCHED_RESUME_CURRENT) {
        decide(k);
    }
    if (k->config.mcs) {
        time_after_schedule(k);
    }
}

void sched_activate(struct kernel *k)
{
    if (!k->current) {
        return;
    }
    struct tcb *t = kernel_current(k);
    if (t->yield_to) {
        sc_complete_yield(k, k->current);
    }
    if (t->state == THREAD_RESTART) {
        t->regs.rip = t->regs.fault_ip;
        thread_set_state(k, k->current, THREAD_RUNNING);
    }
    if (t->debug.single_step) {
        t->regs.rflags |= RFLAGS_TF;
    }
}

/* ------------------------------------------------------------------ debuggers */

void kernel_hold(struct kernel *k, paddr tcb, bool held)
{
    struct tcb *t = kernel_tcb(k, tcb);

    if (t->held == held) {
        return;
    }
    t->held = held;
    if (held) {
        sched_dequeue(k, tcb);
        if (tcb == k->current) {
            sched_reschedule_required(k);
        }
    } else if (thread_is_schedulable(k, t)) {
        sched_possible_switch_to(k, tcb);
    }
    sched_schedule(k);
    sched_activate(k);
}

/* ------------------------------------------------------------------ time */

void sched_tick(struct kernel *k)
{
    if (k->current && kernel_current(k)->state == THREAD_RUNNING) {
        struct tcb *t = kernel_current(k);
        if (t->time_slice > 1) {
            t->time_slice--;
        } else {
            t->time_slice = k->config.time_slice;
            sched_enqueue(k, k->current);
            sched_reschedule_required(k);
        }
    }
    if (k->config.num_domains > 1) {
        if (k->domain_time > 0) {
            k->domain_time--;
        }
        if (k->domain_time == 0) {
            sched_reschedule_required(k);
        }
    }
}

bool sched_domains_alternate(const struct kernel *k)
{
    if (k->config.num_domains <= 1) {
        return false;
    }
    unsigned next = next_entry(k);
    return next != k->domain_index || k->domain_time == 0 ||
           k->domain_schedule[next].domain != k->current_domain;
}

bool kernel_wants_tick(const struct kernel *k)
{
    if (k->halted || k->config.mcs) {
        return false; /* with MCS the next deadline decides, not a tick */
    }
    if (sched_domains_alternate(k)) {
        return true;
    }
    if (!k->current) {
        return false;
    }
    const struct tcb *t = kernel_current(k);
    return t->domain == k->current_domain && k->ready[t->domain].queue[t->priority].head != 0;
}

bool kernel_is_still(const struct kernel *k)
{
    if (k->current || k->release_queue.head) {
        return false;
    }
    if (!sched_domains_alternate(k)) {
        return !kernel_wants_tick(k) && kernel_deadline(k) == UINT64_MAX;
    }
    /* Domains take turns with nobody in them. */
    for (unsigned domain = 0; domain < k->config.num_domains; domain++) {
        if (highest_ready(k, domain) >= 0) {
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ parameters */

/* With MCS queues of blocked threads are ordered by priority, too, and who isn't ready stays so. */
static void set_priority_mcs(struct kernel *k, paddr tcb, unsigned priority)
{
    struct tcb *t = kernel_tcb(k, tcb);
    bool takes_part = t->queued || tcb == k->current;

    sched_dequeue(k, tcb);
    t->priority = (uint8_t)priority;
    switch ((enum thread_state)t->state) {
    case THREAD_RUNNING:
    case THREAD_RESTART:
        if (takes_part && thread_is_schedulable(k, t)) {
            sched_enqueue_head(k, tcb);
            sched_reschedule_required(k);
        }
        break;
    case THREAD_BLOCKED_ON_SEND:
    case THREAD_BLOCKED_ON_RECEIVE:
        endpoint_reorder(k, tcb);
        break;
    case THREAD_BLOCKED_ON_NOTIFICATION:
        notification_reorder(k, tcb);
        break;
    case THREAD_INACTIVE:
    case THREAD_BLOCKED_ON_REPLY:
        break;
    }
}

void sched_set_priority(struct kernel *k, paddr tcb, unsigned priority)
{
    struct tcb *t = kernel_tcb(k, tcb);
    if (k->config.mcs) {
        set_priority_mcs(k, tcb, priority);
        return;
    }
    sched_dequeue(k, tcb);
    t->priority = (uint8_t)priority;
    if (thread_is_runnable(t)) {
        if (tcb == k->current) {
            sched_reschedule_required(k);
        } else {
            sched_possible_switch_to(k, tcb);
        }
    }
}

void sched_set_mcp(struct kernel *k, paddr tcb, unsigned mcp)
{
    kernel_tcb(k, tcb)->mcp = (uint8_t)mcp;
}

void sched_set_domain(struct kernel *k, paddr tcb, unsigned domain)
{
    struct tcb *t = kernel_tcb(k, tcb);
    sched_dequeue(k, tcb);
    t->domain = (uint8_t)domain;
    if (thread_is_schedulable(k, t)) {
        sched_enqueue_head(k, tcb);
    }
    if (tcb == k->current) {
        sched_reschedule_required(k);
    }
}
