/*
 * The one way of libsel4 into the kernel; trap_entry.h has the instructions.
 *
 * Number in rdx, capability and badge in rdi, message info in rsi, the first four message words in
 * r10, r8, r9, r15; with MCS the reply object in r12 and a send's destination in r13. The kernel
 * keeps every other register but rcx and r11; the user's rsp is kept in rbx.
 */
#pragma once

#include <sel4/trap_entry.h>
#include <sel4/trap_words.h>

static inline __attribute__((always_inline)) void sel4_trap(seL4_Word number, struct sel4_trap *t)
{
    seL4_Word cap = t->cap, info = t->info;
    register seL4_Word mr0 __asm__("r10") = t->mr[0];
    register seL4_Word mr1 __asm__("r8") = t->mr[1];
    register seL4_Word mr2 __asm__("r9") = t->mr[2];
    register seL4_Word mr3 __asm__("r15") = t->mr[3];
#ifdef CONFIG_KERNEL_MCS
    register seL4_Word reply __asm__("r12") = t->reply;
    register seL4_Word dest __asm__("r13") = t->dest;
#define SEL4_TRAP_MCS , "r"(reply), "r"(dest)
#else
#define SEL4_TRAP_MCS
#endif

    __asm__ volatile(SEL4_TRAP_ENTRY
                     : "+D"(cap), "+S"(info), "+r"(mr0), "+r"(mr1), "+r"(mr2), "+r"(mr3)
                     : "d"(number)SEL4_TRAP_MCS
                     : "rbx", "rcx", "r11", "memory");
    t->cap = cap;
    t->info = info;
    t->mr[0] = mr0;
    t->mr[1] = mr1;
    t->mr[2] = mr2;
    t->mr[3] = mr3;
}

#undef SEL4_TRAP_MCS
