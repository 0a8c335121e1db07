/* Notifications: words of badge bits, signalled without blocking. */
#ifndef SEL4UX_KERNEL_NOTIFICATION_H
#define SEL4UX_KERNEL_NOTIFICATION_H

#include "kernel/ipc.h"

void notification_signal(struct kernel *k, paddr ntfn, word badge);
void notification_receive(struct kernel *k, paddr receiver, struct cap cap, bool blocking);
void notification_cancel(struct kernel *k, paddr tcb);  /* one blocked thread leaves */
void notification_reorder(struct kernel *k, paddr tcb); /* a waiter's priority has changed */
void notification_cancel_all(struct kernel *k, paddr ntfn);
/* The notification ends: the thread bound to it is unbound. */
void notification_unbind(struct kernel *k, paddr ntfn);
/* An active bound notification is delivered instead of waiting on an endpoint. */
void notification_complete_signal(struct kernel *k, paddr ntfn, paddr tcb);

#endif
