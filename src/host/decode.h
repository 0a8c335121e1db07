/*
 * Decoding of memory-access instructions, for the emulation of device registers and for what a page
 * fault was about.
 */
#ifndef SEL4UX_HOST_DECODE_H
#define SEL4UX_HOST_DECODE_H

#include "machine/machine.h"

/* Fills *access (all but its `bytes`) from the instruction at the start of `bytes`. */
void decode_access(const uint8_t *bytes, struct access *access);

/*
 * Whether the instruction at the start of `bytes`, about to be executed with `regs`, writes to what
 * is at `address`: a page fault there says so, and so does one of an instruction that reads first.
 */
bool decode_writes_to(const uint8_t *bytes, const struct user_regs *regs, uint64_t address);

/* Answers the machine's pending decode request, if there is one; called by the monitor. */
void decode_serve(struct machine *m);

#endif
