/* Debug and benchmark system calls, and the little formatter of diagnostics. */
#include "kernel/debug.h"
#include "scene.h"

static void characters_reach_the_console(void **state)
{
    struct kernel *k = *state;
    paddr a = scene_thread(k, 50);
    issue(k, a, SYS_DEBUG_PUT_CHAR, 'o', 0);
    issue(k, a, SYS_DEBUG_PUT_CHAR, 'k', 0);
    assert_string_equal(fake_machine(k)->console, "ok");
    assert_int_equal(regs(k, a)->rip, SYSCALL_IP + 2);
}

static void capabilities_are_identified_by_their_tags(void **state)
{
    static const struct {
        uint8_t type, tag;
    } known[] = {
        {CAP_UNTYPED, 2},      {CAP_ENDPOINT, 4}, {CAP_NOTIFICATION, 6}, {CAP_CNODE, 10},
        {CAP_THREAD, 12},      {CAP_FRAME, 1},    {CAP_PML4, 9},         {CAP_ASID_POOL, 13},
        {CAP_IRQ_CONTROL, 14}, {CAP_DOMAIN, 20},  {CAP_IO_PORT, 19},     {CAP_IO_PORT_CONTROL, 31},
    };
    struct kernel *k = *state;
    paddr a = scene_thread(k, 50);
    paddr slot = fake_thread_slot(k, a, 9);
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct user_regs *r = regs(k, a);
        scene_switch(k, a);
        cte_at(k, slot)->cap = (struct cap){.type = known[i].type};
        *r = (struct user_regs){.rdx = -(word)SYS_DEBUG_CAP_IDENTIFY, .rdi = 9};
        kernel_enter(k, &(struct stop){.kind = STOP_SYSCALL});
        assert_int_equal(r->rdi, known[i].tag);
    }
    cte_at(k, slot)->cap = CAP_NONE;
    issue(k, a, SYS_DEBUG_CAP_IDENTIFY, 9, 0);
    assert_int_equal(regs(k, a)->rdi, 0);
    issue(k, a, SYS_DEBUG_CAP_IDENTIFY, ~0ull, 0);
    assert_int_equal(regs(k, a)->rdi, 0);
}

static void threads_are_named_and_listed(void **state)
{
    struct kernel *k = *state;
    paddr a = scene_thread(k, 50);
    fake_put(k, fake_thread_slot(k, a, 9), (struct cap){.type = CAP_THREAD, .obj = a});
    strcpy((char *)&buffer_words(k, a)[IPC_BUF_MSG], "worker");
    issue(k, a, SYS_DEBUG_NAME_THREAD, 9, 0);
    assert_string_equal(kernel_tcb(k, a)->name, "worker");
    memset(&buffer_words(k, a)[IPC_BUF_MSG], 'x', 200);
    issue(k, a, SYS_DEBUG_NAME_THREAD, 9, 0);
    assert_int_equal(strlen(kernel_tcb(k, a)->name), THREAD_NAME_SIZE - 1);
    unsigned logs = fake_machine(k)->log_count;
    issue(k, a, SYS_DEBUG_DUMP_SCHEDULER, 0, 0);
    assert_int_equal(fake_machine(k)->log_count, logs + 3); /* two threads and a heading */
    assert_false(k->halted);
    issue(k, a, SYS_DEBUG_NAME_THREAD, 10, 0);
    assert_true(k->halted);
}

static void nothing_happens_after_a_halt(void **state)
{
    struct kernel *k = *state;
    paddr a = scene_thread(k, 50);
    issue(k, a, SYS_DEBUG_HALT, 0, 0);
    assert_true(k->halted);
    assert_false(kernel_wants_tick(k));
    issue(k, a, SYS_DEBUG_PUT_CHAR, 'x', 0);
    assert_int_equal(fake_machine(k)->console_length, 0);
}

static void calls_of_other_configurations_are_unknown(void **state)
{
    struct kernel *k = *state;
    paddr a = scene_thread(k, 50);
    memset(k->abi.syscall, SYS_INVALID, sizeof k->abi.syscall);
    issue(k, a, SYS_DEBUG_PUT_CHAR, 'x', 0);
    assert_int_equal(k->fault.kind, FAULT_UNKNOWN_SYSCALL);
    assert_int_equal(k->fault.number, -(word)SYS_DEBUG_PUT_CHAR);
    assert_int_equal(fake_machine(k)->console_length, 0);
}

static void the_null_system_call_changes_nothing(void **state)
{
    struct kernel *k = *state;
    paddr a = scene_thread(k, 50);
    issue(k, a, SYS_BENCHMARK_NULL_SYSCALL, 5, 6);
    assert_int_equal(regs(k, a)->rdi, 5);
    assert_int_equal(regs(k, a)->rsi, 6);
    assert_int_equal(k->current, a);
    assert_int_equal(state_of(k, a), THREAD_RUNNING);
}

static void lines_are_formatted(void **state)
{
    struct kernel *k = *state;
    debug_log(k, "%s|%-5s|%d|%u|%x|%lx|%ld|%%", "a", "bc", -12, 34u, 0xabcu, ~0ul, -1l);
    assert_string_equal(fake_machine(k)->last_log, "a|bc   |-12|34|0xabc|0xffffffffffffffff|-1|%");
    char longer[400];
    memset(longer, 'y', sizeof longer);
    longer[399] = 0;
    debug_log(k, "%s", longer);
    assert_int_equal(strlen(fake_machine(k)->last_log), 159);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(characters_reach_the_console),
        KERNEL_TEST(capabilities_are_identified_by_their_tags),
        KERNEL_TEST(threads_are_named_and_listed),
        KERNEL_TEST(nothing_happens_after_a_halt),
        KERNEL_TEST(calls_of_other_configurations_are_unknown),
        KERNEL_TEST(the_null_system_call_changes_nothing),
        KERNEL_TEST(lines_are_formatted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
