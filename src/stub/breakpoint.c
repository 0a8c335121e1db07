/*
 * Hardware breakpoints of the current thread, as Linux's perf events of this lane: each has a debug
 * register of the processor, and what hits it is a SIGTRAP whose data is the breakpoint's number.
 *
 * Invariant: while guest code runs, the lane's events are the enabled breakpoints of its thread. In
 * machines without the hardware debug API there are none, and nothing here makes a system call; nor
 * in those that emulate breakpoints (machine/breakpoints.h).
 */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>

#include "kernel/thread.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

/* Those at our own code are none: nobody but us executes it. */
static bool is_wanted(const struct breakpoint *b)
{
    return b->enabled && (b->vaddr < (uint64_t)window_start || b->vaddr >= WINDOW_END);
}

static bool is_same(const struct breakpoint *a, const struct breakpoint *b)
{
    return a->vaddr == b->vaddr && a->type == b->type && a->size == b->size &&
           a->access == b->access && a->enabled == b->enabled;
}

static int32_t open_event(const struct breakpoint *b, unsigned number)
{
    bool executes = b->type == BREAKPOINT_INSTRUCTION;
    struct perf_event_attr attr = {
        .type = PERF_TYPE_BREAKPOINT,
        .size = sizeof(attr),
        .sample_period = 1,
        .bp_type = executes                      ? HW_BREAKPOINT_X
                   : b->access == BREAK_ON_WRITE ? HW_BREAKPOINT_W
                                                 : HW_BREAKPOINT_RW,
        .bp_addr = b->vaddr,
        .bp_len = executes ? sizeof(long) : b->size,
        .exclude_kernel = 1,
        .exclude_hv = 1,
        .remove_on_exec = 1,
        .sigtrap = 1,
        .sig_data = number,
    };

    return (int32_t)LINUX_CALL6(perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC, 0);
}

bool breakpoint_concerns(const struct lane *lane)
{
    if (!lane->machine->kernel.config.hardware_debug_api)
        return false;
    const struct tcb *tcb = kernel_current(&lane->machine->kernel);
    for (unsigned i = 0; i < BREAKPOINT_COUNT; i++) {
        if (is_wanted(&tcb->debug.slot[i]) || lane->breakpoint[i].enabled)
            return true;
    }
    return false;
}

void breakpoint_load(struct lane *lane)
{
    if (lane->machine->emulates_breakpoints || !breakpoint_concerns(lane))
        return;
    const struct tcb *tcb = kernel_current(&lane->machine->kernel);
    for (unsigned i = 0; i < BREAKPOINT_COUNT; i++) {
        const struct breakpoint *want = &tcb->debug.slot[i];
        struct breakpoint *have = &lane->breakpoint[i];
        if (is_same(want, have))
            continue;
        if (have->enabled)
            LINUX_CALL3(close, lane->breakpoint_event[i], 0, 0);
        have->enabled = false;
        if (!is_wanted(want))
            continue;
        lane->breakpoint_event[i] = open_event(want, i);
        if (lane->breakpoint_event[i] < 0)
            stub_fail(lane->machine, "the host refuses breakpoints (perf_event_open; Linux 5.13); "
                                     "use --engine ptrace");
        *have = *want;
    }
}

/* Linux names one of several that are the same; the processor's status has them all. */
static unsigned first_like(const struct lane *lane, unsigned number)
{
    struct breakpoint hit = lane->breakpoint[number];

    for (unsigned i = 0; i < number; i++) {
        if (is_same(&lane->breakpoint[i], &hit))
            return i;
    }
    return number;
}

void breakpoint_hit(struct lane *lane, const siginfo_t *info, struct stop *stop)
{
    unsigned number = first_like(lane, (unsigned)info->si_perf_data % BREAKPOINT_COUNT);

    *stop = (struct stop){.kind = STOP_DEBUG,
                          .address = kernel_current(&lane->machine->kernel)->regs.rip,
                          .number = BIT(number)};
}
