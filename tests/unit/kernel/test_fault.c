/* Faults of every kind: what the handler is told, and what its reply does. */
#include "scene.h"

#define HANDLER_EP 3 /* in the faulting thread's CSpace */
#define EP         1 /* in the handler's */
#define BADGE      0xfa

struct cast {
    paddr victim, handler;
};

/* A handler that waits, and a running thread whose faults go to it. */
static struct cast make_cast(struct kernel *k)
{
    struct cast c = {.victim = scene_thread(k, 50), .handler = scene_thread(k, 60)};
    struct cap ep = fake_endpoint(k);
    fake_put(k, fake_thread_slot(k, c.handler, EP), ep);
    ep.endpoint.badge = BADGE;
    scene_copy(k, fake_thread_slot(k, c.handler, EP), c.victim, HANDLER_EP, ep);
    kernel_tcb(k, c.victim)->fault_handler = HANDLER_EP;
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    issue(k, c.handler, SYS_RECV, EP, 0);
    scene_switch(k, c.victim);
    regs(k, c.victim)->rip = regs(k, c.victim)->fault_ip = 0x1234;
    return c;
}

static void assert_words(struct kernel *k, paddr tcb, unsigned count, const word *words)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(mr(k, tcb, i), words[i]);
}

static void vm_faults_are_told_and_retried(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    enter(k, (struct stop){.kind = STOP_VM_FAULT, .address = 0xdead000, .code = 6});
    assert_int_equal(k->current, c.handler);
    assert_int_equal(state_of(k, c.victim), THREAD_BLOCKED_ON_REPLY);
    assert_message(k, c.handler, BADGE, k->abi.vm_fault_label, 4);
    assert_words(k, c.handler, ARGS(0x1234, 0xdead000, 0, 6));
    /* whatever the reply says, the instruction is tried again */
    issue(k, c.handler, SYS_REPLY_RECV, EP, info_word(33, 0, 0));
    assert_int_equal(k->current, c.victim);
    assert_int_equal(regs(k, c.victim)->rip, 0x1234);
    enter(k, (struct stop){.kind = STOP_VM_FAULT, .address = 8, .code = 0x15, .instruction = true});
    assert_words(k, c.handler, ARGS(0x1234, 8, 1, 0x15));
}

static void unknown_system_calls_can_be_emulated(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    struct user_regs *r = regs(k, c.victim);
    for (unsigned i = REG(rax); i <= REG(r15); i++)
        *thread_register(kernel_tcb(k, c.victim), i) = i;
    r->rsp = 0x7000;
    r->rflags = 0x246;
    r->rdx = 1234;
    enter(k, (struct stop){.kind = STOP_SYSCALL});
    assert_message(k, c.handler, BADGE, 2, 19);
    assert_words(k, c.handler,
                 ARGS(r->rax, r->rbx, r->rcx, 1234, r->rsi, r->rdi, r->rbp, r->r8, r->r9, r->r10,
                      r->r11, r->r12, r->r13, r->r14, r->r15, 0x1234, 0x7000, 0x246, 1234));

    for (unsigned i = 0; i < 18; i++)
        set_mr(k, c.handler, i, 0x100 + i);
    set_mr(k, c.handler, 15, 0x1236);
    set_mr(k, c.handler, 17, ~0ull);
    issue(k, c.handler, SYS_REPLY, 0, info_word(0, 0, 18));
    assert_int_equal(state_of(k, c.victim), THREAD_RESTART);
    assert_int_equal(r->rax, 0x100);
    assert_int_equal(r->r15, 0x10e);
    assert_int_equal(r->fault_ip, 0x1236);
    assert_int_equal(r->rsp, 0x110);
    assert_int_equal(r->rflags, 0xed7); /* no trap flag, no bits above 11, IF and bit 1 set */
    issue(k, c.handler, SYS_RECV, EP, 0);
    assert_int_equal(k->current, c.victim);
    assert_int_equal(r->rip, 0x1236);
}

static void a_short_reply_changes_only_what_it_has(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    regs(k, c.victim)->rbx = 5;
    enter(k, (struct stop){.kind = STOP_UNKNOWN_SYSCALL, .number = 60});
    assert_int_equal(mr(k, c.handler, 18), 60);
    set_mr(k, c.handler, 0, 77);
    set_mr(k, c.handler, 1, 78);
    issue(k, c.handler, SYS_REPLY, 0, info_word(0, 0, 1));
    assert_int_equal(regs(k, c.victim)->rax, 77);
    assert_int_equal(regs(k, c.victim)->rbx, 5);
    assert_int_equal(kernel_tcb(k, c.victim)->fault.kind, FAULT_NONE);
}

static void a_reply_with_a_label_stops_the_thread(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    enter(k, (struct stop){.kind = STOP_EXCEPTION, .number = 13, .code = 0x18});
    assert_message(k, c.handler, BADGE, 3, 5);
    assert_words(k, c.handler, ARGS(0x1234, regs(k, c.victim)->rsp, 0x202, 13, 0x18));
    set_mr(k, c.handler, 0, 0x0000900000000000); /* not canonical */
    set_mr(k, c.handler, 1, 0x8000);
    issue(k, c.handler, SYS_REPLY, 0, info_word(1, 0, 3));
    assert_int_equal(state_of(k, c.victim), THREAD_INACTIVE);
    assert_int_equal(regs(k, c.victim)->fault_ip, 0);
    assert_int_equal(regs(k, c.victim)->rsp, 0x8000);
    assert_int_equal(kernel_tcb(k, c.victim)->fault.kind, FAULT_NONE);

    issue(k, c.handler, SYS_RECV, EP, 0);
    kernel_tcb(k, c.victim)->state = THREAD_RUNNING;
    scene_switch(k, c.victim);
    enter(k, (struct stop){.kind = STOP_UNKNOWN_SYSCALL, .number = 1});
    issue(k, c.handler, SYS_REPLY, 0, info_word(1, 0, 0));
    assert_int_equal(state_of(k, c.victim), THREAD_INACTIVE);
}

static void cap_faults_tell_of_the_look_up(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    /* the guard of the thread's CNode is 56 zero bits */
    word bad = 0xff00;
    issue(k, c.victim, SYS_SEND, bad, 0);
    assert_int_equal(k->current, c.handler);
    assert_message(k, c.handler, BADGE, 1, 7);
    assert_words(k, c.handler,
                 ARGS(SYSCALL_IP, bad, 0, seL4_GuardMismatch, 64, 0, 64 - FAKE_ROOT_RADIX));
    issue(k, c.handler, SYS_REPLY_RECV, EP, 0);
    assert_int_equal(k->current, c.victim);
    assert_int_equal(regs(k, c.victim)->rip, SYSCALL_IP);
    issue(k, c.victim, SYS_RECV, 200, 0);
    assert_message(k, c.handler, BADGE, 1, 5);
    assert_words(k, c.handler, ARGS(SYSCALL_IP, 200, 1, seL4_MissingCapability, 0));
}

static void without_a_buffer_four_words_arrive(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    cte_at(k, fake_slot(c.handler, TCB_BUFFER))->cap = CAP_NONE;
    cte_at(k, fake_slot(c.handler, TCB_BUFFER))->mdb = (struct mdb){0};
    enter(k, (struct stop){.kind = STOP_EXCEPTION, .number = 6});
    assert_message(k, c.handler, BADGE, 3, 4);
    assert_int_equal(mr(k, c.handler, 3), 6);
}

static void without_a_handler_the_thread_stops(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    unsigned logs = fake_machine(k)->log_count;
    /* one that it may not call is as good as none */
    struct cap *cap = &cte_at(k, fake_thread_slot(k, c.victim, HANDLER_EP))->cap;
    cap->endpoint.can_grant = 0;
    cap->endpoint.can_grant_reply = 0;
    enter(k, (struct stop){.kind = STOP_VM_FAULT, .address = 0x10, .code = 4});
    assert_int_equal(state_of(k, c.victim), THREAD_INACTIVE);
    assert_int_equal(kernel_tcb(k, c.victim)->fault.kind, FAULT_NONE);
    assert_int_equal(k->current, 0);
    assert_true(fake_machine(k)->log_count > logs);
}

static void faults_wait_for_a_busy_handler(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    kernel_tcb(k, c.handler)->mcp = 0;
    thread_suspend(k, c.handler);
    enter(k, (struct stop){.kind = STOP_VM_FAULT, .address = 0x10, .code = 4});
    assert_int_equal(state_of(k, c.victim), THREAD_BLOCKED_ON_SEND);
    issue(k, c.handler, SYS_RECV, EP, 0);
    assert_message(k, c.handler, BADGE, k->abi.vm_fault_label, 4);
    assert_int_equal(state_of(k, c.victim), THREAD_BLOCKED_ON_REPLY);
}

static void debug_exceptions_need_the_debug_api(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    enter(k, (struct stop){.kind = STOP_EXCEPTION, .number = 3});
    assert_message(k, c.handler, BADGE, 3, 5);
    issue(k, c.handler, SYS_REPLY_RECV, EP, info_word(0, 0, 0));

    k->config.hardware_debug_api = true;
    k->abi.debug_exception_label = 4;
    enter(k, (struct stop){.kind = STOP_EXCEPTION, .number = 3});
    assert_message(k, c.handler, BADGE, 4, 2);
    assert_words(k, c.handler, ARGS(0x1234, DEBUG_SOFTWARE_BREAK));
    issue(k, c.handler, SYS_REPLY_RECV, EP, info_word(0, 0, 0));
    assert_int_equal(k->current, c.victim);

    kernel_tcb(k, c.victim)->debug.slot[2] = (struct breakpoint){
        .vaddr = 0x5000, .type = BREAKPOINT_DATA, .size = 4, .access = 2, .enabled = 1};
    enter(k, (struct stop){.kind = STOP_DEBUG, .number = BIT(2)});
    assert_message(k, c.handler, BADGE, 4, 4);
    assert_words(k, c.handler, ARGS(0x1234, BREAKPOINT_DATA, 0x5000, 2));
}

static void single_steps_are_counted(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    k->config.hardware_debug_api = true;
    k->abi.debug_exception_label = 4;
    thread_single_step(k, c.victim, 2);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_true(regs(k, c.victim)->rflags & RFLAGS_TF);
    enter(k, (struct stop){.kind = STOP_DEBUG, .number = BIT(14)});
    assert_int_equal(k->current, c.victim);
    enter(k, (struct stop){.kind = STOP_DEBUG, .number = BIT(14)});
    assert_int_equal(k->current, c.handler);
    assert_words(k, c.handler, ARGS(0x1234, DEBUG_SINGLE_STEP));
    /* the reply says how many steps come next: none */
    set_mr(k, c.handler, 0, 0);
    issue(k, c.handler, SYS_REPLY_RECV, EP, info_word(0, 0, 1));
    assert_int_equal(k->current, c.victim);
    assert_false(regs(k, c.victim)->rflags & RFLAGS_TF);
    assert_false(kernel_tcb(k, c.victim)->debug.single_step);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(vm_faults_are_told_and_retried),
        KERNEL_TEST(unknown_system_calls_can_be_emulated),
        KERNEL_TEST(a_short_reply_changes_only_what_it_has),
        KERNEL_TEST(a_reply_with_a_label_stops_the_thread),
        KERNEL_TEST(cap_faults_tell_of_the_look_up),
        KERNEL_TEST(without_a_buffer_four_words_arrive),
        KERNEL_TEST(without_a_handler_the_thread_stops),
        KERNEL_TEST(faults_wait_for_a_busy_handler),
        KERNEL_TEST(debug_exceptions_need_the_debug_api),
        KERNEL_TEST(single_steps_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
