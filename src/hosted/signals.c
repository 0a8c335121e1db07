/*
 * Signals: the timer's, which lets another thread have the CPU, and those of the processor's
 * exceptions, which are seL4's faults if the thread has a fault handler. What is none of ours goes
 * to whoever handled the signal before: a sanitizer, or Linux.
 *
 * Handlers are set by the raw system call: a sanitizer must not put them off.
 */
#include "hosted/hosted.h"

#include <errno.h>
#include <string.h>

#include "hosted/linux.h"
#include "kernel/debug.h"

#define SIGNAL_COUNT 65

/* But those by which the C library talks to its threads, and the debugger's. */
#define BIT_OF(signal) (1ull << ((signal)-1))
#define ALL_SIGNALS    (~(BIT_OF(32) | BIT_OF(33) | BIT_OF(SIGTRAP)))

static struct linux_sigaction before[SIGNAL_COUNT];

static long set_action(int signal, const struct linux_sigaction *action,
                       struct linux_sigaction *old)
{
    return LINUX_CALL6(rt_sigaction, signal, action, old, sizeof action->mask, 0, 0);
}

/* ------------------------------------------------------------------ not ours */

/* A fault happens again once the handler has returned; what was sent is sent again. */
static void by_default(int signal, const siginfo_t *info)
{
    struct linux_sigaction action = {.handler = SIG_DFL};

    set_action(signal, &action, NULL);
    if (info->si_code <= 0 || signal == SIGTRAP)
        LINUX_CALL3(tgkill, LINUX_CALL3(getpid, 0, 0, 0), LINUX_CALL3(gettid, 0, 0, 0), signal);
}

static void pass_on(int signal, siginfo_t *info, void *uc)
{
    const struct linux_sigaction *action = &before[signal];

    if (action->handler == (void *)SIG_IGN && info->si_code <= 0)
        return;
    if (action->handler == (void *)SIG_IGN || action->handler == (void *)SIG_DFL)
        by_default(signal, info);
    else if (action->flags & SA_SIGINFO)
        ((void (*)(int, siginfo_t *, void *))action->handler)(signal, info, uc);
    else
        ((void (*)(int))action->handler)(signal);
}

/* ------------------------------------------------------------------ the timer */

static void stop_guest(struct lane *lane, ucontext_t *uc, const struct stop *stop)
{
    int error = errno;

    context_save(&lane_tcb(lane)->regs, uc);
    lane_run(lane, stop);
    context_load(&lane_tcb(lane)->regs, uc);
    errno = error;
}

static void take_timer(int signal, siginfo_t *info, void *context)
{
    static const struct stop nothing = {.kind = STOP_NONE};
    struct lane *lane = sel4ux_lane;
    ucontext_t *uc = context;

    if (!timer_is_ours(info)) {
        if (before[signal].handler != (void *)SIG_DFL)
            pass_on(signal, info, context);
        return;
    }
    if (lane == NULL)
        return;
    lane->armed = UINT64_MAX;
    if (atomic_load_explicit(&hosted.holder, memory_order_relaxed) != lane || hosted.ending)
        return;
    if (lane->inside || !guest_text_has(context_pc(uc))) {
        timer_again_soon(lane);
        return;
    }
    if (hosted.machine->clock.is_virtual)
        machine_watched(hosted.machine, &lane->watch);
    stop_guest(lane, uc, &nothing);
}

/* ------------------------------------------------------------------ faults */

static bool has_fault_handler(const struct lane *lane)
{
    const struct tcb *t = lane_tcb(lane);

    if (hosted_kernel()->config.mcs)
        return t->slot[TCB_FAULT_HANDLER].cap.type != CAP_NULL;
    return t->fault_handler != 0;
}

/* The guest's own fault, but there is nobody in the machine to tell. */
static void report(const struct lane *lane, ucontext_t *uc, const struct trouble *t)
{
    struct kernel *k = hosted_kernel();

    context_save(&lane_tcb(lane)->regs, uc);
    k->fault = (struct fault){.kind = FAULT_USER_EXCEPTION, .number = t->stop.number};
    if (t->is_page_fault)
        k->fault =
            (struct fault){.kind = FAULT_VM, .address = t->stop.address, .code = t->stop.code};
    debug_report_fault(k, lane->tcb);
    output_pump();
}

static bool emulate(struct lane *lane, ucontext_t *uc, uint64_t address)
{
    if (!memory_is_device(address))
        return false;
    context_save(&lane_tcb(lane)->regs, uc);
    return machine_emulate_access(hosted.machine, address);
}

static void take_fault(int signal, siginfo_t *info, void *context)
{
    struct lane *lane = sel4ux_lane;
    ucontext_t *uc = context;
    struct trouble t;

    if (lane == NULL || lane->inside || info->si_code <= 0 || hosted.ending ||
        atomic_load_explicit(&hosted.holder, memory_order_relaxed) != lane ||
        !context_trouble(signal, info, uc, &t)) {
        pass_on(signal, info, context);
        return;
    }
    if (t.is_page_fault && memory_refill(t.address, t.write))
        return;
    if (t.is_page_fault && emulate(lane, uc, t.address)) {
        lane_run(lane, &(struct stop){.kind = STOP_NONE});
        context_load(&lane_tcb(lane)->regs, uc);
        return;
    }
    if (!has_fault_handler(lane)) {
        report(lane, uc, &t);
        pass_on(signal, info, context);
        return;
    }
    context_save(&lane_tcb(lane)->regs, uc);
    sync_before_fault(lane);
    lane_run(lane, &t.stop);
    sync_after(lane);
    context_load(&lane_tcb(lane)->regs, uc);
}

/* ------------------------------------------------------------------ all of them */

static void take_over(int signal, void (*handler)(int, siginfo_t *, void *))
{
    struct linux_sigaction action = {
        .handler = (void *)handler,
        .flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | LINUX_SA_RESTORER,
        .restorer = (void *)restore_signal,
        .mask = ALL_SIGNALS,
    };
    long result = set_action(signal, &action, &before[signal]);

    if (result != 0)
        hosted_fail("can't handle signals: %s", strerror((int)-result));
}

void signals_take_over(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        take_over(faults[i], take_fault);
    take_over(SIGPROF, take_timer);
}
