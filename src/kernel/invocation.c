/*
 * From a message to an object: finding the invoked capability and its arguments, choosing the
 * decode function, and telling the caller the outcome.
 *
 * While it is carried out, the invoking thread is in THREAD_RESTART: an operation that blocks,
 * stops or deletes its own invoker changes that, and then no reply is written; one that is
 * preempted leaves it, so the thread issues the invocation again.
 */
#include "kernel/invocation.h"
#include "kernel/cnode.h"
#include "kernel/cspace.h"
#include "kernel/domain.h"
#include "kernel/endpoint.h"
#include "kernel/fault.h"
#include "kernel/host.h"
#include "kernel/interrupt.h"
#include "kernel/ioport.h"
#include "kernel/notification.h"
#include "kernel/platform.h"
#include "kernel/record.h"
#include "kernel/reply.h"
#include "kernel/sched_mcs.h"
#include "kernel/schedcontext.h"
#include "kernel/syscall.h"
#include "kernel/untyped.h"
#include "kernel/vspace/vspace.h"

/* ------------------------------------------------------------------ arguments, errors */

word invocation_arg(struct kernel *k, const struct invocation *inv, unsigned i)
{
    return ipc_get_mr(k, inv->thread, inv->buffer, i);
}

bool invocation_has(struct kernel *k, const struct invocation *inv, unsigned words, unsigned caps)
{
    if (inv->length < words || inv->extra_count < caps) {
        fail(k, seL4_TruncatedMessage);
        return false;
    }
    return true;
}

enum outcome fail(struct kernel *k, unsigned seL4_error)
{
    k->error = (struct syscall_error){.type = seL4_error};
    return FAILED;
}

enum outcome fail_argument(struct kernel *k, unsigned argument)
{
    k->error = (struct syscall_error){.type = seL4_InvalidArgument, .argument = argument};
    return FAILED;
}

enum outcome fail_capability(struct kernel *k, unsigned cap_number)
{
    k->error = (struct syscall_error){.type = seL4_InvalidCapability, .argument = cap_number};
    return FAILED;
}

enum outcome fail_range(struct kernel *k, word min, word max)
{
    k->error = (struct syscall_error){.type = seL4_RangeError, .range_min = min, .range_max = max};
    return FAILED;
}

enum outcome fail_lookup(struct kernel *k, bool in_source)
{
    k->error = (struct syscall_error){.type = seL4_FailedLookup, .lookup_in_source = in_source};
    return FAILED;
}

enum outcome fail_memory(struct kernel *k, word left)
{
    k->error = (struct syscall_error){.type = seL4_NotEnoughMemory, .memory_left = left};
    return FAILED;
}

bool preemption_point(struct kernel *k)
{
    if (++k->work_units < k->config.max_work_units) {
        return false;
    }
    k->work_units = 0;
    return platform_irq_pending(k) || (k->config.mcs && time_must_preempt(k));
}

/* ------------------------------------------------------------------ dispatch */

static enum outcome invoke_endpoint(struct kernel *k, struct invocation *inv)
{
    struct cap cap = inv->cap;
    if (!cap.endpoint.can_send) {
        return fail_capability(k, 0);
    }
    if (k->config.mcs) {
        struct send send = {.blocking = inv->is_blocking,
                            .is_call = inv->is_call,
                            .can_grant = cap.endpoint.can_grant,
                            .can_grant_reply = cap.endpoint.can_grant_reply,
                            .can_donate = inv->can_donate,
                            .badge = cap.endpoint.badge};
        endpoint_send_mcs(k, inv->thread, cap.obj, send);
        return DONE;
    }
    endpoint_send(k, inv->thread, cap.obj, inv->is_blocking, inv->is_call, cap.endpoint.badge,
                  cap.endpoint.can_grant, cap.endpoint.can_grant_reply);
    return DONE;
}

static enum outcome invoke_notification(struct kernel *k, struct invocation *inv)
{
    if (!inv->cap.notification.can_send) {
        return fail_capability(k, 0);
    }
    notification_signal(k, inv->cap.obj, inv->cap.notification.badge);
    return DONE;
}

static enum outcome invoke_reply(struct kernel *k, struct invocation *inv)
{
    if (k->config.mcs) {
        reply_transfer(k, inv->thread, inv->cap.obj, inv->cap.reply.can_grant);
        return DONE;
    }
    if (inv->cap.reply.is_master) {
        return fail_capability(k, 0);
    }
    thread_reply(k, inv->thread, inv->cap.obj, inv->slot, inv->cap.reply.can_grant);
    return DONE;
}

static enum outcome invoke_nothing(struct kernel *k, struct invocation *inv)
{
    (void)inv;
    return fail(k, seL4_IllegalOperation);
}

/* By capability type; types without an entry can't be invoked at all. */
static enum outcome (*const decoders[])(struct kernel *k, struct invocation *inv) = {
    [CAP_UNTYPED] = decode_untyped,
    [CAP_ENDPOINT] = invoke_endpoint,
    [CAP_NOTIFICATION] = invoke_notification,
    [CAP_REPLY] = invoke_reply,
    [CAP_CNODE] = decode_cnode,
    [CAP_THREAD] = decode_tcb,
    [CAP_IRQ_CONTROL] = decode_irq_control,
    [CAP_IRQ_HANDLER] = decode_irq_handler,
    [CAP_DOMAIN] = decode_domain,
    [CAP_SCHED_CONTEXT] = decode_sched_context,
    [CAP_SCHED_CONTROL] = decode_sched_control,
    [CAP_FRAME] = decode_frame,
    [CAP_PAGE_TABLE] = decode_page_table,
    [CAP_PAGE_DIRECTORY] = decode_page_directory,
    [CAP_PDPT] = decode_pdpt,
    [CAP_PML4] = invoke_nothing,
    [CAP_ASID_CONTROL] = decode_asid_control,
    [CAP_ASID_POOL] = decode_asid_pool,
    [CAP_IO_PORT] = decode_io_port,
    [CAP_IO_PORT_CONTROL] = decode_io_port_control,
    [CAP_IO_SPACE] = invoke_nothing,
    [CAP_HOST] = decode_host,
};

/* What could stop, change or reschedule the invoker, who is yet to receive. */
static bool is_barred_from_first_phase(unsigned type)
{
    return type == CAP_THREAD || type == CAP_DOMAIN || type == CAP_CNODE ||
           type == CAP_SCHED_CONTROL || type == CAP_SCHED_CONTEXT;
}

enum outcome invocation_decode(struct kernel *k, struct invocation *inv)
{
    unsigned type = inv->cap.type;
    if (inv->first_phase && is_barred_from_first_phase(type)) {
        return fail_capability(k, 0);
    }
    if (type >= sizeof decoders / sizeof decoders[0] || !decoders[type]) {
        return fail_capability(k, 0);
    }
    return decoders[type](k, inv);
}

/* ------------------------------------------------------------------ replies */

static unsigned write_error(struct kernel *k, paddr tcb, paddr buffer)
{
    const struct syscall_error *e = &k->error;
    switch (e->type) {
    case seL4_InvalidArgument:
    case seL4_InvalidCapability:
        return ipc_set_next_mr(k, tcb, buffer, 0, e->argument);
    case seL4_RangeError:
        ipc_set_mr(k, tcb, buffer, 0, e->range_min);
        return ipc_set_next_mr(k, tcb, buffer, 1, e->range_max);
    case seL4_FailedLookup:
        ipc_set_mr(k, tcb, buffer, 0, e->lookup_in_source);
        return fault_set_lookup_message(k, tcb, buffer, 1, &k->lookup_fault);
    case seL4_NotEnoughMemory:
        return ipc_set_next_mr(k, tcb, buffer, 0, e->memory_left);
    default:
        return 0;
    }
}

static void reply_error(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    unsigned length = write_error(k, tcb, thread_ipc_buffer(k, tcb, true));
    ipc_set_badge(t, 0);
    ipc_set_info(t, (struct message_info){.label = k->error.type, .length = length});
}

static void reply_success(struct kernel *k, const struct invocation *inv)
{
    struct tcb *t = kernel_tcb(k, inv->thread);
    unsigned length = 0;
    if (inv->result_count) {
        paddr buffer = thread_ipc_buffer(k, inv->thread, true);
        for (unsigned i = 0; i < inv->result_count; i++) {
            length = ipc_set_next_mr(k, inv->thread, buffer, i, inv->result[i]);
        }
    }
    ipc_set_badge(t, 0);
    ipc_set_info(t, (struct message_info){.length = length});
}

/* ------------------------------------------------------------------ the system call */

static void raise_cap_fault(struct kernel *k, paddr tcb, word cptr, bool is_blocking)
{
    if (is_blocking) {
        fault_raise_cap(k, tcb, cptr, false);
    } else {
        fault_note_lookup(k, tcb, cptr, false);
    }
}

static void note_failure(struct kernel *k, const struct invocation *inv)
{
    kernel_tcb(k, inv->thread)->failure =
        (struct failure){.kind = FAILURE_INVOCATION,
                         .cap_type = inv->cap.type,
                         .label = (uint16_t)inv->label,
                         .error = k->error.type,
                         .argument = k->error.argument,
                         .entry = k->entries,
                         .fault = {.address = inv->cptr, .lookup = k->lookup_fault}};
}

static bool fetch(struct kernel *k, struct invocation *inv)
{
    struct message_info info = message_info_from_word(kernel_tcb(k, inv->thread)->regs.rsi);
    struct extra_caps extra;

    if (!cspace_lookup_cap(k, inv->thread, inv->cptr, &inv->cap, &inv->slot)) {
        raise_cap_fault(k, inv->thread, inv->cptr, inv->is_blocking);
        return false;
    }
    inv->buffer = thread_ipc_buffer(k, inv->thread, false);
    if (!ipc_lookup_extra_caps(k, inv->thread, inv->buffer, info.extra_caps, &extra)) {
        raise_cap_fault(k, inv->thread, extra.failed_cptr, inv->is_blocking);
        return false;
    }
    for (unsigned i = 0; i < extra.count; i++) {
        inv->extra[i] = extra.slot[i];
    }
    inv->extra_count = extra.count;
    inv->number = info.label;
    inv->label = info.label < ABI_MAX_LABEL ? k->abi.invocation[info.label] : (uint8_t)INV_INVALID;
    inv->length = info.length;
    if (!inv->buffer && inv->length > MSG_REGISTERS) {
        inv->length = MSG_REGISTERS;
    }
    return true;
}

/* Messages and signals are told of where they arrive. */
static void tell_invocation(struct kernel *k, const struct invocation *inv)
{
    unsigned type = inv->cap.type;

    if (type != CAP_ENDPOINT && type != CAP_NOTIFICATION && type != CAP_REPLY) {
        record_invocation(k, inv->cap, inv->label);
    }
}

/* Fetches and carries out the prepared invocation, and tells the invoker. */
static enum outcome handle(struct kernel *k, struct invocation *inv)
{
    inv->result_count = 0;
    if (!fetch(k, inv)) {
        return DONE;
    }

    struct tcb *t = kernel_tcb(k, inv->thread);
    if (record_wanted(k)) {
        tell_invocation(k, inv);
    }
    thread_set_state(k, inv->thread, THREAD_RESTART);
    switch (invocation_decode(k, inv)) {
    case DONE:
        if (t->state == THREAD_RESTART) {
            if (inv->is_call) {
                reply_success(k, inv);
            }
            thread_set_state(k, inv->thread, THREAD_RUNNING);
        }
        break;
    case FAILED:
        note_failure(k, inv);
        if (record_wanted(k)) {
            record_failure(k);
        }
        if (inv->is_call) {
            reply_error(k, inv->thread);
        }
        thread_set_state(k, inv->thread, THREAD_RUNNING);
        break;
    case PREEMPTED:
        k->in_preemptible = true;
        if (k->config.mcs) {
            time_after_preemption(k);
        }
        return PREEMPTED;
    }
    return DONE;
}

void invocation_handle(struct kernel *k, word cptr, bool is_call, bool is_blocking)
{
    struct invocation inv;
    inv.thread = k->current;
    inv.cptr = cptr;
    inv.is_call = is_call;
    inv.is_blocking = is_blocking;
    inv.can_donate = is_call;
    inv.first_phase = false;
    handle(k, &inv);
}

enum outcome invocation_handle_first(struct kernel *k, word cptr)
{
    struct invocation inv;
    inv.thread = k->current;
    inv.cptr = cptr;
    inv.is_call = false;
    inv.is_blocking = false;
    inv.can_donate = true;
    inv.first_phase = true;
    return handle(k, &inv);
}
