/*
 * IRQ control, IRQ handlers and the delivery of interrupts.
 *
 * An interrupt has state IRQ_SIGNAL exactly while handler capabilities to it exist; its slot among
 * k->irq_node holds the notification that is signalled. An interrupt of the IOAPIC or the PIC stays
 * masked from its delivery until AckIRQ; a message-signalled one can't be masked.
 */
#include "kernel/cnode.h"
#include "kernel/cspace.h"
#include "kernel/debug.h"
#include "kernel/interrupt.h"
#include "kernel/mdb.h"
#include "kernel/notification.h"
#include "kernel/platform.h"

#define IRQ_ISA_MAX 15
#define IRQ_CASCADE 2 /* of the first PIC: the second one */
#define PIT_PIN     2 /* of the IOAPIC: where ISA interrupt 0 is */

enum { PCI_BUS_MAX = 255, PCI_DEVICE_MAX = 31, PCI_FUNCTION_MAX = 7 };

paddr interrupt_slot(const struct kernel *k, unsigned irq)
{
    return k->irq_node + ((paddr)irq << SLOT_BITS);
}

void interrupt_init(struct kernel *k)
{
    bool pic = k->config.irq_pic;
    unsigned first = pic ? 0 : IRQ_USER_MIN, last = pic ? IRQ_ISA_MAX : IRQ_USER_MAX;

    for (unsigned i = 0; i < IRQ_COUNT; i++) {
        k->irq[i].state = i >= first && i <= last ? IRQ_INACTIVE : IRQ_RESERVED;
    }
    for (unsigned i = 0; pic && i <= IRQ_ISA_MAX; i++) {
        k->irq[i].source = IRQ_SOURCE_PIC;
        k->irq[i].pin = (uint8_t)(i == 0 ? PIT_PIN : i);
    }
    if (pic)
        k->irq[IRQ_CASCADE].state = IRQ_RESERVED;
    k->irq[IRQ_KERNEL_TIMER].state = IRQ_TIMER;
}

static void set_masked(struct kernel *k, unsigned irq, bool masked)
{
    if (irq_has_pin(&k->irq[irq]))
        platform_irq_mask(k, irq, masked);
}

static void invoke_issue(struct kernel *k, struct invocation *inv, unsigned irq, struct irq route,
                         paddr dest)
{
    struct cap handler = {.irq_handler = {.type = CAP_IRQ_HANDLER, .irq = irq}};

    route.state = IRQ_SIGNAL;
    k->irq[irq] = route;
    platform_irq_configure(k, irq);
    set_masked(k, irq, false);
    mdb_insert(k, handler, inv->slot, dest);
}

static enum outcome check_ioapic(struct kernel *k, struct invocation *inv, struct irq *route)
{
    word ioapic = invocation_arg(k, inv, 2), pin = invocation_arg(k, inv, 3);
    word level = invocation_arg(k, inv, 4), polarity = invocation_arg(k, inv, 5);

    if (ioapic >= IOAPIC_COUNT)
        return fail_range(k, 0, IOAPIC_COUNT - 1);
    if (pin >= IOAPIC_PINS)
        return fail_range(k, 0, IOAPIC_PINS - 1);
    if (level > 1 || polarity > 1)
        return fail_range(k, 0, 1);
    *route = (struct irq){
        .source = IRQ_SOURCE_IOAPIC,
        .ioapic = (uint8_t)ioapic,
        .pin = (uint8_t)pin,
        .level = (uint8_t)level,
        .polarity = (uint8_t)polarity,
    };
    return DONE;
}

static enum outcome check_msi(struct kernel *k, struct invocation *inv, struct irq *route)
{
    word bus = invocation_arg(k, inv, 2), device = invocation_arg(k, inv, 3);
    word function = invocation_arg(k, inv, 4), handle = invocation_arg(k, inv, 5);

    if (bus > PCI_BUS_MAX)
        return fail_range(k, 0, PCI_BUS_MAX);
    if (device > PCI_DEVICE_MAX)
        return fail_range(k, 0, PCI_DEVICE_MAX);
    if (function > PCI_FUNCTION_MAX)
        return fail_range(k, 0, PCI_FUNCTION_MAX);
    *route = (struct irq){
        .source = IRQ_SOURCE_MSI,
        .bus = (uint8_t)bus,
        .device = (uint8_t)device,
        .function = (uint8_t)function,
        .handle = (uint32_t)handle,
    };
    return DONE;
}

static bool find_slot(struct kernel *k, struct invocation *inv, word index, word depth, paddr *dest)
{
    return cspace_lookup_target(k, cte_at(k, inv->extra[0])->cap, index, depth, false, dest) &&
           cspace_ensure_empty(k, *dest);
}

/* ISA interrupts, which exist only on kernels that use the PIC. */
static enum outcome decode_isa(struct kernel *k, struct invocation *inv)
{
    word irq = invocation_arg(k, inv, 0);
    paddr dest;

    if (!k->config.irq_pic)
        return fail(k, seL4_IllegalOperation);
    if (irq > IRQ_ISA_MAX)
        return fail_range(k, 0, IRQ_ISA_MAX);
    if (k->irq[irq].state != IRQ_INACTIVE)
        return fail(k, seL4_RevokeFirst);
    if (!find_slot(k, inv, invocation_arg(k, inv, 1), invocation_arg(k, inv, 2), &dest))
        return FAILED;
    invoke_issue(k, inv, (unsigned)irq, k->irq[irq], dest);
    return DONE;
}

enum outcome decode_irq_control(struct kernel *k, struct invocation *inv)
{
    bool ioapic = inv->label == INV_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC;
    struct irq route;
    paddr dest;

    if (inv->label == INV_IRQ_ISSUE_IRQ_HANDLER)
        return invocation_has(k, inv, 3, 1) ? decode_isa(k, inv) : FAILED;
    if (k->config.irq_pic || (!ioapic && inv->label != INV_X86_IRQ_ISSUE_IRQ_HANDLER_MSI))
        return fail(k, seL4_IllegalOperation);
    if (!invocation_has(k, inv, 7, 1))
        return FAILED;

    word number = invocation_arg(k, inv, 6);
    if (number > IRQ_USER_MAX - IRQ_USER_MIN)
        return fail_range(k, 0, IRQ_USER_MAX - IRQ_USER_MIN);
    unsigned irq = (unsigned)number + IRQ_USER_MIN;
    if (k->irq[irq].state != IRQ_INACTIVE)
        return fail(k, seL4_RevokeFirst);
    if (!find_slot(k, inv, invocation_arg(k, inv, 0), invocation_arg(k, inv, 1), &dest))
        return FAILED;
    if ((ioapic ? check_ioapic(k, inv, &route) : check_msi(k, inv, &route)) != DONE)
        return FAILED;

    invoke_issue(k, inv, irq, route, dest);
    return DONE;
}

static enum outcome decode_set_handler(struct kernel *k, struct invocation *inv, paddr slot)
{
    if (!invocation_has(k, inv, 0, 1))
        return FAILED;
    struct cap ntfn = cte_at(k, inv->extra[0])->cap;
    if (ntfn.type != CAP_NOTIFICATION || !ntfn.notification.can_send)
        return fail_capability(k, 0);

    cnode_delete_one(k, slot);
    mdb_insert(k, ntfn, inv->extra[0], slot);
    return DONE;
}

enum outcome decode_irq_handler(struct kernel *k, struct invocation *inv)
{
    unsigned irq = (unsigned)inv->cap.irq_handler.irq;

    switch (inv->label) {
    case INV_IRQ_ACK_IRQ:
        set_masked(k, irq, false);
        return DONE;
    case INV_IRQ_SET_IRQ_HANDLER:
        return decode_set_handler(k, inv, interrupt_slot(k, irq));
    case INV_IRQ_CLEAR_IRQ_HANDLER:
        cnode_delete_one(k, interrupt_slot(k, irq));
        return DONE;
    default:
        return fail(k, seL4_IllegalOperation);
    }
}

void interrupt_deleting_handler(struct kernel *k, unsigned irq)
{
    cnode_delete_one(k, interrupt_slot(k, irq));
}

void interrupt_deleted_handler(struct kernel *k, unsigned irq)
{
    /* The routing stays as it was, as in the real kernel: only the pin is masked. */
    k->irq[irq].state = IRQ_INACTIVE;
    set_masked(k, irq, true);
}

static void report(struct kernel *k, const char *what, unsigned irq)
{
    if (k->config.printing)
        debug_log(k, "interrupt %u: %s", irq, what);
}

void interrupt_handle(struct kernel *k, unsigned irq)
{
    if (irq > IRQ_MAX) {
        report(k, "no such interrupt", irq);
        return;
    }
    switch (k->irq[irq].state) {
    case IRQ_SIGNAL: {
        struct cap ntfn = cte_at(k, interrupt_slot(k, irq))->cap;

        if (ntfn.type == CAP_NOTIFICATION && ntfn.notification.can_send)
            notification_signal(k, ntfn.obj, ntfn.notification.badge);
        else
            report(k, "not delivered, its handler has no notification", irq);
        set_masked(k, irq, true);
        break;
    }
    case IRQ_INACTIVE:
        report(k, "not in use", irq);
        set_masked(k, irq, true);
        break;
    case IRQ_RESERVED:
        report(k, "reserved", irq);
        break;
    case IRQ_TIMER: /* the kernel's own tick is not an interrupt to the model: STOP_TICK */
        break;
    }
}

bool kernel_interrupt_wakes(const struct kernel *k, unsigned irq)
{
    const struct cte *slot = kernel_at(k, interrupt_slot(k, irq));
    const struct notification *n;

    if (k->irq[irq].state != IRQ_SIGNAL || slot->cap.type != CAP_NOTIFICATION ||
        !slot->cap.notification.can_send)
        return false;
    n = kernel_at(k, slot->cap.obj);
    return n->state == NTFN_WAITING ||
           (n->bound_tcb && kernel_tcb(k, n->bound_tcb)->state == THREAD_BLOCKED_ON_RECEIVE);
}
