/*
 * Where Linux enters the stub: at exec, and at every signal. A guest's flags may hold an alignment
 * check that our code would trip over; the direction and trap flags are cleared by Linux.
 */
#include <asm/unistd.h>

    .section .text
    .globl _start
    .type _start, @function
_start:
    mov %rsp, %rdi
    lea birth_stack_top(%rip), %rsp
    xor %ebp, %ebp
    call stub_main
    ud2
    .size _start, . - _start

    .globl signal_entry
    .type signal_entry, @function
signal_entry:
    cld
    pushfq
    andl $~0x40000, (%rsp)
    popfq
    jmp signal_entered
    .size signal_entry, . - signal_entry

    .globl signal_restorer
    .type signal_restorer, @function
signal_restorer:
    mov $__NR_rt_sigreturn, %eax
    syscall
    ud2
    .size signal_restorer, . - signal_restorer

    /* Only for what runs before a lane's first signal. */
    .section .bss.birth_stack, "aw", @nobits
    .balign 4096
    .skip 16384
birth_stack_top:

    .section .note.GNU-stack, "", @progbits
