/*
 * The life of objects: their sizes, their making from untyped memory and their end when the last
 * capability goes.
 */
#ifndef SEL4UX_KERNEL_LIFECYCLE_H
#define SEL4UX_KERNEL_LIFECYCLE_H

#include "kernel/invocation.h"

/* log2 bytes of an object of `type`; `user_bits` counts for untyped, CNode and sched context. */
unsigned object_size_bits(const struct kernel *k, enum abi_object type, unsigned user_bits);

/* Makes one object in zeroed memory at `base` and returns the first capability to it. */
struct cap object_create(struct kernel *k, enum abi_object type, paddr base, unsigned user_bits,
                         bool is_device);

struct finalised {
    struct cap remainder; /* CAP_NONE, or a zombie whose slots must be emptied first */
    struct cap
        cleanup; /* CAP_NONE, or a cap to release (object_post_delete) after the slot is empty */
};

/*
 * A capability is about to go. With `is_final` its object ends: threads stop, waiters are
 * cancelled, mappings go. A CNode or TCB becomes a zombie whose slots are yet to be emptied.
 */
struct finalised object_finalise(struct kernel *k, struct cap cap, bool is_final);

/* After a slot with `cleanup` (see above) is empty: frees the IRQ, host object or I/O port range.
 */
void object_post_delete(struct kernel *k, struct cap cleanup);

#endif
