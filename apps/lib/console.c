/*
 * Where a root task's output goes: the kernel's console if it has one, else the first serial port.
 */
#include "runtime.h"

#ifdef CONFIG_PRINTING

void (*guest_putchar)(char c) = seL4_DebugPutChar;

void console_init(void)
{
}

#else

#define COM1        0x3f8
#define COM1_STATUS (COM1 + 5)
#define STATUS_THRE 0x20 /* ready for another byte */

static seL4_CPtr com1;

static void serial_byte(char c)
{
    while (!(seL4_X86_IOPort_In8(com1, COM1_STATUS).result & STATUS_THRE)) {
    }
    seL4_X86_IOPort_Out8(com1, COM1, (unsigned char)c);
}

static void serial_putchar(char c)
{
    if (c == '\n')
        serial_byte('\r');
    serial_byte(c);
}

void (*guest_putchar)(char c) = serial_putchar;

void console_init(void)
{
    com1 = ports_alloc(COM1, COM1 + 7);
}

#endif
