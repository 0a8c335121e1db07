/*
 * Breakpoints and single-stepping of threads, where the kernel is configured with the hardware
 * debug API: four x86 debug registers per thread, kept in tcb.debug for the engine to arm.
 */
#include "kernel/thread.h"

#define DR6_SINGLE_STEP BIT(14)

void thread_single_step(struct kernel *k, paddr tcb, word steps)
{
    struct tcb *t = kernel_tcb(k, tcb);
    t->debug.single_step = steps != 0;
    t->debug.steps_left = steps;
    if (!steps) {
        t->regs.rflags &= ~RFLAGS_TF;
    }
}

bool thread_debug_fault(struct kernel *k, paddr tcb, word dr6)
{
    struct tcb *t = kernel_tcb(k, tcb);
    for (unsigned i = 0; i < BREAKPOINT_COUNT; i++) {
        if (dr6 & BIT(i)) {
            k->fault = (struct fault){.kind = FAULT_DEBUG_EXCEPTION,
                                      .address = t->debug.slot[i].vaddr,
                                      .number = t->debug.slot[i].type,
                                      .code = i};
            return true;
        }
    }
    if (!(dr6 & DR6_SINGLE_STEP)) {
        return false;
    }
    t->regs.rflags |= RFLAGS_RF;
    if (t->debug.steps_left > 0) {
        t->debug.steps_left--;
    }
    k->fault = (struct fault){
        .kind = FAULT_DEBUG_EXCEPTION, .address = t->regs.fault_ip, .number = DEBUG_SINGLE_STEP};
    return t->debug.steps_left == 0;
}

/* ------------------------------------------------------------------ invocations */

static struct tcb *target_of(struct kernel *k, const struct invocation *inv)
{
    return kernel_tcb(k, inv->cap.obj);
}

/* Argument numbers in errors count from the breakpoint's number, 0. */
static enum outcome check_kind(struct kernel *k, word type, word size, word access)
{
    if (type != BREAKPOINT_INSTRUCTION && type != BREAKPOINT_DATA) {
        return fail_argument(k, 2);
    }
    if (type == BREAKPOINT_INSTRUCTION && size != 0) {
        return fail_argument(k, 3);
    }
    if (type == BREAKPOINT_INSTRUCTION && access != BREAK_ON_READ) {
        return fail_argument(k, 4);
    }
    if (type == BREAKPOINT_DATA && size == 0) {
        return fail_argument(k, 3);
    }
    if (access > BREAK_ON_READ_WRITE) {
        return fail_argument(k, 3);
    }
    if (size != 0 && size != 1 && size != 2 && size != 4 && size != 8) {
        return fail_argument(k, 3);
    }
    return DONE;
}

static enum outcome decode_set(struct kernel *k, struct invocation *inv)
{
    unsigned number = (uint16_t)invocation_arg(k, inv, 0);
    word vaddr = invocation_arg(k, inv, 1);
    word type = invocation_arg(k, inv, 2);
    word size = invocation_arg(k, inv, 3);
    word access = invocation_arg(k, inv, 4);

    if (vaddr >= USER_TOP) {
        return fail_argument(k, 1);
    }
    if (check_kind(k, type, size, access) != DONE) {
        return FAILED;
    }
    if (size && (vaddr & (size - 1))) {
        return fail(k, seL4_AlignmentError);
    }
    if (number >= BREAKPOINT_COUNT) {
        return fail_range(k, 0, BREAKPOINT_COUNT - 1);
    }
    if (size == 8) {
        return fail_argument(k, 3); /* only some old processors have them */
    }
    /* x86 has no watchpoints on reads alone */
    if (type == BREAKPOINT_DATA && access == BREAK_ON_READ) {
        access = BREAK_ON_READ_WRITE;
    }
    target_of(k, inv)->debug.slot[number] = (struct breakpoint){.vaddr = vaddr,
                                                                .type = (uint8_t)type,
                                                                .size = (uint8_t)size,
                                                                .access = (uint8_t)access,
                                                                .enabled = 1};
    return DONE;
}

static enum outcome decode_get(struct kernel *k, struct invocation *inv)
{
    unsigned number = (uint16_t)invocation_arg(k, inv, 0);
    if (number >= BREAKPOINT_COUNT) {
        return fail_range(k, 0, BREAKPOINT_COUNT - 1);
    }
    const struct breakpoint *b = &target_of(k, inv)->debug.slot[number];
    inv->result[0] = b->vaddr;
    inv->result[1] = b->type;
    inv->result[2] = b->size;
    inv->result[3] = b->access;
    inv->result[4] = b->enabled;
    inv->result_count = 5;
    return DONE;
}

static enum outcome decode_unset(struct kernel *k, struct invocation *inv)
{
    unsigned number = (uint16_t)invocation_arg(k, inv, 0);
    if (number >= BREAKPOINT_COUNT) {
        return fail_range(k, 0, BREAKPOINT_COUNT - 1);
    }
    target_of(k, inv)->debug.slot[number] = (struct breakpoint){.type = BREAKPOINT_INSTRUCTION};
    return DONE;
}

static enum outcome decode_single_step(struct kernel *k, struct invocation *inv)
{
    thread_single_step(k, inv->cap.obj, invocation_arg(k, inv, 1));
    inv->result[0] = false; /* no breakpoint is used up by it on x86 */
    inv->result_count = 1;
    return DONE;
}

enum outcome decode_breakpoint(struct kernel *k, struct invocation *inv)
{
    switch (inv->label) {
    case INV_TCB_SET_BREAKPOINT:
        return decode_set(k, inv);
    case INV_TCB_GET_BREAKPOINT:
        return decode_get(k, inv);
    case INV_TCB_UNSET_BREAKPOINT:
        return decode_unset(k, inv);
    case INV_TCB_CONFIGURE_SINGLE_STEPPING:
        return decode_single_step(k, inv);
    default:
        return fail(k, seL4_IllegalOperation);
    }
}
