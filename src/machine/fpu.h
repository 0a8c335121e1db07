/*
 * Threads that may not use the floating-point unit (seL4_TCBFlag_fpuDisabled).
 *
 * User mode can't switch the unit off, so such a thread runs one instruction at a time, by the
 * processor's trap flag, and the machine looks at each instruction before the thread may go on to
 * it. The guest never sees that flag: the two instructions that would show or lose it are carried
 * out here.
 */
#ifndef SEL4UX_MACHINE_FPU_H
#define SEL4UX_MACHINE_FPU_H

#include "machine/machine.h"

/* Whether the instruction that starts at `bytes` (INSTRUCTION_MAX of them) raises #NM with the unit
 * off: x87, MMX, SSE, AVX and the saving and loading of their state. */
bool fpu_instruction(const uint8_t *bytes);

/* Whether the current thread is one. */
bool fpu_steps(const struct machine *m);

/* If the current thread's next instruction is one of those two: it has been carried out. */
bool fpu_moved_flags(struct machine *m);

/*
 * The current thread, which fpu_steps(), is about to execute its next instruction. True: it
 * needs the unit, the thread has to fault instead.
 */
bool fpu_denied(struct machine *m);

#endif
