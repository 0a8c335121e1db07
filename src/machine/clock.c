/* The machine's clock, see clock.h. */
#include "machine/clock.h"

uint64_t clock_now(const struct clock *c)
{
    uint64_t ticks = __builtin_ia32_rdtsc() - c->tsc_base;

    /* Counters of two cores may differ by a little: never before boot. */
    if ((int64_t)ticks < 0)
        return 0;
    return (uint64_t)((unsigned __int128)ticks * c->ns_per_tick >> 32);
}
