/*
 * A 16550 UART at COM1. Transmission takes no time: the transmitter is always empty. Received
 * bytes wait in a 16-byte FIFO that the machine fills from the terminal.
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
};

uint8_t serial_read(struct serial *s, struct interrupts *i, unsigned reg);
void serial_write(struct serial *s, struct interrupts *i, unsigned reg, uint8_t value);

/* A byte from outside; false when the FIFO is full. */
bool serial_receive(struct serial *s, struct interrupts *i, uint8_t byte);

/* Takes the byte that was last written to the transmitter; false: none. */
bool serial_take_output(struct serial *s, char *byte);

#endif
