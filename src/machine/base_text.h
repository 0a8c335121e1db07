/*
 * The instructions that set and read FS and GS bases (rdfsbase, rdgsbase, wrfsbase, wrgsbase) in a
 * guest's text, as its tables have it: for engines that have to catch them, since the host's Linux
 * forgets what they set (docs/adr/0002-patched-entry.md).
 */
#ifndef SEL4UX_MACHINE_BASE_TEXT_H
#define SEL4UX_MACHINE_BASE_TEXT_H

#include "machine/machine.h"

#define BASE_TEXT_MAX   5    /* bytes of the longest one, without prefixes that mean nothing */
#define BASE_TEXT_FIRST 0xf3 /* its first byte; f3, maybe a REX prefix, 0f ae, ModRM */
#define BASE_TEXT_INVALID                                                                          \
    0xd6 /* an opcode that does not exist, in place of it in engines' copies */

/* As it is executed at some address. */
struct base_instruction {
    unsigned size; /* with its prefixes; 0: it is another instruction */
    uint8_t reg;   /* the operand, as instructions number registers */
    bool gs, sets;
    uint64_t mask; /* of the operand's bits */
};

/* The length of the instruction, of which all BASE_TEXT_MAX bytes can be read; 0: another one. */
unsigned base_text_size(const uint8_t *at);

struct base_instruction base_text_decode(struct machine *m, paddr pml4, uint64_t vaddr);

/* What the tables have at `vaddr`, within a page; NULL: no memory. */
uint8_t *base_text_at(struct machine *m, paddr pml4, uint64_t vaddr);

/* `page` has one between the offsets `start` and `end`: the first one's; `end` if there is none. */
unsigned base_text_find(struct machine *m, paddr pml4, uint64_t page, unsigned start, unsigned end);

bool base_text_has(struct machine *m, paddr pml4, uint64_t page);

/* Whether one begins in the page before and goes on in this one. */
bool base_text_crosses_into(struct machine *m, paddr pml4, uint64_t page);

/*
 * A guest that read its own text at a copy and put the bytes elsewhere has copied the opcode of
 * ours to `vaddr`. True: the frame has the instruction's own byte again.
 */
bool base_text_heal(struct machine *m, paddr pml4, uint64_t vaddr);

#endif
