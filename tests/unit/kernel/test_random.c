/*
 * Random capability operations against kernel_check: retype, copy, mint, move, mutate, rotate,
 * delete and revoke among a few CNodes that contain each other, with preemption. Every sequence
 * follows from its seed, which a failure prints.
 */
#include "kernel/cnode.h"
#include "kernel/untyped.h"

#include "kernel_test.h"

#define SEEDS  40
#define STEPS  300
#define SLOTS  24 /* of the running thread's CNode that are played with */
#define MEMORY 99 /* slots of the untypeds that all objects are made from, outside the play */

static uint64_t rng;

static unsigned pick(unsigned bound)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (rng >> 20) % bound;
}

/* The slot of a CNode capability among those played with, or the root's own. */
static paddr pick_root(struct kernel *k)
{
    paddr slot = own(k, 1 + pick(SLOTS));
    return fake_cap(k, slot).type == CAP_CNODE && pick(2) ? slot : root_slot(k);
}

/* (index, depth) for a slot below `root`. */
static void pick_address(struct kernel *k, paddr root, word *address)
{
    struct cap node = fake_cap(k, root);
    if (root == root_slot(k)) {
        address[0] = 1 + pick(SLOTS);
        address[1] = 64;
        return;
    }
    unsigned guard_size = node.cnode.guard_size;
    address[0] = (word)node.cnode.guard << node.cnode.radix | pick(BIT(node.cnode.radix));
    address[1] = guard_size + node.cnode.radix;
}

static enum outcome random_retype(struct kernel *k)
{
    const unsigned types[] = {OBJ_ENDPOINT, OBJ_NOTIFICATION, OBJ_CNODE,      OBJ_UNTYPED,
                              OBJ_TCB,      OBJ_4K_PAGE,      OBJ_PAGE_TABLE, OBJ_CNODE};
    unsigned type = types[pick(8)];
    paddr slot = own(k, 1 + pick(SLOTS));

    if (fake_cap(k, slot).type != CAP_UNTYPED)
        slot = own(k, MEMORY + pick(2));
    word bits = type == OBJ_UNTYPED ? 6 + pick(10) : 1 + pick(3);
    struct invocation inv = fake_invocation(k, slot, INV_UNTYPED_RETYPE,
                                            ARGS(type, bits, 0, 0, 1 + pick(SLOTS), 1 + pick(3)));
    fake_extra(&inv, root_slot(k));
    return decode_untyped(k, &inv);
}

static enum outcome random_cnode(struct kernel *k)
{
    const unsigned labels[] = {INV_CNODE_COPY,   INV_CNODE_MINT,   INV_CNODE_MOVE,
                               INV_CNODE_MUTATE, INV_CNODE_ROTATE, INV_CNODE_DELETE,
                               INV_CNODE_REVOKE, INV_CNODE_DELETE, INV_CNODE_COPY};
    unsigned label = labels[pick(9)];
    paddr dest = pick_root(k), source = pick_root(k);
    word args[8] = {0};

    pick_address(k, dest, &args[0]);
    pick_address(k, source, &args[2]);
    args[4] = label == INV_CNODE_MUTATE ? pick(16) : ALL_RIGHTS;
    args[5] = pick(4);
    if (label == INV_CNODE_ROTATE) {
        args[2] = pick(16);
        pick_address(k, source, &args[3]);
        args[5] = pick(16);
        pick_address(k, source, &args[6]);
    }
    struct invocation inv = fake_invocation(k, dest, label, 8, args);
    fake_extra(&inv, source);
    fake_extra(&inv, source);
    return decode_cnode(k, &inv);
}

static void play(struct kernel *k, unsigned seed)
{
    unsigned count[3] = {0};

    rng = 0x9e3779b97f4a7c15ull * (seed + 1);
    k->config.max_work_units = 3;
    fake_put(k, own(k, MEMORY), fake_untyped(k, 17));
    fake_put(k, own(k, MEMORY + 1), fake_untyped(k, 14));
    for (unsigned step = 0; step < STEPS; step++) {
        fake_machine(k)->irq_pending = pick(4) == 0;
        count[pick(3) ? random_cnode(k) : random_retype(k)]++;
        const char *wrong = kernel_check(k);
        if (wrong)
            fail_msg("seed %u, step %u: %s", seed, step, wrong);
    }
    assert_true(count[DONE] > STEPS / 10); /* else the play has died out */
    /* Nothing survives the end of the memory that it was made from, cycles included. */
    fake_machine(k)->irq_pending = false;
    assert_int_equal(cnode_revoke(k, own(k, MEMORY)), DONE);
    assert_int_equal(cnode_revoke(k, own(k, MEMORY + 1)), DONE);
    for (unsigned i = 1; i <= SLOTS; i++)
        assert_int_equal(cte(k, i)->cap.type, CAP_NULL);
    assert_int_equal(k->all_threads, k->current);
    assert_consistent(k);
}

static void random_operations_keep_the_invariants(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        void *k;
        kernel_test_setup(&k);
        play(k, seed);
        kernel_test_teardown(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_operations_keep_the_invariants)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
