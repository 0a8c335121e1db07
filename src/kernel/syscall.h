/* Kernel entries by system call: the seL4 calls, and what they share with invocations. */
#ifndef SEL4UX_KERNEL_SYSCALL_H
#define SEL4UX_KERNEL_SYSCALL_H

#include "kernel/invocation.h"

/* The system call that the current thread has issued: its number is in rdx. */
void syscall_handle(struct kernel *k);

/*
 * Invokes the capability that the current thread names by `cptr`, with the message in its
 * registers; writes the reply of a call. Faults and blocking are the thread's new state.
 */
void invocation_handle(struct kernel *k, word cptr, bool is_call, bool is_blocking);

/*
 * MCS: the same for the first half of a system call that sends (without waiting) and receives.
 * PREEMPTED: the thread will issue the system call again, so nothing may be received now.
 */
enum outcome invocation_handle_first(struct kernel *k, word cptr);

/* The system calls of a kernel with MCS (syscall_mcs.c). False: not one of them. */
bool syscall_mcs(struct kernel *k, enum abi_syscall call);

#endif
