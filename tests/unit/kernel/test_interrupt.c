/* Interrupts and I/O ports: issuing capabilities, delivery, acknowledgement, port accesses. */
#include "kernel/cnode.h"
#include "kernel/interrupt.h"
#include "kernel/ioport.h"
#include "kernel/mdb.h"
#include "kernel_test.h"

enum { SLOT_CONTROL = 1, SLOT_HANDLER, SLOT_NTFN, SLOT_PORTS = 8, SLOT_MORE_PORTS };

static enum outcome issue(struct kernel *k, enum abi_invocation label, word dest, const word *route,
                          word irq)
{
    struct invocation inv =
        fake_invocation(k, own(k, SLOT_CONTROL), label,
                        ARGS(dest, 64, route[0], route[1], route[2], route[3], irq));

    fake_extra(&inv, root_slot(k));
    return decode_irq_control(k, &inv);
}

static enum outcome issue_pin(struct kernel *k, word dest, word pin, word irq)
{
    const word route[] = {0, pin, 1, 0};

    return issue(k, INV_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC, dest, route, irq);
}

static enum outcome issue_msi(struct kernel *k, word dest, word device, word irq)
{
    const word route[] = {3, device, 7, 0x1234};

    return issue(k, INV_X86_IRQ_ISSUE_IRQ_HANDLER_MSI, dest, route, irq);
}

static void setup_irqs(struct kernel *k)
{
    interrupt_init(k);
    fake_put(k, own(k, SLOT_CONTROL), (struct cap){.type = CAP_IRQ_CONTROL});
    struct cap ntfn = fake_notification(k);
    ntfn.notification.badge = 0x50;
    fake_put(k, own(k, SLOT_NTFN), ntfn);
}

static enum outcome set_handler(struct kernel *k, unsigned slot)
{
    struct invocation inv =
        fake_invocation(k, own(k, SLOT_HANDLER), INV_IRQ_SET_IRQ_HANDLER, 0, NULL);

    fake_extra(&inv, own(k, slot));
    return decode_irq_handler(k, &inv);
}

static enum outcome handler(struct kernel *k, enum abi_invocation label)
{
    struct invocation inv = fake_invocation(k, own(k, SLOT_HANDLER), label, 0, NULL);

    return decode_irq_handler(k, &inv);
}

static word take_badge(struct kernel *k)
{
    struct notification *n = kernel_at(k, cte(k, SLOT_NTFN)->cap.obj);
    word badge = n->state == NTFN_ACTIVE ? n->badge : 0;

    n->state = NTFN_IDLE;
    return badge;
}

static void handlers_are_issued_once(void **state)
{
    struct kernel *k = *state;
    setup_irqs(k);
    const word bad_ioapic[] = {1, 0, 0, 0}, bad_level[] = {0, 0, 2, 0},
               bad_polarity[] = {0, 0, 0, 2};
    const word bad_bus[] = {256, 0, 0, 0}, bad_function[] = {0, 0, 8, 0};
    enum abi_invocation pin = INV_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC;
    enum abi_invocation msi = INV_X86_IRQ_ISSUE_IRQ_HANDLER_MSI;

    assert_range(k, issue_pin(k, SLOT_HANDLER, 2, 108), 0, 107);
    assert_range(k, issue_pin(k, SLOT_HANDLER, 24, 0), 0, 23);
    assert_range(k, issue(k, pin, SLOT_HANDLER, bad_ioapic, 0), 0, 0);
    assert_range(k, issue(k, pin, SLOT_HANDLER, bad_level, 0), 0, 1);
    assert_range(k, issue(k, pin, SLOT_HANDLER, bad_polarity, 0), 0, 1);
    assert_range(k, issue(k, msi, SLOT_HANDLER, bad_bus, 0), 0, 255);
    assert_range(k, issue_msi(k, SLOT_HANDLER, 32, 0), 0, 31);
    assert_range(k, issue(k, msi, SLOT_HANDLER, bad_function, 0), 0, 7);
    assert_error(k, issue_pin(k, SLOT_NTFN, 99, 0), seL4_DeleteFirst); /* before the pin */
    assert_int_equal(fake_machine(k)->irq_configure_calls, 0);

    assert_int_equal(issue_pin(k, SLOT_HANDLER, 2, 5), DONE);
    assert_int_equal(cte(k, SLOT_HANDLER)->cap.irq_handler.irq, 21);
    assert_int_equal(k->irq[21].pin, 2);
    assert_int_equal(k->irq[21].level, 1);
    assert_int_equal(fake_machine(k)->irq_configure_calls, 1);
    assert_false(fake_machine(k)->irq_masked[21]);
    assert_error(k, issue_pin(k, 20, 3, 5), seL4_RevokeFirst);
    assert_error(k, issue_msi(k, 20, 3, 5), seL4_RevokeFirst);

    cnode_delete(k, own(k, SLOT_HANDLER), true);
    assert_true(fake_machine(k)->irq_masked[21]);
    assert_int_equal(issue_msi(k, 20, 3, 5), DONE);
    assert_int_equal(k->irq[21].handle, 0x1234);
    assert_consistent(k);
}

static void isa_interrupts_are_not_given(void **state)
{
    struct kernel *k = *state;
    setup_irqs(k);
    struct invocation inv = fake_invocation(k, own(k, SLOT_CONTROL), INV_IRQ_ISSUE_IRQ_HANDLER,
                                            ARGS(3, SLOT_HANDLER, 64));

    assert_error(k, decode_irq_control(k, &inv), seL4_TruncatedMessage);
    fake_extra(&inv, root_slot(k));
    assert_error(k, decode_irq_control(k, &inv), seL4_IllegalOperation);
    inv.label = INV_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC;
    assert_error(k, decode_irq_control(k, &inv), seL4_TruncatedMessage);
}

static void an_interrupt_is_masked_until_acknowledged(void **state)
{
    struct kernel *k = *state;
    setup_irqs(k);
    assert_int_equal(issue_pin(k, SLOT_HANDLER, 2, 5), DONE);

    interrupt_handle(k, 21); /* no notification yet: lost, and masked */
    assert_int_equal(take_badge(k), 0);
    assert_true(fake_machine(k)->irq_masked[21]);
    assert_int_equal(handler(k, INV_IRQ_ACK_IRQ), DONE);
    assert_false(fake_machine(k)->irq_masked[21]);

    /* Capability 0 is refused, also without the right to send. */
    assert_error(k, set_handler(k, SLOT_CONTROL), seL4_InvalidCapability);
    assert_int_equal(k->error.argument, 0);
    cte(k, SLOT_NTFN)->cap.notification.can_send = 0;
    assert_error(k, set_handler(k, SLOT_NTFN), seL4_InvalidCapability);
    cte(k, SLOT_NTFN)->cap.notification.can_send = 1;
    assert_int_equal(set_handler(k, SLOT_NTFN), DONE);
    assert_int_equal(set_handler(k, SLOT_NTFN), DONE); /* replaces itself */

    interrupt_handle(k, 21);
    assert_int_equal(take_badge(k), 0x50);
    assert_true(fake_machine(k)->irq_masked[21]);
    assert_int_equal(handler(k, INV_IRQ_ACK_IRQ), DONE);
    assert_int_equal(handler(k, INV_IRQ_CLEAR_IRQ_HANDLER), DONE);
    interrupt_handle(k, 21);
    assert_int_equal(take_badge(k), 0);
    assert_error(k, handler(k, INV_TCB_SUSPEND), seL4_IllegalOperation);
    assert_consistent(k);
}

static void deleting_the_handler_empties_its_slot(void **state)
{
    struct kernel *k = *state;
    setup_irqs(k);
    assert_int_equal(issue_msi(k, SLOT_HANDLER, 1, 0), DONE);
    assert_int_equal(set_handler(k, SLOT_NTFN), DONE);
    interrupt_handle(k, 16);
    assert_int_equal(take_badge(k), 0x50);
    assert_int_equal(fake_machine(k)->irq_mask_calls, 0); /* an MSI can't be masked */

    cnode_delete(k, own(k, SLOT_HANDLER), true);
    assert_int_equal(cte_at(k, interrupt_slot(k, 16))->cap.type, CAP_NULL);
    assert_int_equal(k->irq[16].state, IRQ_INACTIVE);
    interrupt_handle(k, 16);
    interrupt_handle(k, 3);
    interrupt_handle(k, 200);
    assert_int_equal(take_badge(k), 0);
}

static enum outcome issue_ports(struct kernel *k, word first, word last, word dest)
{
    struct invocation inv = fake_invocation(k, own(k, SLOT_CONTROL), INV_X86_IO_PORT_CONTROL_ISSUE,
                                            ARGS(first, last, dest, 64));

    fake_extra(&inv, root_slot(k));
    return decode_io_port_control(k, &inv);
}

static void port_ranges_never_overlap(void **state)
{
    struct kernel *k = *state;
    fake_put(k, own(k, SLOT_CONTROL), (struct cap){.type = CAP_IO_PORT_CONTROL});

    assert_error(k, issue_ports(k, 0x3ff, 0x3f8, SLOT_PORTS), seL4_InvalidArgument);
    assert_int_equal(k->error.argument, 1);
    assert_int_equal(issue_ports(k, 0x3f8, 0x10003ff, SLOT_PORTS), DONE); /* 16 bits count */
    assert_int_equal(cte(k, SLOT_PORTS)->cap.io_port.last, 0x3ff);
    assert_error(k, issue_ports(k, 0x3ff, 0x400, 20), seL4_RevokeFirst);
    assert_error(k, issue_ports(k, 0, 0xffff, 20), seL4_RevokeFirst);
    assert_error(k, issue_ports(k, 0x3f0, 0x3f8, 20), seL4_RevokeFirst);
    assert_error(k, issue_ports(k, 0x400, 0x400, SLOT_PORTS), seL4_DeleteFirst);
    assert_int_equal(issue_ports(k, 0x400, 0xffff, 20), DONE);
    assert_int_equal(issue_ports(k, 0, 0x3f7, 21), DONE);

    /* A copy keeps the range; the last capability frees it. */
    struct cap copy;
    assert_true(cap_derive(k, own(k, SLOT_PORTS), cte(k, SLOT_PORTS)->cap, &copy));
    mdb_insert(k, copy, own(k, SLOT_PORTS), own(k, SLOT_MORE_PORTS));
    cnode_delete(k, own(k, SLOT_PORTS), true);
    assert_error(k, issue_ports(k, 0x3f8, 0x3ff, SLOT_PORTS), seL4_RevokeFirst);
    cnode_delete(k, own(k, SLOT_MORE_PORTS), true);
    assert_int_equal(issue_ports(k, 0x3f8, 0x3ff, SLOT_PORTS), DONE);
    cnode_delete(k, own(k, 20), true);
    assert_int_equal(issue_ports(k, 0xffff, 0xffff, 20), DONE);
    assert_consistent(k);
}

static enum outcome port(struct kernel *k, enum abi_invocation label, word number, word value,
                         word *result)
{
    struct invocation inv = fake_invocation(k, own(k, SLOT_PORTS), label, ARGS(number, value));
    enum outcome outcome = decode_io_port(k, &inv);

    *result = inv.result_count == 1 ? inv.result[0] : ~0ull;
    return outcome;
}

static void ports_are_accessed_within_their_range(void **state)
{
    struct kernel *k = *state;
    struct fake_machine *m = fake_machine(k);
    word got;
    fake_put(k, own(k, SLOT_CONTROL), (struct cap){.type = CAP_IO_PORT_CONTROL});
    assert_int_equal(issue_ports(k, 0xfff0, 0xffff, SLOT_PORTS), DONE);
    m->port_answer = 0x89abcdef;

    assert_int_equal(port(k, INV_X86_IO_PORT_IN8, 0xffff, 0, &got), DONE);
    assert_int_equal(got, 0xef);
    assert_int_equal(port(k, INV_X86_IO_PORT_IN16, 0x1fffe, 0, &got), DONE);
    assert_int_equal(got, 0xcdef);
    assert_int_equal(port(k, INV_X86_IO_PORT_IN32, 0xfffc, 0, &got), DONE);
    assert_int_equal(got, 0x89abcdef);
    assert_int_equal(m->port_width, 4);
    assert_error(k, port(k, INV_X86_IO_PORT_IN32, 0xfffd, 0, &got), seL4_IllegalOperation);
    assert_error(k, port(k, INV_X86_IO_PORT_IN8, 0xffef, 0, &got), seL4_IllegalOperation);
    assert_int_equal(port(k, INV_X86_IO_PORT_OUT8, 0xfff0, 0x1234, &got), DONE);
    assert_int_equal(m->port_value, 0x34);
    assert_int_equal(port(k, INV_X86_IO_PORT_OUT32, 0xfff0, 0x123456789, &got), DONE);
    assert_int_equal(m->port_value, 0x23456789);
    assert_error(k, port(k, INV_TCB_SUSPEND, 0xfff0, 0, &got), seL4_IllegalOperation);
    assert_int_equal(m->port_reads, 3);
    assert_int_equal(m->port_writes, 2);

    struct invocation inv =
        fake_invocation(k, own(k, SLOT_PORTS), INV_X86_IO_PORT_OUT8, ARGS(0xfff0));
    assert_error(k, decode_io_port(k, &inv), seL4_TruncatedMessage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(handlers_are_issued_once),
        KERNEL_TEST(isa_interrupts_are_not_given),
        KERNEL_TEST(an_interrupt_is_masked_until_acknowledged),
        KERNEL_TEST(deleting_the_handler_empties_its_slot),
        KERNEL_TEST(port_ranges_never_overlap),
        KERNEL_TEST(ports_are_accessed_within_their_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
