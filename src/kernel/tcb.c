/*
 * TCB invocations: registers, priorities and binding of a thread; its spaces are in tcb_space.c.
 * Each decode function checks all that can be wrong before it changes the thread.
 *
 * With MCS, Configure, SetSpace and SetSchedParams have other arguments and SetTimeoutEndpoint
 * exists; decode_tcb is where that forks.
 */
#include "kernel/tcb.h"
#include "kernel/sched.h"
#include "kernel/schedcontext.h"
#include "kernel/thread.h"

/* seL4_TCBFlag_MASK: only the FPU can be switched off */
#define TCB_FLAGS 1u

/* Flags of the register invocations. */
#define READ_SUSPEND   BIT(0)
#define WRITE_RESUME   BIT(0)
#define COPY_SUSPEND   BIT(0)
#define COPY_RESUME    BIT(1)
#define COPY_FRAME     BIT(2)
#define COPY_INTEGER   BIT(3)
#define FRAME_REGS     18
#define REGISTER_COUNT 20

/* seL4_UserContext; the first FRAME_REGS are "frame", the others "integer" registers. */
static const uint8_t context_registers[REGISTER_COUNT] = {
    REG(fault_ip), REG(rsp), REG(rflags), REG(rax), REG(rbx),     REG(rcx),    REG(rdx),
    REG(rsi),      REG(rdi), REG(rbp),    REG(r8),  REG(r9),      REG(r10),    REG(r11),
    REG(r12),      REG(r13), REG(r14),    REG(r15), REG(fs_base), REG(gs_base)};

static struct cap extra_cap(struct kernel *k, const struct invocation *inv, unsigned i)
{
    return cte_at(k, inv->extra[i])->cap;
}

/* ------------------------------------------------------------------ registers */

static enum outcome decode_read_registers(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 2, 0)) {
        return FAILED;
    }
    word flags = invocation_arg(k, inv, 0);
    word count = invocation_arg(k, inv, 1);
    if (count < 1 || count > REGISTER_COUNT) {
        return fail_range(k, 1, REGISTER_COUNT);
    }
    if (inv->cap.obj == inv->thread) {
        return fail(k, seL4_IllegalOperation);
    }
    if (flags & READ_SUSPEND) {
        thread_suspend(k, inv->cap.obj);
    }
    for (unsigned i = 0; i < count; i++) {
        inv->result[i] = *thread_register(kernel_tcb(k, inv->cap.obj), context_registers[i]);
    }
    inv->result_count = (unsigned)count;
    return DONE;
}

static enum outcome decode_write_registers(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 2, 0)) {
        return FAILED;
    }
    word flags = invocation_arg(k, inv, 0);
    word count = invocation_arg(k, inv, 1);
    if (inv->length - 2 < count) {
        return fail(k, seL4_TruncatedMessage);
    }
    if (inv->cap.obj == inv->thread) {
        return fail(k, seL4_IllegalOperation);
    }
    struct tcb *t = kernel_tcb(k, inv->cap.obj);
    for (unsigned i = 0; i < count && i < REGISTER_COUNT; i++) {
        unsigned reg = context_registers[i];
        *thread_register(t, reg) = thread_sanitise_register(reg, invocation_arg(k, inv, i + 2));
    }
    t->regs.rip = t->regs.fault_ip;
    t->by_syscall = false;
    if (flags & WRITE_RESUME) {
        thread_restart(k, inv->cap.obj);
    }
    return DONE;
}

static enum outcome decode_copy_registers(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 1, 1)) {
        return FAILED;
    }
    word flags = invocation_arg(k, inv, 0);
    struct cap source = extra_cap(k, inv, 0);
    if (source.type != CAP_THREAD) {
        return fail_capability(k, 1);
    }
    struct tcb *from = kernel_tcb(k, source.obj);
    struct tcb *to = kernel_tcb(k, inv->cap.obj);
    if (flags & COPY_SUSPEND) {
        thread_suspend(k, source.obj);
    }
    if (flags & COPY_RESUME) {
        thread_restart(k, inv->cap.obj);
    }
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        if (flags & (i < FRAME_REGS ? COPY_FRAME : COPY_INTEGER)) {
            *thread_register(to, context_registers[i]) =
                *thread_register(from, context_registers[i]);
        }
    }
    if (flags & COPY_FRAME) {
        to->regs.rip = to->regs.fault_ip;
    }
    if (inv->cap.obj == k->current) {
        sched_reschedule_required(k);
    } else {
        to->by_syscall = false;
    }
    return DONE;
}

/* ------------------------------------------------------------------ priorities */

/* The thread whose maximum controlled priority bounds what may be set, or 0 with k->error set. */
static paddr authority(struct kernel *k, struct invocation *inv, unsigned words)
{
    if (!invocation_has(k, inv, words, 1)) {
        return 0;
    }
    struct cap cap = extra_cap(k, inv, 0);
    if (cap.type != CAP_THREAD) {
        fail_capability(k, 1);
        return 0;
    }
    return cap.obj;
}

static bool check_priority(struct kernel *k, paddr authority, word priority)
{
    unsigned mcp = kernel_tcb(k, authority)->mcp;
    if (priority > mcp) {
        fail_range(k, 0, mcp);
        return false;
    }
    return true;
}

static enum outcome decode_set_priority(struct kernel *k, struct invocation *inv)
{
    paddr auth = authority(k, inv, 1);
    word priority = invocation_arg(k, inv, 0);
    if (!auth || !check_priority(k, auth, priority)) {
        return FAILED;
    }
    sched_set_priority(k, inv->cap.obj, (unsigned)priority);
    return DONE;
}

static enum outcome decode_set_mc_priority(struct kernel *k, struct invocation *inv)
{
    paddr auth = authority(k, inv, 1);
    word mcp = invocation_arg(k, inv, 0);
    if (!auth || !check_priority(k, auth, mcp)) {
        return FAILED;
    }
    sched_set_mcp(k, inv->cap.obj, (unsigned)mcp);
    return DONE;
}

static enum outcome decode_set_sched_params(struct kernel *k, struct invocation *inv)
{
    paddr auth = authority(k, inv, 2);
    word mcp = invocation_arg(k, inv, 0);
    word priority = invocation_arg(k, inv, 1);
    if (!auth || !check_priority(k, auth, mcp) || !check_priority(k, auth, priority)) {
        return FAILED;
    }
    sched_set_mcp(k, inv->cap.obj, (unsigned)mcp);
    sched_set_priority(k, inv->cap.obj, (unsigned)priority);
    return DONE;
}

/*
 * The scheduling context in `cap` (null: none) as the thread's new one. Keeping its own is always
 * right, though not while it is blocked and the context's budget is not due.
 */
static enum outcome check_sched_context(struct kernel *k, struct invocation *inv, struct cap cap)
{
    const struct tcb *t = kernel_tcb(k, inv->cap.obj);

    if (cap.type == CAP_NULL) {
        return inv->cap.obj == inv->thread ? fail(k, seL4_IllegalOperation) : DONE;
    }
    if (cap.type != CAP_SCHED_CONTEXT) {
        return fail_capability(k, 2);
    }
    if (t->sched_context != cap.obj && (t->sched_context || sc_at(k, cap.obj)->tcb)) {
        return fail(k, seL4_IllegalOperation);
    }
    if (thread_is_blocked(t) && !sc_is_released(k, cap.obj)) {
        return fail(k, seL4_IllegalOperation);
    }
    return DONE;
}

static enum outcome decode_set_sched_params_mcs(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 2, 3)) {
        return FAILED;
    }
    paddr auth = authority(k, inv, 2);
    word mcp = invocation_arg(k, inv, 0);
    word priority = invocation_arg(k, inv, 1);
    struct cap sc = extra_cap(k, inv, 1);
    if (!auth || !check_priority(k, auth, mcp) || !check_priority(k, auth, priority) ||
        check_sched_context(k, inv, sc) != DONE) {
        return FAILED;
    }
    if (!tcb_is_fault_handler(extra_cap(k, inv, 2))) {
        return fail_capability(k, 3);
    }
    if (tcb_install(k, inv, TCB_FAULT_HANDLER, extra_cap(k, inv, 2), inv->extra[2]) == PREEMPTED) {
        return PREEMPTED;
    }
    paddr old = kernel_tcb(k, inv->cap.obj)->sched_context;
    sched_set_mcp(k, inv->cap.obj, (unsigned)mcp);
    sched_set_priority(k, inv->cap.obj, (unsigned)priority);
    if (sc.type == CAP_NULL && old) {
        sc_unbind_tcb(k, old);
    } else if (sc.type != CAP_NULL && old != sc.obj) {
        sc_bind_tcb(k, sc.obj, inv->cap.obj);
    }
    return DONE;
}

/* There is one CPU, and every thread is on it; one that moves there is the last in its queue. */
static enum outcome decode_set_affinity(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 1, 0)) {
        return FAILED;
    }
    if (invocation_arg(k, inv, 0) > 0) {
        return fail(k, seL4_IllegalOperation);
    }
    sched_dequeue(k, inv->cap.obj);
    if (inv->cap.obj == k->current || thread_is_runnable(kernel_tcb(k, inv->cap.obj))) {
        sched_enqueue(k, inv->cap.obj);
    }
    if (inv->cap.obj == k->current) {
        sched_reschedule_required(k);
    }
    return DONE;
}

/* ------------------------------------------------------------------ notification, TLS, flags */

static enum outcome decode_bind(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 0, 1)) {
        return FAILED;
    }
    struct cap cap = extra_cap(k, inv, 0);
    if (kernel_tcb(k, inv->cap.obj)->bound_notification || cap.type != CAP_NOTIFICATION ||
        !cap.notification.can_receive) {
        return fail(k, seL4_IllegalOperation);
    }
    const struct notification *n = kernel_at(k, cap.obj);
    if (n->head || n->bound_tcb) {
        return fail(k, seL4_IllegalOperation);
    }
    thread_bind_notification(k, inv->cap.obj, cap.obj);
    return DONE;
}

static enum outcome decode_unbind(struct kernel *k, struct invocation *inv)
{
    if (!kernel_tcb(k, inv->cap.obj)->bound_notification) {
        return fail(k, seL4_IllegalOperation);
    }
    thread_unbind_notification(k, inv->cap.obj);
    return DONE;
}

static enum outcome decode_set_tls_base(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 1, 0)) {
        return FAILED;
    }
    word base = invocation_arg(k, inv, 0);
    kernel_tcb(k, inv->cap.obj)->regs.fs_base = thread_sanitise_register(REG(fs_base), base);
    if (inv->cap.obj == k->current) {
        sched_reschedule_required(k);
    }
    return DONE;
}

static enum outcome decode_set_flags(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 2, 0)) {
        return FAILED;
    }
    struct tcb *t = kernel_tcb(k, inv->cap.obj);
    t->flags &= ~(uint32_t)invocation_arg(k, inv, 0);
    t->flags |= (uint32_t)invocation_arg(k, inv, 1) & TCB_FLAGS;
    inv->result[0] = t->flags;
    inv->result_count = 1;
    return DONE;
}

/* ------------------------------------------------------------------ dispatch */

static enum outcome decode_parameters(struct kernel *k, struct invocation *inv)
{
    switch (inv->label) {
    case INV_TCB_CONFIGURE:
        return decode_configure(k, inv);
    case INV_TCB_SET_SPACE:
        return decode_set_space(k, inv);
    case INV_TCB_SET_SCHED_PARAMS:
        return decode_set_sched_params(k, inv);
    case INV_TCB_SET_AFFINITY:
        return decode_set_affinity(k, inv);
    default:
        return fail(k, seL4_IllegalOperation);
    }
}

/* The invocations that take other arguments, or exist only, with MCS. */
static enum outcome decode_parameters_mcs(struct kernel *k, struct invocation *inv)
{
    switch (inv->label) {
    case INV_TCB_CONFIGURE:
        return decode_configure_mcs(k, inv);
    case INV_TCB_SET_SPACE:
        return decode_set_space_mcs(k, inv);
    case INV_TCB_SET_TIMEOUT_ENDPOINT:
        return decode_set_timeout_endpoint(k, inv);
    case INV_TCB_SET_SCHED_PARAMS:
        return decode_set_sched_params_mcs(k, inv);
    default:
        return fail(k, seL4_IllegalOperation);
    }
}

enum outcome decode_tcb(struct kernel *k, struct invocation *inv)
{
    switch (inv->label) {
    case INV_TCB_READ_REGISTERS:
        return decode_read_registers(k, inv);
    case INV_TCB_WRITE_REGISTERS:
        return decode_write_registers(k, inv);
    case INV_TCB_COPY_REGISTERS:
        return decode_copy_registers(k, inv);
    case INV_TCB_SUSPEND:
        thread_suspend(k, inv->cap.obj);
        return DONE;
    case INV_TCB_RESUME:
        thread_restart(k, inv->cap.obj);
        return DONE;
    case INV_TCB_SET_PRIORITY:
        return decode_set_priority(k, inv);
    case INV_TCB_SET_MC_PRIORITY:
        return decode_set_mc_priority(k, inv);
    case INV_TCB_SET_IPC_BUFFER:
        return decode_set_ipc_buffer(k, inv);
    case INV_TCB_BIND_NOTIFICATION:
        return decode_bind(k, inv);
    case INV_TCB_UNBIND_NOTIFICATION:
        return decode_unbind(k, inv);
    case INV_TCB_SET_TLS_BASE:
        return decode_set_tls_base(k, inv);
    case INV_TCB_SET_FLAGS:
        return decode_set_flags(k, inv);
    case INV_TCB_SET_BREAKPOINT:
    case INV_TCB_GET_BREAKPOINT:
    case INV_TCB_UNSET_BREAKPOINT:
    case INV_TCB_CONFIGURE_SINGLE_STEPPING:
        return decode_breakpoint(k, inv);
    default:
        return k->config.mcs ? decode_parameters_mcs(k, inv) : decode_parameters(k, inv);
    }
}
