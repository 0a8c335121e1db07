/*
 * Floating-point state that a thread holds while others run: x87 registers, XMM registers, and the
 * control words of both. No compiled code runs while it is held.
 */
#pragma once

#include "guest.h"

#define FPU_CHILD_RESULT 4 /* label of the child's answer */

struct fpu_area {
    unsigned char bytes[512]; /* as FXSAVE has it */
} __attribute__((aligned(16)));

#define FPU_CONTROL  0x000 /* x87 control word */
#define FPU_STATUS   0x002
#define FPU_TAGS     0x004
#define FPU_MXCSR    0x018
#define FPU_X87      0x020
#define FPU_XMM      0x0a0
#define FPU_END      0x1a0
#define FPU_X87_SIZE 10 /* of the 16 bytes that each has */

/* A state in which every thread's differs in every register. */
static inline void fpu_make(struct fpu_area *area, unsigned seed)
{
    memset(area, 0, sizeof(*area));
    for (unsigned n = FPU_XMM; n < FPU_END; n++)
        area->bytes[n] = (unsigned char)(seed * 37 + n * 11);
    for (unsigned n = 0; n < 8; n++) {
        for (unsigned byte = 0; byte < FPU_X87_SIZE; byte++)
            area->bytes[FPU_X87 + n * 16 + byte] = (unsigned char)(seed * 53 + n * 17 + byte);
    }
    area->bytes[FPU_TAGS] = 0xff;
    area->bytes[FPU_CONTROL] = 0x7f;
    area->bytes[FPU_CONTROL + 1] = (unsigned char)(0x03 | (seed & 3) << 2); /* rounding */
    area->bytes[FPU_MXCSR] = 0x80;
    area->bytes[FPU_MXCSR + 1] = (unsigned char)(0x1f | (seed & 3) << 5);
}

static inline bool fpu_same(const struct fpu_area *a, const struct fpu_area *b)
{
    for (unsigned n = 0; n < 8; n++) {
        if (memcmp(a->bytes + FPU_X87 + n * 16, b->bytes + FPU_X87 + n * 16, FPU_X87_SIZE) != 0)
            return false;
    }
    return memcmp(a->bytes, b->bytes, FPU_TAGS + 1) == 0 &&
           memcmp(a->bytes + FPU_MXCSR, b->bytes + FPU_MXCSR, 4) == 0 &&
           memcmp(a->bytes + FPU_XMM, b->bytes + FPU_XMM, FPU_END - FPU_XMM) == 0;
}

#define FPU_REGISTERS                                                                              \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",       \
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)",     \
        "st(5)", "st(6)", "st(7)"

/* Loads `in`, spins and yields in turns, stores what is left of it in `out`, cleans up. */
static inline void fpu_hold(const struct fpu_area *in, struct fpu_area *out, seL4_Word turns,
                            seL4_Word spins)
{
    static const unsigned mxcsr = 0x1f80;

    __asm__ volatile(
        "fxrstor64 %[in]\n"
        "1: movq %[spins], %%rax\n"
        "2: decq %%rax\n"
        "   jnz 2b\n"
        "   movq %[yield], %%rdx\n"
        "   movq %%rsp, %%rbx\n"
        "   syscall\n"
        "   movq %%rbx, %%rsp\n"
        "   decq %[turns]\n"
        "   jnz 1b\n"
        "   fxsave64 %[out]\n"
        "   fninit\n"
        "   ldmxcsr %[mxcsr]\n"
        : [out] "=m"(*out), [turns] "+r"(turns)
        : [in] "m"(*in), [spins] "r"(spins), [yield] "i"(seL4_SysYield), [mxcsr] "m"(mxcsr)
        : "rax", "rbx", "rcx", "rdx", "r11", "memory", FPU_REGISTERS);
}
