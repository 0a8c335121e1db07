/*
 * Whether a page fault was a write. Linux puts the exception syndrome into the signal frame; where
 * there is none, as under qemu-aarch64, the instruction itself tells.
 */
#include "hosted/aarch64/fault.h"

#include <asm/sigcontext.h>
#include <stddef.h>

#define CLASS_SHIFT       26
#define CLASS_DATA_ABORT  0x24
#define SYNDROME_WRITE    (1u << 6)
#define SYNDROME_IS_CACHE (1u << 8) /* cache maintenance says "write" whatever it does */

/* The syndrome register in the frame's list of records; 0: not there. */
static uint64_t syndrome_of(const ucontext_t *uc)
{
    const uint8_t *at = uc->uc_mcontext.__reserved;
    const uint8_t *end = at + sizeof uc->uc_mcontext.__reserved;

    while ((size_t)(end - at) >= sizeof(struct esr_context)) {
        const struct _aarch64_ctx *record = (const void *)at;

        if (record->magic == ESR_MAGIC)
            return ((const struct esr_context *)(const void *)at)->esr;
        if (record->size < sizeof *record || record->size > (size_t)(end - at))
            return 0;
        at += record->size;
    }
    return 0;
}

static bool matches(uint32_t instruction, uint32_t mask, uint32_t value)
{
    return (instruction & mask) == value;
}

/* The architecture's "loads and stores": the first that matches; what none does is a load. */
bool fault_instruction_writes(uint32_t instruction)
{
    static const struct {
        uint32_t mask, value;
        bool writes;
    } table[] = {
        {0xffffffe0, 0xd50b7420, true},  /* dc zva */
        {0x3b20fc00, 0x3820c000, false}, /* ldapr */
        {0x3b200400, 0x38200400, false}, /* ldraa, ldrab */
        {0x3b200c00, 0x38200000, true},  /* atomic read and write */
        {0x3fa07c00, 0x08a07c00, true},  /* cas */
        {0xbfa07c00, 0x08207c00, true},  /* casp */
        {0x3f400000, 0x08000000, true},  /* exclusive and ordered stores */
        {0x3fe00c00, 0x19000000, true},  /* stlur */
        {0x3a400000, 0x28000000, true},  /* pairs */
        {0x3ec00000, 0x3c800000, true},  /* a vector register's 128 bits */
        {0x3ac00000, 0x38000000, true},  /* one register of either kind */
        {0xbe400000, 0x0c000000, true},  /* vector structures */
        {0xfe000000, 0xe4000000, true},  /* scalable vectors */
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (matches(instruction, table[i].mask, table[i].value))
            return table[i].writes;
    }
    return false;
}

bool fault_is_write(const ucontext_t *uc, uint64_t address)
{
    uint64_t syndrome = syndrome_of(uc), pc = uc->uc_mcontext.pc;

    if (syndrome != 0)
        return syndrome >> CLASS_SHIFT == CLASS_DATA_ABORT && (syndrome & SYNDROME_WRITE) != 0 &&
               (syndrome & SYNDROME_IS_CACHE) == 0;
    if (address - pc < sizeof(uint32_t))
        return false; /* it could not be fetched */
    return fault_instruction_writes(*(const uint32_t *)pc);
}
