/*
 * The machine as the kernel model sees it: kernel/platform.h on devices, consoles and memory.
 */
#include "kernel/platform.h"

#include <string.h>

#include "machine/environment.h"
#include "machine/interrupts.h"

#define FLUSH_DELAY 5000000ull  /* ns that an unfinished line may wait for the monitor */
#define DISCARD_MIN (64 * 1024) /* below, clearing costs less than asking the host */

/* ------------------------------------------------------------------ consoles */

static void put(struct machine *m, struct console *c, char byte)
{
    while (console_write(c, &byte, 1) == 0) {
        if (m->end != END_RUNNING)
            return;
        environment_wait_for_monitor(m);
    }
}

void platform_console(struct kernel *k, char c)
{
    struct machine *m = machine_of(k);

    put(m, &m->output, c);
    if (c == '\n') {
        m->flush_at = UINT64_MAX;
        environment_ring(m);
    } else if (m->flush_at == UINT64_MAX) {
        m->flush_at = k->now + FLUSH_DELAY;
    }
}

void platform_log(struct kernel *k, const char *line)
{
    struct machine *m = machine_of(k);

    for (; *line != '\0'; line++)
        put(m, &m->log, *line);
    put(m, &m->log, '\n');
    environment_ring(m);
}

/* ------------------------------------------------------------------ ports and interrupts */

uint32_t platform_port_in(struct kernel *k, uint16_t port, unsigned width)
{
    return devices_port_in(&machine_of(k)->devices, port, width, k->now);
}

void platform_port_out(struct kernel *k, uint16_t port, unsigned width, uint32_t value)
{
    struct machine *m = machine_of(k);
    char byte;

    devices_port_out(&m->devices, port, width, value, k->now);
    if (serial_take_output(&m->devices.serial, &byte))
        platform_console(k, byte);
}

void platform_irq_configure(struct kernel *k, unsigned irq)
{
    const struct irq *i = &k->irq[irq];
    struct machine *m = machine_of(k);

    /* What was asserted under an older routing is not this handler's. */
    if (i->source == IRQ_SOURCE_IOAPIC)
        interrupts_take_pin(&m->devices.interrupts, i->pin);
    else if (i->source == IRQ_SOURCE_MSI)
        interrupts_take_message(&m->devices.interrupts, irq + VECTOR_OFFSET);
    platform_irq_mask(k, irq, false);
}

void platform_irq_mask(struct kernel *k, unsigned irq, bool masked)
{
    uint64_t *masks = &machine_of(k)->irq_masked[irq / 64], bit = 1ull << irq % 64;

    *masks = masked ? *masks | bit : *masks & ~bit;
}

bool interrupts_masked(const struct machine *m, unsigned irq)
{
    return m->irq_masked[irq / 64] >> irq % 64 & 1;
}

static bool is_pending(const struct machine *m, unsigned irq)
{
    const struct irq *i = &m->kernel.irq[irq];

    if (i->state != IRQ_SIGNAL || interrupts_masked(m, irq))
        return false;
    if (i->source == IRQ_SOURCE_IOAPIC)
        return interrupts_pin_pending(&m->devices.interrupts, i->pin, i->level);
    return i->source == IRQ_SOURCE_MSI &&
           interrupts_message_pending(&m->devices.interrupts, irq + VECTOR_OFFSET);
}

static bool any_asserted(const struct interrupts *i)
{
    return (i->asserted | i->edges) != 0 ||
           (i->messages[0] | i->messages[1] | i->messages[2] | i->messages[3]) != 0;
}

int interrupts_next(const struct machine *m)
{
    if (!any_asserted(&m->devices.interrupts))
        return -1;
    for (unsigned irq = 0; irq < IRQ_COUNT; irq++) {
        if (is_pending(m, irq))
            return (int)irq;
    }
    return -1;
}

void interrupts_accept(struct machine *m, unsigned irq)
{
    const struct irq *i = &m->kernel.irq[irq];

    if (i->source == IRQ_SOURCE_IOAPIC)
        interrupts_take_pin(&m->devices.interrupts, i->pin);
    else
        interrupts_take_message(&m->devices.interrupts, irq + VECTOR_OFFSET);
}

bool platform_irq_pending(struct kernel *k)
{
    struct machine *m = machine_of(k);

    clock_charge(&m->clock, CLOCK_WORK);
    k->now = clock_now(&m->clock);
    devices_advance(&m->devices, k->now);
    return interrupts_next(m) >= 0 || (m->tick_wanted && k->now >= m->next_tick);
}

void platform_vspace_gone(struct kernel *k, uint32_t host)
{
    environment_vspace_gone(machine_of(k), host);
}

/* ------------------------------------------------------------------ memory */

/* One bit a page: it may hold something else than zeroes. */
static uint64_t *written_word(struct kernel *k, uint64_t page)
{
    return (uint64_t *)((char *)k + MACHINE_WRITTEN_OFFSET) + page / 64;
}

static bool is_written(struct kernel *k, uint64_t page)
{
    return *written_word(k, page) >> page % 64 & 1;
}

static void set_written(struct kernel *k, uint64_t first, uint64_t end, bool written)
{
    for (uint64_t page = first; page < end;) {
        uint64_t *bits = written_word(k, page);

        if (page % 64 == 0 && end - page >= 64) {
            *bits = written ? UINT64_MAX : 0;
            page += 64;
        } else {
            uint64_t bit = 1ull << page % 64;

            *bits = written ? *bits | bit : *bits & ~bit;
            page++;
        }
    }
}

static void clear_pages(struct kernel *k, uint64_t first, uint64_t end)
{
    paddr start = first << PAGE_BITS;
    uint64_t size = (end - first) << PAGE_BITS;

    if (size >= DISCARD_MIN)
        environment_discard(machine_of(k), start, size);
    else
        memset(kernel_at(k, start), 0, size);
}

/* Clears the runs of written pages in [first, end). */
static void zero_pages(struct kernel *k, uint64_t first, uint64_t end)
{
    uint64_t page = first;

    while (page < end) {
        uint64_t run;

        if (page % 64 == 0 && end - page >= 64 && *written_word(k, page) == 0) {
            page += 64;
            continue;
        }
        for (run = page; run < end && is_written(k, run); run++)
            ;
        if (run > page)
            clear_pages(k, page, run);
        page = run + 1;
    }
    set_written(k, first, end, false);
}

void platform_zero(struct kernel *k, paddr start, uint64_t size)
{
    uint64_t first = (start + MASK(PAGE_BITS)) >> PAGE_BITS, end = (start + size) >> PAGE_BITS;

    if (end <= first) { /* within one page, or across one border */
        memset(kernel_at(k, start), 0, size);
        return;
    }
    memset(kernel_at(k, start), 0, (first << PAGE_BITS) - start);
    memset(kernel_at(k, end << PAGE_BITS), 0, start + size - (end << PAGE_BITS));
    zero_pages(k, first, end);
}

void platform_used(struct kernel *k, paddr start, uint64_t size)
{
    set_written(k, start >> PAGE_BITS, (start + size + MASK(PAGE_BITS)) >> PAGE_BITS, true);
}
