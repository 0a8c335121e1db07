/*
 * The way into the kernel for tests: a call of fake_kernel(), which the test program has. Found
 * before include/sel4/trap.h, it shows that nothing else of libsel4 enters a kernel.
 */
#pragma once

#include <sel4/trap_words.h>

SEL4_C_BEGIN

void fake_kernel(seL4_Word number, struct sel4_trap *t);

static inline void sel4_trap(seL4_Word number, struct sel4_trap *t)
{
    fake_kernel(number, t);
}

SEL4_C_END
