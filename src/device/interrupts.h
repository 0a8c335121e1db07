/*
 * Interrupt lines: the input pins of one IOAPIC, and message-signalled interrupts. What a pin or a
 * message means to the kernel is the kernel model's table; this only keeps what is asserted.
 *
 * An edge that arrives while its interrupt is masked stays pending until it is taken, as in QEMU's
 * model of the chip.
 */
#ifndef SEL4UX_DEVICE_INTERRUPTS_H
#define SEL4UX_DEVICE_INTERRUPTS_H

#include <stdbool.h>
#include <stdint.h>

#define IOAPIC_PINS   24
#define VECTOR_OFFSET 0x20 /* hardware vector of seL4's irq 0 */

enum isa_pin { PIN_KEYBOARD = 1, PIN_TIMER = 2, PIN_SERIAL = 4, PIN_RTC = 8 };

struct interrupts {
    uint32_t asserted;           /* pins that are high now */
    uint32_t edges;              /* pins with a rising edge that no one took yet */
    uint64_t messages[256 / 64]; /* vectors of message-signalled interrupts not yet taken */
};

void interrupts_set(struct interrupts *i, unsigned pin, bool high);
void interrupts_pulse(struct interrupts *i, unsigned pin);
void interrupts_message(struct interrupts *i, unsigned vector);

/* Whether `pin` (edge or level triggered) or `vector` wants service; take_* consumes an edge. */
bool interrupts_pin_pending(const struct interrupts *i, unsigned pin, bool level);
void interrupts_take_pin(struct interrupts *i, unsigned pin);
bool interrupts_message_pending(const struct interrupts *i, unsigned vector);
void interrupts_take_message(struct interrupts *i, unsigned vector);

#endif
