/* CSpace look-ups: levels, guards, depths, and what is reported when they fail. */
#include "kernel/cspace.h"

#include "kernel/ipc.h"
#include "kernel_test.h"

static void assert_fault(struct kernel *k, unsigned type, unsigned left, unsigned found, word guard)
{
    assert_int_equal(k->lookup_fault.type, type);
    assert_int_equal(k->lookup_fault.bits_left, left);
    assert_int_equal(k->lookup_fault.bits_found, found);
    assert_int_equal(k->lookup_fault.guard_found, guard);
}

static void a_full_address_names_a_slot(void **state)
{
    struct kernel *k = *state;
    struct cap cap;
    paddr slot;

    fake_put(k, own(k, 17), fake_endpoint(k));
    assert_true(cspace_lookup_slot(k, k->current, 17, &slot));
    assert_int_equal(slot, own(k, 17));
    assert_true(cspace_lookup_cap(k, k->current, 17, &cap, &slot));
    assert_int_equal(cap.type, CAP_ENDPOINT);
    assert_true(cspace_lookup_cap(k, k->current, 18, &cap, &slot));
    assert_int_equal(cap.type, CAP_NULL);
}

static void look_up_stops_at_what_is_no_cnode(void **state)
{
    struct kernel *k = *state;
    struct cap root = fake_cnode(k, 4, 0, 0);
    unsigned left;
    paddr slot;

    fake_put(k, fake_slot(root.obj, 5), fake_endpoint(k));
    assert_true(cspace_resolve(k, root, 0x5abc, 16, &slot, &left));
    assert_int_equal(slot, fake_slot(root.obj, 5));
    assert_int_equal(left, 12);
    /* An empty slot ends it just so. */
    assert_true(cspace_resolve(k, root, 0x6abc, 16, &slot, &left));
    assert_int_equal(slot, fake_slot(root.obj, 6));
    assert_int_equal(left, 12);
}

static void two_levels_with_guards(void **state)
{
    struct kernel *k = *state;
    struct cap root = fake_cnode(k, 4, 4, 0xa), leaf = fake_cnode(k, 4, 4, 0xb);
    unsigned left;
    paddr slot;

    fake_put(k, fake_slot(root.obj, 1), leaf);
    assert_true(cspace_resolve(k, root, 0xa1b2, 16, &slot, &left));
    assert_int_equal(slot, fake_slot(leaf.obj, 2));
    assert_int_equal(left, 0);
    assert_true(cspace_resolve(k, root, 0xa1, 8, &slot, &left));
    assert_int_equal(slot, fake_slot(root.obj, 1));
    assert_int_equal(left, 0);
    assert_false(cspace_resolve(k, root, 0xa1c2, 16, &slot, &left));
    assert_fault(k, seL4_GuardMismatch, 8, 4, 0xb);
    assert_false(cspace_resolve(k, root, 0xc1b2, 16, &slot, &left));
    assert_fault(k, seL4_GuardMismatch, 16, 4, 0xa);
    assert_false(cspace_resolve(k, root, 0xa1b, 12, &slot, &left));
    assert_fault(k, seL4_DepthMismatch, 4, 8, 0);
    assert_false(cspace_resolve(k, root, 0xa1, 10, &slot, &left));
    assert_int_equal(k->lookup_fault.type, seL4_GuardMismatch);
}

static void a_guard_longer_than_the_address_mismatches(void **state)
{
    struct kernel *k = *state;
    struct cap root = fake_cnode(k, 4, 8, 0);
    unsigned left;
    paddr slot;

    assert_false(cspace_resolve(k, root, 0, 7, &slot, &left));
    assert_fault(k, seL4_GuardMismatch, 7, 8, 0);
    assert_false(cspace_resolve(k, root, 0, 9, &slot, &left));
    assert_fault(k, seL4_DepthMismatch, 9, 12, 0);
}

static void the_root_must_be_a_cnode(void **state)
{
    struct kernel *k = *state;
    unsigned left;
    paddr slot;

    assert_false(cspace_resolve(k, fake_endpoint(k), 0, 64, &slot, &left));
    assert_fault(k, seL4_InvalidRoot, 0, 0, 0);
    assert_false(cspace_lookup_target(k, CAP_NONE, 0, 99, true, &slot));
    assert_lookup(k, FAILED, true, (struct lookup_fault){.type = seL4_InvalidRoot});
}

static void targets_need_their_exact_depth(void **state)
{
    struct kernel *k = *state;
    struct cap root = fake_cnode(k, 4, 0, 0);
    paddr slot;

    assert_true(cspace_lookup_target(k, root, 3, 4, false, &slot));
    assert_int_equal(slot, fake_slot(root.obj, 3));
    assert_false(cspace_lookup_target(k, root, 3, 0, false, &slot));
    assert_range(k, FAILED, 1, 64);
    assert_false(cspace_lookup_target(k, root, 3, 65, false, &slot));
    assert_range(k, FAILED, 1, 64);
    assert_false(cspace_lookup_target(k, root, 0x31, 8, true, &slot));
    assert_lookup(k, FAILED, true,
                  (struct lookup_fault){.type = seL4_DepthMismatch, .bits_left = 4});
    assert_false(cspace_lookup_target(k, root, 3, 3, false, &slot));
    assert_lookup(
        k, FAILED, false,
        (struct lookup_fault){.type = seL4_DepthMismatch, .bits_left = 3, .bits_found = 4});
}

static void receive_slots_come_from_the_buffer(void **state)
{
    struct kernel *k = *state;
    paddr buffer = fake_alloc(k, 10);
    word *words = ipc_buffer_words(k, buffer);

    fake_put(k, own(k, 1), fake_cap(k, root_slot(k)));
    words[IPC_BUF_RECV_CNODE] = 1;
    words[IPC_BUF_RECV_INDEX] = 9;
    words[IPC_BUF_RECV_DEPTH] = 64;
    assert_int_equal(cspace_receive_slot(k, k->current, buffer), own(k, 9));
    assert_int_equal(cspace_receive_slot(k, k->current, 0), 0);
    words[IPC_BUF_RECV_INDEX] = 1; /* occupied */
    assert_int_equal(cspace_receive_slot(k, k->current, buffer), 0);
    words[IPC_BUF_RECV_INDEX] = 9;
    words[IPC_BUF_RECV_CNODE] = 2; /* no CNode */
    assert_int_equal(cspace_receive_slot(k, k->current, buffer), 0);
    words[IPC_BUF_RECV_CNODE] = 1;
    words[IPC_BUF_RECV_DEPTH] = 0;
    assert_int_equal(cspace_receive_slot(k, k->current, buffer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_full_address_names_a_slot),
        KERNEL_TEST(look_up_stops_at_what_is_no_cnode),
        KERNEL_TEST(two_levels_with_guards),
        KERNEL_TEST(a_guard_longer_than_the_address_mismatches),
        KERNEL_TEST(the_root_must_be_a_cnode),
        KERNEL_TEST(targets_need_their_exact_depth),
        KERNEL_TEST(receive_slots_come_from_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
