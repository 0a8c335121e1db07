/* Endpoints: synchronous message passing. */
#ifndef SEL4UX_KERNEL_ENDPOINT_H
#define SEL4UX_KERNEL_ENDPOINT_H

#include "kernel/ipc.h"

void endpoint_send(struct kernel *k, paddr sender, paddr ep, bool blocking, bool is_call,
                   word badge, bool can_grant, bool can_grant_reply);
void endpoint_receive(struct kernel *k, paddr receiver, struct cap cap, bool blocking);

/* Takes one blocked thread off its endpoint. */
void endpoint_cancel_ipc(struct kernel *k, paddr tcb);

/* The endpoint ends: everyone who waits is restarted (senders and receivers alike). */
void endpoint_cancel_all(struct kernel *k, paddr ep);

/* Restarts every sender that waits with `badge`. */
void endpoint_cancel_badged_sends(struct kernel *k, paddr ep, word badge);

#endif
