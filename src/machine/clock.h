/*
 * The machine's clock: nanoseconds since boot, from the host's time stamp counter, so that reading
 * it costs no system call. Which scale the counter has is the monitor's to measure (host/tsc.c).
 */
#ifndef SEL4UX_MACHINE_CLOCK_H
#define SEL4UX_MACHINE_CLOCK_H

#include <stdint.h>

struct clock {
    uint64_t tsc_base;    /* counter value at boot */
    uint64_t ns_per_tick; /* 32.32 fixed point */
    uint64_t tsc_hz;
};

uint64_t clock_now(const struct clock *c);

#endif
