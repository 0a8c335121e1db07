/*
 * Ends of the program's own text where libraries are linked statically (guest_text.c): assembled
 * twice, with MARK as begin and as end, and linked before and behind the program's objects.
 */
#define JOIN(a, b, c)  a##b##_##c
#define NAME(a, b, c)  JOIN(a, b, c)

#define PUT(section_name, name)                                                                    \
    .section section_name, "ax", @progbits;                                                        \
    .globl NAME(sel4ux_, MARK, name);                                                              \
NAME(sel4ux_, MARK, name):                                                                         \
    nop

    PUT(.text, text)
    PUT(.text.startup, startup)
    PUT(.text.hot, hot)
    PUT(.text.unlikely, unlikely)

    .section .note.GNU-stack, "", @progbits
