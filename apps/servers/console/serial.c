/* The first serial port, a 16550, by its interrupt: device 0 is its ports, device 1 its interrupt.
 */
#include "port.h"

#define COM1       0x3f8
#define REG_DATA   (COM1 + 0)
#define REG_IER    (COM1 + 1)
#define REG_FCR    (COM1 + 2)
#define REG_LCR    (COM1 + 3)
#define REG_MCR    (COM1 + 4)
#define REG_LSR    (COM1 + 5)
#define IER_RX     1
#define IER_TX     2
#define FIFO_ON    1
#define LCR_8N1    3
#define MCR_IRQ    0x0b /* the interrupt line, RTS and DTR */
#define LSR_DATA   1
#define LSR_EMPTY  0x20
#define FIFO_BYTES 16

static const struct port_devices *devices;

static unsigned int in(unsigned int reg)
{
    return seL4_X86_IOPort_In8(devices->device, reg).result;
}

static void out(unsigned int reg, unsigned int value)
{
    must("serial port", seL4_X86_IOPort_Out8(devices->device, reg, value));
}

static long serial_start(const struct port_devices *given)
{
    devices = given;
    out(REG_LCR, LCR_8N1);
    out(REG_FCR, FIFO_ON);
    out(REG_MCR, MCR_IRQ);
    return 0;
}

static long serial_bind(void)
{
    return 0;
}

static void serial_acknowledge(void)
{
    must("acknowledge serial", seL4_IRQHandler_Ack(devices->irq));
}

static long serial_read(char *to, size_t bytes)
{
    size_t n = 0;

    while (n < bytes && (in(REG_LSR)&LSR_DATA))
        to[n++] = (char)in(REG_DATA);
    return (long)n;
}

static size_t serial_write(const char *from, size_t bytes)
{
    size_t n = 0;

    while (n < bytes && (in(REG_LSR)&LSR_EMPTY)) {
        for (int i = 0; i < FIFO_BYTES && n < bytes; i++)
            out(REG_DATA, (unsigned char)from[n++]);
    }
    return n;
}

/* Off and on again: what is true already raises the line once more, which only edges count of. */
static void serial_arm(bool input, bool output)
{
    out(REG_IER, 0);
    out(REG_IER, (input ? IER_RX : 0u) | (output ? IER_TX : 0u));
}

static void serial_size(seL4_Word *columns, seL4_Word *rows)
{
    *columns = *rows = 0;
}

const struct port port_serial = {serial_start, serial_bind, serial_acknowledge, serial_read,
                                 serial_write, serial_arm,  serial_size};
