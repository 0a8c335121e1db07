/* Retype: layout, every error in its order, reset and its preemption, device memory. */
#include "kernel/untyped.h"

#include "kernel/cnode.h"
#include "kernel_test.h"

#define UNTYPED 1 /* the slot that holds the untyped of most tests */

struct request {
    word type, bits, index, depth, offset, window;
};

static enum outcome retype_from(struct kernel *k, unsigned slot, struct request r)
{
    struct invocation inv =
        fake_invocation(k, own(k, slot), INV_UNTYPED_RETYPE,
                        ARGS(r.type, r.bits, r.index, r.depth, r.offset, r.window));
    fake_extra(&inv, root_slot(k));
    return decode_untyped(k, &inv);
}

/* `window` objects into the running thread's CNode from slot `offset` on. */
static enum outcome retype(struct kernel *k, word type, word bits, word offset, word window)
{
    return retype_from(
        k, UNTYPED,
        (struct request){.type = type, .bits = bits, .offset = offset, .window = window});
}

static struct cap put_untyped(struct kernel *k, unsigned bits)
{
    struct cap u = fake_untyped(k, bits);
    fake_put(k, own(k, UNTYPED), u);
    return u;
}

static word watermark(struct kernel *k)
{
    return cte(k, UNTYPED)->cap.untyped.free;
}

static void objects_are_laid_out_aligned(void **state)
{
    struct kernel *k = *state;
    paddr base = put_untyped(k, 16).obj;

    assert_int_equal(retype(k, OBJ_ENDPOINT, 0, 2, 3), DONE);
    assert_int_equal(cte(k, 2)->cap.obj, base);
    assert_int_equal(cte(k, 4)->cap.obj, base + 32);
    assert_int_equal(watermark(k), 48);
    assert_int_equal(retype(k, OBJ_TCB, 0, 5, 1), DONE);
    assert_int_equal(cte(k, 5)->cap.obj, base + 2048);
    assert_int_equal(watermark(k), 4096);
    assert_int_equal(retype(k, OBJ_CNODE, 3, 6, 1), DONE);
    assert_int_equal(cte(k, 6)->cap.cnode.radix, 3);
    assert_int_equal(cte(k, 6)->cap.cnode.guard_size, 0);
    assert_int_equal(watermark(k), 4096 + 256);
    assert_int_equal(retype(k, OBJ_NOTIFICATION, 0, 7, 1), DONE);
    assert_int_equal(retype(k, OBJ_UNTYPED, 12, 8, 2), DONE);
    assert_int_equal(cte(k, 8)->cap.obj, base + 8192);
    assert_int_equal(cte(k, 8)->cap.untyped.size_bits, 12);
    assert_int_equal(retype(k, OBJ_4K_PAGE, 0, 10, 1), DONE);
    assert_int_equal(cte(k, 10)->cap.frame.rights, VM_READ_WRITE);
    assert_int_equal(cte(k, 10)->cap.obj, base + 16384);
    assert_int_equal(retype(k, OBJ_PML4, 0, 11, 1), DONE);
    assert_int_equal(cte(k, 11)->cap.type, CAP_PML4);
    /* The newest object stands first among the children. */
    assert_int_equal(cte(k, UNTYPED)->mdb.next, own(k, 11));
    assert_consistent(k);
}

static void every_size_is_the_real_one(void **state)
{
    struct kernel *k = *state;
    const struct {
        unsigned type, bits;
    } sizes[] = {{OBJ_TCB, 11},    {OBJ_ENDPOINT, 4},   {OBJ_NOTIFICATION, 5},
                 {OBJ_CNODE, 12},  {OBJ_4K_PAGE, 12},   {OBJ_LARGE_PAGE, 21},
                 {OBJ_PML4, 12},   {OBJ_PDPT, 12},      {OBJ_PAGE_DIRECTORY, 12},
                 {OBJ_UNTYPED, 7}, {OBJ_PAGE_TABLE, 12}};

    put_untyped(k, 23);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(retype(k, sizes[i].type, 7, 2, 1), DONE);
        assert_int_equal(watermark(k), BIT(sizes[i].bits));
        assert_int_equal(cnode_delete(k, own(k, 2), true), DONE);
        assert_consistent(k);
    }
}

static void types_and_sizes_are_checked_first(void **state)
{
    struct kernel *k = *state;
    put_untyped(k, 12);
    struct invocation inv = fake_invocation(k, own(k, UNTYPED), INV_TCB_RESUME, 0, NULL);
    assert_error(k, decode_untyped(k, &inv), seL4_IllegalOperation);
    inv.label = INV_UNTYPED_RETYPE;
    assert_error(k, decode_untyped(k, &inv), seL4_TruncatedMessage);
    inv.length = 6;
    assert_error(k, decode_untyped(k, &inv), seL4_TruncatedMessage);

    assert_error(k, retype(k, OBJ_COUNT, 0, 2, 1), seL4_InvalidArgument);
    assert_int_equal(k->error.argument, 0);
    assert_error(k, retype(k, ~0ull, 0, 2, 1), seL4_InvalidArgument);
    assert_range(k, retype(k, OBJ_UNTYPED, 48, 2, 1), 0, 47);
    assert_range(k, retype(k, OBJ_CNODE, 43, 2, 1), 0, 47);
    assert_range(k, retype(k, OBJ_TCB, 64, 2, 1), 0, 47);
    assert_range(k, retype(k, OBJ_CNODE, ~0ull, 2, 1), 0, 47);
    assert_error(k, retype(k, OBJ_CNODE, 0, 2, 1), seL4_InvalidArgument);
    assert_int_equal(k->error.argument, 1);
    assert_error(k, retype(k, OBJ_UNTYPED, 3, 2, 1), seL4_InvalidArgument);
    assert_int_equal(k->error.argument, 1);
    assert_int_equal(watermark(k), 0);
}

static void the_window_must_lie_in_the_cnode(void **state)
{
    struct kernel *k = *state;
    const word slots = BIT(FAKE_ROOT_RADIX);
    put_untyped(k, 16);
    assert_range(k, retype(k, OBJ_ENDPOINT, 0, slots, 0), 0, slots - 1);
    assert_range(k, retype(k, OBJ_ENDPOINT, 0, 2, 0), 1, 256);
    assert_range(k, retype(k, OBJ_ENDPOINT, 0, 2, 257), 1, 256);
    assert_range(k, retype(k, OBJ_ENDPOINT, 0, slots - 3, 4), 1, 3);
    fake_put(k, own(k, 5), fake_endpoint(k));
    assert_error(k, retype(k, OBJ_ENDPOINT, 0, 2, 4), seL4_DeleteFirst);
    assert_int_equal(cte(k, 2)->cap.type, CAP_NULL);
    assert_int_equal(retype(k, OBJ_ENDPOINT, 0, 2, 3), DONE);
}

static void the_destination_may_be_deeper(void **state)
{
    struct kernel *k = *state;
    struct request r = {OBJ_ENDPOINT, 0, 3, 64, 1, 1};
    struct cap leaf = fake_cnode(k, 2, 0, 0);

    put_untyped(k, 12);
    assert_lookup(k, retype_from(k, UNTYPED, r), false,
                  (struct lookup_fault){.type = seL4_MissingCapability, .bits_left = 64});
    fake_put(k, own(k, 3), leaf);
    assert_int_equal(retype_from(k, UNTYPED, r), DONE);
    assert_int_equal(fake_cap(k, fake_slot(leaf.obj, 1)).type, CAP_ENDPOINT);
    r.depth = 65;
    assert_range(k, retype_from(k, UNTYPED, r), 1, 64);
    r.depth = 7;
    assert_lookup(
        k, retype_from(k, UNTYPED, r), false,
        (struct lookup_fault){.type = seL4_GuardMismatch, .bits_left = 7, .bits_found = 56});
}

static void memory_runs_out_exactly(void **state)
{
    struct kernel *k = *state;
    put_untyped(k, 12);
    assert_error(k, retype(k, OBJ_TCB, 0, 2, 3), seL4_NotEnoughMemory);
    assert_int_equal(k->error.memory_left, 4096);
    assert_int_equal(retype(k, OBJ_ENDPOINT, 0, 2, 1), DONE);
    assert_error(k, retype(k, OBJ_TCB, 0, 3, 2), seL4_NotEnoughMemory);
    assert_int_equal(k->error.memory_left, 4080);
    assert_int_equal(retype(k, OBJ_TCB, 0, 3, 1), DONE);
    assert_int_equal(watermark(k), 4096);
    assert_error(k, retype(k, OBJ_ENDPOINT, 0, 4, 1), seL4_NotEnoughMemory);
    assert_int_equal(k->error.memory_left, 0);
}

static void without_children_it_starts_over_zeroed(void **state)
{
    struct kernel *k = *state;
    paddr base = put_untyped(k, 14).obj;

    assert_int_equal(retype(k, OBJ_4K_PAGE, 0, 2, 2), DONE);
    memset(kernel_at(k, base), 0xee, 8192);
    assert_int_equal(cnode_delete(k, own(k, 2), true), DONE);
    assert_int_equal(retype(k, OBJ_4K_PAGE, 0, 2, 1), DONE); /* one is left: no reset */
    assert_int_equal(cte(k, 2)->cap.obj, base + 8192);
    assert_int_equal(fake_machine(k)->zeroed, 0);
    assert_int_equal(cnode_revoke(k, own(k, UNTYPED)), DONE);
    assert_int_equal(watermark(k), 12288); /* only the next retype resets */
    assert_int_equal(retype(k, OBJ_CNODE, 4, 2, 1), DONE);
    assert_int_equal(fake_machine(k)->zeroed, 12288);
    assert_int_equal(cte(k, 2)->cap.obj, base);
    assert_int_equal(watermark(k), 512);
    assert_consistent(k);
}

static void a_small_untyped_is_reset_at_once(void **state)
{
    struct kernel *k = *state;
    put_untyped(k, 7);
    fake_machine(k)->irq_pending = true;
    k->config.max_work_units = 1;
    assert_int_equal(retype(k, OBJ_ENDPOINT, 0, 2, 8), DONE);
    assert_int_equal(cnode_delete(k, own(k, 2), true), DONE);
    fake_machine(k)->irq_pending = false;
    assert_int_equal(cnode_revoke(k, own(k, UNTYPED)), DONE);
    fake_machine(k)->irq_pending = true;
    assert_int_equal(retype(k, OBJ_ENDPOINT, 0, 2, 1), DONE);
    assert_int_equal(fake_machine(k)->zeroed, 128);
}

static void a_reset_is_preempted_and_goes_on(void **state)
{
    struct kernel *k = *state;
    paddr base = put_untyped(k, 14).obj;

    k->config.max_work_units = 4;
    assert_int_equal(retype(k, OBJ_4K_PAGE, 0, 2, 4), DONE);
    memset(kernel_at(k, base), 0xee, 16384);
    assert_int_equal(cnode_revoke(k, own(k, UNTYPED)), DONE);
    k->work_units = 1;
    fake_machine(k)->irq_pending = true;
    /* Three units are left of the first lot, then four chunks of 256 bytes each time. */
    assert_int_equal(retype(k, OBJ_UNTYPED, 14, 2, 1), PREEMPTED);
    assert_int_equal(watermark(k), 16384 - 3 * 256);
    assert_consistent(k);
    unsigned tries = 1;
    while (retype(k, OBJ_UNTYPED, 14, 2, 1) == PREEMPTED)
        tries++;
    assert_int_equal(tries, 1 + (64 - 3) / 4);
    assert_int_equal(fake_machine(k)->zeroed, 16384);
    assert_int_equal(cte(k, 2)->cap.obj, base);
    assert_int_equal(watermark(k), 16384);
    for (unsigned i = 0; i < 16384 / 8; i++)
        assert_int_equal(((word *)kernel_at(k, base))[i], 0);
}

static void devices_make_frames_and_untypeds_only(void **state)
{
    struct kernel *k = *state;
    struct cap u = {
        .untyped = {
            .type = CAP_UNTYPED, .obj = 0xfee00000ull << 8, .size_bits = 21, .is_device = 1}};
    fake_put(k, own(k, UNTYPED), u);
    assert_error(k, retype(k, OBJ_TCB, 0, 2, 1), seL4_InvalidArgument);
    assert_int_equal(k->error.argument, 1);
    assert_error(k, retype(k, OBJ_PAGE_TABLE, 0, 2, 254), seL4_InvalidArgument);
    assert_error(k, retype(k, OBJ_LARGE_PAGE, 0, 2, 2), seL4_NotEnoughMemory);
    assert_int_equal(retype(k, OBJ_UNTYPED, 20, 2, 1), DONE);
    assert_true(cte(k, 2)->cap.untyped.is_device);
    assert_int_equal(retype(k, OBJ_4K_PAGE, 0, 3, 1), DONE);
    assert_true(cte(k, 3)->cap.frame.is_device);
    assert_consistent(k);
    assert_int_equal(cnode_revoke(k, own(k, UNTYPED)), DONE);
    assert_int_equal(retype(k, OBJ_LARGE_PAGE, 0, 2, 1), DONE);
    assert_int_equal(cte(k, 2)->cap.obj, u.obj);
    assert_int_equal(fake_machine(k)->zeroed, 0);
    assert_int_equal(fake_machine(k)->used, 0);
}

static void mcs_objects_exist_with_mcs(void **state)
{
    struct kernel *k = *state;
    k->config.mcs = true;
    k->abi.notification_bits = 6;
    put_untyped(k, 16);
    assert_error(k, retype(k, OBJ_SCHED_CONTEXT, 6, 2, 1), seL4_InvalidArgument);
    assert_int_equal(k->error.argument, 1);
    assert_int_equal(retype(k, OBJ_SCHED_CONTEXT, 8, 2, 1), DONE);
    assert_int_equal(cte(k, 2)->cap.sched_context.size_bits, 8);
    assert_int_equal(retype(k, OBJ_REPLY, 0, 3, 1), DONE);
    assert_true(cte(k, 3)->cap.reply.can_grant);
    assert_int_equal(retype(k, OBJ_NOTIFICATION, 0, 4, 2), DONE);
    assert_int_equal(cte(k, 5)->cap.obj - cte(k, 4)->cap.obj, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(objects_are_laid_out_aligned),
        KERNEL_TEST(every_size_is_the_real_one),
        KERNEL_TEST(types_and_sizes_are_checked_first),
        KERNEL_TEST(the_window_must_lie_in_the_cnode),
        KERNEL_TEST(the_destination_may_be_deeper),
        KERNEL_TEST(memory_runs_out_exactly),
        KERNEL_TEST(without_children_it_starts_over_zeroed),
        KERNEL_TEST(a_small_untyped_is_reset_at_once),
        KERNEL_TEST(a_reset_is_preempted_and_goes_on),
        KERNEL_TEST(devices_make_frames_and_untypeds_only),
        KERNEL_TEST(mcs_objects_exist_with_mcs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
