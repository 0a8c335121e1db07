/*
 * The runner: the process that runs the kernel model and drives the tracees. It is the machine's
 * only holder of the CPU token.
 */
#ifndef SEL4UX_ENGINE_PTRACE_RUNNER_H
#define SEL4UX_ENGINE_PTRACE_RUNNER_H

#include "base/error.h"
#include "engine/engine.h"

struct runner {
    struct machine *machine;
    timer_t timer;
    uint64_t armed; /* machine time that the timer is set to; UINT64_MAX: none */

    /* Virtual time: the timer only catches guests that spin. */
    bool watching;                 /* it is set */
    struct watch watch;            /* where the guest was then */
    pid_t running;                 /* the guest that ran last */
    pid_t watched;                 /* the guest that the timer was set for */
    uint64_t watched_ns, patience; /* its processor time then, and how much more it may use */
};

/*
 * The life of a runner, in the process that the monitor forked for it. Writes a byte to `ready`
 * once guests can run; before that, a failure is told by machine.end_text.
 */
_Noreturn void runner_main(const struct engine_setup *setup, pid_t monitor, int ready);

/* The host let us down: ends the machine and this process. */
_Noreturn void runner_fail(struct machine *m, const char *format, ...) ERROR_PRINTF(2, 3);

/* What environment_ring() writes to; for the process that runs the machine. */
void environment_bind(int doorbell);

#endif
