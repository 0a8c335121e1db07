/*
 * The root server's entry: a stack, thread-local storage, and the boot info's address as argument.
 */
    .text
    .global _sel4_start
_sel4_start:
    leaq stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call greeter_main
    ud2

    .bss
    .balign 16
    .skip 16384
stack_top:
    .section .note.GNU-stack, "", @progbits
