/*
 * What goes into the kernel with a system call, and what comes back.
 */
#pragma once

#include <sel4/types.h>

struct sel4_trap {
    seL4_Word cap; /* in: what is invoked or received on; out: the sender's badge */
    seL4_Word info;
    seL4_Word mr[4];
    seL4_Word reply; /* MCS */
    seL4_Word dest;  /* MCS: who NBSendRecv sends to */
};
