/*
 * The way into the kernel of programs built for sel4ux: a jump where others have a `syscall`.
 *
 * Found before include/sel4/trap.h, whose interface it has. Registers carry the same as there. rcx
 * is the address behind the site, as hardware would leave it, and nothing is pushed: the red zone
 * stays whole. rbx holds the user's rsp during the call, as with a `syscall`: programs that read
 * the registers of a blocked thread look for it there. The two bytes before the address in rcx are
 * where a thread restarts its call, as the two bytes of a `syscall` would be: they lead back to the
 * site's start.
 *
 * `lea` and the short jump have the sizes that the kernel's side (src/machine/call_site.h) counts
 * on.
 */
#pragma once

#include <sel4/types.h>

struct sel4_trap {
    seL4_Word cap; /* in: what is invoked or received on; out: the sender's badge */
    seL4_Word info;
    seL4_Word mr[4];
    seL4_Word reply; /* MCS */
    seL4_Word dest;  /* MCS: who NBSendRecv sends to */
};

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

    __asm__ volatile("movq %%rsp, %%rbx\n"
                     "1: leaq 2f(%%rip), %%rcx\n\t"
                     "jmpq *%%gs:-0x80000000\n\t"
                     ".byte 0xeb, 0xef\n" /* jmp 1b, in two bytes whatever the assembler */
                     "2:"
                     : "+D"(cap), "+S"(info), "+r"(mr0), "+r"(mr1), "+r"(mr2), "+r"(mr3)
                     : "d"(number)SEL4_TRAP_MCS
                     : "rbx", "rcx", "r11", "cc", "memory");
    t->cap = cap;
    t->info = info;
    t->mr[0] = mr0;
    t->mr[1] = mr1;
    t->mr[2] = mr2;
    t->mr[3] = mr3;
}

#undef SEL4_TRAP_MCS
