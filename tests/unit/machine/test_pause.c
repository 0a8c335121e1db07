/* Pausing: who says what to whom, and that the clock stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_environment.h"

static const struct stop nothing = {.kind = STOP_NONE};

static void a_wish_is_granted_when_the_holder_comes_in(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    machine_ask_pause(m);
    assert_false(machine_is_paused(m));
    assert_true(machine_pauses(m));
    assert_true(machine_is_paused(m));
    assert_int_equal(fake.rings, 1);
    assert_true(machine_pauses(m)); /* woken for another reason: it says so only once */
    assert_int_equal(fake.rings, 1);
    machine_let_go(m);
    assert_false(machine_is_paused(m));
    assert_false(machine_pauses(m));
    fake_machine_free(m);
}

static void asking_anew_before_the_holder_has_looked_is_told_anew(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    machine_ask_pause(m);
    assert_true(machine_pauses(m));
    machine_let_go(m);
    machine_ask_pause(m);
    assert_false(machine_is_paused(m));
    assert_true(machine_pauses(m));
    assert_true(machine_is_paused(m));
    assert_int_equal(fake.rings, 2);
    fake_machine_free(m);
}

static void a_wish_taken_back_in_time_does_not_pause(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    machine_ask_pause(m);
    machine_let_go(m);
    assert_false(machine_pauses(m));
    assert_int_equal(fake.rings, 0);
    fake_machine_free(m);
}

static void a_machine_that_has_ended_does_not_pause(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    machine_end(m, END_HALTED, NULL);
    machine_ask_pause(m);
    assert_int_equal(machine_enter(m, &nothing), MACHINE_END);
    assert_false(machine_pauses(m));
    assert_false(machine_is_paused(m));
    fake_machine_free(m);
}

static void real_time_stands_still(void **state)
{
    struct machine *m = fake_machine_new();
    const uint64_t ticks = 1000000; /* a tick is 1 ns here */
    uint64_t before, after, now;

    (void)state;
    machine_ask_pause(m);
    before = clock_now(&m->clock);
    machine_pauses(m);
    m->paused_at -= 1000 * ticks; /* as if it had been paused a second earlier */
    m->clock.tsc_base -= 1000 * ticks;
    machine_let_go(m);
    machine_pauses(m);
    after = clock_now(&m->clock);
    assert_in_range(after, before, before + 100 * ticks);
    now = clock_now(&m->clock);
    assert_true(now >= after);
    fake_machine_free(m);
}

static void virtual_time_is_not_touched(void **state)
{
    struct machine *m = fake_machine_new();
    struct clock before;

    (void)state;
    clock_start_virtual(&m->clock, 7);
    clock_charge(&m->clock, CLOCK_ENTRY);
    before = m->clock;
    machine_ask_pause(m);
    machine_pauses(m);
    machine_let_go(m);
    machine_pauses(m);
    assert_memory_equal(&m->clock, &before, sizeof before);
    fake_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wish_is_granted_when_the_holder_comes_in),
        cmocka_unit_test(asking_anew_before_the_holder_has_looked_is_told_anew),
        cmocka_unit_test(a_wish_taken_back_in_time_does_not_pause),
        cmocka_unit_test(a_machine_that_has_ended_does_not_pause),
        cmocka_unit_test(real_time_stands_still),
        cmocka_unit_test(virtual_time_is_not_touched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
