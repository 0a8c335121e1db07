/* CNode invocations: what they do, and what they refuse in which order. */
#include "kernel/cnode.h"

#include "kernel/endpoint.h"
#include "kernel/mdb.h"
#include "kernel_test.h"

/* Invokes the running thread's CNode; the CNode itself is the source root (and the pivot's). */
static enum outcome call(struct kernel *k, enum abi_invocation label, unsigned count,
                         const word *args)
{
    struct invocation inv = fake_invocation(k, root_slot(k), label, count, args);
    fake_extra(&inv, root_slot(k));
    fake_extra(&inv, root_slot(k));
    return decode_cnode(k, &inv);
}

static void copies_are_weakened(void **state)
{
    struct kernel *k = *state;
    fake_put(k, own(k, 1), fake_endpoint(k));
    assert_int_equal(call(k, INV_CNODE_COPY, ARGS(2, 64, 1, 64, 2)), DONE);
    assert_int_equal(cte(k, 2)->cap.type, CAP_ENDPOINT);
    assert_true(cte(k, 2)->cap.endpoint.can_receive && !cte(k, 2)->cap.endpoint.can_send);
    assert_int_equal(call(k, INV_CNODE_COPY, ARGS(3, 64, 2, 64, ALL_RIGHTS)), DONE);
    assert_false(cte(k, 3)->cap.endpoint.can_send);
    assert_int_equal(call(k, INV_CNODE_MINT, ARGS(4, 64, 1, 64, ALL_RIGHTS, 42)), DONE);
    assert_int_equal(cte(k, 4)->cap.endpoint.badge, 42);
    assert_true(cte(k, 4)->mdb.revocable && cte(k, 4)->mdb.first_badged);
    assert_error(k, call(k, INV_CNODE_MINT, ARGS(5, 64, 4, 64, ALL_RIGHTS, 42)),
                 seL4_IllegalOperation);
    assert_int_equal(call(k, INV_CNODE_COPY, ARGS(5, 64, 4, 64, ALL_RIGHTS)), DONE);
    assert_consistent(k);
}

static void moves_leave_nothing_behind(void **state)
{
    struct kernel *k = *state;
    fake_put(k, own(k, 1), fake_endpoint(k));
    fake_put(k, own(k, 2), fake_cnode(k, 2, 0, 0));
    assert_int_equal(call(k, INV_CNODE_MOVE, ARGS(9, 64, 1, 64)), DONE);
    assert_int_equal(cte(k, 1)->cap.type, CAP_NULL);
    assert_int_equal(cte(k, 9)->cap.type, CAP_ENDPOINT);
    assert_int_equal(call(k, INV_CNODE_MUTATE, ARGS(3, 64, 2, 64, 5 << 6 | 10)), DONE);
    assert_int_equal(cte(k, 3)->cap.cnode.guard_size, 10);
    assert_int_equal(cte(k, 3)->cap.cnode.guard, 5);
    assert_error(k, call(k, INV_CNODE_MUTATE, ARGS(4, 64, 3, 64, 63)), seL4_IllegalOperation);
    assert_error(k, call(k, INV_CNODE_MUTATE, ARGS(4, 64, 9, 64, 1)), seL4_IllegalOperation);
    assert_int_equal(cte(k, 9)->cap.type, CAP_ENDPOINT);
    assert_consistent(k);
}

static void errors_come_in_the_kernels_order(void **state)
{
    struct kernel *k = *state;
    const struct lookup_fault missing = {.type = seL4_MissingCapability, .bits_left = 64};

    fake_put(k, own(k, 1), fake_endpoint(k));
    fake_put(k, own(k, 2), fake_untyped(k, 12));
    assert_error(k, call(k, INV_TCB_RESUME, 0, NULL), seL4_IllegalOperation);
    assert_error(k, call(k, INV_CNODE_DELETE, ARGS(1)), seL4_TruncatedMessage);
    assert_range(k, call(k, INV_CNODE_COPY, ARGS(1, 0)), 1, 64);
    assert_error(k, call(k, INV_CNODE_COPY, ARGS(1, 64, 1)), seL4_TruncatedMessage);
    assert_error(k, call(k, INV_CNODE_COPY, ARGS(1, 64, 7, 99)), seL4_DeleteFirst);
    assert_range(k, call(k, INV_CNODE_COPY, ARGS(7, 64, 8, 99)), 1, 64);
    assert_lookup(k, call(k, INV_CNODE_COPY, ARGS(7, 64, 8, 64)), true, missing);
    assert_error(k, call(k, INV_CNODE_COPY, ARGS(7, 64, 1, 64)), seL4_TruncatedMessage);
    assert_error(k, call(k, INV_CNODE_MINT, ARGS(7, 64, 1, 64, 15)), seL4_TruncatedMessage);
    assert_error(k, call(k, INV_CNODE_MUTATE, ARGS(7, 64, 1, 64)), seL4_TruncatedMessage);
    assert_lookup(
        k, call(k, INV_CNODE_DELETE, ARGS(1, 12)), false,
        (struct lookup_fault){.type = seL4_GuardMismatch, .bits_left = 12, .bits_found = 56});
    assert_int_equal(call(k, INV_CNODE_COPY, ARGS(3, 64, 2, 64, 0)), DONE);
    assert_error(k, call(k, INV_CNODE_COPY, ARGS(4, 64, 2, 64, 0)), seL4_RevokeFirst);
    assert_int_equal(cte(k, 4)->cap.type, CAP_NULL);
}

static void without_the_source_root_the_message_is_truncated(void **state)
{
    struct kernel *k = *state;
    fake_put(k, own(k, 1), fake_endpoint(k));
    struct invocation inv =
        fake_invocation(k, root_slot(k), INV_CNODE_COPY, ARGS(2, 64, 1, 64, ALL_RIGHTS));
    assert_error(k, decode_cnode(k, &inv), seL4_TruncatedMessage);
    fake_extra(&inv, own(k, 1));
    assert_lookup(k, decode_cnode(k, &inv), true, (struct lookup_fault){.type = seL4_InvalidRoot});
}

static void rotate_moves_through_the_pivot(void **state)
{
    struct kernel *k = *state;
    fake_put(k, own(k, 1), fake_endpoint(k));
    fake_put(k, own(k, 2), fake_notification(k));
    struct cap node = fake_cnode(k, 2, 0, 0), other = fake_cnode(k, 3, 0, 0);
    fake_put(k, own(k, 3), node);
    fake_put(k, own(k, 4), other);
    /* dest 5, pivot 4 with new guard, source 3: 4 -> 5, 3 -> 4 */
    assert_int_equal(call(k, INV_CNODE_ROTATE, ARGS(5, 64, 9, 4, 64, 8, 3, 64)), DONE);
    assert_int_equal(cte(k, 5)->cap.obj, other.obj);
    assert_int_equal(cte(k, 5)->cap.cnode.guard_size, 9);
    assert_int_equal(cte(k, 4)->cap.obj, node.obj);
    assert_int_equal(cte(k, 4)->cap.cnode.guard_size, 8);
    assert_int_equal(cte(k, 3)->cap.type, CAP_NULL);
    /* source and destination the same: a swap */
    assert_int_equal(call(k, INV_CNODE_ROTATE, ARGS(5, 64, 1, 4, 64, 2, 5, 64)), DONE);
    assert_int_equal(cte(k, 5)->cap.obj, node.obj);
    assert_int_equal(cte(k, 5)->cap.cnode.guard_size, 1);
    assert_int_equal(cte(k, 4)->cap.obj, other.obj);
    assert_consistent(k);
}

static void rotate_refuses_in_order(void **state)
{
    struct kernel *k = *state;
    fake_put(k, own(k, 1), fake_endpoint(k));
    fake_put(k, own(k, 2), fake_untyped(k, 12));
    fake_put(k, own(k, 3), fake_untyped(k, 12));
    assert_error(k, call(k, INV_CNODE_ROTATE, ARGS(9, 64, 0, 1, 64, 0, 2)), seL4_TruncatedMessage);
    assert_error(k, call(k, INV_CNODE_ROTATE, ARGS(9, 64, 0, 2, 64, 0, 2, 64)),
                 seL4_IllegalOperation);
    assert_error(k, call(k, INV_CNODE_ROTATE, ARGS(2, 64, 0, 2, 64, 0, 3, 64)),
                 seL4_IllegalOperation);
    assert_error(k, call(k, INV_CNODE_ROTATE, ARGS(3, 64, 0, 2, 64, 0, 8, 64)), seL4_DeleteFirst);
    assert_lookup(k, call(k, INV_CNODE_ROTATE, ARGS(9, 64, 0, 7, 64, 0, 8, 64)), true,
                  (struct lookup_fault){.type = seL4_MissingCapability, .bits_left = 64});
    assert_lookup(k, call(k, INV_CNODE_ROTATE, ARGS(9, 64, 0, 7, 64, 0, 2, 64)), false,
                  (struct lookup_fault){.type = seL4_MissingCapability, .bits_left = 64});
    /* endpoints keep their badge, so they can't be rotated (nor mutated) */
    assert_error(k, call(k, INV_CNODE_ROTATE, ARGS(9, 64, 0, 1, 64, 0, 2, 64)),
                 seL4_IllegalOperation);
    assert_int_equal(call(k, INV_CNODE_ROTATE, ARGS(9, 64, 0, 3, 64, 0, 2, 64)), DONE);
    assert_consistent(k);
}

static void revoke_takes_the_line_only(void **state)
{
    struct kernel *k = *state;
    fake_put(k, own(k, 1), fake_endpoint(k));
    assert_int_equal(call(k, INV_CNODE_MINT, ARGS(2, 64, 1, 64, ALL_RIGHTS, 7)), DONE);
    assert_int_equal(call(k, INV_CNODE_COPY, ARGS(3, 64, 2, 64, ALL_RIGHTS)), DONE);
    assert_int_equal(call(k, INV_CNODE_MINT, ARGS(4, 64, 1, 64, ALL_RIGHTS, 7)), DONE);
    assert_int_equal(call(k, INV_CNODE_COPY, ARGS(5, 64, 1, 64, ALL_RIGHTS)), DONE);
    assert_int_equal(call(k, INV_CNODE_REVOKE, ARGS(2, 64)), DONE);
    assert_int_equal(cte(k, 3)->cap.type, CAP_NULL);
    assert_int_equal(cte(k, 2)->cap.type, CAP_ENDPOINT);
    assert_int_equal(cte(k, 4)->cap.type, CAP_ENDPOINT);
    assert_int_equal(call(k, INV_CNODE_REVOKE, ARGS(5, 64)), DONE); /* a copy has no children */
    assert_int_equal(cte(k, 4)->cap.type, CAP_ENDPOINT);
    assert_int_equal(call(k, INV_CNODE_REVOKE, ARGS(1, 64)), DONE);
    for (unsigned i = 2; i <= 5; i++)
        assert_int_equal(cte(k, i)->cap.type, CAP_NULL);
    assert_int_equal(cte(k, 1)->cap.type, CAP_ENDPOINT);
    assert_int_equal(call(k, INV_CNODE_REVOKE, ARGS(77, 64)), DONE); /* of nothing */
    assert_consistent(k);
}

/* A thread that waits to send through `ep` with `badge`. */
static paddr blocked_sender(struct kernel *k, paddr ep, word badge)
{
    paddr tcb = fake_thread(k, 50);
    kernel_tcb(k, tcb)->state = THREAD_RUNNING;
    endpoint_send(k, tcb, ep, true, false, badge, false, false);
    assert_int_equal(kernel_tcb(k, tcb)->state, THREAD_BLOCKED_ON_SEND);
    return tcb;
}

static void deleting_the_last_endpoint_cap_frees_waiters(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    fake_put(k, own(k, 1), ep);
    paddr waiter = blocked_sender(k, ep.obj, 0);
    assert_int_equal(call(k, INV_CNODE_COPY, ARGS(2, 64, 1, 64, 1)), DONE);
    assert_int_equal(call(k, INV_CNODE_DELETE, ARGS(1, 64)), DONE);
    assert_int_equal(kernel_tcb(k, waiter)->state, THREAD_BLOCKED_ON_SEND);
    assert_int_equal(call(k, INV_CNODE_DELETE, ARGS(2, 64)), DONE);
    assert_int_equal(kernel_tcb(k, waiter)->state, THREAD_RESTART);
    assert_int_equal(call(k, INV_CNODE_DELETE, ARGS(2, 64)), DONE); /* empty: nothing to do */
    assert_consistent(k);
}

static void cancel_badged_sends_needs_all_rights(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    fake_put(k, own(k, 1), ep);
    fake_put(k, own(k, 9), fake_notification(k));
    assert_int_equal(call(k, INV_CNODE_MINT, ARGS(2, 64, 1, 64, ALL_RIGHTS, 5)), DONE);
    assert_int_equal(call(k, INV_CNODE_COPY, ARGS(3, 64, 2, 64, 7)), DONE);
    paddr five = blocked_sender(k, ep.obj, 5), six = blocked_sender(k, ep.obj, 6);
    assert_error(k, call(k, INV_CNODE_CANCEL_BADGED_SENDS, ARGS(3, 64)), seL4_IllegalOperation);
    assert_error(k, call(k, INV_CNODE_CANCEL_BADGED_SENDS, ARGS(9, 64)), seL4_IllegalOperation);
    assert_error(k, call(k, INV_CNODE_CANCEL_BADGED_SENDS, ARGS(8, 64)), seL4_IllegalOperation);
    assert_int_equal(call(k, INV_CNODE_CANCEL_BADGED_SENDS, ARGS(1, 64)), DONE); /* no badge */
    assert_int_equal(kernel_tcb(k, five)->state, THREAD_BLOCKED_ON_SEND);
    assert_int_equal(call(k, INV_CNODE_CANCEL_BADGED_SENDS, ARGS(2, 64)), DONE);
    assert_int_equal(kernel_tcb(k, five)->state, THREAD_RESTART);
    assert_int_equal(kernel_tcb(k, six)->state, THREAD_BLOCKED_ON_SEND);
    assert_consistent(k);
}

static void the_callers_reply_cap_can_be_saved(void **state)
{
    struct kernel *k = *state;
    paddr caller = fake_thread(k, 50);

    kernel_tcb(k, caller)->state = THREAD_RUNNING;
    assert_int_equal(call(k, INV_CNODE_SAVE_CALLER, ARGS(1, 64)), DONE); /* none: no error */
    assert_int_equal(cte(k, 1)->cap.type, CAP_NULL);
    thread_setup_caller(k, caller, k->current, true);
    assert_int_equal(call(k, INV_CNODE_SAVE_CALLER, ARGS(1, 64)), DONE);
    assert_int_equal(cte(k, 1)->cap.type, CAP_REPLY);
    assert_int_equal(cte(k, 1)->cap.obj, caller);
    assert_false(cte(k, 1)->cap.reply.is_master);
    assert_int_equal(kernel_current(k)->slot[TCB_CALLER].cap.type, CAP_NULL);
    assert_error(k, call(k, INV_CNODE_SAVE_CALLER, ARGS(1, 64)), seL4_DeleteFirst);
    assert_error(k, call(k, INV_CNODE_COPY, ARGS(2, 64, 1, 64, 15)), seL4_IllegalOperation);
    assert_int_equal(call(k, INV_CNODE_MOVE, ARGS(2, 64, 1, 64)), DONE);
    assert_consistent(k);
    cnode_delete_reply_cap(k, caller);
    assert_int_equal(cte(k, 2)->cap.type, CAP_NULL);
    k->config.mcs = true;
    assert_error(k, call(k, INV_CNODE_SAVE_CALLER, ARGS(3, 64)), seL4_IllegalOperation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(copies_are_weakened),
        KERNEL_TEST(moves_leave_nothing_behind),
        KERNEL_TEST(errors_come_in_the_kernels_order),
        KERNEL_TEST(without_the_source_root_the_message_is_truncated),
        KERNEL_TEST(rotate_moves_through_the_pivot),
        KERNEL_TEST(rotate_refuses_in_order),
        KERNEL_TEST(revoke_takes_the_line_only),
        KERNEL_TEST(deleting_the_last_endpoint_cap_frees_waiters),
        KERNEL_TEST(cancel_badged_sends_needs_all_rights),
        KERNEL_TEST(the_callers_reply_cap_can_be_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
