/*
 * A system call of a hosted program: a call of a function. It enters the program's own machine and
 * returns when the caller goes on, as the instruction would. Found before the other trap.h.
 */
#pragma once

#include <sel4/trap_words.h>

#ifdef __cplusplus
extern "C"
#else
extern
#endif
    void
    sel4ux_system_call(seL4_Word number, struct sel4_trap *t);

static inline __attribute__((always_inline)) void sel4_trap(seL4_Word number, struct sel4_trap *t)
{
    sel4ux_system_call(number, t);
}
