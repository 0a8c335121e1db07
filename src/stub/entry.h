/*
 * What entry.S knows of C's structures: offsets in struct lane and struct user_regs, checked by
 * entry.c, and the way into the thunks' common part.
 */
#ifndef SEL4UX_STUB_ENTRY_H
#define SEL4UX_STUB_ENTRY_H

#define LANE_REGS     0
#define LANE_RIP      8
#define LANE_RSP      16
#define LANE_FLAGS    24
#define LANE_DEFERRED 32
#define LANE_SIZE     65536

#define REGS_RIP      0
#define REGS_RSP      8
#define REGS_RFLAGS   16
#define REGS_RAX      24
#define REGS_RBX      32
#define REGS_RCX      40
#define REGS_RDX      48
#define REGS_RSI      56
#define REGS_RDI      64
#define REGS_RBP      72
#define REGS_R8       80
#define REGS_R9       88
#define REGS_R10      96
#define REGS_R11      104
#define REGS_R12      112
#define REGS_R13      120
#define REGS_R14      128
#define REGS_R15      136
#define REGS_FAULT_IP 160

#define FPU_MXCSR     24
#define FPU_XMM       160
#define FPU_XSTATE_BV 512
#define FPU_SSE       2    /* in XSTATE_BV and XINUSE */
#define FPU_OTHERS    0xfd /* x87, AVX, AVX-512; what is above belongs to Linux */

#endif
