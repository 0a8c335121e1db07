/* Why a guest stopped: from what ptrace says to what the kernel model understands. */
#ifndef SEL4UX_ENGINE_PTRACE_STOPS_H
#define SEL4UX_ENGINE_PTRACE_STOPS_H

#include "engine/ptrace/space.h"

/*
 * The current thread, which runs in `space`, stopped with waitpid's `status`; its registers are
 * saved. Corrects those that the host changed and fills *stop. False: it was the host's affair
 * and is settled; load the registers and run on.
 */
bool stops_describe(struct machine *m, struct space *space, paddr pml4, int status,
                    struct stop *stop);

#endif
