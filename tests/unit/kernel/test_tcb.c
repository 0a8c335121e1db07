/* TCB invocations by system call: registers, spaces, priorities, stopping and starting. */
#include "kernel/cnode.h"
#include "scene.h"

#define TARGET 4 /* the other thread's TCB */
#define SELF   5
#define ROOT   6
#define FRAME  7
#define VSPACE 8

struct cast {
    paddr me, other;
};

static struct cast make_cast(struct kernel *k)
{
    struct cast c = {.me = scene_thread(k, 50), .other = scene_thread(k, 40)};
    fake_put(k, fake_thread_slot(k, c.me, TARGET),
             (struct cap){.type = CAP_THREAD, .obj = c.other});
    fake_put(k, fake_thread_slot(k, c.me, SELF), (struct cap){.type = CAP_THREAD, .obj = c.me});
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    return c;
}

/* Calls label on `slot` and returns the error. */
static word call(struct kernel *k, paddr tcb, word slot, enum abi_invocation label, unsigned caps,
                 unsigned count, const word *args)
{
    for (unsigned i = 0; i < count; i++)
        set_mr(k, tcb, i, args[i]);
    issue(k, tcb, SYS_CALL, slot, info_word(label, caps, count));
    return info_of(k, tcb).label;
}

static void pass(struct kernel *k, paddr tcb, unsigned i, word cptr)
{
    buffer_words(k, tcb)[IPC_BUF_CAPS + i] = cptr;
}

static void registers_are_read_in_order(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    struct user_regs *r = regs(k, c.other);
    *r = (struct user_regs){.rip = 99,
                            .fault_ip = 1,
                            .rsp = 2,
                            .rflags = 3,
                            .rax = 4,
                            .rbx = 5,
                            .r15 = 18,
                            .fs_base = 19,
                            .gs_base = 20};
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_READ_REGISTERS, 0, ARGS(0, 20)), 0);
    assert_message(k, c.me, 0, 0, 20);
    assert_int_equal(mr(k, c.me, 0), 1);
    assert_int_equal(mr(k, c.me, 4), 5);
    assert_int_equal(mr(k, c.me, 17), 18);
    assert_int_equal(mr(k, c.me, 18), 19);
    assert_int_equal(mr(k, c.me, 19), 20);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_READ_REGISTERS, 0, ARGS(0, 2)), 0);
    assert_int_equal(info_of(k, c.me).length, 2);
    /* suspending a running thread makes its progress the place to go on */
    scene_ready(k, c.other);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_READ_REGISTERS, 0, ARGS(1, 1)), 0);
    assert_int_equal(state_of(k, c.other), THREAD_INACTIVE);
    assert_int_equal(mr(k, c.me, 0), 99);

    assert_int_equal(call(k, c.me, TARGET, INV_TCB_READ_REGISTERS, 0, ARGS(0, 21)),
                     seL4_RangeError);
    assert_int_equal(mr(k, c.me, 0), 1);
    assert_int_equal(mr(k, c.me, 1), 20);
    assert_int_equal(info_of(k, c.me).length, 2);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_READ_REGISTERS, 0, ARGS(0, 0)), seL4_RangeError);
    assert_int_equal(call(k, c.me, SELF, INV_TCB_READ_REGISTERS, 0, ARGS(0, 1)),
                     seL4_IllegalOperation);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_READ_REGISTERS, 0, ARGS(0)),
                     seL4_TruncatedMessage);
}

static void written_registers_start_a_thread(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    word args[22] = {1, 20};
    for (unsigned i = 0; i < 20; i++)
        args[2 + i] = 0x1000 + i;
    args[2 + 2] = BIT(8) | BIT(17) | BIT(5); /* flags */
    args[2 + 18] = 0x0001000000000000ull;    /* FS base, not canonical */
    kernel_tcb(k, c.other)->priority = 60;
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_WRITE_REGISTERS, 0, 22, args), 0);
    const struct user_regs *r = regs(k, c.other);
    assert_int_equal(k->current, c.other);
    assert_int_equal(r->rip, 0x1000);
    assert_int_equal(r->rsp, 0x1001);
    assert_int_equal(r->rflags, 0x202);
    assert_int_equal(r->rax, 0x1003);
    assert_int_equal(r->r15, 0x1011);
    assert_int_equal(r->fs_base, 0);
    assert_int_equal(r->gs_base, 0x1013);
    assert_int_equal(state_of(k, c.me), THREAD_RUNNING);

    /* a thread that is on its way goes on where it is told */
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_WRITE_REGISTERS, 0, ARGS(0, 1, 0x2000)), 0);
    assert_int_equal(state_of(k, c.other), THREAD_RUNNING);
    assert_int_equal(r->rip, 0x2000);

    assert_int_equal(call(k, c.me, TARGET, INV_TCB_WRITE_REGISTERS, 0, ARGS(0, 2, 1)),
                     seL4_TruncatedMessage);
    assert_int_equal(call(k, c.me, SELF, INV_TCB_WRITE_REGISTERS, 0, ARGS(0, 1, 1)),
                     seL4_IllegalOperation);
}

static void registers_are_copied_by_kind(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    paddr third = scene_thread(k, 10);
    fake_put(k, fake_thread_slot(k, c.me, 9), (struct cap){.type = CAP_THREAD, .obj = third});
    *regs(k, third) = (struct user_regs){.fault_ip = 7, .rsp = 8, .r15 = 9, .fs_base = 10};
    pass(k, c.me, 0, 9);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_COPY_REGISTERS, 1, ARGS(4)), 0);
    assert_int_equal(regs(k, c.other)->rip, 7);
    assert_int_equal(regs(k, c.other)->r15, 9);
    assert_int_equal(regs(k, c.other)->fs_base, 0);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_COPY_REGISTERS, 1, ARGS(8)), 0);
    assert_int_equal(regs(k, c.other)->fs_base, 10);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_COPY_REGISTERS, 1, ARGS(2)), 0);
    assert_int_equal(state_of(k, c.other), THREAD_RESTART);
    pass(k, c.me, 0, 33);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_COPY_REGISTERS, 1, ARGS(0)),
                     seL4_InvalidCapability);
    assert_int_equal(mr(k, c.me, 0), 1);
}

static void priorities_are_bounded_by_the_authority(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    pass(k, c.me, 0, SELF);
    kernel_tcb(k, c.me)->mcp = 60;
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_PRIORITY, 1, ARGS(61)), seL4_RangeError);
    assert_int_equal(mr(k, c.me, 0), 0);
    assert_int_equal(mr(k, c.me, 1), 60);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_PRIORITY, 1, ARGS(60)), 0);
    assert_int_equal(kernel_tcb(k, c.other)->priority, 60);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_MC_PRIORITY, 1, ARGS(256)), seL4_RangeError);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_MC_PRIORITY, 1, ARGS(5)), 0);
    assert_int_equal(kernel_tcb(k, c.other)->mcp, 5);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_SCHED_PARAMS, 1, ARGS(61, 1)),
                     seL4_RangeError);
    assert_int_equal(kernel_tcb(k, c.other)->mcp, 5);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_SCHED_PARAMS, 1, ARGS(6, 61)),
                     seL4_RangeError);
    assert_int_equal(kernel_tcb(k, c.other)->mcp, 5);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_SCHED_PARAMS, 1, ARGS(6, 7)), 0);
    assert_int_equal(kernel_tcb(k, c.other)->mcp, 6);
    assert_int_equal(kernel_tcb(k, c.other)->priority, 7);
    pass(k, c.me, 0, 33);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_PRIORITY, 1, ARGS(1)),
                     seL4_InvalidCapability);
    assert_int_equal(mr(k, c.me, 0), 1);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_PRIORITY, 0, ARGS(1)),
                     seL4_TruncatedMessage);
    /* lowering oneself gives way at once */
    scene_ready(k, c.other);
    pass(k, c.me, 0, SELF);
    assert_int_equal(call(k, c.me, SELF, INV_TCB_SET_PRIORITY, 1, ARGS(3)), 0);
    assert_int_equal(k->current, c.other);
}

static void stopping_oneself_leaves_the_call_to_be_done(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    word info = info_word(INV_TCB_SUSPEND, 0, 0);
    scene_ready(k, c.other);
    issue(k, c.me, SYS_CALL, SELF, info);
    assert_int_equal(k->current, c.other);
    assert_int_equal(state_of(k, c.me), THREAD_INACTIVE);
    assert_int_equal(regs(k, c.me)->rsi, info);
    thread_restart(k, c.me);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, c.me);
    assert_int_equal(regs(k, c.me)->rip, SYSCALL_IP);
}

static void resume_leaves_running_threads_alone(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_RESUME, 0, 0, NULL), 0);
    assert_int_equal(state_of(k, c.other), THREAD_RESTART);
    kernel_tcb(k, c.other)->state = THREAD_RUNNING;
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_RESUME, 0, 0, NULL), 0);
    assert_int_equal(state_of(k, c.other), THREAD_RUNNING);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SUSPEND, 0, 0, NULL), 0);
    assert_int_equal(state_of(k, c.other), THREAD_INACTIVE);
    assert_int_equal(call(k, c.me, TARGET, INV_CNODE_COPY, 0, 0, NULL), seL4_IllegalOperation);
}

static struct cap put_spaces(struct kernel *k, paddr me, paddr *frame)
{
    struct cap vspace = {
        .table = {.type = CAP_PML4, .obj = fake_alloc(k, TABLE_BITS), .is_mapped = 1, .asid = 9}};
    struct cap page = {
        .frame = {.type = CAP_FRAME, .obj = fake_alloc(k, PAGE_BITS), .rights = VM_READ_WRITE}};
    struct cap root = fake_cnode(k, 4, 0, 0);
    fake_put(k, fake_thread_slot(k, me, ROOT), root);
    fake_put(k, fake_thread_slot(k, me, VSPACE), vspace);
    fake_put(k, fake_thread_slot(k, me, FRAME), page);
    pass(k, me, 0, ROOT);
    pass(k, me, 1, VSPACE);
    pass(k, me, 2, FRAME);
    *frame = page.obj;
    return root;
}

static void a_thread_is_configured(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    paddr fresh = fake_alloc(k, k->abi.tcb_bits), frame;
    thread_init(k, fresh);
    assert_string_equal(kernel_tcb(k, fresh)->name, "child of ");
    cte_at(k, fake_thread_slot(k, c.me, TARGET))->cap.obj = fresh;
    struct cap root = put_spaces(k, c.me, &frame);
    const word guard = 60; /* guard size, guard 0 */
    const enum abi_invocation configure = INV_TCB_CONFIGURE;

    assert_int_equal(call(k, c.me, TARGET, configure, 3, ARGS(3, guard, 0, 0x2400)), 0);
    const struct tcb *t = kernel_tcb(k, fresh);
    assert_int_equal(t->fault_handler, 3);
    assert_int_equal(t->slot[TCB_CTABLE].cap.type, CAP_CNODE);
    assert_int_equal(t->slot[TCB_CTABLE].cap.obj, root.obj);
    assert_int_equal(t->slot[TCB_CTABLE].cap.cnode.guard_size, 60);
    assert_int_equal(t->slot[TCB_VTABLE].cap.type, CAP_PML4);
    assert_int_equal(t->ipc_buffer, 0x2400);
    assert_int_equal(thread_ipc_buffer(k, fresh, true), frame + 0x400);
    /* again, without a buffer */
    assert_int_equal(call(k, c.me, TARGET, configure, 3, ARGS(4, guard, 0, 0)), 0);
    assert_int_equal(thread_ipc_buffer(k, fresh, true), 0);
    assert_int_equal(t->fault_handler, 4);

    assert_int_equal(call(k, c.me, TARGET, configure, 2, ARGS(4, 0, 0, 0)), seL4_TruncatedMessage);
    assert_int_equal(call(k, c.me, TARGET, configure, 3, ARGS(4, 0, 0)), seL4_TruncatedMessage);
    assert_int_equal(call(k, c.me, TARGET, configure, 3, ARGS(4, 0, 0, 0x2401)),
                     seL4_AlignmentError);
    pass(k, c.me, 0, VSPACE);
    assert_int_equal(call(k, c.me, TARGET, configure, 3, ARGS(5, 0, 0, 0)), seL4_IllegalOperation);
    pass(k, c.me, 0, ROOT);
    pass(k, c.me, 1, ROOT);
    assert_int_equal(call(k, c.me, TARGET, configure, 3, ARGS(5, 0, 0, 0)), seL4_IllegalOperation);
    assert_int_equal(t->fault_handler, 4);
    /* a CNode that only the thread holds would take long to delete */
    cnode_delete_one(k, fake_thread_slot(k, c.me, FRAME));
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_SPACE, 2, ARGS(6, 0, 0)),
                     seL4_IllegalOperation);
    pass(k, c.me, 1, VSPACE);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_SPACE, 2, ARGS(6, guard, 0)), 0);
    assert_int_equal(t->fault_handler, 6);
}

static void one_may_change_ones_own_buffer(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    paddr frame;
    put_spaces(k, c.me, &frame);
    pass(k, c.me, 0, FRAME);
    assert_int_equal(call(k, c.me, SELF, INV_TCB_SET_IPC_BUFFER, 1, ARGS(0x3000)), 0);
    assert_int_equal(k->current, c.me);
    assert_int_equal(thread_ipc_buffer(k, c.me, true), frame);
    /* a lone CNode stays where it is */
    set_mr(k, c.me, 3, 0);
    pass(k, c.me, 0, ROOT);
    pass(k, c.me, 1, VSPACE);
    assert_int_equal(call(k, c.me, SELF, INV_TCB_SET_SPACE, 2, ARGS(0, 0, 0)),
                     seL4_IllegalOperation);
}

static void tls_base_and_flags_are_set(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_TLS_BASE, 0, ARGS(0x7000)), 0);
    assert_int_equal(regs(k, c.other)->fs_base, 0x7000);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_FLAGS, 0, ARGS(0, 0xff)), 0);
    assert_message(k, c.me, 0, 0, 1);
    assert_int_equal(mr(k, c.me, 0), 1);
    assert_int_equal(kernel_tcb(k, c.other)->flags, 1);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_SET_FLAGS, 0, ARGS(1, 0)), 0);
    assert_int_equal(mr(k, c.me, 0), 0);
    /* the system call does it for oneself */
    issue(k, c.me, SYS_SET_TLS_BASE, 0x8000, 0);
    assert_int_equal(regs(k, c.me)->fs_base, 0x8000);
    issue(k, c.me, SYS_SET_TLS_BASE, 0x0000800000000000ull, 0);
    assert_int_equal(regs(k, c.me)->fs_base, 0x8000);
}

static void breakpoints_are_kept(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    const enum abi_invocation set = INV_TCB_SET_BREAKPOINT;
    assert_int_equal(call(k, c.me, TARGET, set, 0, ARGS(1, 0x4000, 0, 4, 1)), 0);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_GET_BREAKPOINT, 0, ARGS(1)), 0);
    assert_message(k, c.me, 0, 0, 5);
    assert_int_equal(mr(k, c.me, 0), 0x4000);
    assert_int_equal(mr(k, c.me, 1), BREAKPOINT_DATA);
    assert_int_equal(mr(k, c.me, 2), 4);
    assert_int_equal(mr(k, c.me, 3), BREAK_ON_WRITE);
    assert_int_equal(mr(k, c.me, 4), 1);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_UNSET_BREAKPOINT, 0, ARGS(1)), 0);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_GET_BREAKPOINT, 0, ARGS(1)), 0);
    assert_int_equal(mr(k, c.me, 1), BREAKPOINT_INSTRUCTION);
    assert_int_equal(mr(k, c.me, 4), 0);
    assert_int_equal(call(k, c.me, TARGET, set, 0, ARGS(4, 0x4000, 0, 4, 1)), seL4_RangeError);
    assert_int_equal(call(k, c.me, TARGET, set, 0, ARGS(0, 0x4002, 0, 4, 1)), seL4_AlignmentError);
    assert_int_equal(call(k, c.me, TARGET, set, 0, ARGS(0, USER_TOP, 0, 4, 1)),
                     seL4_InvalidArgument);
    assert_int_equal(mr(k, c.me, 0), 1);
    assert_int_equal(call(k, c.me, TARGET, set, 0, ARGS(0, 0x4000, 1, 0, 2)), seL4_InvalidArgument);
    assert_int_equal(mr(k, c.me, 0), 4);
    assert_int_equal(call(k, c.me, TARGET, set, 0, ARGS(0, 0x4000, 0, 8, 2)), seL4_InvalidArgument);
    assert_int_equal(mr(k, c.me, 0), 3);
    assert_int_equal(call(k, c.me, TARGET, INV_TCB_CONFIGURE_SINGLE_STEPPING, 0, ARGS(0, 5)), 0);
    assert_int_equal(kernel_tcb(k, c.other)->debug.steps_left, 5);
    assert_true(kernel_tcb(k, c.other)->debug.single_step);
}

/* A revoke of many capabilities that an interrupt stops is issued again, and ends in the end. */
static void a_preempted_invocation_is_issued_again(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    const unsigned copies = 20;
    struct cap ep = fake_endpoint(k);
    scene_copy(k, fake_slot(c.me, TCB_CTABLE), c.me, ROOT,
               fake_cap(k, fake_slot(c.me, TCB_CTABLE)));
    fake_put(k, fake_thread_slot(k, c.me, 100), ep);
    ep.endpoint.badge = 1;
    for (unsigned i = 0; i < copies; i++)
        scene_copy(k, fake_thread_slot(k, c.me, 100), c.me, 101 + i, ep);
    k->config.max_work_units = 3;
    fake_machine(k)->irq_pending = true;
    unsigned entries = 0;
    set_mr(k, c.me, 0, 100);
    set_mr(k, c.me, 1, 64);
    do {
        issue(k, c.me, SYS_CALL, ROOT, info_word(INV_CNODE_REVOKE, 0, 2));
        if (k->in_preemptible)
            assert_int_equal(regs(k, c.me)->rip, SYSCALL_IP);
        assert_int_equal(state_of(k, c.me), THREAD_RUNNING);
        assert_true(++entries < copies);
    } while (k->in_preemptible);
    assert_true(entries > 3);
    assert_message(k, c.me, 0, 0, 0);
    assert_int_equal(regs(k, c.me)->rip, SYSCALL_IP + 2);
    assert_int_equal(fake_cap(k, fake_thread_slot(k, c.me, 101)).type, CAP_NULL);
}

static void an_ended_thread_leaves_no_trace(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    scene_copy(k, fake_slot(c.me, TCB_CTABLE), c.me, ROOT,
               fake_cap(k, fake_slot(c.me, TCB_CTABLE)));
    scene_ready(k, c.other);
    kernel_tcb(k, c.other)->priority = 40;
    assert_int_equal(call(k, c.me, ROOT, INV_CNODE_DELETE, 0, ARGS(TARGET, 64)), 0);
    for (paddr t = k->all_threads; t; t = kernel_tcb(k, t)->all_next)
        assert_int_not_equal(t, c.other);
    /* and the last act of a thread may be its own end */
    set_mr(k, c.me, 0, SELF);
    set_mr(k, c.me, 1, 64);
    issue(k, c.me, SYS_CALL, ROOT, info_word(INV_CNODE_DELETE, 0, 2));
    assert_int_equal(k->current, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(registers_are_read_in_order),
        KERNEL_TEST(written_registers_start_a_thread),
        KERNEL_TEST(registers_are_copied_by_kind),
        KERNEL_TEST(priorities_are_bounded_by_the_authority),
        KERNEL_TEST(stopping_oneself_leaves_the_call_to_be_done),
        KERNEL_TEST(resume_leaves_running_threads_alone),
        KERNEL_TEST(a_thread_is_configured),
        KERNEL_TEST(one_may_change_ones_own_buffer),
        KERNEL_TEST(tls_base_and_flags_are_set),
        KERNEL_TEST(breakpoints_are_kept),
        KERNEL_TEST(a_preempted_invocation_is_issued_again),
        KERNEL_TEST(an_ended_thread_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
