/*
 * The machine as the kernel model sees it: kernel/platform.h on devices, consoles and memory.
 */
#include "kernel/platform.h"

#include <string.h>

#include "machine/environment.h"
#include "machine/interrupts.h"

#define FLUSH_DELAY 5000000ull  /* ns that an unfinished line may wait for the monitor */
#define GAP_MAX     16          /* pages that are worth less than another request to the host */
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

static void put_output(struct kernel *k, char c)
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

/* In virtual time. Who waits in the kernel is not interrupted; who polls the port may be. */
static void wait_for_transmitter(struct kernel *k, bool interruptible)
{
    struct machine *m = machine_of(k);
    uint64_t end = m->devices.serial.sent_at;

    if (interruptible && machine_next_event(m) < end)
        end = machine_next_event(m);
    if (end <= k->now || !clock_jump(&m->clock, end))
        return;
    k->now = clock_now(&m->clock);
    devices_advance(&m->devices, k->now);
}

/* The kernel's own driver polls for each byte, and writes two for the end of a line. */
void platform_console(struct kernel *k, char c)
{
    struct serial *serial = &machine_of(k)->devices.serial;

    for (int byte = 0; serial->paced && byte < (c == '\n' ? 2 : 1); byte++) {
        wait_for_transmitter(k, false);
        serial_send(serial, k->now);
    }
    put_output(k, c);
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
    struct machine *m = machine_of(k);
    struct devices *d = &m->devices;

    if (devices_port_tells_time(port)) {
        clock_charge(&m->clock, CLOCK_PORT);
        k->now = clock_now(&m->clock);
        devices_advance(d, k->now);
    }
    if (serial_is_awaited(&d->serial, port - (unsigned)SERIAL_PORT, k->now))
        wait_for_transmitter(k, true);
    return devices_port_in(d, port, width, k->now);
}

void platform_port_out(struct kernel *k, uint16_t port, unsigned width, uint32_t value)
{
    struct machine *m = machine_of(k);
    char byte;

    devices_port_out(&m->devices, port, width, value, k->now);
    if (serial_take_output(&m->devices.serial, &byte))
        put_output(k, byte);
}

void platform_irq_configure(struct kernel *k, unsigned irq)
{
    const struct irq *i = &k->irq[irq];
    struct machine *m = machine_of(k);

    /* What was asserted under an older routing is not this handler's. The PIC has only one. */
    if (i->source == IRQ_SOURCE_IOAPIC)
        interrupts_take_pin(&m->devices.interrupts, i->pin);
    else if (i->source == IRQ_SOURCE_MSI)
        interrupts_take_message(&m->devices.interrupts, irq + VECTOR_OFFSET);
    if (irq_has_pin(i) && i->pin == PIN_TIMER)
        pit_listen(&m->devices.pit, k->now);
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

static bool is_held(const struct machine *m, unsigned irq)
{
    return m->hold.until > m->kernel.now && m->hold.irq == (int)irq;
}

static int current_priority(const struct machine *m)
{
    const struct kernel *k = &m->kernel;

    return k->current != 0 ? kernel_current((struct kernel *)(uintptr_t)k)->priority : -1;
}

static void hold(struct machine *m, unsigned irq)
{
    if (m->hold_max == 0 || m->hold.until > m->kernel.now)
        return;
    m->hold = (struct interrupt_hold){
        .until = m->kernel.now + m->hold_max,
        .irq = (int)irq,
        .priority = current_priority(m),
    };
}

void interrupts_progress(struct machine *m, bool entered)
{
    if (m->hold.until == 0)
        return;
    if (current_priority(m) <= m->hold.priority || m->hold.entries == HOLD_ENTRIES) {
        m->hold.until = 0;
    } else if (entered && m->hold.until > m->kernel.now) {
        m->hold.until = m->kernel.now + m->hold_max;
        m->hold.entries++;
    }
}

static bool is_asserted(const struct machine *m, unsigned irq)
{
    const struct irq *i = &m->kernel.irq[irq];

    if (i->state != IRQ_SIGNAL || interrupts_masked(m, irq))
        return false;
    if (irq_has_pin(i))
        return interrupts_pin_pending(&m->devices.interrupts, i->pin, i->level);
    return i->source == IRQ_SOURCE_MSI &&
           interrupts_message_pending(&m->devices.interrupts, irq + VECTOR_OFFSET);
}

uint64_t interrupts_deadline(const struct machine *m)
{
    if (m->hold.until == 0 || !is_asserted(m, (unsigned)m->hold.irq))
        return UINT64_MAX;
    return current_priority(m) <= m->hold.priority ? m->kernel.now : m->hold.until;
}

static bool any_asserted(const struct interrupts *i)
{
    return (i->asserted | i->edges) != 0 ||
           (i->messages[0] | i->messages[1] | i->messages[2] | i->messages[3]) != 0;
}

/* What the controllers choose among several: the local APIC the highest vector, the two PICs the
 * lowest line, where all of the second are at line 2 of the first. */
static unsigned irq_of_rank(const struct machine *m, unsigned rank)
{
    static const uint8_t lines[] = {0, 1, 8, 9, 10, 11, 12, 13, 14, 15, 3, 4, 5, 6, 7};

    if (m->kernel.config.irq_pic && rank < sizeof lines)
        return lines[rank];
    return IRQ_COUNT - 1 - rank;
}

int interrupts_next(const struct machine *m)
{
    if (!any_asserted(&m->devices.interrupts))
        return -1;
    for (unsigned rank = 0; rank < IRQ_COUNT; rank++) {
        unsigned irq = irq_of_rank(m, rank);

        if (is_asserted(m, irq) && !is_held(m, irq))
            return (int)irq;
    }
    return -1;
}

void interrupts_accept(struct machine *m, unsigned irq)
{
    const struct irq *i = &m->kernel.irq[irq];

    hold(m, irq);
    if (irq_has_pin(i))
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
    host_advance(m);
    return interrupts_next(m) >= 0 || atomic_load(&m->host.any_ready) != 0 ||
           (m->tick_wanted && k->now >= m->next_tick);
}

uint64_t platform_now(const struct kernel *k)
{
    return clock_now(&((const struct machine *)k)->clock);
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

/* The next page in [page, end) that is written or not, as `written` asks; `end` if there is none.
 */
static uint64_t next_page(struct kernel *k, uint64_t page, uint64_t end, bool written)
{
    const uint64_t other = written ? 0 : UINT64_MAX;

    while (page < end && is_written(k, page) != written) {
        if (page % 64 == 0 && end - page >= 64 && *written_word(k, page) == other)
            page += 64;
        else
            page++;
    }
    return page;
}

static void clear_pages(struct kernel *k, uint64_t first, uint64_t end)
{
    if ((end - first) << PAGE_BITS >= DISCARD_MIN) {
        environment_discard(machine_of(k), first << PAGE_BITS, (end - first) << PAGE_BITS);
        return;
    }
    for (uint64_t page = first, run; page < end; page = next_page(k, run, end, true)) {
        run = next_page(k, page, end, false);
        memset(kernel_at(k, page << PAGE_BITS), 0, (run - page) << PAGE_BITS);
    }
}

/* Clears what is written in [first, end). Runs of pages with small gaps between go as one. */
static void zero_pages(struct kernel *k, uint64_t first, uint64_t end)
{
    uint64_t page = next_page(k, first, end, true);

    while (page < end) {
        uint64_t stop = next_page(k, page, end, false), next = next_page(k, stop, end, true);

        for (; next < end && next - stop <= GAP_MAX; next = next_page(k, stop, end, true))
            stop = next_page(k, next, end, false);
        clear_pages(k, page, stop);
        page = next;
    }
    set_written(k, first, end, false);
}

/* Pages that the range has but a part of count: an untyped that is cleared in pieces owns them. */
static void tell_cleared(struct kernel *k, paddr start, uint64_t size)
{
    uint64_t end = (start + size + MASK(PAGE_BITS)) >> PAGE_BITS, run;
    uint64_t page = next_page(k, start >> PAGE_BITS, end, true);

    for (; page < end; page = next_page(k, run, end, true)) {
        run = next_page(k, page, end, false);
        environment_cleared(machine_of(k), page << PAGE_BITS, (run - page) << PAGE_BITS);
    }
}

/* Less than a page, within one: the host need not find memory for what is zero already. */
static void zero_part(struct kernel *k, paddr start, paddr end)
{
    if (start < end && is_written(k, start >> PAGE_BITS))
        memset(kernel_at(k, start), 0, end - start);
}

void platform_zero(struct kernel *k, paddr start, uint64_t size)
{
    uint64_t first = (start + MASK(PAGE_BITS)) >> PAGE_BITS, end = (start + size) >> PAGE_BITS;
    paddr head = first << PAGE_BITS, tail = end << PAGE_BITS;

    tell_cleared(k, start, size);
    if (end < first) { /* within one page */
        zero_part(k, start, start + size);
        return;
    }
    zero_part(k, start, head);
    zero_pages(k, first, end);
    zero_part(k, tail, start + size);
}

void platform_used(struct kernel *k, paddr start, uint64_t size)
{
    set_written(k, start >> PAGE_BITS, (start + size + MASK(PAGE_BITS)) >> PAGE_BITS, true);
}
