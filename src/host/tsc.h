/*
 * The frequency of processor_counter(), from whoever knows it: Linux, the processor or its
 * hypervisor; else measured, which takes 2 ms.
 */
#ifndef SEL4UX_HOST_TSC_H
#define SEL4UX_HOST_TSC_H

#include "machine/clock.h"

/* In Hz; never 0. */
uint64_t tsc_frequency(void);

/* x86_64/, aarch64/: what the processor says of it; 0: nothing. */
uint64_t tsc_of_processor(void);

/* A clock of that frequency that starts at 0 now. */
void tsc_start_clock(struct clock *clock);

#endif
