/* Endpoints: synchronous message passing. */
#ifndef SEL4UX_KERNEL_ENDPOINT_H
#define SEL4UX_KERNEL_ENDPOINT_H

#include "kernel/ipc.h"

static inline struct endpoint *endpoint_at(const struct kernel *k, paddr ep)
{
    return kernel_at(k, ep);
}

/* Without MCS. */
void endpoint_send(struct kernel *k, paddr sender, paddr ep, bool blocking, bool is_call,
                   word badge, bool can_grant, bool can_grant_reply);
void endpoint_receive(struct kernel *k, paddr receiver, struct cap cap, bool blocking);

/* With MCS. */
struct send {
    bool blocking, is_call;
    bool can_grant, can_grant_reply;
    bool can_donate; /* a receiver without scheduling context may have the sender's */
    word badge;
};
void endpoint_send_mcs(struct kernel *k, paddr sender, paddr ep, struct send send);
/* `reply` is the reply object for the call that may come, or 0. */
void endpoint_receive_mcs(struct kernel *k, paddr receiver, paddr ep, bool blocking, paddr reply);

/* The queue: first come, first served; with MCS by priority. */
void endpoint_wait(struct kernel *k, paddr tcb, paddr ep, enum endpoint_state state);
void endpoint_leave(struct kernel *k, paddr tcb, paddr ep);
void endpoint_reorder(struct kernel *k, paddr tcb); /* its priority has changed */

/* Takes one blocked thread off its endpoint. */
void endpoint_cancel_ipc(struct kernel *k, paddr tcb);

/* The endpoint ends: everyone who waits is restarted (senders and receivers alike). */
void endpoint_cancel_all(struct kernel *k, paddr ep);

/* Restarts every sender that waits with `badge`. */
void endpoint_cancel_badged_sends(struct kernel *k, paddr ep, word badge);

#endif
