/* The time stamp counter's frequency, as the processor or the hypervisor tells it by CPUID. */
#include "host/tsc.h"

#include <cpuid.h>

static uint64_t from_processor(void)
{
    unsigned denominator, numerator, crystal, base, max, bus;

    if (!__get_cpuid_count(0x15, 0, &denominator, &numerator, &crystal, &base))
        return 0;
    if (denominator == 0 || numerator == 0)
        return 0;
    if (crystal != 0)
        return (uint64_t)crystal * numerator / denominator;
    if (__get_cpuid_count(0x16, 0, &base, &max, &bus, &crystal) && base != 0)
        return base * 1000000ull;
    return 0;
}

static uint64_t from_hypervisor(void)
{
    unsigned a, b, c, d;

    __cpuid(1, a, b, c, d);
    if (!(c >> 31))
        return 0;
    __cpuid(0x40000000, a, b, c, d);
    if (a < 0x40000010 || a > 0x400000ff)
        return 0;
    __cpuid(0x40000010, a, b, c, d);
    return a * 1000ull;
}

uint64_t tsc_of_processor(void)
{
    uint64_t hz = from_processor();

    return hz != 0 ? hz : from_hypervisor();
}
