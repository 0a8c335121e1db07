/*
 * A reader of the serial port: counts what comes until a dot does, and looks at the port's state
 * between bytes as often as a slow reader does.
 */
#include "guest.h"

#define COM1        0x3f8
#define COM1_STATUS 5
#define DATA_READY  1

int main(void)
{
    seL4_CPtr com1 = ports_alloc(COM1, COM1 + 7);
    unsigned int bytes = 0, sum = 0, byte;

    guest_printf("reading\n");
    do {
        while (!(seL4_X86_IOPort_In8(com1, COM1 + COM1_STATUS).result & DATA_READY))
            seL4_Yield();
        byte = seL4_X86_IOPort_In8(com1, COM1).result;
        sum = sum * 31 + byte;
        bytes++;
    } while (byte != '.');
    guest_printf("%u bytes, sum %x\n", bytes, sum);
    return 0;
}
