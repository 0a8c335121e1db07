/* Reading instructions of the current thread, for code that carries them out in its stead. */
#ifndef SEL4UX_MACHINE_EMULATE_H
#define SEL4UX_MACHINE_EMULATE_H

#include "machine/machine.h"

/* Fills `bytes` (INSTRUCTION_MAX) from its rip on; what is not mapped reads as zero. */
void emulate_fetch(struct machine *m, uint8_t *bytes);

#endif
