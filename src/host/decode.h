/* Decoding of memory-access instructions, for the emulation of device registers. */
#ifndef SEL4UX_HOST_DECODE_H
#define SEL4UX_HOST_DECODE_H

#include "machine/machine.h"

/* Fills *access (all but its `bytes`) from the instruction at the start of `bytes`. */
void decode_access(const uint8_t *bytes, struct access *access);

/* Answers the machine's pending decode request, if there is one; called by the monitor. */
void decode_serve(struct machine *m);

#endif
