/* High precision event timer, see hpet.h. Registers: IA-PC HPET specification 1.0a. */
#include "device/hpet.h"

#define REG_CAPABILITIES 0x000
#define REG_CONFIG       0x010
#define REG_STATUS       0x020
#define REG_COUNTER      0x0f0
#define REG_TIMER        0x100
#define TIMER_STRIDE     0x20

#define CONFIG_ENABLE 1ull
#define CONFIG_LEGACY 2ull

#define TIMER_LEVEL        (1ull << 1)
#define TIMER_ENABLE       (1ull << 2)
#define TIMER_PERIODIC     (1ull << 3)
#define TIMER_CAN_PERIODIC (1ull << 4)
#define TIMER_64BIT        (1ull << 5)
#define TIMER_SET_VALUE    (1ull << 6)
#define TIMER_32BIT        (1ull << 8)
#define TIMER_ROUTE(c)     (((c) >> 9) & 31)
#define TIMER_FSB          (1ull << 14)
#define TIMER_CAN_FSB      (1ull << 15)
#define TIMER_WRITABLE     0x7f4eull
#define TIMER_PINS         0x00ff0004ull /* pins 2 and 16 to 23, in the upper half of config */

#define FEMTOSECONDS 1000000ull /* in a nanosecond */

static uint64_t counter(const struct hpet *h, uint64_t now)
{
    if (!(h->config & CONFIG_ENABLE))
        return h->base;
    return h->base + (now - h->started) / HPET_PERIOD_NS;
}

static uint64_t capabilities(void)
{
    return (HPET_PERIOD_NS * FEMTOSECONDS) << 32 | 0x8086ull << 16 | 1ull << 15 | 1ull << 13 |
           (HPET_TIMERS - 1) << 8 | 1;
}

void hpet_init(struct hpet *h)
{
    *h = (struct hpet){0};
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        h->timer[n].config = TIMER_PINS << 32 | TIMER_CAN_FSB | TIMER_64BIT | TIMER_CAN_PERIODIC;
        h->timer[n].comparator = UINT64_MAX;
    }
}

/* Writes of `width` bytes replace only that part of a 64-bit register. */
static uint64_t merge(uint64_t old, unsigned offset, unsigned width, uint64_t value)
{
    unsigned shift = (offset & 7) * 8;
    uint64_t mask = width >= 8 ? UINT64_MAX : ((1ull << width * 8) - 1) << shift;

    return (old & ~mask) | ((value << shift) & mask);
}

static uint64_t timer_register(const struct hpet_timer *t, unsigned reg)
{
    switch (reg) {
    case 0x00:
        return t->config;
    case 0x08:
        return t->comparator;
    case 0x10:
        return t->message;
    default:
        return 0;
    }
}

static uint64_t read_register(const struct hpet *h, unsigned reg, uint64_t now)
{
    if (reg >= REG_TIMER && reg < REG_TIMER + HPET_TIMERS * TIMER_STRIDE)
        return timer_register(&h->timer[(reg - REG_TIMER) / TIMER_STRIDE], reg % TIMER_STRIDE);
    switch (reg) {
    case REG_CAPABILITIES:
        return capabilities();
    case REG_CONFIG:
        return h->config;
    case REG_STATUS:
        return h->status;
    case REG_COUNTER:
        return counter(h, now);
    default:
        return 0;
    }
}

uint64_t hpet_read(struct hpet *h, unsigned offset, unsigned width, uint64_t now)
{
    uint64_t value = read_register(h, offset & ~7u, now) >> (offset & 7) * 8;

    return width >= 8 ? value : value & ((1ull << width * 8) - 1);
}

static uint64_t timer_mask(const struct hpet_timer *t)
{
    return t->config & TIMER_32BIT ? UINT32_MAX : UINT64_MAX;
}

/* A comparator in the past (by less than half the range) has just been missed: it fires at once. */
static void arm(struct hpet *h, struct hpet_timer *t)
{
    t->armed = (h->config & CONFIG_ENABLE) && (t->config & TIMER_ENABLE);
}

static void interrupt(struct hpet *h, struct interrupts *i, unsigned n)
{
    struct hpet_timer *t = &h->timer[n];
    unsigned pin = (unsigned)TIMER_ROUTE(t->config);

    if ((h->config & CONFIG_LEGACY) && n < 2)
        pin = n == 0 ? PIN_TIMER : PIN_RTC;
    if (t->config & TIMER_FSB) {
        interrupts_message(i, t->message & 0xff);
    } else if (t->config & TIMER_LEVEL) {
        h->status |= 1ull << n;
        interrupts_set(i, pin, true);
    } else if (pin < IOAPIC_PINS) {
        interrupts_pulse(i, pin);
    }
}

static bool is_due(const struct hpet_timer *t, uint64_t count)
{
    uint64_t mask = timer_mask(t);

    /* Signed distance in the comparator's width: ahead of the counter means not due. */
    uint64_t distance = (count - t->comparator) & mask;
    return distance <= mask / 2;
}

static void advance_timer(struct hpet *h, struct interrupts *i, unsigned n, uint64_t count)
{
    struct hpet_timer *t = &h->timer[n];

    if (!t->armed || !is_due(t, count))
        return;
    interrupt(h, i, n);
    if (!(t->config & TIMER_PERIODIC) || t->period == 0) {
        t->armed = false;
        return;
    }
    uint64_t missed = ((count - t->comparator) & timer_mask(t)) / t->period;
    t->comparator = (t->comparator + (missed + 1) * t->period) & timer_mask(t);
}

void hpet_advance(struct hpet *h, struct interrupts *i, uint64_t now)
{
    uint64_t count;

    if (!(h->config & CONFIG_ENABLE))
        return;
    count = counter(h, now);
    for (unsigned n = 0; n < HPET_TIMERS; n++)
        advance_timer(h, i, n, count);
}

uint64_t hpet_deadline(const struct hpet *h)
{
    uint64_t deadline = UINT64_MAX;

    if (!(h->config & CONFIG_ENABLE))
        return UINT64_MAX;
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        const struct hpet_timer *t = &h->timer[n];
        uint64_t ahead = (t->comparator - h->base) & timer_mask(t);
        uint64_t when;

        if (!t->armed || ahead > (UINT64_MAX - h->started) / HPET_PERIOD_NS)
            continue;
        when = h->started + ahead * HPET_PERIOD_NS;
        if (when < deadline)
            deadline = when;
    }
    return deadline;
}

static void write_timer(struct hpet *h, unsigned n, unsigned offset, unsigned width, uint64_t value,
                        uint64_t now)
{
    struct hpet_timer *t = &h->timer[n];
    unsigned reg = (offset % TIMER_STRIDE) & ~7u;
    uint64_t full = merge(timer_register(t, reg), offset, width, value);

    if (reg == 0x00) {
        t->config = (t->config & ~TIMER_WRITABLE) | (full & TIMER_WRITABLE);
    } else if (reg == 0x08) {
        /* In periodic mode a write sets the period, and the comparator too after SET_VALUE. */
        if (t->config & TIMER_PERIODIC)
            t->period = full & timer_mask(t);
        if (!(t->config & TIMER_PERIODIC) || (t->config & TIMER_SET_VALUE))
            t->comparator = full & timer_mask(t);
        else
            t->comparator = (counter(h, now) + t->period) & timer_mask(t);
        if (width == 8 || (offset & 4))
            t->config &= ~TIMER_SET_VALUE;
    } else if (reg == 0x10) {
        t->message = full;
    }
    arm(h, t);
}

static void write_config(struct hpet *h, uint64_t value, uint64_t now)
{
    h->base = counter(h, now);
    h->started = now;
    h->config = value & (CONFIG_ENABLE | CONFIG_LEGACY);
    for (unsigned n = 0; n < HPET_TIMERS; n++)
        arm(h, &h->timer[n]);
}

void hpet_write(struct hpet *h, struct interrupts *i, unsigned offset, unsigned width,
                uint64_t value, uint64_t now)
{
    unsigned reg = offset & ~7u;

    hpet_advance(h, i, now);
    if (reg >= REG_TIMER && reg < REG_TIMER + HPET_TIMERS * TIMER_STRIDE) {
        write_timer(h, (reg - REG_TIMER) / TIMER_STRIDE, offset, width, value, now);
    } else if (reg == REG_CONFIG) {
        write_config(h, merge(h->config, offset, width, value), now);
    } else if (reg == REG_STATUS) {
        uint64_t clear = merge(0, offset, width, value) & h->status;

        h->status &= ~clear;
        for (unsigned n = 0; n < HPET_TIMERS; n++) {
            if (clear & (1ull << n))
                interrupts_set(i, (unsigned)TIMER_ROUTE(h->timer[n].config) % IOAPIC_PINS, false);
        }
    } else if (reg == REG_COUNTER) {
        h->base = merge(counter(h, now), offset, width, value);
        h->started = now;
        for (unsigned n = 0; n < HPET_TIMERS; n++)
            arm(h, &h->timer[n]);
    }
    hpet_advance(h, i, now);
}
