/*
 * Host objects: what a machine has been allowed of the host it runs on, as capabilities. What they
 * do is the machine's business (platform_host); the model knows who may ask, which object was made
 * through which other, and whom an event is signalled to.
 *
 * An object lives while a capability to it does. One that was made through another is derived from
 * it, however many lie between: cap_same_region() follows the chain of parents.
 */
#ifndef SEL4UX_KERNEL_HOST_H
#define SEL4UX_KERNEL_HOST_H

#include "kernel/invocation.h"

enum outcome decode_host(struct kernel *k, struct invocation *inv);

/* Object `index` is `within` or was made through it, directly or not. */
bool host_is_within(const struct kernel *k, uint64_t index, uint64_t within);

/* One of the events that the object is armed for has come. */
void host_handle(struct kernel *k, unsigned index);

/* The last capability is being deleted / is gone. */
void host_deleting(struct kernel *k, unsigned index);
void host_deleted(struct kernel *k, unsigned index);

#endif
