/* Counters of threads and of the whole system, see utilisation.h. */
#include "kernel/utilisation.h"

#include <string.h>

#include "kernel/cspace.h"
#include "kernel/debug.h"
#include "kernel/ipc.h"
#include "kernel/platform.h"

/* Words of the message in which a guest gets them. */
enum {
    WORD_THREAD,    /* time, switches to it, time in the kernel, entries */
    WORD_IDLE = 4,  /* time on this CPU, on the thread's, then as above */
    WORD_TOTAL = 9, /* time, switches, time in the kernel, entries */
    WORD_COUNT = 13,
};

static uint64_t ticks_of(const struct kernel *k, uint64_t ns)
{
    return ns / 1000 * k->tsc_mhz + ns % 1000 * k->tsc_mhz / 1000;
}

static struct utilisation *counters_of(struct kernel *k, paddr tcb)
{
    return tcb ? &kernel_tcb(k, tcb)->utilisation : &k->utilisation_idle;
}

void utilisation_switch(struct kernel *k, paddr next)
{
    struct utilisation *from = counters_of(k, k->current), *to = counters_of(k, next);
    uint64_t now = ticks_of(k, k->now);

    if (now > from->since)
        from->time += now - from->since;
    to->since = now;
    to->switches++;
    k->utilisation_total.switches++;
}

void utilisation_leave(struct kernel *k)
{
    struct utilisation *counters = counters_of(k, k->current);
    uint64_t time = ticks_of(k, platform_now(k)) - ticks_of(k, k->now);

    counters->entries++;
    counters->kernel_time += time;
    k->utilisation_total.entries++;
    k->utilisation_total.kernel_time += time;
}

/* The current thread's counters go on. */
void utilisation_start(struct kernel *k)
{
    struct utilisation *own = counters_of(k, k->current);

    if (!k->config.track_utilisation)
        return;
    own->since = ticks_of(k, k->now);
    own->switches++;
    k->utilisation_idle = (struct utilisation){0};
    k->utilisation_total = (struct utilisation){.since = own->since, .switches = 1};
    k->counting = true;
}

/* Nobody runs from here on, as far as the counters go. */
void utilisation_finish(struct kernel *k)
{
    if (!k->config.track_utilisation)
        return;
    if (k->counting)
        utilisation_switch(k, 0);
    k->utilisation_total.time = ticks_of(k, k->now) - k->utilisation_total.since;
    k->counting = false;
}

static paddr named_thread(struct kernel *k)
{
    struct cap cap;
    paddr slot;

    if (!cspace_lookup_cap(k, k->current, kernel_current(k)->regs.rdi, &cap, &slot) ||
        cap.type != CAP_THREAD)
        return 0;
    return cap.obj;
}

static void put_counters(word *at, const struct utilisation *counters)
{
    at[0] = counters->switches;
    at[1] = counters->kernel_time;
    at[2] = counters->entries;
}

static void read_counters(struct kernel *k)
{
    paddr buffer = thread_ipc_buffer(k, k->current, true), tcb = named_thread(k);
    word *message;

    if (!buffer || !tcb)
        return;
    message = &ipc_buffer_words(k, buffer)[IPC_BUF_MSG];
    message[WORD_THREAD] = counters_of(k, tcb)->time;
    put_counters(&message[WORD_THREAD + 1], counters_of(k, tcb));
    message[WORD_IDLE] = message[WORD_IDLE + 1] = k->utilisation_idle.time;
    put_counters(&message[WORD_IDLE + 2], &k->utilisation_idle);
    message[WORD_TOTAL] = k->utilisation_total.time;
    put_counters(&message[WORD_TOTAL + 1], &k->utilisation_total);
}

static void reset(struct kernel *k, paddr tcb)
{
    if (tcb)
        *counters_of(k, tcb) = (struct utilisation){0};
}

static void dump(struct kernel *k, const char *name, const struct utilisation *counters)
{
    debug_log(k, "%-20s ran %lu, in the kernel %lu ticks; %lu switches, %lu entries", name,
              counters->time, counters->kernel_time, counters->switches, counters->entries);
}

static void dump_all(struct kernel *k)
{
    dump(k, "(all)", &k->utilisation_total);
    dump(k, "(nobody)", &k->utilisation_idle);
    for (paddr p = k->all_threads; p; p = kernel_tcb(k, p)->all_next)
        dump(k, kernel_tcb(k, p)->name, counters_of(k, p));
}

bool utilisation_syscall(struct kernel *k, enum abi_syscall call)
{
    if (!k->config.track_utilisation)
        return false;
    switch (call) {
    case SYS_BENCHMARK_GET_THREAD_UTILISATION:
        read_counters(k);
        return true;
    case SYS_BENCHMARK_RESET_THREAD_UTILISATION:
        reset(k, named_thread(k));
        return true;
    case SYS_BENCHMARK_DUMP_ALL_THREADS_UTILISATION:
        dump_all(k);
        return true;
    case SYS_BENCHMARK_RESET_ALL_THREADS_UTILISATION:
        for (paddr p = k->all_threads; p; p = kernel_tcb(k, p)->all_next)
            reset(k, p);
        return true;
    default:
        return false;
    }
}
