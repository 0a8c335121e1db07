/* The generic timer's frequency, which firmware leaves in a register for everyone to read. */
#include "host/tsc.h"

uint64_t tsc_of_processor(void)
{
    uint64_t hz;

    __asm__("mrs %0, cntfrq_el0" : "=r"(hz));
    return hz;
}
