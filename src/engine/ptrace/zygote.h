/*
 * What the zygote does before it becomes a tracee: lets go of everything that the kernel keeps for
 * a process at user addresses, and forbids itself all system calls but those that the runner makes
 * in its place. Runs in the child of fork(); waits there to be seized.
 */
#ifndef SEL4UX_ENGINE_PTRACE_ZYGOTE_H
#define SEL4UX_ENGINE_PTRACE_ZYGOTE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * `ready` is in memory that both share; it becomes 1 when the runner may seize. `trap_counter`:
 * reading the time stamp counter is a fault in it and in its copies.
 */
_Noreturn void zygote_main(pid_t runner, int memory_fd, bool trap_counter, _Atomic uint64_t *ready);

#endif
