/*
 * The time stamp counter's frequency, from whoever knows it: the kernel, the processor, the
 * hypervisor; else measured, which takes 5 ms.
 */
#ifndef SEL4UX_HOST_TSC_H
#define SEL4UX_HOST_TSC_H

#include "machine/clock.h"

/* In Hz; never 0. */
uint64_t tsc_frequency(void);

/* A clock of that frequency that starts at 0 now. */
void tsc_start_clock(struct clock *clock);

#endif
