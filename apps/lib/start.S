/*
 * The entry of every guest: a stack of its own, then guest_start() with what the thread was
 * started with. A root task is given the address of the boot info, a process that process_start()
 * made its IPC buffer's.
 */
    .section .text._start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    leaq start_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call guest_start
    ud2
    .size _start, . - _start

    .section .bss.start_stack, "aw", @nobits
    .balign 4096
    .skip 32768
start_stack_top:

    .section .note.GNU-stack, "", @progbits
