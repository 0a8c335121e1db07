/*
 * How long threads run and how often they enter the kernel, for kernels that are built to count it
 * (BENCHMARK_TRACK_UTILISATION). A guest starts and ends the counting, and reads the counters;
 * times are in ticks of the time stamp counter.
 *
 * Invariant: k->counting is false in all other configurations, and tells whether counting goes on.
 */
#ifndef SEL4UX_KERNEL_UTILISATION_H
#define SEL4UX_KERNEL_UTILISATION_H

#include "kernel/kernel.h"

/* Handles a system call of these; false: it is another, or the configuration has it not. */
bool utilisation_syscall(struct kernel *k, enum abi_syscall call);

/* The guest starts and ends its measurement. */
void utilisation_start(struct kernel *k);
void utilisation_finish(struct kernel *k);

/* While k->counting: `next` (0: nobody) is about to become the current thread; an entry ends. */
void utilisation_switch(struct kernel *k, paddr next);
void utilisation_leave(struct kernel *k);

#endif
