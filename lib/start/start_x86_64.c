/*
 * _sel4ux_start, the entry of a program on x86_64 (see start.h).
 *
 * seL4 starts its root task without a stack, and Linux nobody. Whoever is started with one asks:
 * close(-1) fails on Linux, and to seL4 the same instruction is a yield, which leaves rax alone.
 * The program's own entry, _sel4_start or else _start, finds its registers as they were but for
 * those that a system call destroys.
 */
#include "start.h"

#include <sel4/sel4.h>

#include <asm/unistd.h>

#define TEXT(macro)  TEXT_(macro)
#define TEXT_(macro) #macro

__attribute__((weak)) void _sel4_start(void);
__attribute__((weak)) void _start(void);

void _sel4ux_start(void);

__attribute__((naked, noreturn)) void _sel4ux_start(void)
{
    __asm__ volatile(".reloc ., R_X86_64_NONE, sel4ux_config_note\n\t"
                     "test %%rsp, %%rsp\n\t"
                     "jz 1f\n\t"
                     "mov %%rdi, %%r12\n\t"
                     "mov %%rdx, %%r13\n\t"
                     "mov $" TEXT(__NR_close) ", %%eax\n\t"
                                              "mov $-1, %%rdi\n\t"
                                              "mov %0, %%rdx\n\t"
                                              "syscall\n\t"
                                              "mov %%r12, %%rdi\n\t"
                                              "mov %%r13, %%rdx\n\t"
                                              "cmp $" TEXT(__NR_close) ", %%eax\n\t"
                                                                       "jne 2f\n\t"
                                                                       "xor %%r12d, %%r12d\n\t"
                                                                       "xor %%r13d, %%r13d\n"
                                                                       "1: movabs %1, %%rax\n\t"
                                                                       "test %%rax, %%rax\n\t"
                                                                       "jnz 3f\n\t"
                                                                       "movabs %2, %%rax\n"
                                                                       "3: jmp *%%rax\n"
                                                                       "2: mov %%rsp, %%rdi\n\t"
                                                                       "and $-16, %%rsp\n\t"
                                                                       "xor %%ebp, %%ebp\n\t"
                                                                       "call sel4ux_launch\n\t"
                                                                       "ud2"
                     :
                     : "i"((seL4_Word)seL4_SysYield), "i"(_sel4_start), "i"(_start));
}

long sel4ux_linux_call(long number, long first, long second, long third)
{
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(first), "S"(second), "d"(third)
                     : "rcx", "r11", "memory");
    return result;
}
