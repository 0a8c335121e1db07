/*
 * The system calls of a kernel with MCS. Receiving a call takes a reply object, which r12 names;
 * the combined calls send first, without waiting, to what r12 or r13 names.
 */
#include "kernel/cspace.h"
#include "kernel/endpoint.h"
#include "kernel/fault.h"
#include "kernel/notification.h"
#include "kernel/sched_mcs.h"
#include "kernel/syscall.h"

static void receive_fault(struct kernel *k, word cptr)
{
    k->lookup_fault = (struct lookup_fault){.type = seL4_MissingCapability};
    fault_raise_cap(k, k->current, cptr, true);
}

/* The reply object that the current thread names; false with a fault raised when there is none. */
static bool lookup_reply(struct kernel *k, paddr *reply)
{
    word cptr = kernel_current(k)->regs.r12;
    struct cap cap;
    paddr slot;

    if (!cspace_lookup_cap(k, k->current, cptr, &cap, &slot)) {
        fault_raise_cap(k, k->current, cptr, true);
        return false;
    }
    if (cap.type != CAP_REPLY) {
        receive_fault(k, cptr);
        return false;
    }
    *reply = cap.obj;
    return true;
}

static void receive_notification(struct kernel *k, word cptr, struct cap cap, bool blocking)
{
    paddr bound = ((struct notification *)kernel_at(k, cap.obj))->bound_tcb;

    if (!cap.notification.can_receive || (bound && bound != k->current))
        receive_fault(k, cptr);
    else
        notification_receive(k, k->current, cap, blocking);
}

/* From the endpoint or notification in rdi; with `can_reply` from an endpoint also calls. */
static void receive(struct kernel *k, bool blocking, bool can_reply)
{
    word cptr = kernel_current(k)->regs.rdi;
    paddr slot, reply = 0;
    struct cap cap;

    if (!cspace_lookup_cap(k, k->current, cptr, &cap, &slot)) {
        fault_raise_cap(k, k->current, cptr, true);
    } else if (cap.type == CAP_NOTIFICATION) {
        receive_notification(k, cptr, cap, blocking);
    } else if (cap.type == CAP_ENDPOINT && cap.endpoint.can_receive) {
        if (!can_reply || lookup_reply(k, &reply))
            endpoint_receive_mcs(k, k->current, cap.obj, blocking, reply);
    } else {
        receive_fault(k, cptr);
    }
}

static void send_receive(struct kernel *k, word dest, bool can_reply)
{
    if (invocation_handle_first(k, dest) != PREEMPTED)
        receive(k, true, can_reply);
}

bool syscall_mcs(struct kernel *k, enum abi_syscall call)
{
    const struct user_regs *r = &kernel_current(k)->regs;

    switch (call) {
    case SYS_CALL:
        invocation_handle(k, r->rdi, true, true);
        return true;
    case SYS_SEND:
        invocation_handle(k, r->rdi, false, true);
        return true;
    case SYS_NB_SEND:
        invocation_handle(k, r->rdi, false, false);
        return true;
    case SYS_REPLY_RECV:
        send_receive(k, r->r12, true);
        return true;
    case SYS_NB_SEND_RECV:
        send_receive(k, r->r13, true);
        return true;
    case SYS_NB_SEND_WAIT:
        send_receive(k, r->r12, false);
        return true;
    case SYS_RECV:
        receive(k, true, true);
        return true;
    case SYS_NB_RECV:
        receive(k, false, true);
        return true;
    case SYS_WAIT:
        receive(k, true, false);
        return true;
    case SYS_NB_WAIT:
        receive(k, false, false);
        return true;
    case SYS_YIELD:
        time_yield(k);
        return true;
    default:
        return false;
    }
}
