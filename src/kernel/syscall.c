/*
 * Kernel entries: what stopped the current thread is handled, then the scheduler decides who runs.
 *
 * x86_64 registers of a system call: rdx number, rdi capability and badge, rsi message info,
 * r10 r8 r9 r15 the first message words.
 */
#include "kernel/syscall.h"
#include "kernel/cnode.h"
#include "kernel/cspace.h"
#include "kernel/debug.h"
#include "kernel/endpoint.h"
#include "kernel/fault.h"
#include "kernel/host.h"
#include "kernel/interrupt.h"
#include "kernel/notification.h"
#include "kernel/sched.h"
#include "kernel/sched_mcs.h"
#include "kernel/utilisation.h"

/* ------------------------------------------------------------------ receive and reply */

static void receive_fault(struct kernel *k, word cptr)
{
    k->lookup_fault = (struct lookup_fault){.type = seL4_MissingCapability};
    fault_raise_cap(k, k->current, cptr, true);
}

static void receive_notification(struct kernel *k, word cptr, struct cap cap, bool blocking)
{
    const struct notification *n = kernel_at(k, cap.obj);
    paddr bound = n->bound_tcb;
    if (!cap.notification.can_receive || (bound && bound != k->current)) {
        receive_fault(k, cptr);
    } else {
        notification_receive(k, k->current, cap, blocking);
    }
}

static void receive(struct kernel *k, bool blocking)
{
    word cptr = kernel_current(k)->regs.rdi;
    struct cap cap;
    paddr slot;

    if (!cspace_lookup_cap(k, k->current, cptr, &cap, &slot)) {
        fault_raise_cap(k, k->current, cptr, true);
    } else if (cap.type == CAP_NOTIFICATION) {
        receive_notification(k, cptr, cap, blocking);
    } else if (cap.type == CAP_ENDPOINT && cap.endpoint.can_receive) {
        cnode_delete_caller_cap(k, k->current);
        endpoint_receive(k, k->current, cap, blocking);
    } else {
        receive_fault(k, cptr);
    }
}

static void reply(struct kernel *k)
{
    paddr slot = k->current + offsetof(struct tcb, slot[TCB_CALLER]);
    struct cap cap = cte_at(k, slot)->cap;
    if (cap.type == CAP_REPLY && !cap.reply.is_master) {
        thread_reply(k, k->current, cap.obj, slot, cap.reply.can_grant);
    }
}

static void yield(struct kernel *k)
{
    sched_dequeue(k, k->current);
    sched_enqueue(k, k->current);
    sched_reschedule_required(k);
}

/* ------------------------------------------------------------------ system calls */

/* With MCS whoever enters must have the time for it; who has not does so again later. */
static bool may_enter(struct kernel *k)
{
    if (!k->config.mcs) {
        return true;
    }
    time_update(k);
    return time_check_restart(k);
}

static void unknown_syscall(struct kernel *k, word number)
{
    k->fault = (struct fault){.kind = FAULT_UNKNOWN_SYSCALL, .number = number};
    fault_handle(k, k->current);
}

static bool syscall_without_mcs(struct kernel *k, enum abi_syscall call)
{
    word cptr = kernel_current(k)->regs.rdi;
    switch (call) {
    case SYS_CALL:
        invocation_handle(k, cptr, true, true);
        return true;
    case SYS_REPLY_RECV:
        reply(k);
        receive(k, true);
        return true;
    case SYS_SEND:
        invocation_handle(k, cptr, false, true);
        return true;
    case SYS_NB_SEND:
        invocation_handle(k, cptr, false, false);
        return true;
    case SYS_RECV:
        receive(k, true);
        return true;
    case SYS_NB_RECV:
        receive(k, false);
        return true;
    case SYS_REPLY:
        reply(k);
        return true;
    case SYS_YIELD:
        yield(k);
        return true;
    default:
        return false;
    }
}

void syscall_handle(struct kernel *k)
{
    struct tcb *t = kernel_current(k);
    word number = t->regs.rdx;
    word index = -number;
    enum abi_syscall call = index < ABI_MAX_SYSCALL ? k->abi.syscall[index] : SYS_INVALID;

    if (debug_syscall(k, call) || !may_enter(k)) {
        return;
    }
    if (call == SYS_SET_TLS_BASE) {
        thread_set_tls_base_self(k, t->regs.rdi);
    } else if (!(k->config.mcs ? syscall_mcs(k, call) : syscall_without_mcs(k, call))) {
        unknown_syscall(k, number);
    }
}

/* ------------------------------------------------------------------ faults */

static void exception(struct kernel *k, word vector, word code)
{
    if (k->config.hardware_debug_api && vector == EXCEPTION_BREAKPOINT) {
        k->fault = (struct fault){.kind = FAULT_DEBUG_EXCEPTION,
                                  .address = kernel_current(k)->regs.fault_ip,
                                  .number = DEBUG_SOFTWARE_BREAK};
    } else {
        k->fault = (struct fault){.kind = FAULT_USER_EXCEPTION, .number = vector, .code = code};
    }
    fault_handle(k, k->current);
}

static void debug_exception(struct kernel *k, word dr6)
{
    if (!k->config.hardware_debug_api) {
        exception(k, EXCEPTION_DEBUG, 0);
    } else if (thread_debug_fault(k, k->current, dr6)) {
        fault_handle(k, k->current);
    }
}

/* ------------------------------------------------------------------ entries */

static void vm_fault(struct kernel *k, const struct stop *stop)
{
    k->fault = (struct fault){.kind = FAULT_VM,
                              .instruction = stop->instruction,
                              .address = stop->address,
                              .code = stop->code};
    fault_handle(k, k->current);
}

static void handle_fault(struct kernel *k, const struct stop *stop)
{
    if (!may_enter(k)) {
        return;
    }
    if (stop->kind == STOP_UNKNOWN_SYSCALL) {
        unknown_syscall(k, stop->number);
    } else if (stop->kind == STOP_VM_FAULT) {
        vm_fault(k, stop);
    } else {
        exception(k, stop->number, stop->code);
    }
}

static void handle_thread(struct kernel *k, const struct stop *stop)
{
    if (stop->kind != STOP_NONE) {
        kernel_current(k)->by_syscall = stop->kind == STOP_SYSCALL;
    }
    switch ((enum stop_kind)stop->kind) {
    case STOP_SYSCALL:
        syscall_handle(k);
        break;
    case STOP_UNKNOWN_SYSCALL:
    case STOP_VM_FAULT:
    case STOP_EXCEPTION:
        handle_fault(k, stop);
        break;
    case STOP_DEBUG:
        debug_exception(k, stop->number);
        break;
    case STOP_NONE:
    case STOP_INTERRUPT:
    case STOP_HOST:
    case STOP_TICK:
        break;
    }
}

static void handle_event(struct kernel *k, const struct stop *stop)
{
    if (k->current) {
        /* what was interrupted is complete: a restart goes on from there */
        struct tcb *t = kernel_current(k);
        t->regs.fault_ip = t->regs.rip;
        t->by_syscall = false;
    }
    if (k->config.mcs) {
        time_update(k);
        time_check(k);
    }
    if (stop->kind == STOP_INTERRUPT) {
        interrupt_handle(k, (unsigned)stop->number);
    } else if (stop->kind == STOP_HOST) {
        host_handle(k, (unsigned)stop->number);
    } else if (k->config.mcs) {
        k->reprogram = true;
    } else {
        sched_tick(k);
    }
}

void kernel_enter(struct kernel *k, const struct stop *stop)
{
    k->entries++;
    k->in_preemptible = false;
    if (k->halted) {
        return;
    }
    if (stop->kind >= STOP_INTERRUPT) {
        handle_event(k, stop);
    } else if (k->current) {
        handle_thread(k, stop);
    }
    sched_schedule(k);
    sched_activate(k);
    if (__builtin_expect(k->counting, false)) {
        utilisation_leave(k);
    }
}
