/*
 * A high precision event timer: a 64-bit main counter of 10 ns and three comparators, each of
 * which interrupts by an IOAPIC pin or by a message.
 */
#ifndef SEL4UX_DEVICE_HPET_H
#define SEL4UX_DEVICE_HPET_H

#include <stdbool.h>
#include <stdint.h>

#include "device/interrupts.h"

#define HPET_ADDRESS   0xfed00000ull
#define HPET_SIZE      0x1000
#define HPET_PERIOD_NS 10
#define HPET_TIMERS    3

struct hpet_timer {
    uint64_t config; /* the register, capabilities included */
    uint64_t comparator;
    uint64_t period;  /* periodic mode: what is added at each expiry */
    uint64_t message; /* FSB route: address in the upper half, data in the lower */
    bool armed;       /* the comparator lies ahead of the counter */
};

struct hpet {
    uint64_t config, status;
    uint64_t base;    /* counter value when it was last started or stopped */
    uint64_t started; /* ns at that time */
    struct hpet_timer timer[HPET_TIMERS];
};

void hpet_init(struct hpet *h);
uint64_t hpet_read(struct hpet *h, unsigned offset, unsigned width, uint64_t now);
void hpet_write(struct hpet *h, struct interrupts *i, unsigned offset, unsigned width,
                uint64_t value, uint64_t now);
void hpet_advance(struct hpet *h, struct interrupts *i, uint64_t now);
uint64_t hpet_deadline(const struct hpet *h);

#endif
