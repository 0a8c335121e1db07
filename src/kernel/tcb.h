/* Inside the TCB invocations: tcb.c decodes, tcb_space.c has those that fill the thread's slots. */
#ifndef SEL4UX_KERNEL_TCB_H
#define SEL4UX_KERNEL_TCB_H

#include "kernel/invocation.h"

enum outcome decode_configure(struct kernel *k, struct invocation *inv);
enum outcome decode_set_space(struct kernel *k, struct invocation *inv);
enum outcome decode_set_ipc_buffer(struct kernel *k, struct invocation *inv);

/* With MCS. */
enum outcome decode_configure_mcs(struct kernel *k, struct invocation *inv);
enum outcome decode_set_space_mcs(struct kernel *k, struct invocation *inv);
enum outcome decode_set_timeout_endpoint(struct kernel *k, struct invocation *inv);

/* What may be a fault or timeout handler: nothing, or an endpoint that calls can go through. */
bool tcb_is_fault_handler(struct cap cap);

/*
 * Puts `cap` from slot `source` into the thread's own slot in place of what is there; nothing, when
 * there is no source, the capability is null or the source went with the old one.
 */
enum outcome tcb_install(struct kernel *k, struct invocation *inv, enum tcb_slot which,
                         struct cap cap, paddr source);

#endif
