/*
 * Fuzzes the kernel model through kernel_enter alone, as guests and hardware drive it. The input is
 * a program: its first bytes choose the kernel's configuration and how much is set up before, then
 * each step makes the current thread stop for one reason. Most steps are invocations that fit the
 * capabilities which the thread has; a share of them is damaged. After the steps, and every few
 * between, the whole machine is checked (kernel_oracle.c).
 *
 * FUZZ_TRACE in the environment shows the steps and checks after each.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/vspace/vspace.h"
#include "kernel_program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_STEPS   600
#define MAX_IDLE    8 /* steps without a thread to run, after which the program ends */
#define CHECK_EVERY 4 /* steps */

/* Any of the calls that pass messages, with some capabilities and a place to receive one. */
static void step_message(struct program *p)
{
    static const enum abi_syscall calls[] = {SYS_CALL,  SYS_REPLY_RECV, SYS_SEND,  SYS_NB_SEND,
                                             SYS_RECV,  SYS_NB_RECV,    SYS_REPLY, SYS_YIELD,
                                             SYS_CALL,  SYS_REPLY_RECV, SYS_SEND,  SYS_RECV,
                                             SYS_YIELD, SYS_RECV,       SYS_CALL,  SYS_REPLY};
    static const enum abi_syscall mcs_calls[] = {
        SYS_CALL,         SYS_REPLY_RECV,   SYS_SEND, SYS_NB_SEND,    SYS_RECV, SYS_WAIT,
        SYS_NB_RECV,      SYS_YIELD,        SYS_CALL, SYS_REPLY_RECV, SYS_CALL, SYS_RECV,
        SYS_NB_SEND_RECV, SYS_NB_SEND_WAIT, SYS_RECV, SYS_NB_WAIT};
    unsigned how = program_take(p), which = program_take(p);
    struct view own = view_own(p);
    unsigned type = which < 160 ? CAP_ENDPOINT : which < 230 ? CAP_NOTIFICATION : CAP_REPLY;
    struct message m = {.label = (enum abi_invocation)(which % INV_COUNT),
                        .cptr = view_cptr(&own, program_choose(p, &own, type)),
                        .count = how >> 4};
    word *buffer = program_buffer(p);

    if (!view_has(p, &own, type) && which % 16) {
        program_step_invocation(p);
        return;
    }
    if (which % 4 == 0)
        for (; m.extra_count < (which >> 4) % 4; m.extra_count++)
            m.extra[m.extra_count] = view_cptr(&own, program_choose(p, &own, ANY_CAP));
    for (unsigned i = 0; i < m.count; i++)
        m.arg[i] = how;
    if (buffer && which % 2) {
        unsigned node = view_find(p, &own, CAP_CNODE, which);
        struct view into = view_of(own.count ? view_cap(p, &own, node) : CAP_NONE);
        buffer[IPC_BUF_RECV_CNODE] = view_cptr(&own, node);
        buffer[IPC_BUF_RECV_INDEX] = view_address(&into, view_find(p, &into, NO_CAP, which));
        buffer[IPC_BUF_RECV_DEPTH] = into.bits;
    }
    if (p->k->config.mcs) {
        struct user_regs *r = &kernel_current(p->k)->regs;
        r->r12 = view_cptr(&own, program_choose(p, &own, which % 32 ? CAP_REPLY : CAP_ENDPOINT));
        r->r13 = view_cptr(&own, program_choose(p, &own, CAP_ENDPOINT));
    }
    program_invoke(p, &m, (p->k->config.mcs ? mcs_calls : calls)[how % 16]);
}

/* The debug and benchmark calls; those that halt seldom. */
static void step_debug(struct program *p)
{
    unsigned how = program_take(p);
    enum abi_syscall call = (enum abi_syscall)(SYS_YIELD + how % (SYS_COUNT - SYS_YIELD));
    struct view own = view_own(p);
    unsigned type = how < 128 ? CAP_THREAD : how < 192 ? CAP_FRAME : ANY_CAP;
    unsigned slot = program_choose(p, &own, type);
    word *buffer = program_buffer(p);

    if (call == SYS_DEBUG_HALT && how < 240)
        call = SYS_DEBUG_NAME_THREAD;
    if (call == SYS_DEBUG_NAME_THREAD && buffer)
        memset(&buffer[IPC_BUF_MSG], 'a' + how % 16, how);
    if (call == SYS_DEBUG_NAME_THREAD && buffer)
        ((char *)&buffer[IPC_BUF_MSG])[how + 1] = 0;
    program_issue_call(p, call,
                       call == SYS_SET_TLS_BASE ? program_take_word(p) : view_cptr(&own, slot), 0);
}

static void step_garbage(struct program *p)
{
    struct user_regs *r = &kernel_current(p->k)->regs;
    word *buffer = program_buffer(p);
    unsigned how = program_take(p);

    for (unsigned i = REG(rsp); i <= REG(r15); i++)
        if (i != REG(rflags))
            *thread_register(kernel_current(p->k), i) = program_take_word(p);
    if (how < 200)
        r->rdx = -(word)(how % 16);
    if (buffer)
        buffer[IPC_BUF_CAPS + how % 6] = program_take_word(p);
    program_log(p, "garbage", r->rdx, r->rdi);
    program_issue(p);
}

static void step_fault(struct program *p)
{
    static const uint8_t kinds[] = {STOP_VM_FAULT, STOP_EXCEPTION, STOP_UNKNOWN_SYSCALL,
                                    STOP_DEBUG};
    unsigned how = program_take(p);
    struct user_regs *r = &kernel_current(p->k)->regs;

    r->fault_ip = r->rip;
    if (how >= 128)
        r->rsp = program_take_vaddr(p);
    struct stop stop = {.kind = kinds[how % 4], .instruction = how & 16, .code = how >> 5};
    stop.address = program_take_vaddr(p);
    stop.number = stop.kind == STOP_DEBUG
                      ? BIT(14) * (how >> 7) | (how >> 2 & 4 ? 0 : how >> 3 & 15)
                  : stop.kind == STOP_EXCEPTION ? how >> 3
                                                : program_take_word(p);
    program_log(p, "fault", stop.kind, stop.number);
    program_enter(p, stop);
}

/* An event of some host object, which may be armed for it. */
static void step_host_event(struct program *p, unsigned how)
{
    struct stop stop = {.kind = STOP_HOST, .number = how};

    for (unsigned i = 0; i < HOST_OBJECTS; i++) {
        if (p->k->host[(how + i) % HOST_OBJECTS].armed) {
            stop.number = (how + i) % HOST_OBJECTS;
            break;
        }
    }
    program_log(p, "host event", stop.number, 0);
    program_enter(p, stop);
}

static void step_event(struct program *p)
{
    unsigned how = program_take(p);
    struct stop stop = {.kind = how < 160 ? STOP_TICK : how < 250 ? STOP_INTERRUPT : STOP_NONE};

    if (p->k->current)
        kernel_current(p->k)->regs.fault_ip = kernel_current(p->k)->regs.rip;
    if (how >= 224 && how < 240) {
        step_host_event(p, how % 16);
        return;
    }
    stop.number = how == 249 ? program_take_word(p) : how;
    for (unsigned i = 0; i < IRQ_COUNT && how < 240; i++)
        if (p->k->irq[(how + i) % IRQ_COUNT].state == IRQ_SIGNAL) {
            stop.number = (how + i) % IRQ_COUNT;
            break;
        }
    program_log(p, "event", stop.kind, stop.number);
    program_enter(p, stop);
}

/* An engine gets ready to run threads in some VSpace that is assigned. */
static void step_sync(struct program *p)
{
    struct view own = view_own(p);
    unsigned slot = program_choose(p, &own, CAP_PML4);
    struct cap cap = own.count ? view_cap(p, &own, slot) : CAP_NONE;

    program_log(p, "sync", cap.obj, 0);
    if (vspace_is_valid_root(cap) && vspace_of_asid(p->k, cap.table.asid) == cap.obj)
        world_sync(p->k, cap.obj);
}

/* A guest writes to its memory. */
static void step_write(struct program *p)
{
    struct view own = view_own(p);
    unsigned slot = program_choose(p, &own, CAP_FRAME);
    struct cap cap = own.count ? view_cap(p, &own, slot) : CAP_NONE;

    program_log(p, "write", cap.obj, 0);
    if (cap.type == CAP_FRAME && !cap.frame.is_device)
        memset(kernel_at(p->k, cap.obj), 0x5a, BIT(PAGE_BITS));
}

/* All that was made beforehand goes; its memory is to be used again. */
static void step_start_over(struct program *p)
{
    struct view own = view_own(p);
    unsigned untyped = view_find(p, &own, USED_UNTYPED, 0);
    struct message m = {.label = INV_CNODE_REVOKE,
                        .cptr = view_cptr(&own, view_find(p, &own, CAP_CNODE, 0)),
                        .count = 2,
                        .arg = {view_address(&own, untyped), own.bits}};

    program_invoke(p, &m, SYS_CALL);
}

/* With MCS, time goes by and the kernel's timer fires. True: it did. */
static bool pass_time(struct program *p, unsigned how)
{
    uint64_t deadline = kernel_deadline(p->k);

    if (!p->k->config.mcs)
        return false;
    p->k->now += how < 192 ? 2000 : (how - 191) * (how - 191) * 1000;
    if (!p->k->current && deadline != UINT64_MAX && deadline > p->k->now)
        p->k->now = deadline;
    if (deadline > p->k->now || how % 16 == 0) /* a timer may be late */
        return false;
    program_log(p, "timer", p->k->now, deadline);
    program_enter(p, (struct stop){.kind = STOP_TICK});
    return true;
}

static void step(struct program *p)
{
    unsigned how = program_take(p);

    if (pass_time(p, how))
        return;
    if (!p->k->current) {
        p->idle++;
        step_event(p);
    } else if (p->k->in_preemptible
                   ? how < 224
                   : how < 64 && kernel_current(p->k)->regs.rip == WORLD_SYSCALL_IP) {
        program_log(p, "again", kernel_current(p->k)->regs.rdx, kernel_current(p->k)->regs.rdi);
        program_issue(p);
    } else if (how < 140) {
        program_step_invocation(p);
    } else if (how < 212) {
        step_message(p);
    } else if (how < 222) {
        step_fault(p);
    } else if (how < 232) {
        step_event(p);
    } else if (how < 238) {
        step_debug(p);
    } else if (how < 242) {
        step_garbage(p);
    } else if (how < 246) {
        step_sync(p);
    } else if (how < 249) {
        step_write(p);
    } else if (how < 252) {
        step_start_over(p);
    } else {
        world_set_pending((uint32_t)program_take_word(p));
    }
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program p = {.data = data, .size = size, .trace = getenv("FUZZ_TRACE") != NULL};
    struct kernel_config config;

    program_choose_config(&config, program_take(&p));
    p.k = world_boot(&config);
    program_learn_numbers(&p);
    world_check(p.k);
    program_prepare(&p, program_take(&p));
    world_check(p.k);
    world_set_pending(program_take(&p) * 0x01000100u);
    while (p.size && p.steps < MAX_STEPS && p.idle < MAX_IDLE && !p.k->halted) {
        step(&p);
        if (++p.steps % CHECK_EVERY == 0)
            world_check(p.k);
    }
    world_check(p.k);
    return 0;
}
