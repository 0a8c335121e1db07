/* Untyped memory: retype, and resetting an untyped without children. */
#ifndef SEL4UX_KERNEL_UNTYPED_H
#define SEL4UX_KERNEL_UNTYPED_H

#include "kernel/invocation.h"

enum outcome decode_untyped(struct kernel *k, struct invocation *inv);

#endif
