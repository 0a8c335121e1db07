/*
 * Making and ending objects. An object begins in zeroed memory, which is a valid empty object of
 * every type but TCB; it ends with its last capability. What has slots (CNode, TCB) ends in two
 * steps: it becomes a zombie here, and cnode.c empties its slots.
 */
#include "kernel/lifecycle.h"

#include "kernel/endpoint.h"
#include "kernel/host.h"
#include "kernel/interrupt.h"
#include "kernel/ioport.h"
#include "kernel/notification.h"
#include "kernel/platform.h"
#include "kernel/reply.h"
#include "kernel/schedcontext.h"
#include "kernel/thread.h"
#include "kernel/vspace/vspace.h"

unsigned object_size_bits(const struct kernel *k, enum abi_object type, unsigned user_bits)
{
    switch (type) {
    case OBJ_UNTYPED:
    case OBJ_SCHED_CONTEXT:
        return user_bits;
    case OBJ_CNODE:
        return user_bits + SLOT_BITS;
    case OBJ_TCB:
        return k->abi.tcb_bits;
    case OBJ_ENDPOINT:
        return ENDPOINT_BITS;
    case OBJ_NOTIFICATION:
        return k->abi.notification_bits;
    case OBJ_REPLY:
        return REPLY_BITS;
    case OBJ_4K_PAGE:
        return PAGE_BITS;
    case OBJ_LARGE_PAGE:
        return LARGE_BITS;
    case OBJ_HUGE_PAGE:
        return HUGE_BITS;
    default: /* every kind of paging structure */
        return TABLE_BITS;
    }
}

static struct cap new_frame(paddr base, enum frame_size size, bool is_device)
{
    return (struct cap){.frame = {.type = CAP_FRAME,
                                  .obj = base,
                                  .size = size,
                                  .is_device = is_device,
                                  .rights = VM_READ_WRITE}};
}

static struct cap new_table(enum cap_type type, paddr base)
{
    return (struct cap){.table = {.type = type, .obj = base}};
}

static struct cap new_capability(struct kernel *k, enum abi_object type, paddr base,
                                 unsigned user_bits, bool is_device)
{
    switch (type) {
    case OBJ_UNTYPED:
        return (struct cap){
            .untyped = {
                .type = CAP_UNTYPED, .obj = base, .size_bits = user_bits, .is_device = is_device}};
    case OBJ_TCB:
        thread_init(k, base);
        return (struct cap){.type = CAP_THREAD, .obj = base};
    case OBJ_ENDPOINT:
        return (struct cap){.endpoint = {.type = CAP_ENDPOINT,
                                         .obj = base,
                                         .can_send = 1,
                                         .can_receive = 1,
                                         .can_grant = 1,
                                         .can_grant_reply = 1}};
    case OBJ_NOTIFICATION:
        return (struct cap){
            .notification = {
                .type = CAP_NOTIFICATION, .obj = base, .can_send = 1, .can_receive = 1}};
    case OBJ_CNODE:
        return (struct cap){.cnode = {.type = CAP_CNODE, .obj = base, .radix = user_bits}};
    case OBJ_SCHED_CONTEXT:
        return (struct cap){
            .sched_context = {.type = CAP_SCHED_CONTEXT, .obj = base, .size_bits = user_bits}};
    case OBJ_REPLY:
        return (struct cap){.reply = {.type = CAP_REPLY, .obj = base, .can_grant = 1}};
    case OBJ_4K_PAGE:
        return new_frame(base, FRAME_4K, is_device);
    case OBJ_LARGE_PAGE:
        return new_frame(base, FRAME_2M, is_device);
    case OBJ_HUGE_PAGE:
        return new_frame(base, FRAME_1G, is_device);
    case OBJ_PAGE_TABLE:
        return new_table(CAP_PAGE_TABLE, base);
    case OBJ_PAGE_DIRECTORY:
        return new_table(CAP_PAGE_DIRECTORY, base);
    case OBJ_PDPT:
        return new_table(CAP_PDPT, base);
    case OBJ_PML4:
        return new_table(CAP_PML4, base);
    default:
        return CAP_NONE;
    }
}

struct cap object_create(struct kernel *k, enum abi_object type, paddr base, unsigned user_bits,
                         bool is_device)
{
    /* Memory under a new untyped stays untouched until something is made of it. */
    if (!is_device && type != OBJ_UNTYPED)
        platform_used(k, base, BIT(object_size_bits(k, type, user_bits)));
    return new_capability(k, type, base, user_bits, is_device);
}

/* ------------------------------------------------------------------ the end */

static struct cap zombie_of_cnode(struct cap cap)
{
    unsigned radix = cap.cnode.radix;
    return (struct cap){
        .zombie = {.type = CAP_ZOMBIE, .obj = cap.obj, .radix = radix, .count = BIT(radix)}};
}

/* The slots that a configuration uses come first in the TCB; the others are never filled. */
static struct cap zombie_of_thread(const struct kernel *k, paddr tcb)
{
    unsigned count = k->config.mcs ? TCB_SLOT_COUNT : TCB_BUFFER + 1;
    return (struct cap){.zombie = {.type = CAP_ZOMBIE, .obj = tcb, .is_tcb = 1, .count = count}};
}

static struct cap end_thread(struct kernel *k, paddr tcb)
{
    thread_destroy(k, tcb);
    return zombie_of_thread(k, tcb);
}

static void end_notification(struct kernel *k, paddr ntfn)
{
    if (k->config.mcs)
        sc_unbind_notification(k, ((struct notification *)kernel_at(k, ntfn))->sched_context);
    notification_unbind(k, ntfn);
    notification_cancel_all(k, ntfn);
}

struct finalised object_finalise(struct kernel *k, struct cap cap, bool is_final)
{
    struct finalised result = {.remainder = CAP_NONE, .cleanup = CAP_NONE};

    switch (cap.type) {
    case CAP_ZOMBIE:
        result.remainder = cap;
        return result;
    case CAP_FRAME: /* each frame cap has a mapping of its own, so none waits for the last */
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
    case CAP_ASID_POOL:
        vspace_finalise(k, cap, is_final);
        return result;
    default:
        break;
    }
    if (!is_final)
        return result;

    switch (cap.type) {
    case CAP_ENDPOINT:
        endpoint_cancel_all(k, cap.obj);
        break;
    case CAP_NOTIFICATION:
        end_notification(k, cap.obj);
        break;
    case CAP_CNODE:
        result.remainder = zombie_of_cnode(cap);
        break;
    case CAP_THREAD:
        result.remainder = end_thread(k, cap.obj);
        break;
    case CAP_IRQ_HANDLER:
        interrupt_deleting_handler(k, cap.irq_handler.irq);
        result.cleanup = cap;
        break;
    case CAP_HOST:
        host_deleting(k, (unsigned)cap.host.index);
        result.cleanup = cap;
        break;
    case CAP_IO_PORT:
        result.cleanup = cap;
        break;
    case CAP_REPLY: /* without MCS it is no object */
        if (k->config.mcs)
            reply_end(k, cap.obj);
        break;
    case CAP_SCHED_CONTEXT:
        sc_end(k, cap.obj);
        break;
    default:
        break;
    }
    return result;
}

void object_post_delete(struct kernel *k, struct cap cleanup)
{
    if (cleanup.type == CAP_IRQ_HANDLER)
        interrupt_deleted_handler(k, cleanup.irq_handler.irq);
    else if (cleanup.type == CAP_HOST)
        host_deleted(k, (unsigned)cleanup.host.index);
    else if (cleanup.type == CAP_IO_PORT)
        ioport_free(k, cleanup.io_port.first, cleanup.io_port.last);
}
