/*
 * Deletion of what has slots: zombies, cycles, preemption; and what is released afterwards.
 *
 * seL4 empties one level only: a CNode that was last held by a slot being emptied stays as a zombie
 * in its own first slot, with the rest of its slots as they were, until its memory is revoked.
 */
#include "kernel/cnode.h"

#include "kernel/interrupt.h"
#include "kernel/mdb.h"
#include "kernel/thread.h"
#include "kernel_test.h"

static void assert_empty(struct kernel *k, struct cap node)
{
    for (unsigned i = 0; i < BIT(node.cnode.radix); i++)
        assert_int_equal(fake_cap(k, fake_slot(node.obj, i)).type, CAP_NULL);
}

static bool is_orphan(struct kernel *k, struct cap node)
{
    struct cap first = fake_cap(k, node.obj);
    return first.type == CAP_ZOMBIE && first.obj == node.obj;
}

/* Deletes an orphan's first slot, as revoking its memory does, and wants it empty. */
static void sweep(struct kernel *k, struct cap node)
{
    if (is_orphan(k, node))
        assert_int_equal(cnode_delete(k, node.obj, true), DONE);
    assert_empty(k, node);
}

static void a_copy_goes_without_its_object(void **state)
{
    struct kernel *k = *state;
    struct cap node = fake_cnode(k, 2, 0, 0);

    fake_put(k, own(k, 1), node);
    mdb_insert(k, node, own(k, 1), own(k, 2));
    fake_put(k, fake_slot(node.obj, 3), fake_endpoint(k));
    assert_int_equal(cnode_delete(k, own(k, 1), true), DONE);
    assert_int_equal(fake_cap(k, fake_slot(node.obj, 3)).type, CAP_ENDPOINT);
    assert_int_equal(cnode_delete(k, own(k, 2), true), DONE);
    assert_empty(k, node);
    assert_consistent(k);
}

static void nested_cnodes_go_from_the_outside(void **state)
{
    struct kernel *k = *state;
    struct cap a = fake_cnode(k, 2, 0, 0), b = fake_cnode(k, 3, 0, 0), c = fake_cnode(k, 1, 0, 0);

    fake_put(k, own(k, 1), a);
    fake_put(k, fake_slot(a.obj, 2), b);
    fake_put(k, fake_slot(b.obj, 5), c);
    fake_put(k, fake_slot(b.obj, 0), fake_endpoint(k));
    fake_put(k, fake_slot(c.obj, 1), fake_endpoint(k));
    fake_put(k, fake_slot(a.obj, 0), fake_notification(k));
    assert_int_equal(cnode_delete(k, own(k, 1), true), DONE);
    assert_int_equal(cte(k, 1)->cap.type, CAP_NULL);
    assert_empty(k, a);
    assert_true(is_orphan(k, b));
    assert_int_equal(fake_cap(k, b.obj).zombie.count, 8);
    assert_int_equal(fake_cap(k, fake_slot(b.obj, 5)).type, CAP_CNODE);
    sweep(k, b);
    assert_true(is_orphan(k, c));
    sweep(k, c);
    assert_consistent(k);
}

static void a_cnode_that_holds_itself(void **state)
{
    struct kernel *k = *state;

    for (unsigned i = 0; i < 4; i++) {
        struct cap a = fake_cnode(k, 2, 0, 0);
        fake_put(k, fake_slot(a.obj, i), a);
        fake_put(k, fake_slot(a.obj, (i + 1) % 4), fake_endpoint(k));
        assert_int_equal(cnode_delete(k, fake_slot(a.obj, i), true), DONE);
        assert_int_equal(is_orphan(k, a), i != 0); /* from another slot it can't end itself */
        sweep(k, a);
    }
}

static void cnodes_that_hold_each_other(void **state)
{
    struct kernel *k = *state;

    for (unsigned i = 0; i < 16; i++) {
        struct cap a = fake_cnode(k, 2, 0, 0), b = fake_cnode(k, 2, 0, 0);
        paddr b_in_a = fake_slot(a.obj, i % 4), a_in_b = fake_slot(b.obj, i / 4);
        fake_put(k, b_in_a, b);
        fake_put(k, a_in_b, a);
        for (unsigned j = 0; j < 4; j++) {
            if (j != i % 4)
                fake_put(k, fake_slot(a.obj, j), fake_endpoint(k));
            if (j != i / 4)
                fake_put(k, fake_slot(b.obj, j), fake_endpoint(k));
        }
        assert_int_equal(cnode_delete(k, b_in_a, true), DONE);
        sweep(k, a);
        sweep(k, b);
    }
}

static void a_ring_of_cnodes_reached_from_outside(void **state)
{
    struct kernel *k = *state;
    struct cap node[3];

    for (unsigned i = 0; i < 3; i++)
        node[i] = fake_cnode(k, 2, 0, 0);
    fake_put(k, own(k, 1), node[0]);
    for (unsigned i = 0; i < 2; i++)
        fake_put(k, fake_slot(node[i].obj, i + 1), node[i + 1]);
    mdb_insert(k, node[0], own(k, 1), fake_slot(node[2].obj, 0));
    assert_consistent(k);
    /* The copy inside the ring keeps it alive: that slot, not ours, held the last capability. */
    assert_int_equal(cnode_delete(k, own(k, 1), true), DONE);
    assert_int_equal(fake_cap(k, fake_slot(node[0].obj, 1)).type, CAP_CNODE);
    assert_int_equal(cnode_delete(k, fake_slot(node[2].obj, 0), true), DONE);
    for (unsigned i = 0; i < 3; i++)
        sweep(k, node[i]);
}

static void a_preempted_deletion_goes_on(void **state)
{
    struct kernel *k = *state;
    struct cap node = fake_cnode(k, 6, 0, 0);

    k->config.max_work_units = 10;
    fake_put(k, own(k, 1), node);
    for (unsigned i = 0; i < 64; i += 2)
        fake_put(k, fake_slot(node.obj, i), fake_endpoint(k));
    fake_machine(k)->irq_pending = true;
    assert_int_equal(cnode_delete(k, own(k, 1), true), PREEMPTED);
    assert_int_equal(cte(k, 1)->cap.type, CAP_ZOMBIE);
    assert_int_equal(cte(k, 1)->cap.zombie.count, 64 - 10);
    assert_consistent(k);
    unsigned tries = 1;
    while (cnode_delete(k, own(k, 1), true) == PREEMPTED) {
        assert_consistent(k);
        tries++;
    }
    assert_int_equal(tries, 6);
    assert_int_equal(cte(k, 1)->cap.type, CAP_NULL);
    assert_empty(k, node);
}

static void a_preempted_revocation_goes_on(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    k->config.max_work_units = 3;
    fake_put(k, own(k, 1), ep);
    for (unsigned i = 2; i < 12; i++)
        mdb_insert(k, ep, own(k, 1), own(k, i));
    fake_machine(k)->irq_pending = true;
    assert_int_equal(cnode_revoke(k, own(k, 1)), PREEMPTED);
    unsigned left = 0;
    for (unsigned i = 2; i < 12; i++)
        left += cte(k, i)->cap.type != CAP_NULL;
    assert_int_equal(left, 7);
    while (cnode_revoke(k, own(k, 1)) == PREEMPTED)
        assert_consistent(k);
    assert_false(mdb_has_children(k, own(k, 1)));
    assert_int_equal(cte(k, 1)->cap.type, CAP_ENDPOINT);
}

static void a_thread_ends_with_its_capabilities(void **state)
{
    struct kernel *k = *state;
    paddr tcb = fake_thread(k, 50);
    struct cap node = fake_cap(k, fake_slot(tcb, TCB_CTABLE));
    struct cap cap = {.type = CAP_THREAD, .obj = tcb};

    fake_put(k, own(k, 1), cap);
    fake_put(k, fake_slot(node.obj, 9), fake_endpoint(k));
    thread_restart(k, tcb);
    assert_consistent(k);
    assert_int_equal(cnode_delete(k, own(k, 1), true), DONE);
    for (unsigned i = 0; i < TCB_SLOT_COUNT; i++)
        assert_int_equal(fake_cap(k, fake_slot(tcb, i)).type, CAP_NULL);
    assert_true(is_orphan(k, node));
    assert_int_equal(fake_cap(k, fake_slot(node.obj, 9)).type, CAP_ENDPOINT);
    sweep(k, node);
    assert_int_equal(k->all_threads, k->current);
    assert_int_equal(kernel_tcb(k, tcb)->state, THREAD_INACTIVE);
    assert_consistent(k);
}

static void a_thread_may_hold_the_only_capability_to_itself(void **state)
{
    struct kernel *k = *state;
    paddr tcb = fake_thread(k, 50);
    struct cap node = fake_cap(k, fake_slot(tcb, TCB_CTABLE));
    struct cap cap = {.type = CAP_THREAD, .obj = tcb};

    fake_put(k, fake_slot(node.obj, 0), cap);
    assert_int_equal(cnode_delete(k, fake_slot(node.obj, 0), true), DONE);
    assert_empty(k, node);
    /* The TCB's zombie met its own last slot, where it could go at once. */
    assert_int_equal(fake_cap(k, tcb).type, CAP_NULL);
    assert_int_equal(k->all_threads, k->current);
    assert_consistent(k);
}

static void a_deleted_caller_loses_its_reply_cap(void **state)
{
    struct kernel *k = *state;
    paddr caller = fake_thread(k, 50);
    struct cap cap = {.type = CAP_THREAD, .obj = caller};

    kernel_tcb(k, caller)->state = THREAD_RUNNING;
    thread_setup_caller(k, caller, k->current, true);
    fake_put(k, own(k, 1), cap);
    assert_int_equal(kernel_current(k)->slot[TCB_CALLER].cap.type, CAP_REPLY);
    assert_int_equal(cnode_delete(k, own(k, 1), true), DONE);
    assert_int_equal(kernel_current(k)->slot[TCB_CALLER].cap.type, CAP_NULL);
    assert_consistent(k);
}

static void the_last_handler_releases_its_interrupt(void **state)
{
    struct kernel *k = *state;
    struct cap irq = {.irq_handler = {.type = CAP_IRQ_HANDLER, .irq = 20}};

    fake_put(k, own(k, 1), irq);
    mdb_insert(k, irq, own(k, 1), own(k, 2));
    k->irq[20].state = IRQ_SIGNAL;
    fake_put(k, interrupt_slot(k, 20), fake_notification(k));
    assert_consistent(k);
    assert_int_equal(cnode_delete(k, own(k, 1), true), DONE);
    assert_int_equal(k->irq[20].state, IRQ_SIGNAL);
    assert_int_equal(cnode_delete(k, own(k, 2), true), DONE);
    assert_int_equal(k->irq[20].state, IRQ_INACTIVE);
    assert_int_equal(fake_cap(k, interrupt_slot(k, 20)).type, CAP_NULL);
    assert_consistent(k);
}

static void the_last_port_cap_frees_its_range(void **state)
{
    struct kernel *k = *state;
    struct cap ports = {.io_port = {.type = CAP_IO_PORT, .first = 60, .last = 70}};

    for (unsigned p = 60; p <= 70; p++)
        k->io_ports[p / 64] |= BIT(p % 64);
    fake_put(k, own(k, 1), ports);
    mdb_insert(k, ports, own(k, 1), own(k, 2));
    assert_consistent(k);
    assert_int_equal(cnode_delete(k, own(k, 1), true), DONE);
    assert_int_equal(k->io_ports[0], BIT(60) | BIT(61) | BIT(62) | BIT(63));
    assert_int_equal(cnode_delete(k, own(k, 2), true), DONE);
    assert_int_equal(k->io_ports[0], 0);
    assert_int_equal(k->io_ports[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_copy_goes_without_its_object),
        KERNEL_TEST(nested_cnodes_go_from_the_outside),
        KERNEL_TEST(a_cnode_that_holds_itself),
        KERNEL_TEST(cnodes_that_hold_each_other),
        KERNEL_TEST(a_ring_of_cnodes_reached_from_outside),
        KERNEL_TEST(a_preempted_deletion_goes_on),
        KERNEL_TEST(a_preempted_revocation_goes_on),
        KERNEL_TEST(a_thread_ends_with_its_capabilities),
        KERNEL_TEST(a_thread_may_hold_the_only_capability_to_itself),
        KERNEL_TEST(a_deleted_caller_loses_its_reply_cap),
        KERNEL_TEST(the_last_handler_releases_its_interrupt),
        KERNEL_TEST(the_last_port_cap_frees_its_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
