/* Reading instructions of the current thread, for code that carries them out in its stead or has to
 * know what they do. */
#ifndef SEL4UX_MACHINE_EMULATE_H
#define SEL4UX_MACHINE_EMULATE_H

#include "machine/machine.h"

/* Fills `bytes` (INSTRUCTION_MAX) from its rip on; what is not mapped reads as zero. */
void emulate_fetch(struct machine *m, uint8_t *bytes);

/* The instruction there; not after the next call. */
const struct access *emulate_decode(struct machine *m);

/* Where that is about to read or write. */
uint64_t emulate_address(struct machine *m, const struct access *a,
                         const struct access_memory *memory);

/* The general register that instructions call `number`. */
word *emulate_register(struct user_regs *r, unsigned number);

#endif
