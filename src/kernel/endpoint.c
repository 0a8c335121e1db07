/*
 * Endpoints: whoever comes first waits in the queue, the partner takes it from there and the
 * message goes straight from thread to thread. Here are queues and cancellation, and sending and
 * receiving without MCS; with MCS these two are in endpoint_mcs.c.
 *
 * Invariant: the queue holds only senders (EP_SEND) or only receivers (EP_RECV), and is empty
 * exactly in EP_IDLE.
 */
#include "kernel/endpoint.h"
#include "kernel/notification.h"
#include "kernel/reply.h"
#include "kernel/sched.h"
#include "kernel/sched_mcs.h"

static struct tcb_queue queue_get(const struct endpoint *e)
{
    return (struct tcb_queue){.head = e->head, .tail = e->tail};
}

static void queue_set(struct endpoint *e, struct tcb_queue q, enum endpoint_state state)
{
    e->head = q.head;
    e->tail = q.tail;
    e->state = q.head ? state : EP_IDLE;
}

void endpoint_wait(struct kernel *k, paddr tcb, paddr ep, enum endpoint_state state)
{
    struct endpoint *e = endpoint_at(k, ep);
    struct tcb_queue q = queue_get(e);
    ipc_queue_add(k, &q, tcb);
    queue_set(e, q, state);
}

void endpoint_leave(struct kernel *k, paddr tcb, paddr ep)
{
    struct endpoint *e = endpoint_at(k, ep);
    struct tcb_queue q = queue_get(e);
    ipc_queue_remove(k, &q, tcb);
    queue_set(e, q, (enum endpoint_state)e->state);
}

/* A call has been delivered: the caller waits for the reply, if it may have one. */
static void await_reply(struct kernel *k, paddr caller, paddr callee, bool may_reply,
                        bool reply_can_grant)
{
    if (may_reply) {
        thread_setup_caller(k, caller, callee, reply_can_grant);
    } else {
        thread_set_state(k, caller, THREAD_INACTIVE);
    }
}

void endpoint_send(struct kernel *k, paddr sender, paddr ep, bool blocking, bool is_call,
                   word badge, bool can_grant, bool can_grant_reply)
{
    struct endpoint *e = endpoint_at(k, ep);

    if (e->state == EP_RECV) {
        paddr receiver = e->head;
        bool reply_can_grant = kernel_tcb(k, receiver)->blocking_can_grant;

        endpoint_leave(k, receiver, ep);
        ipc_transfer(k, sender, ep, badge, can_grant, receiver);
        thread_set_state(k, receiver, THREAD_RUNNING);
        sched_possible_switch_to(k, receiver);
        if (is_call) {
            await_reply(k, sender, receiver, can_grant || can_grant_reply, reply_can_grant);
        }
    } else if (blocking) {
        struct tcb *t = kernel_tcb(k, sender);
        t->blocking_object = ep;
        t->blocking_badge = badge;
        t->blocking_can_grant = can_grant;
        t->blocking_can_grant_reply = can_grant_reply;
        t->blocking_is_call = is_call;
        thread_set_state(k, sender, THREAD_BLOCKED_ON_SEND);
        endpoint_wait(k, sender, ep, EP_SEND);
    }
}

static void receive_from_sender(struct kernel *k, paddr receiver, struct cap cap, paddr sender)
{
    const struct tcb *s = kernel_tcb(k, sender);
    bool may_reply = s->blocking_can_grant || s->blocking_can_grant_reply;

    endpoint_leave(k, sender, cap.obj);
    ipc_transfer(k, sender, cap.obj, s->blocking_badge, s->blocking_can_grant, receiver);
    if (s->blocking_is_call) {
        await_reply(k, sender, receiver, may_reply, cap.endpoint.can_grant);
    } else {
        thread_set_state(k, sender, THREAD_RUNNING);
        sched_possible_switch_to(k, sender);
    }
}

void endpoint_receive(struct kernel *k, paddr receiver, struct cap cap, bool blocking)
{
    struct tcb *t = kernel_tcb(k, receiver);
    struct endpoint *e = endpoint_at(k, cap.obj);
    paddr bound = t->bound_notification;

    if (bound && ((struct notification *)kernel_at(k, bound))->state == NTFN_ACTIVE) {
        notification_complete_signal(k, bound, receiver);
    } else if (e->state == EP_SEND) {
        receive_from_sender(k, receiver, cap, e->head);
    } else if (blocking) {
        t->blocking_object = cap.obj;
        t->blocking_can_grant = cap.endpoint.can_grant;
        thread_set_state(k, receiver, THREAD_BLOCKED_ON_RECEIVE);
        endpoint_wait(k, receiver, cap.obj, EP_RECV);
    } else {
        ipc_set_badge(t, 0);
    }
}

/* ------------------------------------------------------------------ cancellation */

void endpoint_reorder(struct kernel *k, paddr tcb)
{
    paddr ep = kernel_tcb(k, tcb)->blocking_object;
    enum endpoint_state state = (enum endpoint_state)endpoint_at(k, ep)->state;

    endpoint_leave(k, tcb, ep);
    endpoint_wait(k, tcb, ep, state);
}

void endpoint_cancel_ipc(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);

    endpoint_leave(k, tcb, t->blocking_object);
    if (t->reply) {
        reply_unlink(k, t->reply);
    }
    thread_set_state(k, tcb, THREAD_INACTIVE);
}

/* The endpoint sends `tcb` away: it issues its call again, or with MCS, if it was to tell of a
 * fault, stays where that happened. */
static void send_away(struct kernel *k, paddr tcb, paddr ep)
{
    struct tcb *t = kernel_tcb(k, tcb);

    endpoint_leave(k, tcb, ep);
    if (!k->config.mcs) {
        thread_set_state(k, tcb, THREAD_RESTART);
        sched_enqueue_head(k, tcb);
        return;
    }
    if (t->reply) {
        reply_unlink(k, t->reply);
    }
    if (t->fault.kind != FAULT_NONE) {
        thread_set_state(k, tcb, THREAD_INACTIVE);
        return;
    }
    thread_set_state(k, tcb, THREAD_RESTART);
    sc_unblock(k, tcb);
    sched_possible_switch_to(k, tcb);
}

void endpoint_cancel_all(struct kernel *k, paddr ep)
{
    struct endpoint *e = endpoint_at(k, ep);
    if (e->state == EP_IDLE) {
        return;
    }
    while (e->head) {
        send_away(k, e->head, ep);
    }
    sched_reschedule_required(k);
}

void endpoint_cancel_badged_sends(struct kernel *k, paddr ep, word badge)
{
    struct endpoint *e = endpoint_at(k, ep);
    if (e->state != EP_SEND) {
        return;
    }
    for (paddr tcb = e->head, next; tcb; tcb = next) {
        struct tcb *t = kernel_tcb(k, tcb);
        next = t->ep_next;
        if (t->blocking_badge == badge) {
            send_away(k, tcb, ep);
        }
    }
    sched_reschedule_required(k);
}
