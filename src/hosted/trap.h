/* What a system call takes and gives, as include/hosted/sel4/trap.h has it for guests. */
#ifndef SEL4UX_HOSTED_TRAP_H
#define SEL4UX_HOSTED_TRAP_H

#include <stdint.h>

struct sel4_trap {
    uint64_t cap, info, mr[4], reply, dest;
};

/* For guests: the one way in. */
void sel4ux_system_call(uint64_t number, struct sel4_trap *t);

#endif
