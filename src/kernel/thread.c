/*
 * Threads: their making and ending, their states, and the reply capabilities between them.
 *
 * A thread that blocks stays on exactly one queue of one object (blocking_object) until a partner
 * or a cancellation takes it off; a caller blocked on a reply is instead the target of at most one
 * reply capability, derived from the master in its TCB_REPLY slot, or with MCS of a reply object.
 */
#include "kernel/thread.h"
#include "base/processor.h"
#include "kernel/cnode.h"
#include "kernel/endpoint.h"
#include "kernel/fault.h"
#include "kernel/mdb.h"
#include "kernel/notification.h"
#include "kernel/record.h"
#include "kernel/reply.h"
#include "kernel/sched.h"
#include "kernel/sched_mcs.h"
#include "kernel/schedcontext.h"

#include <string.h>

/* Offsets in an FXSAVE image and values after FNINIT and reset. */
#define FPU_FCW    0
#define FPU_MXCSR  24
#define FCW_INIT   0x37f
#define MXCSR_INIT 0x1f80

static void name_after(struct tcb *t, const char *parent)
{
    static const char prefix[] = "child of ";
    unsigned n = sizeof prefix - 1;
    memcpy(t->name, prefix, n);
    while (n < THREAD_NAME_SIZE - 1 && *parent) {
        t->name[n++] = *parent++;
    }
    t->name[n] = 0;
}

void thread_init(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    uint16_t fcw = FCW_INIT;
    uint32_t mxcsr = MXCSR_INIT;

    t->regs.rflags = RFLAGS_IF | RFLAGS_ONE;
    t->serial = ++k->threads_made;
    t->time_slice = k->config.time_slice;
    t->domain = (uint8_t)k->current_domain;
    memcpy(&t->fpu[FPU_FCW], &fcw, sizeof fcw);
    memcpy(&t->fpu[FPU_MXCSR], &mxcsr, sizeof mxcsr);
    for (unsigned i = 0; i < BREAKPOINT_COUNT; i++) {
        t->debug.slot[i].type = BREAKPOINT_INSTRUCTION;
    }
    if (k->current) {
        name_after(t, kernel_current(k)->name);
    }
    if (record_wanted(k)) {
        record_name(k, tcb);
    }
    t->all_prev = 0;
    t->all_next = k->all_threads;
    if (t->all_next) {
        kernel_tcb(k, t->all_next)->all_prev = tcb;
    }
    k->all_threads = tcb;
}

void thread_destroy(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    if (k->fpu_thread == tcb) {
        k->fpu_thread = 0;
    }
    if (k->unhandled == tcb) {
        k->unhandled = 0;
    }
    thread_unbind_notification(k, tcb);
    if (t->sched_context) {
        paddr yielder = sc_at(k, t->sched_context)->yield_from;
        sc_unbind_tcb(k, t->sched_context);
        if (yielder) {
            sc_complete_yield(k, yielder);
        }
    }
    thread_suspend(k, tcb);
    if (t->all_prev) {
        kernel_tcb(k, t->all_prev)->all_next = t->all_next;
    } else if (k->all_threads == tcb) {
        k->all_threads = t->all_next;
    }
    if (t->all_next) {
        kernel_tcb(k, t->all_next)->all_prev = t->all_prev;
    }
    t->all_prev = 0;
    t->all_next = 0;
    k->threads_ended++;
    if (record_wanted(k)) {
        record_thread_gone(k, tcb);
    }
}

/* ------------------------------------------------------------------ states */

void thread_set_state(struct kernel *k, paddr tcb, enum thread_state state)
{
    struct tcb *t = kernel_tcb(k, tcb);
    t->state = (uint8_t)state;
    if (tcb == k->current && k->action == SCHED_RESUME_CURRENT && !thread_is_schedulable(k, t)) {
        k->action = SCHED_CHOOSE_NEW;
    }
}

/* A caller gives up waiting for its reply. */
static void cancel_call(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);

    if (k->config.mcs) {
        reply_cancel(k, tcb);
        return;
    }
    t->fault = (struct fault){.kind = FAULT_NONE};
    cnode_delete_reply_cap(k, tcb);
}

void thread_cancel_ipc(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    if (k->config.mcs) {
        t->fault = (struct fault){.kind = FAULT_NONE};
    }
    switch ((enum thread_state)t->state) {
    case THREAD_BLOCKED_ON_SEND:
    case THREAD_BLOCKED_ON_RECEIVE:
        endpoint_cancel_ipc(k, tcb);
        break;
    case THREAD_BLOCKED_ON_NOTIFICATION:
        notification_cancel(k, tcb);
        break;
    case THREAD_BLOCKED_ON_REPLY:
        cancel_call(k, tcb);
        break;
    case THREAD_INACTIVE:
    case THREAD_RUNNING:
    case THREAD_RESTART:
        break;
    }
}

void thread_suspend(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    thread_cancel_ipc(k, tcb);
    if (t->state == THREAD_RUNNING) {
        /* what it did last is complete: it must not be done again */
        t->regs.fault_ip = t->regs.rip;
    }
    sched_dequeue(k, tcb);
    release_remove(k, tcb);
    sc_cancel_yield(k, tcb);
    if (k->action == SCHED_SWITCH_TO && k->action_target == tcb) {
        k->action = SCHED_CHOOSE_NEW;
        k->action_target = 0;
    }
    thread_set_state(k, tcb, THREAD_INACTIVE);
}

void thread_restart(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);

    if (!thread_is_stopped(t)) {
        return;
    }
    if (t->failure.kind == FAILURE_STOPPED) {
        t->failure.kind = FAILURE_NONE;
    }
    thread_cancel_ipc(k, tcb);
    if (k->config.mcs) {
        thread_set_state(k, tcb, THREAD_RESTART);
        sc_unblock(k, tcb);
        sc_resume(k, t->sched_context);
        if (thread_is_schedulable(k, t)) {
            sched_possible_switch_to(k, tcb);
        }
        return;
    }
    cnode_setup_reply_master(k, tcb);
    thread_set_state(k, tcb, THREAD_RESTART);
    sched_enqueue_head(k, tcb);
    sched_possible_switch_to(k, tcb);
}

/* ------------------------------------------------------------------ buffers, replies, binding */

paddr thread_ipc_buffer(struct kernel *k, paddr tcb, bool for_writing)
{
    static const uint8_t size_bits[] = {
        [FRAME_4K] = PAGE_BITS, [FRAME_2M] = LARGE_BITS, [FRAME_1G] = HUGE_BITS};
    const struct tcb *t = kernel_tcb(k, tcb);
    struct cap cap = t->slot[TCB_BUFFER].cap;

    if (cap.type != CAP_FRAME || cap.frame.is_device) {
        return 0;
    }
    if (cap.frame.rights != VM_READ_WRITE && (for_writing || cap.frame.rights != VM_READ_ONLY)) {
        return 0;
    }
    return cap.obj + (t->ipc_buffer & MASK(size_bits[cap.frame.size]));
}

void thread_setup_caller(struct kernel *k, paddr sender, paddr receiver, bool can_grant)
{
    paddr master = sender + offsetof(struct tcb, slot[TCB_REPLY]);
    paddr caller = receiver + offsetof(struct tcb, slot[TCB_CALLER]);
    struct cap reply = {.reply = {.type = CAP_REPLY, .obj = sender, .can_grant = can_grant}};

    thread_set_state(k, sender, THREAD_BLOCKED_ON_REPLY);
    mdb_insert(k, reply, master, caller);
}

void thread_reply(struct kernel *k, paddr sender, paddr receiver, paddr slot, bool can_grant)
{
    struct tcb *t = kernel_tcb(k, receiver);
    bool restart;

    if (t->fault.kind == FAULT_NONE) {
        ipc_transfer(k, sender, 0, 0, can_grant, receiver);
        cnode_delete_one(k, slot);
        thread_set_state(k, receiver, THREAD_RUNNING);
        sched_possible_switch_to(k, receiver);
        return;
    }
    cnode_delete_one(k, slot);
    restart = fault_reply(k, sender, receiver);
    t->fault = (struct fault){.kind = FAULT_NONE};
    if (restart) {
        thread_set_state(k, receiver, THREAD_RESTART);
        sched_possible_switch_to(k, receiver);
    } else {
        thread_set_state(k, receiver, THREAD_INACTIVE);
    }
}

void thread_bind_notification(struct kernel *k, paddr tcb, paddr ntfn)
{
    struct notification *n = kernel_at(k, ntfn);
    n->bound_tcb = tcb;
    kernel_tcb(k, tcb)->bound_notification = ntfn;
}

void thread_unbind_notification(struct kernel *k, paddr tcb)
{
    paddr ntfn = kernel_tcb(k, tcb)->bound_notification;
    if (ntfn) {
        notification_unbind(k, ntfn);
    }
}

/* ------------------------------------------------------------------ registers */

word thread_sanitise_register(unsigned index, word value)
{
    switch (index) {
    case REG(fault_ip):
    case REG(rip):
    case REG(fs_base):
    case REG(gs_base):
        return processor_has_address(value) ? value : 0;
    case REG(rflags):
        value = (value | RFLAGS_ONE | RFLAGS_IF) & ~(RFLAGS_ZEROES | RFLAGS_TF);
        return value & RFLAGS_USER;
    default:
        return value;
    }
}

void thread_set_tls_base_self(struct kernel *k, word base)
{
    if (processor_has_address(base)) {
        kernel_current(k)->regs.fs_base = base;
    }
}
