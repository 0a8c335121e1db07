/* ASID control, pools, assignment, and what becomes of a VSpace that loses its ASID. */
#include "kernel/cnode.h"
#include "vspace_test.h"

enum { SLOT_CONTROL = 32, SLOT_UNTYPED, SLOT_NEW_POOL };

static enum outcome make(struct kernel *k, unsigned untyped, word dest, word depth)
{
    struct invocation inv =
        fake_invocation(k, own(k, SLOT_CONTROL), INV_X86_ASID_CONTROL_MAKE_POOL, ARGS(dest, depth));

    fake_extra(&inv, own(k, untyped));
    fake_extra(&inv, root_slot(k));
    return decode_asid_control(k, &inv);
}

static void pools_are_made_of_whole_untypeds(void **state)
{
    struct kernel *k = *state;
    make_pool(k);
    fake_put(k, own(k, SLOT_CONTROL), (struct cap){.type = CAP_ASID_CONTROL});
    struct cap device = fake_untyped(k, 12);
    device.untyped.is_device = 1;
    fake_put(k, own(k, SLOT_UNTYPED), fake_untyped(k, 12));
    fake_put(k, own(k, 40), device);
    fake_put(k, own(k, 41), fake_untyped(k, 13));

    assert_capability(k, make(k, 40, SLOT_NEW_POOL, 64), 1);
    assert_capability(k, make(k, 41, SLOT_NEW_POOL, 64), 1);
    assert_capability(k, make(k, SLOT_POOL, SLOT_NEW_POOL, 64), 1);
    assert_error(k, make(k, SLOT_UNTYPED, SLOT_POOL, 64), seL4_DeleteFirst);
    assert_range(k, make(k, SLOT_UNTYPED, SLOT_NEW_POOL, 65), 1, 64);
    /* The untyped's memory may be dirty: a pool starts empty. */
    memset(kernel_at(k, cte(k, SLOT_UNTYPED)->cap.obj), 0xff, BIT(12));
    assert_int_equal(make(k, SLOT_UNTYPED, SLOT_NEW_POOL, 64), DONE);
    assert_int_equal(cte(k, SLOT_NEW_POOL)->cap.type, CAP_ASID_POOL);
    assert_int_equal(cte(k, SLOT_NEW_POOL)->cap.asid_pool.asid_base, 512);
    assert_int_equal(k->asid_table[1], cte(k, SLOT_UNTYPED)->cap.obj);
    assert_int_equal(vspace_of_asid(k, 700), 0);
    assert_int_equal(cte(k, SLOT_UNTYPED)->cap.untyped.free, BIT(12));
    assert_error(k, make(k, SLOT_UNTYPED, 50, 64), seL4_RevokeFirst);
    assert_consistent(k);

    /* Deleting the pool lets its number be used again. */
    cnode_delete(k, own(k, SLOT_NEW_POOL), true);
    assert_int_equal(k->asid_table[1], 0);
    for (unsigned i = 1; i < ASID_POOL_COUNT; i++)
        k->asid_table[i] = 0x1000;
    assert_error(k, make(k, SLOT_UNTYPED, 50, 64), seL4_DeleteFirst);
}

static void a_pool_assigns_each_number_once(void **state)
{
    struct kernel *k = *state;
    make_pool(k);
    struct asid_pool *pool = kernel_at(k, k->asid_table[0]);

    make_root(k, SLOT_ROOT);
    assert_int_equal(cte(k, SLOT_ROOT)->cap.table.asid, 1); /* 0 means none */
    assert_int_equal(vspace_of_asid(k, 1), pml4_of(k, SLOT_ROOT));
    assert_int_equal(vspace_of_asid(k, 0), 0);
    assert_capability(k, assign(k, SLOT_ROOT), 1);
    assert_capability(k, assign(k, SLOT_POOL), 1);
    for (unsigned i = 2; i < 511; i++)
        pool->pml4[i] = 0x1000;
    make_root(k, SLOT_OTHER_ROOT);
    assert_int_equal(cte(k, SLOT_OTHER_ROOT)->cap.table.asid, 511);
    fake_put(k, own(k, SLOT_FREE), table_cap(k, CAP_PML4));
    assert_error(k, assign(k, SLOT_FREE), seL4_DeleteFirst);

    k->asid_table[0] = 0;
    assert_lookup(k, assign(k, SLOT_FREE), false, (struct lookup_fault){.type = seL4_InvalidRoot});
    k->asid_table[0] = 0x1000;
    assert_capability(k, assign(k, SLOT_FREE), 0);
}

static void run_in(struct kernel *k, unsigned root)
{
    mdb_insert(k, cte(k, root)->cap, own(k, root), fake_slot(k->current, TCB_VTABLE));
}

static void deleting_a_pool_takes_the_vspaces(void **state)
{
    struct kernel *k = *state;
    make_pool(k);
    make_root(k, SLOT_ROOT);
    make_root(k, SLOT_OTHER_ROOT);
    add_tables(k, SLOT_ROOT, 0);
    fake_put(k, own(k, SLOT_FREE), frame_cap(fake_alloc(k, PAGE_BITS), FRAME_4K));
    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, 0x1000, READ_WRITE, 0), DONE);
    run_in(k, SLOT_ROOT);
    shadow_of(k, SLOT_ROOT)->host = 7;
    assert_int_equal(kernel_vspace(k, k->current), pml4_of(k, SLOT_ROOT));

    cnode_delete(k, own(k, SLOT_POOL), true);
    assert_int_equal(kernel_vspace(k, k->current), 0);
    assert_int_equal(fake_machine(k)->vspace_gone_calls, 1);
    assert_int_equal(fake_machine(k)->gone_host, 7);
    assert_int_equal(shadow_of(k, SLOT_ROOT)->host, 0);
    assert_lookup(k, map(k, SLOT_FREE, SLOT_ROOT, 0x1000, READ, 0), false,
                  (struct lookup_fault){.type = seL4_InvalidRoot});
    fake_put(k, own(k, SLOT_FREE + 1), table_cap(k, CAP_PDPT));
    assert_lookup(k, map_table(k, SLOT_FREE + 1, SLOT_ROOT, 0), false,
                  (struct lookup_fault){.type = seL4_InvalidRoot});

    /* The capabilities live on, harmless: nothing is reached through them. */
    assert_int_equal(unmap(k, SLOT_FREE), DONE);
    vspace_finalise(k, cte(k, SLOT_PT)->cap, true);
    assert_consistent(k);
}

static void the_last_root_capability_frees_the_number(void **state)
{
    struct kernel *k = *state;
    make_pool(k);
    make_root(k, SLOT_ROOT);
    run_in(k, SLOT_ROOT);
    shadow_of(k, SLOT_ROOT)->host = 3;

    cnode_delete(k, own(k, SLOT_ROOT), true);
    assert_int_equal(fake_machine(k)->vspace_gone_calls, 0);
    assert_int_not_equal(kernel_vspace(k, k->current), 0);
    cnode_delete(k, fake_slot(k->current, TCB_VTABLE), true);
    assert_int_equal(fake_machine(k)->gone_host, 3);
    assert_int_equal(vspace_of_asid(k, 1), 0);
    make_root(k, SLOT_OTHER_ROOT);
    assert_int_equal(cte(k, SLOT_OTHER_ROOT)->cap.table.asid, 1);
}

static void only_assigned_roots_are_vspaces(void **state)
{
    struct kernel *k = *state;
    make_pool(k);
    fake_put(k, own(k, SLOT_ROOT), table_cap(k, CAP_PML4));
    struct cap copy;

    assert_false(vspace_is_valid_root(cte(k, SLOT_ROOT)->cap));
    assert_false(vspace_derive(k, cte(k, SLOT_ROOT)->cap, &copy));
    assert_int_equal(kernel_vspace(k, k->current), 0);
    assert_int_equal(assign(k, SLOT_ROOT), DONE);
    assert_true(vspace_is_valid_root(cte(k, SLOT_ROOT)->cap));
    assert_true(vspace_derive(k, cte(k, SLOT_ROOT)->cap, &copy));
    assert_false(vspace_is_valid_root(cte(k, SLOT_POOL)->cap));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(pools_are_made_of_whole_untypeds),
        KERNEL_TEST(a_pool_assigns_each_number_once),
        KERNEL_TEST(deleting_a_pool_takes_the_vspaces),
        KERNEL_TEST(the_last_root_capability_frees_the_number),
        KERNEL_TEST(only_assigned_roots_are_vspaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
