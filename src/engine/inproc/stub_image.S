/* The stub's programs, one for each window: what inproc.c starts. */
    .section .rodata
    .macro program name, file
    .globl \name\()_start
    .globl \name\()_end
    .balign 16
\name\()_start:
    .incbin "\file"
\name\()_end:
    .endm

    program stub_program_0, STUB_FILE_0
    program stub_program_1, STUB_FILE_1

    .section .note.GNU-stack, "", @progbits
