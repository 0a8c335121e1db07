/*
 * Faults as messages: their delivery to the handler's endpoint as if the thread had called it,
 * their layout in the message, and what a reply does to the thread's registers.
 *
 * A thread with a pending fault (tcb.fault) sends that, whatever its registers say, until a reply
 * clears it.
 */
#include "kernel/fault.h"
#include "kernel/cspace.h"
#include "kernel/debug.h"
#include "kernel/endpoint.h"
#include "kernel/record.h"
#include "kernel/schedcontext.h"

/* Message labels; the others depend on the configuration. */
enum { LABEL_CAP_FAULT = 1, LABEL_UNKNOWN_SYSCALL = 2, LABEL_USER_EXCEPTION = 3 };

/* The registers that a fault message carries, and its reply may change, in message order. */
static const uint8_t syscall_registers[] = {
    REG(rax), REG(rbx), REG(rcx), REG(rdx),      REG(rsi), REG(rdi),
    REG(rbp), REG(r8),  REG(r9),  REG(r10),      REG(r11), REG(r12),
    REG(r13), REG(r14), REG(r15), REG(fault_ip), REG(rsp), REG(rflags),
};
static const uint8_t exception_registers[] = {REG(fault_ip), REG(rsp), REG(rflags)};

/* What a reply to a timeout may change; the fault message has none of them. */
static const uint8_t timeout_registers[] = {
    REG(fault_ip), REG(rsp), REG(rflags), REG(rax), REG(rbx),     REG(rcx), REG(rdx),
    REG(rsi),      REG(rdi), REG(rbp),    REG(r8),  REG(r9),      REG(r10), REG(r11),
    REG(r12),      REG(r13), REG(r14),    REG(r15), REG(fs_base),
};

#define COUNT(array) (unsigned)(sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------ delivery */

/* Finds the endpoint that takes the faults of `tcb` and may reply to them. */
static bool find_handler(struct kernel *k, paddr tcb, struct cap *cap)
{
    paddr slot;
    return cspace_lookup_cap(k, tcb, kernel_tcb(k, tcb)->fault_handler, cap, &slot) &&
           cap->type == CAP_ENDPOINT && cap->endpoint.can_send &&
           (cap->endpoint.can_grant || cap->endpoint.can_grant_reply);
}

/* Sends k->fault of `tcb` to the handler in its own slot `which`; false: there is none. */
static bool send_to_slot(struct kernel *k, paddr tcb, enum tcb_slot which, bool can_donate)
{
    struct tcb *t = kernel_tcb(k, tcb);
    struct cap handler = t->slot[which].cap;

    if (handler.type != CAP_ENDPOINT) {
        return false;
    }
    t->fault = k->fault;
    t->lookup_fault = k->fault.lookup;
    struct send send = {.blocking = true,
                        .can_grant = handler.endpoint.can_grant,
                        .can_grant_reply = handler.endpoint.can_grant_reply,
                        .can_donate = can_donate,
                        .badge = handler.endpoint.badge};
    endpoint_send_mcs(k, tcb, handler.obj, send);
    return true;
}

bool fault_has_timeout_handler(struct kernel *k, paddr tcb)
{
    return kernel_tcb(k, tcb)->slot[TCB_TIMEOUT_HANDLER].cap.type == CAP_ENDPOINT;
}

void fault_handle_timeout(struct kernel *k, paddr tcb)
{
    word badge = sc_at(k, kernel_tcb(k, tcb)->sched_context)->badge;

    k->fault = (struct fault){.kind = FAULT_TIMEOUT, .number = badge};
    if (record_wanted(k)) {
        record_fault(k, tcb);
    }
    send_to_slot(k, tcb, TCB_TIMEOUT_HANDLER, false);
}

bool kernel_handles_faults(struct kernel *k, paddr tcb)
{
    struct lookup_fault before = k->lookup_fault;
    struct cap handler;
    bool found = k->config.mcs
                     ? kernel_tcb(k, tcb)->slot[TCB_FAULT_HANDLER].cap.type == CAP_ENDPOINT
                     : find_handler(k, tcb, &handler);

    k->lookup_fault = before;
    return found;
}

static void stop(struct kernel *k, paddr tcb)
{
    k->unhandled = tcb;
    debug_report_fault(k, tcb);
    kernel_tcb(k, tcb)->failure =
        (struct failure){.kind = FAILURE_STOPPED, .entry = k->entries, .fault = k->fault};
    thread_set_state(k, tcb, THREAD_INACTIVE);
}

static void handle_mcs(struct kernel *k, paddr tcb)
{
    if (!send_to_slot(k, tcb, TCB_FAULT_HANDLER, kernel_tcb(k, tcb)->sched_context != 0)) {
        stop(k, tcb);
    }
}

void fault_handle(struct kernel *k, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    struct cap handler;

    if (record_wanted(k)) {
        record_fault(k, tcb);
    }
    if (k->config.mcs) {
        handle_mcs(k, tcb);
        return;
    }
    /* the look-up of the handler overwrites k->lookup_fault: k->fault has its own copy */
    if (find_handler(k, tcb, &handler)) {
        t->fault = k->fault;
        t->lookup_fault = k->fault.lookup;
        endpoint_send(k, tcb, handler.obj, true, true, handler.endpoint.badge,
                      handler.endpoint.can_grant, true);
    } else {
        stop(k, tcb);
    }
}

void fault_note_lookup(struct kernel *k, paddr tcb, word cptr, bool in_receive)
{
    kernel_tcb(k, tcb)->failure = (struct failure){.kind = FAILURE_LOOKUP,
                                                   .entry = k->entries,
                                                   .fault = {.kind = FAULT_CAP,
                                                             .in_receive = in_receive,
                                                             .address = cptr,
                                                             .lookup = k->lookup_fault}};
}

void fault_raise_cap(struct kernel *k, paddr tcb, word cptr, bool in_receive)
{
    fault_note_lookup(k, tcb, cptr, in_receive);
    k->fault = (struct fault){
        .kind = FAULT_CAP, .in_receive = in_receive, .address = cptr, .lookup = k->lookup_fault};
    fault_handle(k, tcb);
}

/* ------------------------------------------------------------------ messages */

unsigned fault_set_lookup_message(struct kernel *k, paddr receiver, paddr buffer, unsigned first,
                                  const struct lookup_fault *fault)
{
    unsigned next = ipc_set_next_mr(k, receiver, buffer, first, fault->type);
    if (fault->type == seL4_NoFailure || fault->type == seL4_InvalidRoot) {
        return next;
    }
    next = ipc_set_next_mr(k, receiver, buffer, first + 1, fault->bits_left);
    if (fault->type == seL4_DepthMismatch) {
        next = ipc_set_next_mr(k, receiver, buffer, first + 2, fault->bits_found);
    } else if (fault->type == seL4_GuardMismatch) {
        ipc_set_mr(k, receiver, buffer, first + 2, fault->guard_found);
        next = ipc_set_next_mr(k, receiver, buffer, first + 3, fault->bits_found);
    }
    return next;
}

struct message {
    struct kernel *k;
    paddr receiver, buffer;
    unsigned length;
};

static void put(struct message *m, word value)
{
    /* words beyond the registers are lost without a buffer, and do not count */
    ipc_set_mr(m->k, m->receiver, m->buffer, m->length, value);
    m->length++;
}

static void put_registers(struct message *m, struct tcb *t, const uint8_t *registers, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        put(m, *thread_register(t, registers[i]));
    }
}

static void put_debug_exception(struct message *m, const struct tcb *t)
{
    put(m, t->regs.fault_ip);
    put(m, t->fault.number);
    if (t->fault.number == BREAKPOINT_DATA || t->fault.number == BREAKPOINT_INSTRUCTION) {
        put(m, t->fault.address);
        put(m, t->fault.code);
    }
}

/* Writes the fault of `t`; returns the message's label. */
static word put_fault(struct message *m, struct tcb *t)
{
    const struct fault *f = &t->fault;
    switch ((enum fault_kind)f->kind) {
    case FAULT_CAP:
        put(m, t->regs.fault_ip);
        put(m, f->address);
        put(m, f->in_receive);
        m->length = fault_set_lookup_message(m->k, m->receiver, m->buffer, m->length, &f->lookup);
        return LABEL_CAP_FAULT;
    case FAULT_UNKNOWN_SYSCALL:
        put_registers(m, t, syscall_registers, COUNT(syscall_registers));
        put(m, f->number);
        return LABEL_UNKNOWN_SYSCALL;
    case FAULT_USER_EXCEPTION:
        put_registers(m, t, exception_registers, COUNT(exception_registers));
        put(m, f->number);
        put(m, f->code);
        return LABEL_USER_EXCEPTION;
    case FAULT_VM:
        put(m, t->regs.fault_ip);
        put(m, f->address);
        put(m, f->instruction);
        put(m, f->code);
        return m->k->abi.vm_fault_label;
    case FAULT_DEBUG_EXCEPTION:
        put_debug_exception(m, t);
        return m->k->abi.debug_exception_label;
    case FAULT_TIMEOUT: /* MCS */
        put(m, f->number);
        if (t->sched_context) {
            put(m, sc_take_consumed(m->k, t->sched_context));
        }
        return m->k->abi.timeout_label;
    case FAULT_NONE:
        break;
    }
    return 0;
}

struct message_info fault_set_message(struct kernel *k, paddr sender, paddr receiver, paddr buffer)
{
    struct message m = {.k = k, .receiver = receiver, .buffer = buffer};
    word label = put_fault(&m, kernel_tcb(k, sender));
    if (!buffer && m.length > MSG_REGISTERS) {
        m.length = MSG_REGISTERS;
    }
    return (struct message_info){.label = label, .length = m.length};
}

/* ------------------------------------------------------------------ replies */

static void take_registers(struct kernel *k, paddr replier, struct tcb *t, unsigned length,
                           const uint8_t *registers, unsigned n)
{
    paddr buffer = thread_ipc_buffer(k, replier, false);
    if (!buffer && length > MSG_REGISTERS) {
        length = MSG_REGISTERS;
    }
    for (unsigned i = 0; i < n && i < length; i++) {
        word value = ipc_get_mr(k, replier, buffer, i);
        *thread_register(t, registers[i]) = thread_sanitise_register(registers[i], value);
    }
}

bool fault_reply(struct kernel *k, paddr replier, paddr faulted)
{
    struct tcb *t = kernel_tcb(k, faulted);
    struct message_info info = message_info_from_word(kernel_tcb(k, replier)->regs.rsi);

    if (record_wanted(k)) {
        record_message(k, replier, faulted, 0, 0, message_info_to_word(info));
    }
    switch ((enum fault_kind)t->fault.kind) {
    case FAULT_UNKNOWN_SYSCALL:
        take_registers(k, replier, t, info.length, syscall_registers, COUNT(syscall_registers));
        return info.label == 0;
    case FAULT_USER_EXCEPTION:
        take_registers(k, replier, t, info.length, exception_registers, COUNT(exception_registers));
        return info.label == 0;
    case FAULT_DEBUG_EXCEPTION:
        if (t->fault.number == DEBUG_SINGLE_STEP) {
            thread_single_step(k, faulted, info.length ? ipc_get_mr(k, replier, 0, 0) : 1);
        }
        return info.label == 0;
    case FAULT_TIMEOUT:
        take_registers(k, replier, t, info.length, timeout_registers, COUNT(timeout_registers));
        return info.label == 0;
    case FAULT_CAP:
    case FAULT_VM:
    case FAULT_NONE:
        break;
    }
    return true;
}
