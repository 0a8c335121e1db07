/*
 * Hardware breakpoints of guests on a host whose debug registers don't work: some hypervisors
 * accept what is written to them and ignore it. A thread with breakpoints then runs one instruction
 * at a time (see machine_steps()), and the machine compares each one, and what it is about to read
 * and write, with them.
 *
 * Invariant: machine.foreseen are the data breakpoints that the current thread's next instruction
 * is going to meet, if nothing keeps it from being carried out. They count once it has been.
 */
#ifndef SEL4UX_MACHINE_BREAKPOINTS_H
#define SEL4UX_MACHINE_BREAKPOINTS_H

#include "machine/machine.h"

/* Whether the current thread has to be run step by step for its breakpoints. */
bool breakpoints_step(const struct machine *m);

/*
 * The current thread, which breakpoints_step(), is about to execute an instruction: which of its
 * instruction breakpoints are there, a bit each.
 */
unsigned breakpoints_here(const struct machine *m);

/* If there are none: what it is going to meet is foreseen. */
void breakpoints_foresee(struct machine *m);

/* The thread has carried out its instruction. */
void breakpoints_stepped(struct machine *m);

/* What the machine has to be entered with instead of `stop`; *hit is room for it. */
const struct stop *breakpoints_stop(struct machine *m, const struct stop *stop, struct stop *hit);

#endif
