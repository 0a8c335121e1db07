/* Mapping frames and tables: every size, the order of checks, stale mappings, what is recorded. */
#include "vspace_test.h"

#define VADDR     0x7f1234567000ull
#define PDPT_SIZE BIT(39)

static void setup_vspace(struct kernel *k)
{
    make_pool(k);
    make_root(k, SLOT_ROOT);
}

static void a_mapping_needs_every_table(void **state)
{
    struct kernel *k = *state;
    setup_vspace(k);
    paddr frame = fake_alloc(k, PAGE_BITS);
    fake_put(k, own(k, SLOT_FREE), frame_cap(frame, FRAME_4K));

    assert_missing(k, map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), 39);
    fake_put(k, own(k, SLOT_PD), table_cap(k, CAP_PAGE_DIRECTORY));
    fake_put(k, own(k, SLOT_PT), table_cap(k, CAP_PAGE_TABLE));
    assert_missing(k, map_table(k, SLOT_PD, SLOT_ROOT, VADDR), 39);
    add_table(k, CAP_PDPT, SLOT_PDPT, SLOT_ROOT, VADDR);
    assert_missing(k, map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), 30);
    assert_missing(k, map_table(k, SLOT_PT, SLOT_ROOT, VADDR), 30);
    assert_int_equal(map_table(k, SLOT_PD, SLOT_ROOT, VADDR), DONE);
    assert_missing(k, map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), 21);
    assert_int_equal(map_table(k, SLOT_PT, SLOT_ROOT, VADDR), DONE);
    assert_unmapped(k, SLOT_ROOT, VADDR);
    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), DONE);
    assert_maps(k, SLOT_ROOT, VADDR + 0x123, frame + 0x123, true);
    assert_unmapped(k, SLOT_ROOT, VADDR + 0x1000);
    assert_unmapped(k, SLOT_ROOT, VADDR - 1);
    assert_consistent(k);
}

static void frames_of_every_size_map(void **state)
{
    struct kernel *k = *state;
    setup_vspace(k);
    struct translation t;
    paddr large = fake_alloc(k, LARGE_BITS), huge = BIT(HUGE_BITS);
    word base = PDPT_SIZE * 3;
    add_tables(k, SLOT_ROOT, base);
    fake_put(k, own(k, SLOT_FREE), frame_cap(large, FRAME_2M));
    fake_put(k, own(k, SLOT_FREE + 1), frame_cap(huge, FRAME_1G));

    assert_error(k, map(k, SLOT_FREE, SLOT_ROOT, base, READ_WRITE, 0), seL4_DeleteFirst);
    assert_error(k, map(k, SLOT_FREE + 1, SLOT_ROOT, base, READ_WRITE, 0), seL4_DeleteFirst);
    assert_error(k, map(k, SLOT_FREE, SLOT_ROOT, base + 0x1000, READ_WRITE, 0),
                 seL4_AlignmentError);
    assert_error(k, map(k, SLOT_FREE + 1, SLOT_ROOT, base + 0x200000, READ_WRITE, 0),
                 seL4_AlignmentError);
    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, base + 0x200000, READ, 0), DONE);
    assert_int_equal(map(k, SLOT_FREE + 1, SLOT_ROOT, base + BIT(30), READ_WRITE, 7), DONE);
    assert_maps(k, SLOT_ROOT, base + 0x345678, large + 0x145678, false);
    assert_maps(k, SLOT_ROOT, base + BIT(30) + 0x12345678, huge + 0x12345678, true);
    assert_true(kernel_translate(k, pml4_of(k, SLOT_ROOT), base + BIT(30) + 5, &t));
    assert_int_equal(t.start, base + BIT(30));
    assert_int_equal(t.end, base + BIT(31));

    /* No table fits where a frame is. */
    fake_put(k, own(k, SLOT_FREE + 2), table_cap(k, CAP_PAGE_TABLE));
    fake_put(k, own(k, SLOT_FREE + 3), table_cap(k, CAP_PAGE_DIRECTORY));
    assert_error(k, map_table(k, SLOT_FREE + 2, SLOT_ROOT, base + 0x200000), seL4_DeleteFirst);
    assert_error(k, map_table(k, SLOT_FREE + 3, SLOT_ROOT, base + BIT(30)), seL4_DeleteFirst);
    assert_int_equal(unmap(k, SLOT_FREE), DONE);
    assert_int_equal(unmap(k, SLOT_FREE + 1), DONE);
    assert_unmapped(k, SLOT_ROOT, base + 0x200000);
    assert_unmapped(k, SLOT_ROOT, base + BIT(30));
    assert_int_equal(map_table(k, SLOT_FREE + 2, SLOT_ROOT, base + 0x200000), DONE);
}

static void checks_come_in_order(void **state)
{
    struct kernel *k = *state;
    setup_vspace(k);
    fake_put(k, own(k, SLOT_FREE), frame_cap(fake_alloc(k, PAGE_BITS), FRAME_4K));
    fake_put(k, own(k, SLOT_FREE + 1), table_cap(k, CAP_PML4));
    add_tables(k, SLOT_ROOT, VADDR);

    struct invocation inv =
        fake_invocation(k, own(k, SLOT_FREE), INV_X86_PAGE_MAP, ARGS(VADDR, READ_WRITE, 0));
    assert_error(k, decode_frame(k, &inv), seL4_TruncatedMessage);
    inv.length = 2;
    fake_extra(&inv, own(k, SLOT_ROOT));
    assert_error(k, decode_frame(k, &inv), seL4_TruncatedMessage);
    inv.label = INV_X86_PAGE_TABLE_MAP;
    assert_error(k, decode_frame(k, &inv), seL4_IllegalOperation);

    /* A PML4 without an ASID comes before a bad address, a bad address before alignment. */
    assert_capability(k, map(k, SLOT_FREE, SLOT_FREE + 1, ~0ull, READ_WRITE, 0), 1);
    assert_capability(k, map(k, SLOT_FREE, SLOT_PT, VADDR, READ_WRITE, 0), 1);
    assert_argument(k, map(k, SLOT_FREE, SLOT_ROOT, ~0ull, READ_WRITE, 0), 0);
    assert_argument(k, map(k, SLOT_FREE, SLOT_ROOT, 0x7ffffffff000, READ_WRITE, 0), 0);
    assert_error(k, map(k, SLOT_FREE, SLOT_ROOT, VADDR + 8, READ_WRITE, 0), seL4_AlignmentError);
    assert_missing(k, map(k, SLOT_FREE, SLOT_ROOT, 0x7fffffffe000, READ_WRITE, 0), 39);
    assert_false(cte(k, SLOT_FREE)->cap.frame.asid);

    assert_capability(k, map_table(k, SLOT_PT, SLOT_ROOT, VADDR), 0);
    fake_put(k, own(k, SLOT_FREE + 2), table_cap(k, CAP_PAGE_TABLE));
    assert_capability(k, map_table(k, SLOT_FREE + 2, SLOT_FREE + 1, ~0ull), 1);
    assert_argument(k, map_table(k, SLOT_FREE + 2, SLOT_ROOT, BIT(47)), 0);
    assert_error(k, map_table(k, SLOT_FREE + 2, SLOT_ROOT, VADDR), seL4_DeleteFirst);
}

static void a_mapped_frame_is_remapped_only_in_place(void **state)
{
    struct kernel *k = *state;
    setup_vspace(k);
    make_root(k, SLOT_OTHER_ROOT);
    paddr frame = fake_alloc(k, PAGE_BITS);
    fake_put(k, own(k, SLOT_FREE), frame_cap(frame, FRAME_4K));
    add_tables(k, SLOT_ROOT, VADDR);

    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), DONE);
    assert_int_equal(kernel_fault_code(k, pml4_of(k, SLOT_ROOT), VADDR, true), 7);
    assert_argument(k, map(k, SLOT_FREE, SLOT_ROOT, VADDR + 0x1000, READ_WRITE, 0), 0);
    assert_capability(k, map(k, SLOT_FREE, SLOT_OTHER_ROOT, VADDR, READ_WRITE, 0), 1);
    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ, 0), DONE);
    assert_maps(k, SLOT_ROOT, VADDR, frame, false);
    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, VADDR, 1, 0), DONE); /* write only: no access */
    assert_unmapped(k, SLOT_ROOT, VADDR);
    assert_int_equal(kernel_fault_code(k, pml4_of(k, SLOT_ROOT), VADDR, false), 5);
    assert_int_equal(kernel_fault_code(k, pml4_of(k, SLOT_ROOT), VADDR + 0x1000, false), 4);
    assert_int_equal(cte(k, SLOT_FREE)->cap.frame.rights, VM_READ_WRITE);
    cte(k, SLOT_FREE)->cap.frame.rights = VM_READ_ONLY;
    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), DONE);
    assert_maps(k, SLOT_ROOT, VADDR, frame, false);
}

static uint64_t leaf_of(struct kernel *k, unsigned table, unsigned index)
{
    return ((uint64_t *)kernel_at(k, cte(k, table)->cap.obj))[index];
}

static void attributes_become_entry_bits(void **state)
{
    struct kernel *k = *state;
    setup_vspace(k);
    paddr frame = fake_alloc(k, PAGE_BITS), large = fake_alloc(k, LARGE_BITS);
    fake_put(k, own(k, SLOT_FREE), frame_cap(frame, FRAME_4K));
    fake_put(k, own(k, SLOT_FREE + 1), frame_cap(large, FRAME_2M));
    fake_put(k, own(k, SLOT_FREE + 2), frame_cap(BIT(30), FRAME_1G));
    add_tables(k, SLOT_ROOT, 0);

    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, 0x1000, READ_WRITE, 7), DONE);
    assert_int_equal(map(k, SLOT_FREE + 1, SLOT_ROOT, 0x200000, READ, 4), DONE);
    assert_int_equal(map(k, SLOT_FREE + 2, SLOT_ROOT, BIT(30), READ_WRITE, 6), DONE);
    assert_int_equal(leaf_of(k, SLOT_PT, 1), frame | 0x9f);
    assert_int_equal(leaf_of(k, SLOT_PD, 1), large | 0x1085);
    assert_int_equal(leaf_of(k, SLOT_PDPT, 1), BIT(30) | 0x97);
    assert_int_equal(leaf_of(k, SLOT_PD, 0), cte(k, SLOT_PT)->cap.obj | 7);
    assert_maps(k, SLOT_ROOT, 0x200000, large, false);
}

static void unmap_leaves_what_replaced_the_frame(void **state)
{
    struct kernel *k = *state;
    setup_vspace(k);
    paddr first = fake_alloc(k, PAGE_BITS), second = fake_alloc(k, PAGE_BITS);
    fake_put(k, own(k, SLOT_FREE), frame_cap(first, FRAME_4K));
    fake_put(k, own(k, SLOT_FREE + 1), frame_cap(second, FRAME_4K));
    add_tables(k, SLOT_ROOT, VADDR);

    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), DONE);
    assert_int_equal(map(k, SLOT_FREE + 1, SLOT_ROOT, VADDR, READ_WRITE, 0), DONE);
    assert_maps(k, SLOT_ROOT, VADDR, second, true);
    shadow_of(k, SLOT_ROOT)->pending = 0;
    assert_int_equal(unmap(k, SLOT_FREE), DONE);
    assert_maps(k, SLOT_ROOT, VADDR, second, true);
    assert_int_equal(shadow_of(k, SLOT_ROOT)->pending, 0);
    assert_int_equal(cte(k, SLOT_FREE)->cap.frame.asid, 0);
    assert_int_equal(unmap(k, SLOT_FREE), DONE); /* harmless */
    vspace_finalise(k, cte(k, SLOT_FREE + 1)->cap, false);
    assert_unmapped(k, SLOT_ROOT, VADDR);
    assert_int_equal(shadow_of(k, SLOT_ROOT)->pending, 1);
    assert_int_equal(shadow_of(k, SLOT_ROOT)->range[0].start, VADDR);
    assert_int_equal(shadow_of(k, SLOT_ROOT)->range[0].end, VADDR + 0x1000);
}

static void a_frame_is_shared_by_its_copies(void **state)
{
    struct kernel *k = *state;
    setup_vspace(k);
    make_root(k, SLOT_OTHER_ROOT);
    paddr frame = fake_alloc(k, PAGE_BITS);
    fake_put(k, own(k, SLOT_FREE), frame_cap(frame, FRAME_4K));
    add_tables(k, SLOT_ROOT, VADDR);
    add_table(k, CAP_PDPT, 7, SLOT_OTHER_ROOT, VADDR);
    add_table(k, CAP_PAGE_DIRECTORY, 8, SLOT_OTHER_ROOT, VADDR);
    add_table(k, CAP_PAGE_TABLE, 9, SLOT_OTHER_ROOT, VADDR);

    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), DONE);
    struct cap copy;
    assert_true(vspace_derive(k, cte(k, SLOT_FREE)->cap, &copy));
    fake_put(k, own(k, SLOT_FREE + 1), copy);
    assert_int_equal(map(k, SLOT_FREE + 1, SLOT_OTHER_ROOT, VADDR + 0x1000, READ, 0), DONE);
    assert_maps(k, SLOT_ROOT, VADDR, frame, true);
    assert_maps(k, SLOT_OTHER_ROOT, VADDR + 0x1000, frame, false);
    vspace_finalise(k, cte(k, SLOT_FREE)->cap, false);
    assert_unmapped(k, SLOT_ROOT, VADDR);
    assert_maps(k, SLOT_OTHER_ROOT, VADDR + 0x1000, frame, false);
}

static void unmapping_a_table_unmaps_what_it_maps(void **state)
{
    struct kernel *k = *state;
    setup_vspace(k);
    paddr frame = fake_alloc(k, PAGE_BITS);
    fake_put(k, own(k, SLOT_FREE), frame_cap(frame, FRAME_4K));
    add_tables(k, SLOT_ROOT, VADDR);
    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), DONE);

    struct cap copy;
    assert_true(vspace_derive(k, cte(k, SLOT_PT)->cap, &copy));
    mdb_insert(k, copy, own(k, SLOT_PT), own(k, SLOT_FREE + 1));
    struct invocation inv = fake_invocation(k, own(k, SLOT_PT), INV_X86_PAGE_TABLE_UNMAP, 0, NULL);
    assert_error(k, decode_page_table(k, &inv), seL4_RevokeFirst);
    mdb_remove(k, own(k, SLOT_FREE + 1));
    shadow_of(k, SLOT_ROOT)->pending = 0;
    assert_int_equal(decode_page_table(k, &inv), DONE);
    assert_unmapped(k, SLOT_ROOT, VADDR);
    assert_int_equal(leaf_of(k, SLOT_PT, (VADDR >> 12) & 511), 0);
    assert_int_equal(shadow_of(k, SLOT_ROOT)->range[0].start, VADDR & ~MASK(21));
    assert_int_equal(shadow_of(k, SLOT_ROOT)->range[0].end, (VADDR & ~MASK(21)) + BIT(21));
    assert_false(vspace_derive(k, cte(k, SLOT_PT)->cap, &copy));
    assert_int_equal(k->error.type, seL4_IllegalOperation);
    assert_int_equal(map_table(k, SLOT_PT, SLOT_ROOT, VADDR), DONE);

    /* The frame's capability still names the place; mapping it there again is a remap. */
    assert_int_equal(map(k, SLOT_FREE, SLOT_ROOT, VADDR, READ_WRITE, 0), DONE);
    assert_maps(k, SLOT_ROOT, VADDR, frame, true);
    vspace_finalise(k, cte(k, SLOT_PDPT)->cap, false);
    assert_maps(k, SLOT_ROOT, VADDR, frame, true);
    vspace_finalise(k, cte(k, SLOT_PDPT)->cap, true);
    assert_unmapped(k, SLOT_ROOT, VADDR);
}

static void changes_merge_and_overflow(void **state)
{
    struct kernel *k = *state;
    setup_vspace(k);
    struct vspace_shadow *s = shadow_of(k, SLOT_ROOT);
    paddr pml4 = pml4_of(k, SLOT_ROOT);

    vspace_changed(k, pml4, 0x3000, 0x4000);
    vspace_changed(k, pml4, 0x1000, 0x2000);
    vspace_changed(k, pml4, 0x5000, 0x6000);
    assert_int_equal(s->pending, 3);
    vspace_changed(k, pml4, 0x4000, 0x5000);
    assert_int_equal(s->pending, 2);
    vspace_changed(k, pml4, 0x1000, 0x3000);
    assert_int_equal(s->pending, 1);
    assert_int_equal(s->range[0].start, 0x1000);
    assert_int_equal(s->range[0].end, 0x6000);
    vspace_changed(k, pml4, 0x2000, 0x3000);
    assert_int_equal(s->pending, 1);

    for (unsigned i = 1; i < PENDING_RANGES; i++)
        vspace_changed(k, pml4, i * 0x10000, i * 0x10000 + 0x1000);
    assert_int_equal(s->pending, PENDING_RANGES);
    assert_false(s->flush_all);
    vspace_changed(k, pml4, 0x20000, 0x21000);
    assert_false(s->flush_all);
    vspace_changed(k, pml4, 0x900000, 0x901000);
    assert_true(s->flush_all);
    assert_int_equal(s->pending, 0);
}

static void ipc_buffers_are_checked(void **state)
{
    struct kernel *k = *state;
    struct cap frame = frame_cap(fake_alloc(k, PAGE_BITS), FRAME_4K), device = frame;
    device.frame.is_device = 1;

    assert_true(vspace_check_ipc_buffer(k, VADDR + 0x400, frame));
    assert_false(vspace_check_ipc_buffer(k, VADDR + 0x200, frame));
    assert_int_equal(k->error.type, seL4_AlignmentError);
    assert_false(vspace_check_ipc_buffer(k, VADDR + 1, device));
    assert_int_equal(k->error.type, seL4_IllegalOperation);
    assert_false(vspace_check_ipc_buffer(k, VADDR, CAP_NONE));
    assert_int_equal(k->error.type, seL4_IllegalOperation);
}

static void get_address_tells_the_frame(void **state)
{
    struct kernel *k = *state;
    fake_put(k, own(k, SLOT_FREE), frame_cap(0xfec00000, FRAME_4K));
    struct invocation inv =
        fake_invocation(k, own(k, SLOT_FREE), INV_X86_PAGE_GET_ADDRESS, 0, NULL);

    assert_int_equal(decode_frame(k, &inv), DONE);
    assert_int_equal(inv.result_count, 1);
    assert_int_equal(inv.result[0], 0xfec00000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_mapping_needs_every_table),
        KERNEL_TEST(frames_of_every_size_map),
        KERNEL_TEST(checks_come_in_order),
        KERNEL_TEST(a_mapped_frame_is_remapped_only_in_place),
        KERNEL_TEST(attributes_become_entry_bits),
        KERNEL_TEST(unmap_leaves_what_replaced_the_frame),
        KERNEL_TEST(a_frame_is_shared_by_its_copies),
        KERNEL_TEST(unmapping_a_table_unmaps_what_it_maps),
        KERNEL_TEST(changes_merge_and_overflow),
        KERNEL_TEST(ipc_buffers_are_checked),
        KERNEL_TEST(get_address_tells_the_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
