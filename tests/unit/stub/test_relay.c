/*
 * Who waits awake, and on which CPU, for patterns of hand-overs. Lanes are no processes here: the
 * moves between CPUs go to this process itself, whose two CPUs are one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_environment.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

#define LANES 24
#define LONG  20000 /* hand-overs */
#define SOON  64    /* by then two lanes use both CPUs */

static struct lane lanes[LANES];
static uint32_t holder;

static struct engine_state *engine(void)
{
    return lanes[0].engine;
}

static int setup(void **state)
{
    struct machine *m = fake_machine_new();

    (void)state;
    holder = 0;
    for (uint32_t i = 0; i < LANES; i++) {
        struct engine_state *e = engine_state_of(m);
        lanes[i] = (struct lane){.machine = m, .engine = e, .index = i, .slot = &e->lane[i]};
        lanes[i].slot->pid = (int32_t)LINUX_CALL3(getpid, 0, 0, 0);
        lanes[i].slot->turn = i == 0 ? TURN_WAIT : TURN_ASLEEP;
        lanes[i].slot->use = LANE_USED;
    }
    relay_choose_cpus(engine());
    engine()->cpu[CPU_SECOND] = engine()->cpu[CPU_HOME];
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_machine_free(lanes[0].machine);
    return 0;
}

static bool both(void)
{
    return engine()->waiter != LANE_NONE;
}

/* Whoever may spin never does so in vain here; who may not sleeps. */
static void hand_over(uint32_t to)
{
    struct lane *last = &lanes[holder];

    relay_hand_over(last, to);
    if (lanes[to].slot->turn == TURN_ASLEEP)
        relay_wakes(last, to);
    lanes[to].slot->turn = TURN_YOURS;
    holder = to;
    last->slot->turn = TURN_WAIT;
    if (last->next != last->index)
        relay_wait(last); /* calls the lane that it expects */
    for (uint32_t i = 0; i < LANES; i++) {
        if (lanes[i].slot->turn == TURN_CALL)
            relay_called(&lanes[i]);
        if (lanes[i].slot->turn == TURN_WAIT && engine()->waiter != i)
            lanes[i].slot->turn = TURN_ASLEEP;
    }
    lanes[to].slot->turn = TURN_WAIT; /* as who takes it over leaves it */
}

static bool spins(uint32_t lane)
{
    return lane != holder && lanes[lane].slot->turn == TURN_WAIT;
}

static enum lane_cpu cpu_of(uint32_t lane)
{
    return lanes[lane].slot->cpu;
}

static void use_both(void)
{
    for (int i = 0; i < SOON; i++)
        hand_over(!holder);
    assert_true(both());
}

/* There and back through all of them. */
static void pass_chain(int times)
{
    for (int i = 0; i < times * 2 * (LANES - 1); i++)
        hand_over(i % (2 * (LANES - 1)) < LANES - 1 ? holder + 1 : holder - 1);
}

static uint32_t any(uint32_t limit)
{
    static uint64_t seed = 1;

    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % limit;
}

/* ------------------------------------------------------------------ tests */

static void two_use_both_cpus_and_spin(void **state)
{
    (void)state;
    use_both();
    for (int i = 0; i < SOON; i++) {
        hand_over(!holder);
        assert_true(spins(!holder));
        assert_int_not_equal(cpu_of(0), cpu_of(1));
    }
}

/* The client, 0, has 22 hand-overs with server 1 and two with server 2 in each round. */
static void a_third_lane_disturbs_no_two(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 11; i++) {
            hand_over(1);
            hand_over(0);
        }
        hand_over(2);
        if (round >= 10) {
            assert_true(both());
            assert_true(spins(1));
            assert_int_not_equal(cpu_of(1), cpu_of(2));
        }
        hand_over(0);
    }
}

static void in_a_chain_the_next_one_is_awake(void **state)
{
    (void)state;
    pass_chain(10);
    assert_true(both());
    for (uint32_t i = 1; i < LANES; i++) {
        assert_true(i == 1 || spins(i));
        hand_over(i);
    }
    for (uint32_t i = LANES - 1; i-- > 0;) {
        assert_true(spins(i));
        hand_over(i);
    }
}

/* Each would have to move to the other CPU each time. */
static void three_in_a_ring_stay_at_home(void **state)
{
    uint32_t awake = 0;

    (void)state;
    for (int i = 0; i < LONG; i++) {
        uint32_t next = (holder + 1) % 3;
        awake += spins(next);
        hand_over(next);
    }
    assert_in_range(awake, 1, LONG / 100);
}

static void who_comes_unexpected_disturbs_no_chain(void **state)
{
    (void)state;
    pass_chain(10);
    hand_over(1);
    hand_over(2);
    uint32_t waiter = engine()->waiter;
    assert_int_equal(waiter, 3);
    hand_over(13); /* by a switch of the host */
    for (uint32_t i = 14; i < LANES; i++) {
        hand_over(i);
        assert_true(i < 17 || spins(i + 1 < LANES ? i + 1 : i - 1));
    }
}

static void who_waits_in_vain_sleeps(void **state)
{
    (void)state;
    use_both();
    uint32_t needed = engine()->votes_needed, waiter = !holder;
    assert_true(spins(waiter));
    engine()->crossings = 0;
    lanes[waiter].next = waiter;
    relay_wait(&lanes[waiter]);
    assert_false(both());
    assert_int_equal(engine()->votes_needed, 2 * needed);
    lanes[waiter].slot->turn = TURN_ASLEEP;
    hand_over(waiter);
    assert_false(both());
    assert_int_equal(cpu_of(0), cpu_of(1));
}

static void who_comes_at_random_is_not_expected(void **state)
{
    uint32_t right = 0;

    (void)state;
    for (int i = 0; i < LONG; i++) {
        uint32_t to = any(LANES);
        right += both();
        if (to != holder)
            hand_over(to);
    }
    assert_int_equal(right, 0);
}

static void nobody_spins_on_one_cpu(void **state)
{
    (void)state;
    engine()->cpu[CPU_SECOND] = CPU_NONE;
    for (int i = 0; i < LONG; i++) {
        hand_over(!holder);
        assert_false(spins(!holder));
    }
}

static void check_seats(void)
{
    unsigned awake[2] = {0};

    for (uint32_t i = 0; i < LANES; i++)
        awake[cpu_of(i)] += i == holder || spins(i);
    assert_in_range(awake[CPU_HOME], 0, 1);
    assert_in_range(awake[CPU_SECOND], 0, 1);
}

/* Mostly to and fro between two, which change now and then; sometimes to anybody. */
static void two_never_share_a_cpu(void **state)
{
    uint32_t pair[2] = {0, 1};

    (void)state;
    for (int i = 0; i < 10 * LONG; i++) {
        uint32_t to = pair[holder == pair[0]];
        if (any(1000) == 0)
            pair[any(2)] = any(LANES);
        if (any(20) == 0)
            to = any(LANES);
        if (to == holder)
            continue;
        hand_over(to);
        check_seats();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_use_both_cpus_and_spin, setup, teardown),
        cmocka_unit_test_setup_teardown(a_third_lane_disturbs_no_two, setup, teardown),
        cmocka_unit_test_setup_teardown(in_a_chain_the_next_one_is_awake, setup, teardown),
        cmocka_unit_test_setup_teardown(three_in_a_ring_stay_at_home, setup, teardown),
        cmocka_unit_test_setup_teardown(who_comes_unexpected_disturbs_no_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(who_waits_in_vain_sleeps, setup, teardown),
        cmocka_unit_test_setup_teardown(who_comes_at_random_is_not_expected, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_spins_on_one_cpu, setup, teardown),
        cmocka_unit_test_setup_teardown(two_never_share_a_cpu, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
