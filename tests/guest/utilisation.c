/*
 * A kernel that counts what threads use, with 64 priorities. Timer ticks that come meanwhile are
 * kernel entries, too: each measurement is made several times, and the least of each count is what
 * was meant.
 */
#include <sel4/benchmark_utilisation_types.h>

#include "guest.h"

#define TRIES    20
#define CALLS    10
#define ABOVE    60 /* priority; the root task has the highest, 63 */
#define COUNTERS (BENCHMARK_TOTAL_NUMBER_KERNEL_ENTRIES + 1)

static struct thread partner, faulter;
static seL4_CPtr endpoint;
static seL4_Word least[COUNTERS];

static void read_counters(seL4_CPtr tcb, seL4_Word *counters)
{
    seL4_BenchmarkGetThreadUtilisation(tcb);
    for (int i = 0; i < COUNTERS; i++)
        counters[i] = seL4_GetMR(i);
}

static const char *yes(bool is_so)
{
    return is_so ? "yes" : "no";
}

static void show(const char *what)
{
    guest_printf(
        "%s: thread %lu switches, %lu entries; idle %lu, %lu; all %lu, %lu\n", what,
        least[BENCHMARK_TCB_NUMBER_SCHEDULES], least[BENCHMARK_TCB_NUMBER_KERNEL_ENTRIES],
        least[BENCHMARK_IDLE_NUMBER_SCHEDULES], least[BENCHMARK_IDLE_NUMBER_KERNEL_ENTRIES],
        least[BENCHMARK_TOTAL_NUMBER_SCHEDULES], least[BENCHMARK_TOTAL_NUMBER_KERNEL_ENTRIES]);
}

/* What `action` adds to the counters of `tcb`. */
static void measure(const char *what, seL4_CPtr tcb, void (*action)(void))
{
    seL4_Word now[COUNTERS];

    for (int i = 0; i < COUNTERS; i++)
        least[i] = ~0ul;
    for (int n = 0; n < TRIES; n++) {
        seL4_BenchmarkResetThreadUtilisation(tcb);
        must("reset", seL4_BenchmarkResetLog());
        action();
        seL4_BenchmarkFinalizeLog();
        read_counters(tcb, now);
        for (int i = 0; i < COUNTERS; i++)
            least[i] = now[i] < least[i] ? now[i] : least[i];
    }
    show(what);
    guest_printf("  thread ran %s, within all %s, kernel within all %s, nobody %lu\n",
                 yes(now[BENCHMARK_TCB_UTILISATION] > 0),
                 yes(now[BENCHMARK_TCB_UTILISATION] <= now[BENCHMARK_TOTAL_UTILISATION]),
                 yes(now[BENCHMARK_TOTAL_KERNEL_UTILISATION] <= now[BENCHMARK_TOTAL_UTILISATION]),
                 now[BENCHMARK_IDLE_LOCALCPU_UTILISATION] + now[BENCHMARK_IDLE_TCBCPU_UTILISATION]);
}

static void nothing(void)
{
}

static void null_calls(void)
{
    for (int i = 0; i < CALLS; i++)
        seL4_BenchmarkNullSyscall();
}

static void flushes(void)
{
    for (int i = 0; i < CALLS; i++)
        seL4_BenchmarkFlushCaches();
}

static void yields(void)
{
    for (int i = 0; i < CALLS; i++)
        seL4_Yield();
}

static void calls(void)
{
    for (int i = 0; i < CALLS; i++)
        seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
}

static void sends(void)
{
    for (int i = 0; i < CALLS; i++)
        seL4_NBSend(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
}

static void answer(void *argument)
{
    (void)argument;
    for (;;) {
        seL4_Word badge;

        seL4_Recv(endpoint, &badge);
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    }
}

static void priorities(void)
{
    guest_printf("highest priority: %d\n", (int)seL4_MaxPrio);
    report("priority 63", seL4_TCB_SetPriority(partner.tcb, OWN_TCB, 63));
    report("priority 64", seL4_TCB_SetPriority(partner.tcb, OWN_TCB, 64));
    report("priority 255", seL4_TCB_SetPriority(partner.tcb, OWN_TCB, 255));
    report("back", seL4_TCB_SetPriority(partner.tcb, OWN_TCB, ABOVE));
}

static void after_the_end(void)
{
    seL4_Word before[COUNTERS], now[COUNTERS];

    read_counters(OWN_TCB, before);
    null_calls();
    read_counters(OWN_TCB, now);
    guest_printf("nothing is counted after the end: %s\n",
                 yes(memcmp(before, now, sizeof(now)) == 0));
    seL4_BenchmarkResetThreadUtilisation(OWN_TCB);
    read_counters(OWN_TCB, now);
    guest_printf("own counters after a reset: %lu %lu %lu %lu, all as before: %s\n",
                 now[BENCHMARK_TCB_UTILISATION], now[BENCHMARK_TCB_NUMBER_SCHEDULES],
                 now[BENCHMARK_TCB_KERNEL_UTILISATION], now[BENCHMARK_TCB_NUMBER_KERNEL_ENTRIES],
                 yes(before[BENCHMARK_TOTAL_UTILISATION] == now[BENCHMARK_TOTAL_UTILISATION]));
    seL4_SetMR(0, 1234);
    seL4_BenchmarkGetThreadUtilisation(endpoint);
    seL4_BenchmarkResetThreadUtilisation(endpoint);
    guest_printf("of what is no thread: %lu\n", seL4_GetMR(0));
}

/* Of a kernel that has a log of entries or trace points. */
static void set_log_buffer(void *argument)
{
    (void)argument;
    seL4_BenchmarkSetLogBuffer(0);
}

static void no_log(void)
{
    seL4_CPtr faults = object_alloc(seL4_EndpointObject, 0);
    seL4_MessageInfo_t info;
    seL4_Word badge;

    thread_create(&faulter, set_log_buffer, NULL, ABOVE, faults);
    thread_start(&faulter);
    info = seL4_Recv(faults, &badge);
    guest_printf("SetLogBuffer: fault %lu, of %lu words\n", seL4_MessageInfo_get_label(info),
                 seL4_MessageInfo_get_length(info));
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    thread_create(&partner, answer, NULL, ABOVE, 0);
    priorities();
    measure("nothing", OWN_TCB, nothing);
    measure("null calls", OWN_TCB, null_calls);
    measure("flushes", OWN_TCB, flushes);
    measure("yields", OWN_TCB, yields);
    thread_start(&partner);
    calls();
    measure("calls", OWN_TCB, calls);
    measure("calls, by the partner", partner.tcb, calls);
    measure("sends", OWN_TCB, sends);
    after_the_end();
    no_log();
    return 0;
}
