/*
 * The machine's step: devices, kernel model, interrupts, and what comes next (see machine.h).
 */
#include "machine/machine.h"

#include <stddef.h>

#include "machine/breakpoints.h"
#include "machine/environment.h"
#include "machine/fpu.h"
#include "machine/interrupts.h"

#define NS_PER_MS     1000000ull
#define PASSED_MAX    32 /* kernel's events at once: one that computes may be alone for ever */
#define VECTOR_NO_FPU 7

#define RFLAGS_TF       0x100ull
#define DR6_SINGLE_STEP BIT(14)

static uint64_t tick_length(const struct machine *m)
{
    return m->kernel.config.timer_tick_ms * NS_PER_MS;
}

static uint64_t tick_after(const struct machine *m, uint64_t now)
{
    uint64_t length = tick_length(m), phase = clock_phase(&m->clock, length);

    return now - (now + length - phase) % length + length;
}

static void take_input(struct machine *m)
{
    char byte;

    if (m->host.has_terminal)
        return;
    while (m->devices.serial.rx_count < SERIAL_FIFO && terminal_next(m, &byte))
        serial_receive(&m->devices.serial, &m->devices.interrupts, (uint8_t)byte);
}

static void advance(struct machine *m, bool repeated)
{
    m->kernel.now = clock_now(&m->clock);
    if (!repeated || !m->input_is_file)
        take_input(m);
    devices_advance(&m->devices, m->kernel.now);
    host_advance(m);
    if (m->kernel.now >= m->flush_at) {
        m->flush_at = UINT64_MAX;
        environment_ring(m);
    }
}

static void enter(struct machine *m, const struct stop *stop)
{
    if (__builtin_expect(m->kernel.recording, false))
        events_enter(m, stop);
    else
        kernel_enter(&m->kernel, stop);
}

static void enter_kernel(struct machine *m, enum stop_kind kind, word number)
{
    struct stop stop = {.kind = kind, .number = number};

    if (m->kernel.current != 0) {
        struct user_regs *r = &kernel_current(&m->kernel)->regs;

        r->fault_ip = r->rip;
    }
    enter(m, &stop);
}

/*
 * With MCS the kernel says when. Without, ticks that passed while nobody wanted one are not made up
 * for: no one could have noticed.
 */
static void deliver_tick(struct machine *m)
{
    uint64_t now = m->kernel.now;

    if (m->kernel.config.mcs) {
        if (now >= kernel_deadline(&m->kernel))
            enter_kernel(m, STOP_TICK, 0);
        return;
    }
    if (now < m->next_tick)
        return;
    m->next_tick = tick_after(m, now);
    if (m->tick_wanted)
        enter_kernel(m, STOP_TICK, 0);
}

static void deliver_interrupts(struct machine *m)
{
    int irq;

    for (;;) {
        if (m->kernel.current == 0)
            interrupts_progress(m, false);
        irq = interrupts_next(m);
        if (irq < 0)
            return;
        interrupts_accept(m, (unsigned)irq);
        enter_kernel(m, STOP_INTERRUPT, (word)irq);
    }
}

/* An object that the kernel has just armed may have its event. */
static void deliver_host_events(struct machine *m)
{
    int object;

    host_advance(m);
    while ((object = host_next(m)) >= 0)
        enter_kernel(m, STOP_HOST, (word)object);
}

/* SYSRET, unlike IRET, lets a trap flag that it sets trap at once. */
static bool traps_on_return(const struct tcb *tcb)
{
    return tcb->by_syscall && tcb->state == THREAD_RUNNING && (tcb->regs.rflags & RFLAGS_TF);
}

/* A thread that runs step by step is about to go on to its next instruction, which may not be. */
static bool fault_at_step(struct machine *m, struct stop *stop)
{
    bool watched = __builtin_expect(m->emulates_breakpoints, false) && breakpoints_step(m);
    unsigned here = 0;

    do {
        here = watched ? breakpoints_here(m) : 0;
    } while (here == 0 && watched && fpu_moved_flags(m));
    if (here != 0) {
        *stop = (struct stop){.kind = STOP_DEBUG, .number = here};
    } else if (fpu_steps(m) && fpu_denied(m)) {
        *stop = (struct stop){.kind = STOP_EXCEPTION, .number = VECTOR_NO_FPU};
    } else {
        if (watched)
            breakpoints_foresee(m);
        return false;
    }
    return true;
}

/*
 * Faults that a thread raises before any instruction of its: without a VSpace it has no mapping at
 * all, so its first fetch faults; without the FPU it may not execute every instruction; and it may
 * have come to a breakpoint that no register of the processor's is there for.
 */
static void fault_early(struct machine *m)
{
    struct kernel *k = &m->kernel;

    while (k->current != 0 && !k->halted) {
        struct user_regs *r = &kernel_current(k)->regs;
        struct stop stop = {.kind = STOP_VM_FAULT, .address = r->rip, .code = 4};

        if (traps_on_return(kernel_current(k))) {
            stop = (struct stop){.kind = STOP_DEBUG, .number = DR6_SINGLE_STEP};
        } else if (kernel_vspace(k, k->current) != 0 && !fault_at_step(m, &stop)) {
            return;
        }
        r->fault_ip = r->rip;
        enter(m, &stop);
    }
}

/* Whether an interrupt from outside could still make a thread runnable. */
static bool can_wake(const struct machine *m)
{
    bool input_left = !terminal_is_at_end(m) && !m->host.has_terminal;

    if (host_can_wake(m))
        return true;
    if (devices_deadline(&m->devices) == UINT64_MAX &&
        !(input_left && devices_wants_input(&m->devices)))
        return false;
    for (unsigned irq = 0; irq < IRQ_COUNT; irq++) {
        if (!interrupts_masked(m, irq) && kernel_interrupt_wakes(&m->kernel, irq))
            return true;
    }
    return false;
}

static void check_end(struct machine *m)
{
    struct kernel *k = &m->kernel;

    if (m->devices.exit_requested) {
        m->exit_code = m->devices.exit_code;
        machine_end(m, END_EXIT, NULL);
    } else if (k->halted) {
        machine_end(m, END_HALTED, NULL);
    } else if (kernel_is_still(k) && !can_wake(m) && !(m->debugger.on && debugger_stuck(m))) {
        machine_end(m, END_STUCK, NULL);
    }
}

/* In virtual time: only the host had a reason for this step, so it must do nothing. */
static bool is_repeated(const struct machine *m, const struct stop *stop)
{
    return m->clock.is_virtual && stop->kind == STOP_NONE && m->clock.now == m->stepped_at;
}

static void charge_entry(struct machine *m)
{
    clock_charge(&m->clock, CLOCK_ENTRY);
    if (m->clock.is_virtual && m->kernel.current != 0)
        kernel_current(&m->kernel)->spins = false;
}

/* Writes only what changes: the line stays in the caches of all CPUs that the token visits. */
static void note_outcome(struct machine *m)
{
    bool tick_wanted = kernel_wants_tick(&m->kernel);

    if (m->tick_wanted != tick_wanted)
        m->tick_wanted = tick_wanted;
    if (m->stepped_at != m->clock.now)
        m->stepped_at = m->clock.now;
}

static enum machine_next step(struct machine *m, const struct stop *stop)
{
    struct kernel *k = &m->kernel;
    bool repeated = is_repeated(m, stop);

    if (m->end != END_RUNNING)
        return MACHINE_END;
    if (stop->kind != STOP_NONE)
        charge_entry(m);
    advance(m, repeated);
    interrupts_progress(m, stop->kind != STOP_NONE);
    if (stop->kind != STOP_NONE)
        enter(m, stop);
    if (!repeated)
        deliver_tick(m);
    deliver_interrupts(m);
    deliver_host_events(m);
    fault_early(m);
    note_outcome(m);
    check_end(m);
    if (m->end != END_RUNNING)
        return MACHINE_END;
    if (k->current != 0)
        return MACHINE_RUN;
    if (m->flush_at != UINT64_MAX) {
        m->flush_at = UINT64_MAX;
        environment_ring(m);
    }
    return MACHINE_IDLE;
}

/* When devices or clocks of the host's have something next, which guests wait for. */
static uint64_t next_outside(const struct machine *m)
{
    uint64_t devices = devices_deadline(&m->devices), host = host_deadline(m);

    return host < devices ? host : devices;
}

uint64_t machine_next_event(const struct machine *m)
{
    uint64_t deadline = next_outside(m), kernel = kernel_deadline(&m->kernel);

    if (kernel < deadline)
        deadline = kernel;
    if (m->tick_wanted && m->next_tick < deadline)
        deadline = m->next_tick;
    return deadline;
}

static const struct stop nothing = {.kind = STOP_NONE};

/*
 * Virtual time goes on to what a spinning thread waits for. The kernel's own events (ticks, ends of
 * budgets) are passed over until one makes another thread run: only then something has happened.
 */
static enum machine_next pass_time(struct machine *m)
{
    paddr spinner = m->kernel.current;
    enum machine_next next;
    unsigned passed = 0;
    bool own;

    do {
        own = machine_next_event(m) < next_outside(m);
        clock_jump(&m->clock, machine_next_event(m));
        next = step(m, &nothing);
    } while (own && next == MACHINE_RUN && m->kernel.current == spinner && ++passed < PASSED_MAX);
    return next;
}

static enum machine_next enter_and_wait(struct machine *m, const struct stop *stop)
{
    bool spins = m->spins && stop->kind == STOP_NONE;
    enum machine_next next;

    if (m->spins)
        m->spins = false;
    next = spins ? pass_time(m) : step(m, stop);
    /* In virtual time what is due next comes at once. */
    while (next == MACHINE_IDLE && clock_jump(&m->clock, machine_next_event(m)))
        next = step(m, &nothing);
    if (next == MACHINE_IDLE && m->kernel.recording)
        environment_ring(m);
    return next;
}

static enum machine_next enter_debugged(struct machine *m, const struct stop *stop)
{
    paddr ran = m->kernel.current;
    enum machine_next next;
    struct stop other;

    stop = debugger_before(m, stop, &other);
    if (stop == NULL)
        return m->end == END_RUNNING ? MACHINE_PAUSED : MACHINE_END;
    next = enter_and_wait(m, stop);
    if (next != MACHINE_END)
        debugger_after(m, ran);
    return next;
}

enum machine_next machine_enter(struct machine *m, const struct stop *stop)
{
    enum machine_next next;
    struct stop hit;

    if (__builtin_expect(m->emulates_breakpoints, false))
        stop = breakpoints_stop(m, stop, &hit);
    next =
        __builtin_expect(m->debugger.on, false) ? enter_debugged(m, stop) : enter_and_wait(m, stop);
    if (__builtin_expect(m->pause != PAUSE_NONE, false) && next != MACHINE_END)
        return MACHINE_PAUSED;
    return next;
}

uint64_t machine_deadline(struct machine *m)
{
    uint64_t deadline = machine_next_event(m), held = interrupts_deadline(m);

    if (held < deadline)
        deadline = held;
    return m->flush_at < deadline ? m->flush_at : deadline;
}

static bool has_entered(const struct machine *m, const struct watch *w)
{
    return w->charges != m->clock.charges || w->thread != m->kernel.current;
}

uint64_t machine_watch(const struct machine *m, struct watch *w)
{
    if (machine_next_event(m) == UINT64_MAX && m->flush_at == UINT64_MAX)
        return UINT64_MAX;
    if (has_entered(m, w))
        *w = (struct watch){.charges = m->clock.charges, .thread = m->kernel.current};
    return CLOCK_LOOK;
}

void machine_watched(struct machine *m, struct watch *w)
{
    struct tcb *t;

    if (m->flush_at != UINT64_MAX) {
        m->flush_at = UINT64_MAX;
        environment_ring(m);
    }
    if (has_entered(m, w) || m->kernel.current == 0)
        return;
    t = kernel_current(&m->kernel);
    if (++w->glances < CLOCK_GLANCES && !t->spins)
        return;
    w->glances = 0;
    t->spins = true;
    m->spins = true;
}

bool machine_is_ram(const struct machine *m, paddr p)
{
    return p < m->ram_low_top || (p >= RAM_HIGH_START && p < m->ram_high_top);
}

void machine_end(struct machine *m, enum machine_end why, const char *text)
{
    uint32_t running = END_RUNNING;
    size_t n = 0;

    if (m->end != END_RUNNING)
        return;
    /* Who ends it without a word may do so at the same time: that must not take this one's away. */
    for (; text != NULL && text[n] != '\0' && n + 1 < MACHINE_TEXT_SIZE; n++)
        m->end_text[n] = text[n];
    atomic_compare_exchange_strong(&m->end, &running, (uint32_t)why);
    environment_ring(m);
}
