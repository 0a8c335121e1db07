/* Interrupt lines, see interrupts.h. */
#include "device/interrupts.h"

void interrupts_set(struct interrupts *i, unsigned pin, bool high)
{
    uint32_t bit = 1u << pin;

    if (high && !(i->asserted & bit))
        i->edges |= bit;
    i->asserted = high ? i->asserted | bit : i->asserted & ~bit;
}

void interrupts_pulse(struct interrupts *i, unsigned pin)
{
    i->edges |= 1u << pin;
}

void interrupts_message(struct interrupts *i, unsigned vector)
{
    vector &= 0xff;
    i->messages[vector / 64] |= 1ull << (vector % 64);
}

bool interrupts_pin_pending(const struct interrupts *i, unsigned pin, bool level)
{
    if (pin >= IOAPIC_PINS)
        return false;
    return ((level ? i->asserted | i->edges : i->edges) >> pin) & 1;
}

void interrupts_take_pin(struct interrupts *i, unsigned pin)
{
    i->edges &= ~(1u << pin);
}

bool interrupts_message_pending(const struct interrupts *i, unsigned vector)
{
    return vector < 256 && (i->messages[vector / 64] >> (vector % 64)) & 1;
}

void interrupts_take_message(struct interrupts *i, unsigned vector)
{
    i->messages[vector / 64] &= ~(1ull << (vector % 64));
}
