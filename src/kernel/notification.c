/*
 * Notifications. A signal wakes the first waiter, or the bound thread while it waits on an
 * endpoint, or is kept: badges of signals that no one took are or-ed together. With MCS a
 * notification may have a scheduling context that it lends to a thread without one, until that
 * waits again.
 *
 * Invariant: the queue is non-empty exactly in NTFN_WAITING; a bound notification has no queue of
 * others.
 */
#include "kernel/notification.h"
#include "kernel/record.h"
#include "kernel/sched.h"
#include "kernel/sched_mcs.h"
#include "kernel/schedcontext.h"

static struct notification *notification_at(struct kernel *k, paddr ntfn)
{
    return kernel_at(k, ntfn);
}

static void leave(struct kernel *k, paddr tcb, paddr ntfn)
{
    struct notification *n = notification_at(k, ntfn);
    struct tcb_queue q = {.head = n->head, .tail = n->tail};
    ipc_queue_remove(k, &q, tcb);
    n->head = q.head;
    n->tail = q.tail;
    n->state = q.head ? NTFN_WAITING : NTFN_IDLE;
}

static void wait_in(struct kernel *k, paddr tcb, paddr ntfn)
{
    struct notification *n = notification_at(k, ntfn);
    struct tcb_queue q = {.head = n->head, .tail = n->tail};
    ipc_queue_add(k, &q, tcb);
    n->head = q.head;
    n->tail = q.tail;
    n->state = NTFN_WAITING;
}

/* `tcb`, no longer blocked, may run; on `ntfn`'s scheduling context if it has none. */
static void wake(struct kernel *k, paddr tcb, paddr ntfn)
{
    if (!k->config.mcs) {
        sched_possible_switch_to(k, tcb);
        return;
    }
    sc_lend(k, ntfn, tcb);
    if (thread_is_schedulable(k, kernel_tcb(k, tcb))) {
        sched_possible_switch_to(k, tcb);
    }
    sc_unblock(k, tcb);
}

static void deliver(struct kernel *k, paddr tcb, paddr ntfn, word badge)
{
    if (record_wanted(k))
        record_signal(k, ntfn, tcb, badge);
    thread_set_state(k, tcb, THREAD_RUNNING);
    ipc_set_badge(kernel_tcb(k, tcb), badge);
    wake(k, tcb, ntfn);
}

/* Nobody waits: the next one to look takes it, with all that come until then. */
static void keep(struct kernel *k, paddr ntfn, word badge)
{
    struct notification *n = notification_at(k, ntfn);

    if (record_wanted(k))
        record_signal(k, ntfn, 0, badge);
    n->badge = n->state == NTFN_ACTIVE ? n->badge | badge : badge;
    n->state = NTFN_ACTIVE;
}

void notification_signal(struct kernel *k, paddr ntfn, word badge)
{
    struct notification *n = notification_at(k, ntfn);
    paddr bound = n->bound_tcb;

    switch ((enum notification_state)n->state) {
    case NTFN_IDLE:
        if (bound && kernel_tcb(k, bound)->state == THREAD_BLOCKED_ON_RECEIVE) {
            thread_cancel_ipc(k, bound);
            deliver(k, bound, ntfn, badge);
        } else {
            keep(k, ntfn, badge);
        }
        break;
    case NTFN_WAITING: {
        paddr waiter = n->head;
        leave(k, waiter, ntfn);
        deliver(k, waiter, ntfn, badge);
        break;
    }
    case NTFN_ACTIVE:
        keep(k, ntfn, badge);
        break;
    }
}

void notification_complete_signal(struct kernel *k, paddr ntfn, paddr tcb)
{
    struct notification *n = notification_at(k, ntfn);

    if (record_wanted(k))
        record_taken(k, ntfn, tcb, n->badge);
    ipc_set_badge(kernel_tcb(k, tcb), n->badge);
    n->state = NTFN_IDLE;
    if (k->config.mcs) {
        sc_lend(k, ntfn, tcb);
        if (n->sched_context && n->sched_context == kernel_tcb(k, tcb)->sched_context) {
            sc_unblock(k, tcb);
        }
    }
}

void notification_receive(struct kernel *k, paddr receiver, struct cap cap, bool blocking)
{
    struct notification *n = notification_at(k, cap.obj);
    struct tcb *t = kernel_tcb(k, receiver);

    if (n->state == NTFN_ACTIVE) {
        notification_complete_signal(k, cap.obj, receiver);
    } else if (blocking) {
        t->blocking_object = cap.obj;
        thread_set_state(k, receiver, THREAD_BLOCKED_ON_NOTIFICATION);
        wait_in(k, receiver, cap.obj);
        if (k->config.mcs) {
            sc_give_back(k, cap.obj, receiver);
        }
    } else {
        ipc_set_badge(t, 0);
    }
}

void notification_reorder(struct kernel *k, paddr tcb)
{
    paddr ntfn = kernel_tcb(k, tcb)->blocking_object;
    leave(k, tcb, ntfn);
    wait_in(k, tcb, ntfn);
}

void notification_cancel(struct kernel *k, paddr tcb)
{
    leave(k, tcb, kernel_tcb(k, tcb)->blocking_object);
    thread_set_state(k, tcb, THREAD_INACTIVE);
}

void notification_cancel_all(struct kernel *k, paddr ntfn)
{
    struct notification *n = notification_at(k, ntfn);
    if (n->state != NTFN_WAITING) {
        return;
    }
    while (n->head) {
        paddr tcb = n->head;
        leave(k, tcb, ntfn);
        thread_set_state(k, tcb, THREAD_RESTART);
        if (k->config.mcs) {
            sc_unblock(k, tcb);
            sched_possible_switch_to(k, tcb);
        } else {
            sched_enqueue_head(k, tcb);
        }
    }
    sched_reschedule_required(k);
}

void notification_unbind(struct kernel *k, paddr ntfn)
{
    struct notification *n = notification_at(k, ntfn);
    if (n->bound_tcb) {
        kernel_tcb(k, n->bound_tcb)->bound_notification = 0;
        n->bound_tcb = 0;
    }
}
