/* The time stamp counter's frequency (see tsc.h): sources in falling order of trust. */
#include "host/tsc.h"

#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/processor.h"

#define NS_PER_S       1000000000ull
#define CALIBRATION_NS 2000000ull
#define SAMPLE_TRIES   32 /* of which the one that took the shortest time is taken */

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

static uint64_t raw_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Both clocks at one time: to within some ten ns, so that the frequency is right to 50 ppm. */
struct sample {
    uint64_t ns, ticks;
};

static struct sample sample(void)
{
    struct sample best = {0};
    uint64_t shortest = UINT64_MAX;

    for (int i = 0; i < SAMPLE_TRIES; i++) {
        uint64_t before = processor_counter(), ns = raw_ns(), took = processor_counter() - before;

        if (took < shortest) {
            shortest = took;
            best = (struct sample){ns, before + took / 2};
        }
    }
    return best;
}

static uint64_t from_measurement(void)
{
    struct sample start = sample(), end;

    do {
        end = sample();
    } while (end.ns - start.ns < CALIBRATION_NS);
    return (uint64_t)((unsigned __int128)(end.ticks - start.ticks) * NS_PER_S /
                      (end.ns - start.ns));
}

uint64_t tsc_frequency(void)
{
    uint64_t hz = from_kernel();

    if (hz == 0)
        hz = tsc_of_processor();
    if (hz == 0)
        hz = from_measurement();
    return hz != 0 ? hz : NS_PER_S;
}

void tsc_start_clock(struct clock *clock)
{
    uint64_t hz = tsc_frequency();

    clock->tsc_hz = hz;
    clock->ns_per_tick = (uint64_t)(((unsigned __int128)NS_PER_S << 32) / hz);
    clock->tsc_base = processor_counter();
}
