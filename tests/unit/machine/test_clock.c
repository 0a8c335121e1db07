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
    assert_int_equal(clock_now(&c),
                     1000 * CLOCK_ENTRY + CLOCK_COUNTER + CLOCK_DEVICE + CLOCK_WORK);
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
        assert_int_equal(machine_watch(m, &w), CLOCK_PATIENCE / CLOCK_GLANCES);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_time_stands_still),
        cmocka_unit_test(charges_are_exact_without_a_seed),
        cmocka_unit_test(polling_gets_dearer_up_to_a_limit_until_the_next_entry),
        cmocka_unit_test(jumps_go_forward_only),
        cmocka_unit_test(a_seed_decides_every_charge),
        cmocka_unit_test(preemption_points_cost_time),
        cmocka_unit_test(spinning_is_noticed_after_some_looks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
