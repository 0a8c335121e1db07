/*
 * The way into the kernel of programs built for sel4ux: a jump where others have a `syscall`.
 *
 * Found before include/sel4/trap_entry.h. Registers carry the same as there. rcx is the address
 * behind the site, as hardware would leave it, and nothing is pushed: the red zone stays whole. rbx
 * holds the user's rsp during the call, as with a `syscall`: programs that read the registers of a
 * blocked thread look for it there. The two bytes before the address in rcx are where a thread
 * restarts its call, as the two bytes of a `syscall` would be: they lead back to the site's start.
 *
 * `lea` and the short jump have the sizes that the kernel's side (src/machine/call_site.h) counts
 * on; the jump is in bytes, since assemblers differ in what they make of it.
 */
#pragma once

#define SEL4_TRAP_ENTRY                                                                            \
    "movq %%rsp, %%rbx\n"                                                                          \
    "1: leaq 2f(%%rip), %%rcx\n\t"                                                                 \
    "jmpq *%%gs:-0x80000000\n\t"                                                                   \
    ".byte 0xeb, 0xef\n" /* jmp 1b */                                                              \
    "2:"
