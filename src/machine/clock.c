/* The machine's clock, see clock.h. */
#include "machine/clock.h"

#include "base/processor.h"

/* splitmix64: each output depends on all bits of the seed. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static uint64_t random_below(struct clock *c, uint64_t limit)
{
    c->random += 0x9e3779b97f4a7c15ull;
    return mix(c->random) % limit;
}

void clock_start_virtual(struct clock *c, uint64_t seed)
{
    *c = (struct clock){.is_virtual = true, .tsc_hz = CLOCK_VIRTUAL_HZ};
    c->seed = c->random = seed;
}

uint64_t clock_now(const struct clock *c)
{
    uint64_t ticks;

    if (c->is_virtual)
        return c->now;
    ticks = processor_counter() - c->tsc_base;
    /* Counters of two cores may differ by a little: never before boot. */
    if ((int64_t)ticks < 0)
        return 0;
    return (uint64_t)((unsigned __int128)ticks * c->ns_per_tick >> 32);
}

uint64_t clock_counter(const struct clock *c)
{
    _Static_assert(CLOCK_VIRTUAL_HZ == 1000000000, "a tick is a nanosecond");
    return c->is_virtual ? c->now : processor_counter();
}

/* How many charges more the next poll costs. */
static uint64_t surcharges(uint64_t *polls)
{
    uint64_t times = (*polls)++ / CLOCK_POLLS;

    return times < CLOCK_POLLS_MAX ? times : CLOCK_POLLS_MAX - 1;
}

static uint64_t price(struct clock *c, enum clock_charge charge)
{
    switch (charge) {
    case CLOCK_ENTRY:
        c->polls = 0;
        return charge;
    case CLOCK_DEVICE:
    case CLOCK_COUNTER:
        return charge * (1 + surcharges(&c->polls));
    case CLOCK_PORT:
        if (c->charges - c->port_charges > CLOCK_PORT_APART)
            c->port_polls = 0;
        c->port_charges = c->charges;
        return CLOCK_ENTRY * surcharges(&c->port_polls);
    default:
        return charge;
    }
}

void clock_charge(struct clock *c, enum clock_charge charge)
{
    uint64_t ns;

    if (!c->is_virtual)
        return;
    c->charges++;
    ns = price(c, charge);
    if (c->seed != 0) {
        ns += random_below(c, (CLOCK_JITTER - 1) * ns + 1);
        if (charge == CLOCK_ENTRY && random_below(c, CLOCK_LONG_RUNS) == 0)
            ns += random_below(c, 1ull << random_below(c, CLOCK_LONG_BITS + 1));
    }
    c->now += ns;
}

bool clock_jump(struct clock *c, uint64_t when)
{
    if (!c->is_virtual || when == UINT64_MAX)
        return false;
    c->now = when > c->now ? when : c->now + 1;
    return true;
}

uint64_t clock_stop(const struct clock *c)
{
    return c->is_virtual ? 1 : processor_counter() | 1;
}

void clock_go_on(struct clock *c, uint64_t stopped)
{
    uint64_t now;

    if (c->is_virtual || stopped == 0)
        return;
    now = processor_counter();
    if (now > stopped)
        c->tsc_base += now - stopped;
}

uint64_t clock_phase(const struct clock *c, uint64_t period)
{
    return c->seed != 0 ? mix(c->seed) % period : 0;
}
