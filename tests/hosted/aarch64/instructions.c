/*
 * Which instructions write memory: each kind of load and store, as the assembler has them, asked of
 * the code that answers it where Linux does not.
 */
#include "hosted/aarch64/fault.h"

#include <stdio.h>

__asm__(
    ".text\n"
    ".arch armv8.5-a+lse+rcpc+sve+memtag\n"
    ".globl writes, writes_end, reads, reads_end\n" /* or they would share a place in the GOT */
    "writes:\n"
    "    str x0, [x1]\n    strb w0, [x1, #1]!\n    strh w0, [x1], #2\n    stur w0, [x1, #-3]\n"
    "    sttr x0, [x1]\n    str x0, [x1, x2, lsl #3]\n    stp x0, x2, [x1, #16]\n"
    "    stp w0, w2, [x1], #8\n    stnp x0, x2, [x1]\n    str q0, [x1]\n    str q0, [x1, x2]\n"
    "    stur q0, [x1, #1]\n    str b0, [x1]\n    str d0, [x1], #8\n    stp q0, q1, [x1]\n"
    "    stxr w0, x2, [x1]\n    stlxp w0, x2, x3, [x1]\n    stlr x0, [x1]\n    stlurb w0, [x1]\n"
    "    cas x0, x2, [x1]\n    casalb w0, w2, [x1]\n    casp x0, x1, x2, x3, [x4]\n"
    "    ldadd x0, x2, [x1]\n    swpal w0, w2, [x1]\n    stset x0, [x1]\n"
    "    st1 {v0.16b}, [x1]\n    st4 {v0.4s-v3.4s}, [x1], #64\n    st1 {v0.b}[3], [x1]\n"
    "    dc zva, x0\n    st1d {z0.d}, p0, [x1]\n"
    "writes_end:\n"
    "reads:\n"
    "    ldr x0, [x1]\n    ldrsb w0, [x1, #1]!\n    ldrh w0, [x1], #2\n    ldursw x0, [x1, #-3]\n"
    "    ldtr x0, [x1]\n    ldr x0, [x1, x2, lsl #3]\n    ldp x0, x2, [x1, #16]\n"
    "    ldpsw x0, x2, [x1], #8\n    ldnp x0, x2, [x1]\n    ldr q0, [x1]\n    ldr q0, [x1, x2]\n"
    "    ldur q0, [x1, #1]\n    ldr b0, [x1]\n    ldr d0, [x1], #8\n    ldp q0, q1, [x1]\n"
    "    ldxr x2, [x1]\n    ldaxp x2, x3, [x1]\n    ldar x0, [x1]\n    ldaprb w0, [x1]\n"
    "    ldapurb w0, [x1]\n    ldr x0, reads\n    ldraa x0, [x1]\n    ldr w0, writes\n"
    "    ld1 {v0.16b}, [x1]\n    ld4 {v0.4s-v3.4s}, [x1], #64\n    ld1 {v0.b}[3], [x1]\n"
    "    ld1r {v0.2d}, [x1]\n    ld1d {z0.d}, p0/z, [x1]\n"
    "reads_end:\n");
extern const uint32_t writes[], writes_end[], reads[], reads_end[];

static int check(const char *what, const uint32_t *from, const uint32_t *to, bool expected)
{
    int wrong = 0;

    for (const uint32_t *at = from; at < to; at++) {
        if (fault_instruction_writes(*at) == expected)
            continue;
        printf("%s: number %d, %08x, is not known as one\n", what, (int)(at - from), *at);
        wrong++;
    }
    printf("%d %s\n", (int)(to - from), what);
    return wrong;
}

int main(void)
{
    int wrong = check("instructions that write", writes, writes_end, true);

    return wrong + check("instructions that read", reads, reads_end, false) != 0;
}
