/*
 * A 16550 UART at COM1. Received bytes wait in a 16-byte FIFO that the machine fills from the
 * terminal. A byte that is written leaves the machine at once; `paced`, the transmitter is then as
 * long busy as a line of that rate would keep it, else it is always empty. It has no holding
 * register besides the FIFO: without that it is busy until the byte's last bit. No byte is ever
 * lost: who writes without looking only keeps it busy for longer.
 */
#ifndef SEL4UX_DEVICE_SERIAL_H
#define SEL4UX_DEVICE_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "device/interrupts.h"

#define SERIAL_PORT 0x3f8
#define SERIAL_FIFO 16

struct serial {
    uint8_t enable; /* IER */
    uint8_t fifo_control, line_control, modem_control, scratch;
    uint8_t divisor[2];
    bool transmit_event; /* THR became empty and IIR was not read since */
    uint8_t rx[SERIAL_FIFO];
    uint8_t rx_head, rx_count;
    uint8_t tx; /* the byte that was written last */
    bool tx_valid;
    bool paced;
    bool sending;     /* what was written is not all sent, as far as serial_advance() knows */
    bool polled;      /* the status was read since the last byte, and said busy */
    uint64_t sent_at; /* ns: when all is */
};

/* As the kernel leaves it for itself and for guests: 115200 baud, 8 bits, no parity, one stop bit.
 */
void serial_init(struct serial *s);

uint8_t serial_read(struct serial *s, struct interrupts *i, unsigned reg, uint64_t now);
void serial_write(struct serial *s, struct interrupts *i, unsigned reg, uint8_t value,
                  uint64_t now);

/* A byte on the line that no register shows. */
void serial_send(struct serial *s, uint64_t now);

/* The transmitter runs empty. */
void serial_advance(struct serial *s, struct interrupts *i, uint64_t now);

/* When it next raises an interrupt by that; UINT64_MAX: never. */
uint64_t serial_deadline(const struct serial *s);

/* Who reads register `reg` for a second time to find the transmitter still busy waits for it. */
bool serial_is_awaited(const struct serial *s, unsigned reg, uint64_t now);

/* A byte from outside; false when the FIFO is full. */
bool serial_receive(struct serial *s, struct interrupts *i, uint8_t byte);

/* Takes the byte that was last written to the transmitter; false: none. */
bool serial_take_output(struct serial *s, char *byte);

#endif
