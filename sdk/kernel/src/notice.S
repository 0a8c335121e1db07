/*
 * A multiboot program in place of a kernel: writes to the serial line that the system is run by
 * sel4ux, and halts. So `./simulate` and boot loaders get an answer instead of silence.
 *
 * 32-bit code without memory of its own but this; started with interrupts off.
 */
#define MAGIC   0x1badb002
#define COM1    0x3f8
#define STATUS  5 /* line status register */
#define EMPTY   5 /* its bit: ready to take a byte */

    .section .multiboot, "a"
    .balign 4
    .long MAGIC, 0, -MAGIC

    .section .text
    .code32
    .global _start
_start:
    mov $text, %esi
next:
    mov $(COM1 + STATUS), %dx
    in (%dx), %al
    test $(1 << EMPTY), %al
    jz next
    lodsb (%esi), %al
    test %al, %al
    jz halt
    mov $COM1, %dx
    out %al, (%dx)
    jmp next
halt:
    hlt
    jmp halt

    .section .rodata
text:
    .ascii "sel4ux: this system was built for sel4ux, which needs no kernel to boot.\r\n"
    .asciz "Run its image in the build folder instead: images/*-image-x86_64-pc99\r\n"

    .section .note.GNU-stack, "", @progbits
