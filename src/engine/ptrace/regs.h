/* A guest thread's registers in a tracee. Functions return 0, or -1 with errno. */
#ifndef SEL4UX_ENGINE_PTRACE_REGS_H
#define SEL4UX_ENGINE_PTRACE_REGS_H

#include "engine/ptrace/space.h"

/* Writes only what the tracee does not hold already. */
int regs_load(struct space *space, const struct user_regs *regs);

/* rip and rax are as the host left them: stops_describe() knows what they mean. */
int regs_save(struct space *space, struct user_regs *regs);

/* The thread's hardware breakpoints; a host that refuses them gives a thread without any. */
void regs_load_breakpoints(struct space *space, const struct tcb *tcb);

#endif
