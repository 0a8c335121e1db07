/* The domain capability: Domain_Set and the domain schedule. */
#ifndef SEL4UX_KERNEL_DOMAIN_H
#define SEL4UX_KERNEL_DOMAIN_H

#include "kernel/invocation.h"

enum outcome decode_domain(struct kernel *k, struct invocation *inv);

#endif
