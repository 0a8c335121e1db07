/* The derivation tree: who is whose parent after each way of putting a capability somewhere. */
#include "kernel/mdb.h"

#include "kernel_test.h"

static struct cap badged(struct cap cap, word badge)
{
    cap.endpoint.badge = badge;
    return cap;
}

static void assert_order(struct kernel *k, unsigned count, const unsigned *index)
{
    assert_int_equal(cte(k, index[0])->mdb.prev, 0);
    for (unsigned i = 0; i + 1 < count; i++) {
        assert_int_equal(cte(k, index[i])->mdb.next, own(k, index[i + 1]));
        assert_int_equal(cte(k, index[i + 1])->mdb.prev, own(k, index[i]));
    }
    assert_int_equal(cte(k, index[count - 1])->mdb.next, 0);
}

#define ASSERT_ORDER(k, ...)                                                                       \
    assert_order(k, sizeof((unsigned[]){__VA_ARGS__}) / sizeof(unsigned), (unsigned[]){__VA_ARGS__})

static void badged_lines_are_apart(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    fake_put(k, own(k, 1), ep);
    mdb_insert(k, ep, own(k, 1), own(k, 2));            /* plain copy */
    mdb_insert(k, badged(ep, 7), own(k, 1), own(k, 3)); /* a line */
    mdb_insert(k, badged(ep, 7), own(k, 3), own(k, 4)); /* copy in it */
    mdb_insert(k, badged(ep, 7), own(k, 1), own(k, 5)); /* another line of the same badge */
    ASSERT_ORDER(k, 1, 5, 3, 4, 2);
    assert_true(mdb_is_parent_of(k, own(k, 1), own(k, 5)));
    assert_false(mdb_is_parent_of(k, own(k, 5), own(k, 3)));
    assert_true(mdb_is_parent_of(k, own(k, 3), own(k, 4)));
    assert_false(mdb_is_parent_of(k, own(k, 4), own(k, 2)));
    assert_false(mdb_has_children(k, own(k, 2)));
    assert_false(mdb_has_children(k, own(k, 4)));
    assert_consistent(k);
}

static void removing_the_first_of_a_line_keeps_the_line(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    fake_put(k, own(k, 1), ep);
    mdb_insert(k, badged(ep, 7), own(k, 1), own(k, 3));
    mdb_insert(k, badged(ep, 7), own(k, 3), own(k, 4));
    mdb_insert(k, badged(ep, 7), own(k, 1), own(k, 5));
    ASSERT_ORDER(k, 1, 5, 3, 4);
    mdb_remove(k, own(k, 3));
    /* 4 takes over as the first of its line, so 5 has no claim on it */
    assert_true(cte(k, 4)->mdb.first_badged);
    assert_false(mdb_is_parent_of(k, own(k, 5), own(k, 4)));
    ASSERT_ORDER(k, 1, 5, 4);
    assert_int_equal(cte(k, 3)->cap.type, CAP_NULL);
}

static void finality_looks_both_ways(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k), u = fake_untyped(k, 12);

    fake_put(k, own(k, 1), ep);
    assert_true(mdb_is_final(k, own(k, 1)));
    mdb_insert(k, badged(ep, 1), own(k, 1), own(k, 2));
    assert_false(mdb_is_final(k, own(k, 1)));
    assert_false(mdb_is_final(k, own(k, 2)));
    mdb_remove(k, own(k, 1));
    assert_true(mdb_is_final(k, own(k, 2)));
    fake_put(k, own(k, 3), u);
    mdb_insert(k, u, own(k, 3), own(k, 4));
    assert_true(mdb_is_final(k, own(k, 3)));
    assert_true(mdb_is_final(k, own(k, 4)));
}

static void copying_an_untyped_closes_it(void **state)
{
    struct kernel *k = *state;
    struct cap u = fake_untyped(k, 12);

    fake_put(k, own(k, 1), u);
    mdb_insert(k, u, own(k, 1), own(k, 2));
    assert_int_equal(cte(k, 1)->cap.untyped.free, 4096);
    assert_int_equal(cte(k, 2)->cap.untyped.free, 0);
    assert_true(cte(k, 2)->mdb.revocable);
    assert_true(mdb_has_children(k, own(k, 1)));
    assert_false(mdb_has_children(k, own(k, 2)));
    assert_consistent(k);
}

static void moving_and_swapping_keep_the_place(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    fake_put(k, own(k, 1), ep);
    mdb_insert(k, badged(ep, 3), own(k, 1), own(k, 2));
    mdb_insert(k, badged(ep, 3), own(k, 2), own(k, 3));
    mdb_move(k, cte(k, 2)->cap, own(k, 2), own(k, 9));
    ASSERT_ORDER(k, 1, 9, 3);
    mdb_swap(k, cte(k, 1)->cap, own(k, 1), cte(k, 9)->cap, own(k, 9)); /* neighbours */
    ASSERT_ORDER(k, 9, 1, 3);
    assert_int_equal(cte(k, 9)->cap.endpoint.badge, 0);
    assert_int_equal(cte(k, 1)->cap.endpoint.badge, 3);
    mdb_swap(k, cte(k, 3)->cap, own(k, 3), cte(k, 1)->cap, own(k, 1)); /* the other way round */
    ASSERT_ORDER(k, 9, 3, 1);
    mdb_swap(k, cte(k, 9)->cap, own(k, 9), cte(k, 1)->cap, own(k, 1)); /* one between */
    ASSERT_ORDER(k, 1, 3, 9);
    assert_true(mdb_has_children(k, own(k, 1)));
}

static void a_swap_with_an_empty_slot_is_a_move(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    fake_put(k, own(k, 1), ep);
    mdb_insert(k, ep, own(k, 1), own(k, 2));
    mdb_swap(k, ep, own(k, 1), CAP_NONE, own(k, 5));
    ASSERT_ORDER(k, 5, 2);
    assert_consistent(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(badged_lines_are_apart),
        KERNEL_TEST(removing_the_first_of_a_line_keeps_the_line),
        KERNEL_TEST(finality_looks_both_ways),
        KERNEL_TEST(copying_an_untyped_closes_it),
        KERNEL_TEST(moving_and_swapping_keep_the_place),
        KERNEL_TEST(a_swap_with_an_empty_slot_is_a_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
