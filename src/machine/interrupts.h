/* Which of the devices' interrupts the kernel takes next: lines and messages as it routed them. */
#ifndef SEL4UX_MACHINE_INTERRUPTS_H
#define SEL4UX_MACHINE_INTERRUPTS_H

#include "machine/machine.h"

/* The pending, unmasked irq that comes first; -1 when none is. */
int interrupts_next(const struct machine *m);

bool interrupts_masked(const struct machine *m, unsigned irq);

/* `irq` is being delivered: an edge or a message is used up. */
void interrupts_accept(struct machine *m, unsigned irq);

/*
 * The current thread has run, and `entered` the kernel, or nothing had to run: what is held for it
 * (struct interrupt_hold) may come.
 */
void interrupts_progress(struct machine *m, bool entered);

/* When what is held may come: now, where who is to run next will have got on; UINT64_MAX: never. */
uint64_t interrupts_deadline(const struct machine *m);

#endif
