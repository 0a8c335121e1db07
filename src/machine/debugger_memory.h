/* Breakpoints and watchpoints in guest memory, for debugger.c. */
#ifndef SEL4UX_MACHINE_DEBUGGER_MEMORY_H
#define SEL4UX_MACHINE_DEBUGGER_MEMORY_H

#include "machine/debugger.h"

/* The breakpoint of this VSpace there; NULL: none. */
struct debugger_breakpoint *debugger_find(struct machine *m, paddr vspace, uint64_t vaddr);

/* Where the int3 of a breakpoint of ours, of whatever VSpace, is that is mapped there; 0: none. */
paddr debugger_int3(const struct machine *m, paddr vspace, uint64_t vaddr);

void debugger_take_out(struct machine *m, paddr at);
void debugger_put_back(struct machine *m); /* what is taken out */

/* Pages may have been mapped, unmapped or replaced. */
void debugger_follow_pages(struct machine *m);

/* A watchpoint whose bytes have changed since this was last asked; NULL: none has. */
const struct debugger_watchpoint *debugger_changed(struct machine *m);

/* The watchpoints for reads that the current thread's next instruction is going to meet, a bit
 * each. */
uint32_t debugger_foresee(struct machine *m);

bool debugger_is_watched(const struct machine *m, paddr vspace);

#endif
