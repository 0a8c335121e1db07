/*
 * The debug and benchmark system calls, and the reports for people (our own wording): unhandled
 * faults, thread tables.
 */
#ifndef SEL4UX_KERNEL_DEBUG_H
#define SEL4UX_KERNEL_DEBUG_H

#include "kernel/kernel.h"

/* Handles a debug or benchmark system call of the current thread; false: not one of them. */
bool debug_syscall(struct kernel *k, enum abi_syscall call);

/* `tcb` has raised k->fault and no handler can take it. */
void debug_report_fault(struct kernel *k, paddr tcb);

/* Logs a table of all threads: name, state, priority, domain, instruction pointer. */
void debug_dump_threads(struct kernel *k);

/*
 * Formats and logs one line through platform_log. Knows %s (padded: %-20s), %d %u %ld %lu, %x and
 * %lx (written as 0x...) and %%.
 */
void debug_log(struct kernel *k, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
