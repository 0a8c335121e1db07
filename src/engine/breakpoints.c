/*
 * Tries one of the host's breakpoints, see breakpoints.h: as an event that counts the writes to a
 * variable.
 */
#include "engine/breakpoints.h"

#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile uint64_t watched;

static bool work(void)
{
    struct perf_event_attr what = {
        .type = PERF_TYPE_BREAKPOINT,
        .size = sizeof what,
        .bp_type = HW_BREAKPOINT_W,
        .bp_addr = (uintptr_t)&watched,
        .bp_len = HW_BREAKPOINT_LEN_8,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    const char *test = getenv("SEL4UX_BREAKPOINTS");
    uint64_t hits = 0;
    int fd;

    if (test != NULL && strcmp(test, "emulated") == 0)
        return false;
    fd = (int)syscall(SYS_perf_event_open, &what, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return true;
    watched = 1;
    if (read(fd, &hits, sizeof hits) != sizeof hits)
        hits = 1;
    close(fd);
    return hits != 0;
}

void breakpoints_try_host(struct machine *m)
{
    m->emulates_breakpoints = m->kernel.config.hardware_debug_api && !work();
}
