/* 8254 interval timer, see pit.h. Modes and command bits: Intel 8254 data sheet. */
#include "device/pit.h"

#define NS_PER_S 1000000000ull

enum { MODE_ONE_SHOT = 0, MODE_RATE = 2, MODE_SQUARE = 3 };

static uint64_t ticks_between(uint64_t start, uint64_t now)
{
    uint64_t ns = now - start;

    return ns / NS_PER_S * PIT_HZ + ns % NS_PER_S * PIT_HZ / NS_PER_S;
}

/* The first moment, in ns, at which `ticks` counts have passed. */
static uint64_t ns_of_ticks(uint64_t ticks)
{
    return ticks / PIT_HZ * NS_PER_S + (ticks % PIT_HZ * NS_PER_S + PIT_HZ - 1) / PIT_HZ;
}

static bool is_periodic(const struct pit_counter *c)
{
    return c->mode == MODE_RATE || c->mode == MODE_SQUARE;
}

static uint16_t current_count(const struct pit_counter *c, uint64_t now)
{
    uint64_t ticks = c->loaded ? ticks_between(c->start, now) : 0;

    if (!c->loaded)
        return 0;
    if (c->mode == MODE_SQUARE)
        return (uint16_t)(c->reload - (ticks * 2) % c->reload);
    if (c->mode == MODE_RATE)
        return (uint16_t)(c->reload - ticks % c->reload);
    return (uint16_t)(c->reload - ticks); /* counts on past zero */
}

static void load(struct pit_counter *c, uint16_t value, uint64_t now)
{
    c->reload = value == 0 ? 65536 : value;
    c->start = now;
    c->fired = 0;
    c->loaded = true;
}

static void write_counter(struct pit_counter *c, uint8_t value, uint64_t now)
{
    if (c->access == 1) {
        load(c, value, now);
    } else if (c->access == 2) {
        load(c, (uint16_t)(value << 8), now);
    } else if (!c->write_high) {
        c->write_low = value;
        c->write_high = true;
    } else {
        c->write_high = false;
        load(c, (uint16_t)(value << 8 | c->write_low), now);
    }
}

static uint8_t read_counter(struct pit_counter *c, uint64_t now)
{
    uint16_t count = c->latched ? c->latch : current_count(c, now);
    uint8_t byte;

    if (c->access == 3) {
        byte = (uint8_t)(c->read_high ? count >> 8 : count);
        c->read_high = !c->read_high;
        if (!c->read_high)
            c->latched = false;
        return byte;
    }
    c->latched = false;
    return (uint8_t)(c->access == 2 ? count >> 8 : count);
}

static void latch(struct pit_counter *c, uint64_t now)
{
    if (c->latched)
        return;
    c->latched = true;
    c->latch = current_count(c, now);
    c->read_high = false;
}

static void command(struct pit *p, uint8_t value, uint64_t now)
{
    unsigned select = value >> 6, access = (value >> 4) & 3;
    struct pit_counter *c;

    if (select == 3) { /* read-back: latch the chosen counts */
        for (unsigned n = 0; n < PIT_COUNTERS; n++) {
            if ((value & (2u << n)) && !(value & 0x20))
                latch(&p->counter[n], now);
        }
        return;
    }
    c = &p->counter[select];
    if (access == 0) {
        latch(c, now);
        return;
    }
    if (select == 0)
        p->unheard = false;
    *c = (struct pit_counter){.access = (uint8_t)access, .gate = c->gate};
    c->mode = (value >> 1) & 7;
    if (c->mode > 5)
        c->mode -= 4; /* modes 6 and 7 are names of 2 and 3 */
}

void pit_init(struct pit *p)
{
    for (unsigned n = 0; n < PIT_COUNTERS; n++)
        p->counter[n] = (struct pit_counter){.access = 3, .gate = n != 2};
}

void pit_leave_running(struct pit *p, uint16_t count)
{
    p->counter[0].mode = MODE_RATE;
    load(&p->counter[0], count, 0);
    p->unheard = true;
}

void pit_listen(struct pit *p, uint64_t now)
{
    struct pit_counter *c = &p->counter[0];

    if (p->unheard)
        c->fired = ticks_between(c->start, now) / c->reload;
    p->unheard = false;
}

uint8_t pit_read(struct pit *p, unsigned reg, uint64_t now)
{
    return reg < PIT_COUNTERS ? read_counter(&p->counter[reg], now) : 0xff;
}

void pit_write(struct pit *p, unsigned reg, uint8_t value, uint64_t now)
{
    if (reg < PIT_COUNTERS)
        write_counter(&p->counter[reg], value, now);
    else
        command(p, value, now);
}

void pit_advance(struct pit *p, struct interrupts *i, uint64_t now)
{
    struct pit_counter *c = &p->counter[0];
    uint64_t expired;

    if (!c->loaded || p->unheard || now < c->start)
        return;
    expired = ticks_between(c->start, now) / c->reload;
    if (!is_periodic(c) && expired > 1)
        expired = 1;
    if (expired > c->fired) {
        c->fired = expired;
        interrupts_pulse(i, PIN_TIMER);
    }
}

uint64_t pit_deadline(const struct pit *p)
{
    const struct pit_counter *c = &p->counter[0];

    if (!c->loaded || p->unheard || (!is_periodic(c) && c->fired > 0))
        return UINT64_MAX;
    return c->start + ns_of_ticks((c->fired + 1) * c->reload);
}

void pit_set_gate2(struct pit *p, bool gate, uint64_t now)
{
    struct pit_counter *c = &p->counter[2];

    if (gate && !c->gate)
        c->start = now; /* a rising gate restarts the count */
    c->gate = gate;
}

bool pit_output2(const struct pit *p, uint64_t now)
{
    const struct pit_counter *c = &p->counter[2];
    uint64_t ticks;

    if (!c->loaded || !c->gate)
        return false;
    ticks = ticks_between(c->start, now);
    if (is_periodic(c))
        return ticks % c->reload < c->reload / 2;
    return ticks >= c->reload;
}
