/*
 * Whether this host can do what a test needs:
 *
 *     host_probe NEED [COMMAND ...]
 *
 * Without a command: 0 if it can, else 77. With one: executes it if so, else says what is missing
 * and ends with 77, which ctest counts as skipped.
 *
 *   breakpoints    the processor's debug registers work (some hypervisors accept and ignore them)
 *   counter        Linux can refuse rdtsc to a process (PR_SET_TSC), so it can be emulated
 *   fsgsbase       the processor executes wrfsbase for users
 *   fsgsbase-kept  and Linux keeps what it sets
 */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#define SKIPPED         77
#define HWCAP2_FSGSBASE 2 /* asm/hwcap2.h */

static volatile uint64_t watched;

static int has_breakpoints(void)
{
    struct perf_event_attr what = {
        .type = PERF_TYPE_BREAKPOINT,
        .size = sizeof what,
        .bp_type = HW_BREAKPOINT_W,
        .bp_addr = (uintptr_t)&watched,
        .bp_len = HW_BREAKPOINT_LEN_8,
        .exclude_kernel = 1,
    };
    int fd = (int)syscall(SYS_perf_event_open, &what, 0, -1, -1, 0);
    uint64_t hits = 0;

    if (fd < 0)
        return 0;
    watched = 1;
    if (read(fd, &hits, sizeof hits) != sizeof hits)
        hits = 0;
    close(fd);
    return hits != 0;
}

/* In a process of its own, which the counter's refusal kills. */
static int has_counter(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        prctl(PR_SET_DUMPABLE, 0);
        if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0)
            (void)__rdtsc();
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status);
}

static int keeps_fsgsbase(void)
{
    return (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) != 0;
}

/* In a process of its own, which an invalid opcode kills. */
static int has_fsgsbase(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        uint64_t base;

        prctl(PR_SET_DUMPABLE, 0);
        __asm__ volatile("rdfsbase %0" : "=r"(base));
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static const struct {
    const char *name, *missing;
    int (*there)(void);
} probes[] = {
    {"breakpoints", "working debug registers", has_breakpoints},
    {"counter", "a time stamp counter that can be intercepted", has_counter},
    {"fsgsbase", "wrfsbase for users", has_fsgsbase},
    {"fsgsbase-kept", "a Linux that knows of wrfsbase", keeps_fsgsbase},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof probes / sizeof probes[0]; i++) {
        if (strcmp(argv[1], probes[i].name) != 0)
            continue;
        if (!probes[i].there()) {
            printf("skipped: this host lacks %s\n", probes[i].missing);
            return SKIPPED;
        }
        if (argc == 2)
            return 0;
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        return 1;
    }
    fprintf(stderr, "usage: host_probe NEED [COMMAND ...]\n");
    return 2;
}
