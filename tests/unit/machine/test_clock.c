/* The clock: what virtual time costs, where it jumps, and that a seed decides all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_environment.h"
#include "kernel/platform.h"

static struct clock virtual_clock(uint64_t seed)
{
    struct clock c;

    clock_start_virtual(&c, seed);
    return c;
}

static void virtual_time_stands_still(void **state)
{
    struct clock c = virtual_clock(0);

    (void)state;
    assert_int_equal(clock_now(&c), 0);
    assert_int_equal(clock_now(&c), 0);
}

static void charges_are_exact_without_a_seed(void **state)
{
    struct clock c = virtual_clock(0);

    (void)state;
    for (int n = 0; n < 1000; n++)
        clock_charge(&c, CLOCK_ENTRY);
    assert_int_equal(clock_now(&c), 1000 * CLOCK_ENTRY);
    clock_charge(&c, CLOCK_COUNTER);
    clock_charge(&c, CLOCK_DEVICE);
    clock_charge(&c, CLOCK_WORK);
    assert_int_equal(clock_now(&c), 1000 * CLOCK_ENTRY + CLOCK_COUNTER + CLOCK_DEVICE + CLOCK_WORK);
    assert_int_equal(clock_counter(&c), clock_now(&c));
}

static uint64_t cost_of_one(struct clock *c, enum clock_charge charge)
{
    uint64_t before = clock_now(c);

    clock_charge(c, charge);
    return clock_now(c) - before;
}

static void polling_gets_dearer_up_to_a_limit_until_the_next_entry(void **state)
{
    struct clock c = virtual_clock(0);

    (void)state;
    for (int n = 0; n < CLOCK_POLLS; n++)
        assert_int_equal(cost_of_one(&c, CLOCK_COUNTER), CLOCK_COUNTER);
    assert_int_equal(cost_of_one(&c, CLOCK_COUNTER), 2 * CLOCK_COUNTER);
    for (int n = 0; n < 2 * CLOCK_POLLS * CLOCK_POLLS_MAX; n++)
        clock_charge(&c, CLOCK_DEVICE);
    assert_int_equal(cost_of_one(&c, CLOCK_DEVICE), CLOCK_POLLS_MAX * CLOCK_DEVICE);
    clock_charge(&c, CLOCK_ENTRY);
    assert_int_equal(cost_of_one(&c, CLOCK_DEVICE), CLOCK_DEVICE);
}

/* A counter's value by ports: latch it, read the low and the high half; and one entry besides. */
static uint64_t cost_of_a_reading(struct clock *c)
{
    uint64_t before = clock_now(c);

    clock_charge(c, CLOCK_ENTRY);
    for (int half = 0; half < 2; half++) {
        clock_charge(c, CLOCK_ENTRY);
        clock_charge(c, CLOCK_PORT);
    }
    clock_charge(c, CLOCK_ENTRY);
    return clock_now(c) - before;
}

static void polling_a_timer_by_ports_gets_dearer_although_it_takes_entries(void **state)
{
    struct clock c = virtual_clock(0);

    (void)state;
    for (int n = 0; n < CLOCK_POLLS / 2; n++)
        assert_int_equal(cost_of_a_reading(&c), 4 * CLOCK_ENTRY);
    assert_int_equal(cost_of_a_reading(&c), 6 * CLOCK_ENTRY);
    for (int n = 0; n < CLOCK_POLLS * CLOCK_POLLS_MAX; n++)
        cost_of_a_reading(&c);
    assert_int_equal(cost_of_a_reading(&c), (2 + 2 * CLOCK_POLLS_MAX) * CLOCK_ENTRY);
    clock_charge(&c, CLOCK_ENTRY); /* it does something else besides */
    assert_int_equal(cost_of_a_reading(&c), 4 * CLOCK_ENTRY);
}

static void jumps_go_forward_only(void **state)
{
    struct clock c = virtual_clock(0), real = {.ns_per_tick = 1ull << 32};

    (void)state;
    assert_true(clock_jump(&c, 5000));
    assert_int_equal(clock_now(&c), 5000);
    assert_true(clock_jump(&c, 10));
    assert_int_equal(clock_now(&c), 5001);
    assert_false(clock_jump(&c, UINT64_MAX));
    assert_int_equal(clock_now(&c), 5001);
    assert_false(clock_jump(&real, 5000));
}

static void a_seed_decides_every_charge(void **state)
{
    struct clock a = virtual_clock(7), b = virtual_clock(7), other = virtual_clock(8);
    bool differs = false;

    (void)state;
    for (int n = 0; n < 1000; n++) {
        uint64_t cost = cost_of_one(&a, CLOCK_ENTRY);

        assert_true(cost >= CLOCK_ENTRY);
        assert_true(cost <= CLOCK_JITTER * CLOCK_ENTRY + (1ull << CLOCK_LONG_BITS));
        assert_int_equal(cost, cost_of_one(&b, CLOCK_ENTRY));
        differs = differs || cost != cost_of_one(&other, CLOCK_ENTRY);
    }
    assert_true(differs);
    assert_true(clock_phase(&a, 1000) < 1000);
    assert_int_equal(clock_phase(&a, 1000000), clock_phase(&b, 1000000));
}

static void preemption_points_cost_time(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    clock_start_virtual(&m->clock, 0);
    m->tick_wanted = true;
    m->next_tick = 3 * CLOCK_WORK;
    assert_false(platform_irq_pending(&m->kernel));
    assert_false(platform_irq_pending(&m->kernel));
    assert_true(platform_irq_pending(&m->kernel));
    fake_machine_free(m);
}

static void printing_takes_the_time_of_the_line(void **state)
{
    struct machine *m = fake_machine_new();
    uint64_t byte;

    (void)state;
    clock_start_virtual(&m->clock, 0);
    devices_init(&m->devices, 0);
    m->devices.serial.paced = true;
    platform_console(&m->kernel, 'a'); /* nothing to wait for yet */
    assert_int_equal(clock_now(&m->clock), 0);
    platform_console(&m->kernel, 'b');
    byte = clock_now(&m->clock);
    assert_in_range(byte, 86000, 87000);
    platform_console(&m->kernel, '\n'); /* two bytes */
    platform_console(&m->kernel, 'c');
    assert_int_equal(clock_now(&m->clock), 4 * byte);
    assert_int_equal(m->kernel.now, clock_now(&m->clock));
    fake_machine_free(m);
}

/* A delay as old programs make it, some 55 ms: counter 0 from 65535 down to 0. */
static void waiting_for_the_timer_takes_few_readings(void **state)
{
    struct machine *m = fake_machine_new();
    unsigned readings = 0;
    uint32_t count = 0xffff, last;

    (void)state;
    clock_start_virtual(&m->clock, 0);
    devices_init(&m->devices, 0);
    platform_port_out(&m->kernel, PIT_PORT + 3, 1, 0x34);
    platform_port_out(&m->kernel, PIT_PORT, 1, 0xff);
    platform_port_out(&m->kernel, PIT_PORT, 1, 0xff);
    do {
        last = count;
        clock_charge(&m->clock, CLOCK_ENTRY);
        platform_port_out(&m->kernel, PIT_PORT + 3, 1, 0);
        clock_charge(&m->clock, CLOCK_ENTRY);
        count = platform_port_in(&m->kernel, PIT_PORT, 1);
        clock_charge(&m->clock, CLOCK_ENTRY);
        count |= platform_port_in(&m->kernel, PIT_PORT, 1) << 8;
        readings++;
    } while (count <= last);
    assert_in_range(clock_now(&m->clock), 54000000, 56000000);
    assert_in_range(readings, 500, 2500);
    fake_machine_free(m);
}

static uint32_t line_status(struct machine *m)
{
    return platform_port_in(&m->kernel, SERIAL_PORT + 5, 1);
}

static void polling_the_port_is_cut_short_by_what_is_due_first(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    clock_start_virtual(&m->clock, 0);
    devices_init(&m->devices, 0);
    m->devices.serial.paced = true;
    platform_port_out(&m->kernel, SERIAL_PORT, 1, 'a');
    assert_int_equal(line_status(m), 0); /* one look costs nothing */
    assert_int_equal(clock_now(&m->clock), 0);
    m->tick_wanted = true;
    m->next_tick = 5000;
    assert_int_equal(line_status(m), 0);
    assert_int_equal(clock_now(&m->clock), 5000);
    m->tick_wanted = false;
    assert_int_equal(line_status(m), 0x60);
    assert_in_range(clock_now(&m->clock), 86000, 87000);
    fake_machine_free(m);
}

static void spinning_is_noticed_after_some_looks(void **state)
{
    struct machine *m = fake_machine_new();
    struct watch w = {0};

    (void)state;
    clock_start_virtual(&m->clock, 0);
    m->kernel.current = 0x10000;
    assert_true(machine_watch(m, &w) == UINT64_MAX);
    m->tick_wanted = true;
    m->next_tick = 1000000;
    for (int n = 1; n < CLOCK_GLANCES; n++) {
        assert_int_equal(machine_watch(m, &w), CLOCK_LOOK);
        machine_watched(m, &w);
        assert_false(m->spins);
    }
    clock_charge(&m->clock, CLOCK_ENTRY);
    machine_watched(m, &w);
    assert_false(m->spins);
    for (int n = 0; n < CLOCK_GLANCES; n++) {
        machine_watch(m, &w);
        assert_false(m->spins);
        machine_watched(m, &w);
    }
    assert_true(m->spins);
    fake_machine_free(m);
}

static bool next_look_finds_it(struct machine *m, struct watch *w)
{
    m->spins = false;
    machine_watch(m, w);
    machine_watched(m, w);
    return m->spins;
}

static void who_was_found_to_spin_is_found_at_once_until_it_enters(void **state)
{
    const struct stop entry = {.kind = STOP_SYSCALL};
    struct machine *m = fake_machine_new();
    struct watch w = {0};

    (void)state;
    clock_start_virtual(&m->clock, 0);
    m->kernel.current = 0x10000;
    m->tick_wanted = true;
    m->next_tick = 1000000;
    for (int n = 0; n < CLOCK_GLANCES - 1; n++)
        assert_false(next_look_finds_it(m, &w));
    assert_true(next_look_finds_it(m, &w));
    assert_true(next_look_finds_it(m, &w));
    m->kernel.current = 0x20000; /* another thread has its own patience */
    assert_false(next_look_finds_it(m, &w));
    m->kernel.current = 0x10000;
    assert_true(next_look_finds_it(m, &w));
    machine_enter(m, &entry);
    m->kernel.current = 0x10000;
    m->tick_wanted = true;
    assert_false(next_look_finds_it(m, &w));
    fake_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_time_stands_still),
        cmocka_unit_test(charges_are_exact_without_a_seed),
        cmocka_unit_test(polling_gets_dearer_up_to_a_limit_until_the_next_entry),
        cmocka_unit_test(polling_a_timer_by_ports_gets_dearer_although_it_takes_entries),
        cmocka_unit_test(jumps_go_forward_only),
        cmocka_unit_test(a_seed_decides_every_charge),
        cmocka_unit_test(preemption_points_cost_time),
        cmocka_unit_test(printing_takes_the_time_of_the_line),
        cmocka_unit_test(waiting_for_the_timer_takes_few_readings),
        cmocka_unit_test(polling_the_port_is_cut_short_by_what_is_due_first),
        cmocka_unit_test(spinning_is_noticed_after_some_looks),
        cmocka_unit_test(who_was_found_to_spin_is_found_at_once_until_it_enters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
