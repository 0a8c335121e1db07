/*
 * Sending and receiving with MCS. A receiver offers a reply object instead of having a caller slot;
 * a call, and a message through a system call that sends and receives in one, takes the sender's
 * scheduling context along to a receiver without one. A pending fault is sent as a call.
 */
#include "kernel/endpoint.h"
#include "kernel/notification.h"
#include "kernel/reply.h"
#include "kernel/sched.h"
#include "kernel/sched_mcs.h"
#include "kernel/schedcontext.h"

static bool expects_reply(const struct tcb *sender, bool is_call)
{
    return is_call || sender->fault.kind != FAULT_NONE;
}

/* The call of `caller` has been delivered; without reply object or right to one it never ends. */
static void await_reply(struct kernel *k, paddr caller, paddr callee, paddr reply, bool may_reply,
                        bool can_donate)
{
    if (reply && may_reply)
        reply_push(k, caller, callee, reply, can_donate);
    else
        thread_set_state(k, caller, THREAD_INACTIVE);
}

/* ------------------------------------------------------------------ send */

static void send_to(struct kernel *k, paddr sender, paddr receiver, paddr ep, struct send send)
{
    struct tcb *s = kernel_tcb(k, sender);
    struct tcb *r = kernel_tcb(k, receiver);
    paddr reply = r->reply;

    endpoint_leave(k, receiver, ep);
    ipc_transfer(k, sender, ep, send.badge, send.can_grant, receiver);
    if (reply)
        reply_unlink(k, reply);
    if (expects_reply(s, send.is_call))
        await_reply(k, sender, receiver, reply, send.can_grant || send.can_grant_reply,
                    send.can_donate);
    else if (send.can_donate && s->sched_context && !r->sched_context)
        sc_donate(k, s->sched_context, receiver);
    thread_set_state(k, receiver, THREAD_RUNNING);
    sc_unblock(k, receiver);
    sched_possible_switch_to(k, receiver);
}

void endpoint_send_mcs(struct kernel *k, paddr sender, paddr ep, struct send send)
{
    const struct endpoint *e = endpoint_at(k, ep);

    if (e->state == EP_RECV) {
        send_to(k, sender, e->head, ep, send);
    } else if (send.blocking) {
        struct tcb *t = kernel_tcb(k, sender);
        t->blocking_object = ep;
        t->blocking_badge = send.badge;
        t->blocking_can_grant = send.can_grant;
        t->blocking_can_grant_reply = send.can_grant_reply;
        t->blocking_is_call = send.is_call;
        thread_set_state(k, sender, THREAD_BLOCKED_ON_SEND);
        endpoint_wait(k, sender, ep, EP_SEND);
    }
}

/* ------------------------------------------------------------------ receive */

static void receive_from(struct kernel *k, paddr receiver, paddr ep, paddr reply, paddr sender)
{
    const struct tcb *s = kernel_tcb(k, sender);
    bool may_reply = s->blocking_can_grant || s->blocking_can_grant_reply;

    endpoint_leave(k, sender, ep);
    ipc_transfer(k, sender, ep, s->blocking_badge, s->blocking_can_grant, receiver);
    sc_unblock(k, sender);
    if (expects_reply(s, s->blocking_is_call)) {
        await_reply(k, sender, receiver, reply, may_reply, s->fault.kind != FAULT_TIMEOUT);
    } else {
        thread_set_state(k, sender, THREAD_RUNNING);
        sched_possible_switch_to(k, sender);
    }
}

static void wait_for_sender(struct kernel *k, paddr receiver, paddr ep, paddr reply)
{
    kernel_tcb(k, receiver)->blocking_object = ep;
    thread_set_state(k, receiver, THREAD_BLOCKED_ON_RECEIVE);
    if (reply)
        reply_offer(k, reply, receiver);
    endpoint_wait(k, receiver, ep, EP_RECV);
}

void endpoint_receive_mcs(struct kernel *k, paddr receiver, paddr ep, bool blocking, paddr reply)
{
    const struct endpoint *e = endpoint_at(k, ep);
    paddr bound = kernel_tcb(k, receiver)->bound_notification;

    /* an offer elsewhere, or a call that waits to be answered through it, is given up */
    if (reply && reply_at(k, reply)->tcb)
        thread_cancel_ipc(k, reply_at(k, reply)->tcb);
    if (bound && ((struct notification *)kernel_at(k, bound))->state == NTFN_ACTIVE) {
        notification_complete_signal(k, bound, receiver);
        return;
    }
    if (bound && blocking)
        sc_give_back(k, bound, receiver);
    if (e->state == EP_SEND)
        receive_from(k, receiver, ep, reply, e->head);
    else if (blocking)
        wait_for_sender(k, receiver, ep, reply);
    else
        ipc_set_badge(kernel_tcb(k, receiver), 0);
}
