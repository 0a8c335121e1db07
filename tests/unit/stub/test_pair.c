/*
 * Who becomes a pair and who spins, for patterns of hand-overs. Lanes are no processes here: the
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

#define LANES     24
#define LONG      20000 /* hand-overs */
#define PAIR_SOON 64    /* by then two lanes are a pair */

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
    }
    pair_choose_cpus(engine());
    engine()->second_cpu = engine()->home_cpu;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_machine_free(lanes[0].machine);
    return 0;
}

/* Whoever may spin never does so in vain here; who may not sleeps. */
static void hand_over(uint32_t to)
{
    pair_hand_over(&lanes[holder], to);
    lanes[holder].slot->turn = lanes[holder].spins > 0 ? TURN_WAIT : TURN_ASLEEP;
    lanes[to].slot->turn = TURN_WAIT;
    holder = to;
    for (uint32_t i = 0; i < LANES; i++) {
        _Atomic uint32_t *turn = &lanes[i].slot->turn;
        /* It sees that soon; without a pair nobody spins. */
        if (*turn == TURN_ASIDE || (*turn == TURN_WAIT && i != holder && !engine()->paired))
            *turn = TURN_ASLEEP;
    }
}

static bool spins(uint32_t lane)
{
    return lane != holder && lanes[lane].spins > 0 && lanes[lane].slot->turn == TURN_WAIT;
}

static bool is_away(uint32_t lane)
{
    return engine()->away == lane + 1;
}

static void make_pair(void)
{
    for (int i = 0; i < PAIR_SOON; i++)
        hand_over(!holder);
    assert_true(engine()->paired);
}

/* ------------------------------------------------------------------ tests */

static void two_become_a_pair_and_spin(void **state)
{
    (void)state;
    make_pair();
    for (int i = 0; i < PAIR_SOON; i++) {
        hand_over(!holder);
        assert_true(spins(!holder));
    }
}

/* The client, 0, has 22 hand-overs with server 1 and two with server 2 in each round. */
static void a_third_lane_ends_no_pair(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 11; i++) {
            hand_over(1);
            hand_over(0);
        }
        hand_over(2);
        hand_over(0);
        if (round >= 10) {
            assert_true(engine()->paired);
            assert_true(is_away(1));
            assert_true(spins(1));
            assert_false(spins(2));
        }
    }
}

static void a_ring_is_no_pair(void **state)
{
    (void)state;
    for (int i = 0; i < LONG; i++) {
        hand_over((holder + 1) % 3);
        assert_false(engine()->paired);
    }
}

static void a_chain_is_no_pair(void **state)
{
    int step = 1;

    (void)state;
    for (int i = 0; i < LONG; i++) {
        hand_over(holder + (uint32_t)step);
        if (holder == 0 || holder == LANES - 1)
            step = -step;
        assert_false(engine()->paired);
    }
}

static void nobody_spins_on_one_cpu(void **state)
{
    (void)state;
    engine()->second_cpu = CPU_NONE;
    for (int i = 0; i < LONG; i++) {
        hand_over(!holder);
        assert_false(spins(!holder));
    }
}

static void who_spins_at_home_makes_room(void **state)
{
    (void)state;
    make_pair();
    if (is_away(holder))
        hand_over(!holder);
    uint32_t home = holder;
    hand_over(!holder);
    assert_true(spins(home));
    assert_true(is_away(holder));
    hand_over(2);
    assert_int_equal(lanes[home].slot->turn, TURN_ASLEEP);
    assert_true(engine()->paired);
}

static void check_seats(void)
{
    unsigned home = !is_away(holder), away = is_away(holder);

    for (uint32_t i = 0; i < LANES; i++) {
        home += spins(i) && !is_away(i);
        away += spins(i) && is_away(i);
    }
    assert_in_range(home, 0, 1);
    assert_in_range(away, 0, 1);
}

static uint32_t any(uint32_t limit)
{
    static uint64_t seed = 1;

    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % limit;
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
        cmocka_unit_test_setup_teardown(two_become_a_pair_and_spin, setup, teardown),
        cmocka_unit_test_setup_teardown(a_third_lane_ends_no_pair, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ring_is_no_pair, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chain_is_no_pair, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_spins_on_one_cpu, setup, teardown),
        cmocka_unit_test_setup_teardown(who_spins_at_home_makes_room, setup, teardown),
        cmocka_unit_test_setup_teardown(two_never_share_a_cpu, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
