/* Whether a page fault was a write: what x86 has in the error code. */
#ifndef SEL4UX_HOSTED_AARCH64_FAULT_H
#define SEL4UX_HOSTED_AARCH64_FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

bool fault_is_write(const ucontext_t *uc, uint64_t address);

/* An instruction that accesses memory writes it (and may read it, too). */
bool fault_instruction_writes(uint32_t instruction);

#endif
