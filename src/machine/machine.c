/*
 * The machine's step: devices, kernel model, interrupts, and what comes next (see machine.h).
 */
#include "machine/machine.h"

#include <stddef.h>

#include "machine/environment.h"
#include "machine/interrupts.h"

#define NS_PER_MS 1000000ull

static uint64_t tick_length(const struct machine *m)
{
    return m->kernel.config.timer_tick_ms * NS_PER_MS;
}

static void take_input(struct machine *m)
{
    char byte;

    while (m->devices.serial.rx_count < SERIAL_FIFO && console_read(&m->input, &byte, 1) == 1)
        serial_receive(&m->devices.serial, &m->devices.interrupts, (uint8_t)byte);
}

static void advance(struct machine *m)
{
    m->kernel.now = clock_now(&m->clock);
    take_input(m);
    devices_advance(&m->devices, m->kernel.now);
    if (m->kernel.now >= m->flush_at) {
        m->flush_at = UINT64_MAX;
        environment_ring(m);
    }
}

static void enter_kernel(struct machine *m, enum stop_kind kind, word number)
{
    struct stop stop = {.kind = kind, .number = number};

    if (m->kernel.current != 0) {
        struct user_regs *r = &kernel_current(&m->kernel)->regs;

        r->fault_ip = r->rip;
    }
    kernel_enter(&m->kernel, &stop);
}

/* Ticks that passed while nobody wanted one are not made up for: no one could have noticed. */
static void deliver_tick(struct machine *m)
{
    uint64_t now = m->kernel.now;

    if (m->kernel.config.mcs || now < m->next_tick)
        return;
    m->next_tick = now - now % tick_length(m) + tick_length(m);
    if (m->tick_wanted)
        enter_kernel(m, STOP_TICK, 0);
}

static void deliver_interrupts(struct machine *m)
{
    int irq;

    while ((irq = interrupts_next(m)) >= 0) {
        interrupts_accept(m, (unsigned)irq);
        enter_kernel(m, STOP_INTERRUPT, (word)irq);
    }
}

/* A thread without a VSpace has no mapping at all: its first fetch faults. */
static void fault_homeless_threads(struct machine *m)
{
    struct kernel *k = &m->kernel;

    while (k->current != 0 && !k->halted && kernel_vspace(k, k->current) == 0) {
        struct user_regs *r = &kernel_current(k)->regs;
        struct stop stop = {.kind = STOP_VM_FAULT, .address = r->rip, .code = 4};

        r->fault_ip = r->rip;
        kernel_enter(k, &stop);
    }
}

/* Whether an interrupt from outside could still make a thread runnable. */
static bool can_wake(const struct machine *m)
{
    bool input_left = !m->input.closed || m->input.written != m->input.read;

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
    } else if (k->current == 0 && !kernel_wants_tick(k) && !can_wake(m)) {
        machine_end(m, END_STUCK, NULL);
    }
}

enum machine_next machine_enter(struct machine *m, const struct stop *stop)
{
    struct kernel *k = &m->kernel;

    if (m->end != END_RUNNING)
        return MACHINE_END;
    advance(m);
    if (stop->kind != STOP_NONE)
        kernel_enter(k, stop);
    deliver_tick(m);
    deliver_interrupts(m);
    fault_homeless_threads(m);
    m->tick_wanted = kernel_wants_tick(k);
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

uint64_t machine_deadline(struct machine *m)
{
    uint64_t deadline = devices_deadline(&m->devices);

    if (m->tick_wanted && m->next_tick < deadline)
        deadline = m->next_tick;
    return m->flush_at < deadline ? m->flush_at : deadline;
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
    for (; text != NULL && text[n] != '\0' && n + 1 < MACHINE_TEXT_SIZE; n++)
        m->end_text[n] = text[n];
    m->end_text[n] = '\0';
    atomic_compare_exchange_strong(&m->end, &running, (uint32_t)why);
    environment_ring(m);
}
