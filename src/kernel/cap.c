/*
 * Capabilities as values. Three relations order them: same region (b could be derived from a),
 * same object (the object lives while either does) and, with the flags of a slot, parenthood in
 * mdb.c. Everything here is a pure function but cap_derive, which may set k->error.
 */
#include "kernel/cap.h"

#include "kernel/host.h"
#include "kernel/invocation.h"
#include "kernel/mdb.h"
#include "kernel/vspace/vspace.h"

struct cap_rights cap_rights_from_word(word w)
{
    return (struct cap_rights){
        .write = w & BIT(0), .read = w & BIT(1), .grant = w & BIT(2), .grant_reply = w & BIT(3)};
}

unsigned cap_size_bits(const struct kernel *k, struct cap cap)
{
    switch (cap.type) {
    case CAP_UNTYPED:
        return cap.untyped.size_bits;
    case CAP_ENDPOINT:
        return ENDPOINT_BITS;
    case CAP_NOTIFICATION:
        return k->abi.notification_bits;
    case CAP_REPLY:
        return k->config.mcs ? REPLY_BITS : 0;
    case CAP_CNODE:
        return cap.cnode.radix + SLOT_BITS;
    case CAP_THREAD:
        return k->abi.tcb_bits;
    case CAP_ZOMBIE:
        return cap.zombie.is_tcb ? k->abi.tcb_bits : (unsigned)cap.zombie.radix + SLOT_BITS;
    case CAP_SCHED_CONTEXT:
        return cap.sched_context.size_bits;
    case CAP_FRAME:
        return frame_size_bits(cap.frame.size);
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
        return TABLE_BITS;
    case CAP_ASID_POOL:
        return ASID_POOL_BITS;
    default:
        return 0;
    }
}

bool cap_is_physical(const struct kernel *k, struct cap cap)
{
    return cap_size_bits(k, cap) != 0;
}

/* [b, b + 2^b_bits) lies in [a, a + 2^a_bits) */
static bool contains(paddr a, unsigned a_bits, paddr b, unsigned b_bits)
{
    return a <= b && b + MASK(b_bits) <= a + MASK(a_bits);
}

bool cap_same_region(const struct kernel *k, struct cap a, struct cap b)
{
    switch (a.type) {
    case CAP_UNTYPED:
        return cap_is_physical(k, b) &&
               contains(a.obj, a.untyped.size_bits, b.obj, cap_size_bits(k, b));
    case CAP_FRAME:
        return b.type == CAP_FRAME &&
               contains(a.obj, frame_size_bits(a.frame.size), b.obj, frame_size_bits(b.frame.size));
    case CAP_CNODE:
        return b.type == CAP_CNODE && a.obj == b.obj && a.cnode.radix == b.cnode.radix;
    case CAP_SCHED_CONTEXT:
        return b.type == CAP_SCHED_CONTEXT && a.obj == b.obj &&
               a.sched_context.size_bits == b.sched_context.size_bits;
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
    case CAP_THREAD:
    case CAP_REPLY:
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
    case CAP_ASID_POOL:
    case CAP_IO_SPACE:
        return b.type == a.type && a.obj == b.obj;
    case CAP_DOMAIN:
    case CAP_SCHED_CONTROL:
    case CAP_ASID_CONTROL:
        return b.type == a.type;
    case CAP_IRQ_CONTROL:
        return b.type == CAP_IRQ_CONTROL || b.type == CAP_IRQ_HANDLER;
    case CAP_IRQ_HANDLER:
        return b.type == CAP_IRQ_HANDLER && a.irq_handler.irq == b.irq_handler.irq;
    case CAP_IO_PORT_CONTROL:
        return b.type == CAP_IO_PORT_CONTROL || b.type == CAP_IO_PORT;
    case CAP_HOST:
        return b.type == CAP_HOST && host_is_within(k, b.host.index, a.host.index);
    case CAP_IO_PORT:
        return b.type == CAP_IO_PORT && a.io_port.first == b.io_port.first &&
               a.io_port.last == b.io_port.last;
    default: /* null caps and zombies relate to nothing */
        return false;
    }
}

bool cap_same_object(const struct kernel *k, struct cap a, struct cap b)
{
    switch (a.type) {
    case CAP_UNTYPED: /* memory has no end of its own: each untyped cap is final */
    case CAP_IRQ_CONTROL:
        return false;
    case CAP_IO_PORT_CONTROL:
        return b.type == CAP_IO_PORT_CONTROL;
    case CAP_HOST:
        return b.type == CAP_HOST && a.host.index == b.host.index;
    case CAP_FRAME:
        return b.type == CAP_FRAME && a.obj == b.obj && a.frame.size == b.frame.size &&
               a.frame.is_device == b.frame.is_device;
    default:
        return cap_same_region(k, a, b);
    }
}

enum vm_rights cap_mask_vm_rights(enum vm_rights vm, struct cap_rights rights)
{
    if (vm == VM_KERNEL_ONLY || !rights.read)
        return VM_KERNEL_ONLY;
    return vm == VM_READ_WRITE && rights.write ? VM_READ_WRITE : VM_READ_ONLY;
}

struct cap cap_mask_rights(struct cap cap, struct cap_rights rights)
{
    switch (cap.type) {
    case CAP_ENDPOINT:
        cap.endpoint.can_send &= rights.write;
        cap.endpoint.can_receive &= rights.read;
        cap.endpoint.can_grant &= rights.grant;
        cap.endpoint.can_grant_reply &= rights.grant_reply;
        return cap;
    case CAP_NOTIFICATION:
        cap.notification.can_send &= rights.write;
        cap.notification.can_receive &= rights.read;
        return cap;
    case CAP_REPLY:
        cap.reply.can_grant &= rights.grant;
        return cap;
    case CAP_FRAME:
        cap.frame.rights = cap_mask_vm_rights(cap.frame.rights, rights);
        return cap;
    case CAP_HOST:
        cap.host.can_read &= rights.read;
        cap.host.can_write &= rights.write;
        return cap;
    default:
        return cap;
    }
}

/* A guest's CNode data: guard size in the low 6 bits, the guard above them. */
static struct cap set_guard(struct cap cap, word data)
{
    unsigned guard_size = data & MASK(6);

    if (guard_size + cap.cnode.radix > 64)
        return CAP_NONE;
    cap.cnode.guard_size = guard_size;
    cap.cnode.guard = data >> 6 & MASK(guard_size);
    return cap;
}

struct cap cap_update_data(struct cap cap, bool preserve, word data)
{
    switch (cap.type) {
    case CAP_ENDPOINT:
        if (preserve || cap.endpoint.badge != 0)
            return CAP_NONE;
        cap.endpoint.badge = data;
        return cap;
    case CAP_NOTIFICATION:
        if (preserve || cap.notification.badge != 0)
            return CAP_NONE;
        cap.notification.badge = data;
        return cap;
    case CAP_CNODE:
        return set_guard(cap, data);
    case CAP_IO_SPACE: /* no IOMMU hardware: no I/O domain is valid */
        return CAP_NONE;
    default:
        return cap;
    }
}

bool cap_derive(struct kernel *k, paddr slot, struct cap cap, struct cap *derived)
{
    *derived = CAP_NONE;
    switch (cap.type) {
    case CAP_ZOMBIE:
    case CAP_IRQ_CONTROL:
    case CAP_IO_PORT_CONTROL:
        return true;
    case CAP_REPLY:
        if (k->config.mcs)
            *derived = cap;
        return true;
    case CAP_UNTYPED:
        if (mdb_has_children(k, slot)) {
            fail(k, seL4_RevokeFirst);
            return false;
        }
        *derived = cap;
        return true;
    case CAP_FRAME:
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
    case CAP_ASID_POOL:
        return vspace_derive(k, cap, derived);
    default:
        *derived = cap;
        return true;
    }
}
