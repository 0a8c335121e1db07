/*
 * The archive that a guest carries, made by the build: GUEST_ARCHIVE is its file.
 */
    .section .rodata.guest_archive, "a", @progbits
    .globl guest_archive
    .balign 16
guest_archive:
    .incbin GUEST_ARCHIVE

    .section .note.GNU-stack, "", @progbits
