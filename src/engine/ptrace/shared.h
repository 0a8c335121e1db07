/*
 * What the runner leaves in the machine's memory for the monitor: the processes to end, should the
 * runner not be able to do it itself. The runner writes, the monitor reads once the runner is dead.
 */
#ifndef SEL4UX_ENGINE_PTRACE_SHARED_H
#define SEL4UX_ENGINE_PTRACE_SHARED_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "machine/machine.h"

#define SHARED_MAX_PIDS 65536

struct ptrace_shared {
    _Atomic uint32_t count; /* pids in use, holes (0) included */
    _Atomic int32_t pid[SHARED_MAX_PIDS];
};

_Static_assert(sizeof(struct ptrace_shared) <= MACHINE_WRITTEN_OFFSET - MACHINE_ENGINE_OFFSET,
               "the engine's area");

static inline struct ptrace_shared *shared_of(struct machine *m)
{
    return (struct ptrace_shared *)((char *)m + MACHINE_ENGINE_OFFSET);
}

/* For the runner, which has one machine. */
void shared_bind(struct machine *m);
void shared_add_pid(pid_t pid);
void shared_remove_pid(pid_t pid);
uint32_t shared_pid_count(void);
pid_t shared_pid(uint32_t n);

#endif
