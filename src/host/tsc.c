/* The time stamp counter's frequency (see tsc.h): sources in falling order of trust. */
#include "host/tsc.h"

#include <cpuid.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S       1000000000ull
#define CALIBRATION_NS 5000000ull

/* Linux tells with which factor its own clock turns ticks into ns: ns = (ticks * mult) >> shift. */
static uint64_t from_kernel(void)
{
    struct perf_event_attr attr = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof attr,
        .config = PERF_COUNT_SW_DUMMY,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    long page_size = sysconf(_SC_PAGESIZE);
    uint64_t hz = 0;
    int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

    if (fd < 0)
        return 0;
    void *map = mmap(NULL, (size_t)page_size, PROT_READ, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) {
        const struct perf_event_mmap_page *page = map;

        if (page->cap_user_time && page->time_mult != 0)
            hz = (uint64_t)(((unsigned __int128)NS_PER_S << page->time_shift) / page->time_mult);
        munmap(map, (size_t)page_size);
    }
    close(fd);
    return hz;
}

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

static uint64_t raw_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static uint64_t from_measurement(void)
{
    uint64_t start = raw_ns(), ticks = __builtin_ia32_rdtsc(), now;

    do {
        now = raw_ns();
    } while (now - start < CALIBRATION_NS);
    return (uint64_t)((unsigned __int128)(__builtin_ia32_rdtsc() - ticks) * NS_PER_S /
                      (now - start));
}

uint64_t tsc_frequency(void)
{
    uint64_t hz = from_kernel();

    if (hz == 0)
        hz = from_processor();
    if (hz == 0)
        hz = from_hypervisor();
    if (hz == 0)
        hz = from_measurement();
    return hz != 0 ? hz : NS_PER_S;
}

void tsc_start_clock(struct clock *clock)
{
    uint64_t hz = tsc_frequency();

    clock->tsc_hz = hz;
    clock->ns_per_tick = (uint64_t)(((unsigned __int128)NS_PER_S << 32) / hz);
    clock->tsc_base = __builtin_ia32_rdtsc();
}
