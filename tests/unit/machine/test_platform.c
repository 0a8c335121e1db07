/* The machine behind the kernel model: memory that knows what was written, consoles, interrupts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "fake_environment.h"
#include "kernel/platform.h"
#include "machine/interrupts.h"

static bool is_zero(struct machine *m, paddr start, uint64_t size)
{
    const char *bytes = kernel_at(&m->kernel, start);

    for (uint64_t n = 0; n < size; n++) {
        if (bytes[n] != 0)
            return false;
    }
    return true;
}

static void zeroing_skips_what_nobody_wrote(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    platform_zero(&m->kernel, 0x100000, 32 << 20);
    assert_int_equal(fake.discarded, 0);
    /* Nor does a part of a page touch it: what a machine may not write stays. */
    memset(kernel_at(&m->kernel, 0x200000), 0xaa, 0x3000);
    platform_zero(&m->kernel, 0x200010, 0x20);
    platform_zero(&m->kernel, 0x200800, 0x2000);
    for (paddr p = 0x200000; p < 0x203000; p++)
        assert_int_equal(*(uint8_t *)kernel_at(&m->kernel, p), 0xaa);
    fake_machine_free(m);
}

static void zeroing_clears_used_pages_only(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    platform_used(&m->kernel, 0x200000, 0x3000);
    memset(kernel_at(&m->kernel, 0x200000), 0xaa, 0x3000);
    platform_used(&m->kernel, 0x400000, 1 << 20);
    memset(kernel_at(&m->kernel, 0x400000), 0xaa, 1 << 20);
    platform_zero(&m->kernel, 0x100000, 32 << 20);
    assert_int_equal(fake.discarded, 1 << 20);
    assert_true(is_zero(m, 0x100000, 32 << 20));
    fake.discarded = 0;
    platform_zero(&m->kernel, 0x100000, 32 << 20);
    assert_int_equal(fake.discarded, 0);
    fake_machine_free(m);
}

static void zeroing_keeps_to_its_range(void **state)
{
    static const struct {
        uint64_t start, size;
    } range[] = {{0x200010, 0x20}, {0x200ff0, 0x20}, {0x200010, 0x4000}, {0x1ff800, 0x22800}};
    struct machine *m = fake_machine_new();

    (void)state;
    for (unsigned n = 0; n < sizeof range / sizeof range[0]; n++) {
        uint64_t end = range[n].start + range[n].size;

        platform_used(&m->kernel, 0x1f0000, 0x60000);
        memset(kernel_at(&m->kernel, 0x1f0000), 0xaa, 0x60000);
        platform_zero(&m->kernel, range[n].start, range[n].size);
        assert_true(is_zero(m, range[n].start, range[n].size));
        assert_false(is_zero(m, range[n].start - 1, 1));
        assert_false(is_zero(m, end, 1));
    }
    fake_machine_free(m);
}

/* A large untyped is cleared in pieces that are no multiple of a page, from its end down. */
static void pages_cleared_in_pieces_are_all_told(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    platform_used(&m->kernel, 0x201000, 0x3000);
    platform_zero(&m->kernel, 0x202800, 0x1800);
    assert_int_equal(fake.cleared_start, 0x202000);
    assert_int_equal(fake.cleared, 0x2000);
    platform_zero(&m->kernel, 0x200000, 0x2800);
    assert_int_equal(fake.cleared_start, 0x201000);
    assert_int_equal(fake.cleared, 0x4000);
    fake_machine_free(m);
}

static void partly_zeroed_pages_stay_used(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    platform_used(&m->kernel, 0x200000, 0x1000);
    memset(kernel_at(&m->kernel, 0x200000), 0xaa, 0x1000);
    platform_zero(&m->kernel, 0x200000, 0x100);
    assert_false(is_zero(m, 0x200100, 0x100));
    platform_zero(&m->kernel, 0x200000, 0x1000);
    assert_true(is_zero(m, 0x200000, 0x1000));
    fake_machine_free(m);
}

static void full_console_waits_and_loses_nothing(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    for (int n = 0; n < CONSOLE_SIZE + 10; n++)
        platform_console(&m->kernel, 'a');
    assert_true(fake.waits > 0);
    assert_int_equal(m->output.written, CONSOLE_SIZE + 10);
    fake_machine_free(m);
}

static void lines_ring_and_fragments_wait(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    platform_console(&m->kernel, 'a');
    assert_int_equal(fake.rings, 0);
    assert_true(machine_deadline(m) != UINT64_MAX);
    platform_console(&m->kernel, '\n');
    assert_int_equal(fake.rings, 1);
    assert_true(machine_deadline(m) == UINT64_MAX);
    fake_machine_free(m);
}

static void interrupts_follow_routing_and_mask(void **state)
{
    struct machine *m = fake_machine_new();
    struct kernel *k = &m->kernel;

    (void)state;
    k->irq[20] = (struct irq){.state = IRQ_SIGNAL, .source = IRQ_SOURCE_IOAPIC, .pin = 2};
    platform_irq_configure(k, 20);
    assert_int_equal(interrupts_next(m), -1);
    interrupts_pulse(&m->devices.interrupts, 2);
    assert_int_equal(interrupts_next(m), 20);
    platform_irq_mask(k, 20, true);
    assert_int_equal(interrupts_next(m), -1);
    platform_irq_mask(k, 20, false);
    assert_int_equal(interrupts_next(m), 20);
    interrupts_accept(m, 20);
    assert_int_equal(interrupts_next(m), -1);

    k->irq[21] = (struct irq){.state = IRQ_SIGNAL, .source = IRQ_SOURCE_MSI};
    platform_irq_configure(k, 21);
    interrupts_message(&m->devices.interrupts, 21 + VECTOR_OFFSET);
    assert_int_equal(interrupts_next(m), 21);
    fake_machine_free(m);
}

/* All of them at once; in which order they are taken. */
static void assert_order(struct machine *m, const unsigned *irq, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        m->kernel.irq[irq[n]].state = IRQ_SIGNAL;
        platform_irq_configure(&m->kernel, irq[n]);
        if (m->kernel.irq[irq[n]].source == IRQ_SOURCE_MSI)
            interrupts_message(&m->devices.interrupts, irq[n] + VECTOR_OFFSET);
        else
            interrupts_pulse(&m->devices.interrupts, m->kernel.irq[irq[n]].pin);
    }
    for (unsigned n = 0; n < count; n++) {
        assert_int_equal(interrupts_next(m), irq[n]);
        interrupts_accept(m, irq[n]);
    }
    assert_int_equal(interrupts_next(m), -1);
}

static void the_highest_vector_comes_first(void **state)
{
    static const unsigned order[] = {90, 40, 20, 16};
    struct machine *m = fake_machine_new();

    (void)state;
    for (unsigned n = 0; n < 4; n++)
        m->kernel.irq[order[n]] =
            (struct irq){.source = n % 2 ? IRQ_SOURCE_IOAPIC : IRQ_SOURCE_MSI, .pin = n};
    assert_order(m, order, 4);
    fake_machine_free(m);
}

static void the_second_pic_comes_between_lines_of_the_first(void **state)
{
    static const unsigned order[] = {0, 1, 8, 15, 3, 7};
    struct machine *m = fake_machine_new();

    (void)state;
    m->kernel.config.irq_pic = true;
    for (unsigned n = 0; n < 6; n++)
        m->kernel.irq[order[n]] = (struct irq){.source = IRQ_SOURCE_PIC, .pin = order[n]};
    assert_order(m, order, 6);
    fake_machine_free(m);
}

static void level_interrupts_stay_until_deasserted(void **state)
{
    struct machine *m = fake_machine_new();
    struct kernel *k = &m->kernel;

    (void)state;
    k->irq[20] =
        (struct irq){.state = IRQ_SIGNAL, .source = IRQ_SOURCE_IOAPIC, .pin = 4, .level = 1};
    platform_irq_configure(k, 20);
    interrupts_set(&m->devices.interrupts, 4, true);
    interrupts_accept(m, 20);
    assert_int_equal(interrupts_next(m), 20);
    interrupts_set(&m->devices.interrupts, 4, false);
    assert_int_equal(interrupts_next(m), -1);
    fake_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroing_skips_what_nobody_wrote),
        cmocka_unit_test(zeroing_clears_used_pages_only),
        cmocka_unit_test(zeroing_keeps_to_its_range),
        cmocka_unit_test(pages_cleared_in_pieces_are_all_told),
        cmocka_unit_test(partly_zeroed_pages_stay_used),
        cmocka_unit_test(full_console_waits_and_loses_nothing),
        cmocka_unit_test(lines_ring_and_fragments_wait),
        cmocka_unit_test(interrupts_follow_routing_and_mask),
        cmocka_unit_test(the_highest_vector_comes_first),
        cmocka_unit_test(the_second_pic_comes_between_lines_of_the_first),
        cmocka_unit_test(level_interrupts_stay_until_deasserted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
