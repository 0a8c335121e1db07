/* Capabilities as values: relations, rights, badges and guards, derivation. */
#include "kernel_test.h"

static const struct cap page = {
    .frame = {.type = CAP_FRAME, .obj = 0x200000, .size = FRAME_4K, .rights = VM_READ_WRITE}};

static struct cap untyped_at(paddr obj, unsigned bits)
{
    return (struct cap){.untyped = {.type = CAP_UNTYPED, .obj = obj, .size_bits = bits}};
}

static void untyped_covers_what_lies_in_it(void **state)
{
    struct kernel *k = *state;
    struct cap big = untyped_at(0x200000, 21), small = untyped_at(0x200000, 12);

    assert_true(cap_same_region(k, big, small));
    assert_true(cap_same_region(k, big, big));
    assert_false(cap_same_region(k, small, big));
    assert_true(cap_same_region(k, small, page));
    assert_false(cap_same_region(k, untyped_at(0x201000, 12), page));
    assert_false(cap_same_region(k, page, small));
    assert_false(cap_same_object(k, big, big));
    struct cap reply = {.reply = {.type = CAP_REPLY, .obj = 0x200000}};
    assert_false(cap_same_region(k, big, reply));
    struct cap irq = {.irq_handler = {.type = CAP_IRQ_HANDLER}};
    assert_false(cap_same_region(k, untyped_at(0, 47), irq));
}

static void frames_are_one_object_only_when_alike(void **state)
{
    struct kernel *k = *state;
    struct cap large = page, device = page, mapped = page;

    large.frame.size = FRAME_2M;
    device.frame.is_device = 1;
    mapped.frame.map = FRAME_MAPPED_VSPACE;
    mapped.frame.vaddr = 0x1000;
    assert_true(cap_same_object(k, page, mapped));
    assert_false(cap_same_object(k, page, device));
    assert_false(cap_same_object(k, large, page));
    assert_true(cap_same_region(k, large, page));
    assert_false(cap_same_region(k, page, large));
}

static void controls_cover_what_they_issue(void **state)
{
    struct kernel *k = *state;
    struct cap irq_control = {.type = CAP_IRQ_CONTROL};
    struct cap irq = {.irq_handler = {.type = CAP_IRQ_HANDLER, .irq = 3}};
    struct cap other_irq = {.irq_handler = {.type = CAP_IRQ_HANDLER, .irq = 4}};
    struct cap port_control = {.type = CAP_IO_PORT_CONTROL};
    struct cap ports = {.io_port = {.type = CAP_IO_PORT, .first = 0x3f8, .last = 0x3ff}};
    struct cap fewer = {.io_port = {.type = CAP_IO_PORT, .first = 0x3f8, .last = 0x3fe}};

    assert_true(cap_same_region(k, irq_control, irq));
    assert_false(cap_same_object(k, irq_control, irq));
    assert_false(cap_same_object(k, irq_control, irq_control));
    assert_true(cap_same_object(k, irq, irq));
    assert_false(cap_same_region(k, irq, other_irq));
    assert_true(cap_same_region(k, port_control, ports));
    assert_false(cap_same_object(k, port_control, ports));
    assert_true(cap_same_object(k, ports, ports));
    assert_false(cap_same_region(k, ports, fewer));
}

static void cnodes_of_another_radix_are_others(void **state)
{
    struct kernel *k = *state;
    struct cap a = {.cnode = {.type = CAP_CNODE, .obj = 0x10000, .radix = 4, .guard_size = 3}};
    struct cap b = {.cnode = {.type = CAP_CNODE, .obj = 0x10000, .radix = 4}};
    struct cap c = {.cnode = {.type = CAP_CNODE, .obj = 0x10000, .radix = 5}};
    struct cap zombie = {.zombie = {.type = CAP_ZOMBIE, .obj = 0x10000, .radix = 4}};

    assert_true(cap_same_object(k, a, b));
    assert_false(cap_same_region(k, a, c));
    assert_false(cap_same_region(k, zombie, zombie));
    assert_false(cap_same_object(k, a, zombie));
}

static void rights_only_shrink(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    struct cap r = cap_mask_rights(ep, cap_rights_from_word(2));
    assert_true(!r.endpoint.can_send && r.endpoint.can_receive && !r.endpoint.can_grant &&
                !r.endpoint.can_grant_reply);
    r = cap_mask_rights(r, cap_rights_from_word(ALL_RIGHTS));
    assert_true(!r.endpoint.can_send && r.endpoint.can_receive);
    r = cap_mask_rights(ep, cap_rights_from_word(1 | 8));
    assert_true(r.endpoint.can_send && !r.endpoint.can_receive && !r.endpoint.can_grant &&
                r.endpoint.can_grant_reply);
    r = cap_mask_rights(fake_notification(k), cap_rights_from_word(1));
    assert_true(r.notification.can_send && !r.notification.can_receive);
    assert_int_equal(cap_mask_rights(page, cap_rights_from_word(3)).frame.rights, VM_READ_WRITE);
    assert_int_equal(cap_mask_rights(page, cap_rights_from_word(2)).frame.rights, VM_READ_ONLY);
    assert_int_equal(cap_mask_rights(page, cap_rights_from_word(1)).frame.rights, VM_KERNEL_ONLY);
    struct cap u = untyped_at(0x1000, 12);
    assert_memory_equal(cap_mask_rights(u, cap_rights_from_word(0)).w, u.w, sizeof(u));
}

static void badges_are_set_once(void **state)
{
    struct kernel *k = *state;
    struct cap ep = cap_update_data(fake_endpoint(k), false, 77);

    assert_int_equal(ep.endpoint.badge, 77);
    assert_int_equal(cap_update_data(ep, false, 78).type, CAP_NULL);
    assert_int_equal(cap_update_data(fake_endpoint(k), true, 1).type, CAP_NULL);
    struct cap ntfn = cap_update_data(fake_notification(k), false, ~0ull);
    assert_int_equal(ntfn.notification.badge, ~0ull);
    assert_int_equal(cap_update_data(ntfn, false, 0).type, CAP_NULL);
    assert_int_equal(cap_update_data(page, true, 99).type, CAP_FRAME);
}

static void guards_must_fit(void **state)
{
    struct kernel *k = *state;
    struct cap node = fake_cnode(k, 8, 0, 0);

    struct cap c = cap_update_data(node, true, 0xabcd << 6 | 12);
    assert_int_equal(c.cnode.guard_size, 12);
    assert_int_equal(c.cnode.guard, 0xbcd);
    assert_int_equal(cap_update_data(node, false, 56).cnode.guard_size, 56);
    assert_int_equal(cap_update_data(node, false, 57).type, CAP_NULL);
}

static void some_capabilities_are_never_copied(void **state)
{
    struct kernel *k = *state;
    const unsigned types[] = {CAP_ZOMBIE, CAP_IRQ_CONTROL, CAP_IO_PORT_CONTROL, CAP_REPLY};

    for (unsigned i = 0; i < 4; i++) {
        struct cap derived = page, cap = {.type = types[i], .obj = 0x10000};
        assert_true(cap_derive(k, own(k, 0), cap, &derived));
        assert_int_equal(derived.type, CAP_NULL);
    }
}

static void copied_frames_are_unmapped(void **state)
{
    struct kernel *k = *state;
    struct cap derived, mapped = page, table = {.table = {.type = CAP_PAGE_TABLE, .obj = 0x1000}};

    mapped.frame.map = FRAME_MAPPED_VSPACE;
    mapped.frame.asid = 5;
    assert_true(cap_derive(k, own(k, 0), mapped, &derived));
    assert_int_equal(derived.type, CAP_FRAME);
    assert_int_equal(derived.frame.map, FRAME_UNMAPPED);
    assert_int_equal(derived.frame.asid, 0);
    assert_false(cap_derive(k, own(k, 0), table, &derived));
    assert_int_equal(k->error.type, seL4_IllegalOperation);
    table.table.is_mapped = 1;
    assert_true(cap_derive(k, own(k, 0), table, &derived));
    assert_int_equal(derived.type, CAP_PAGE_TABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(untyped_covers_what_lies_in_it),
        KERNEL_TEST(frames_are_one_object_only_when_alike),
        KERNEL_TEST(controls_cover_what_they_issue),
        KERNEL_TEST(cnodes_of_another_radix_are_others),
        KERNEL_TEST(rights_only_shrink),
        KERNEL_TEST(badges_are_set_once),
        KERNEL_TEST(guards_must_fit),
        KERNEL_TEST(some_capabilities_are_never_copied),
        KERNEL_TEST(copied_frames_are_unmapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
