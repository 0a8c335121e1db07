/*
 * The note that tells sel4ux which kernel the program was built for (src/loader/note.h): the text
 * of SEL4UX_CONFIG_FILE, a gen_config.json. start_x86_64.c refers to it, so it is always linked.
 */
    .section .note.sel4ux, "a", @note
    .balign 4
    .globl sel4ux_config_note
sel4ux_config_note:
    .long 2f - 1f, 4f - 3f, 1
1:  .asciz "sel4ux"
2:  .balign 4
3:  .incbin SEL4UX_CONFIG_FILE
4:  .balign 4

    .section .note.GNU-stack, "", @progbits
