/* Scheduling: priorities, round robin, yield, domains. */
#include "kernel/domain.h"
#include "scene.h"

#define DOMAIN 4

static void tick(struct kernel *k)
{
    enter(k, (struct stop){.kind = STOP_TICK});
}

/* Two ready threads of priority 50, a running and b next; the common one is out of it. */
static void two_threads(struct kernel *k, paddr *a, paddr *b)
{
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    *a = scene_thread(k, 50);
    *b = scene_thread(k, 50);
    scene_switch(k, *a);
    scene_ready(k, *b);
}

static void equals_take_turns(void **state)
{
    struct kernel *k = *state;
    paddr a, b;
    two_threads(k, &a, &b);
    assert_true(kernel_wants_tick(k));
    for (unsigned i = 0; i < k->config.time_slice; i++) {
        assert_int_equal(k->current, a);
        tick(k);
    }
    for (unsigned i = 0; i < k->config.time_slice; i++) {
        assert_int_equal(k->current, b);
        tick(k);
    }
    assert_int_equal(k->current, a);
    sched_dequeue(k, b);
    kernel_tcb(k, b)->state = THREAD_INACTIVE;
    assert_false(kernel_wants_tick(k));
}

static void a_higher_priority_runs_first(void **state)
{
    struct kernel *k = *state;
    paddr a, b, high = scene_thread(k, 200), low = scene_thread(k, 7);
    two_threads(k, &a, &b);
    scene_ready(k, low);
    kernel_tcb(k, high)->state = THREAD_RUNNING;
    sched_possible_switch_to(k, high);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, high);
    assert_false(kernel_wants_tick(k));
    /* whom it preempted goes on first */
    thread_suspend(k, high);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, a);
    thread_suspend(k, a);
    thread_suspend(k, b);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, low);
    thread_suspend(k, low);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, 0);
    tick(k);
    assert_int_equal(k->current, 0);
}

static void yield_goes_behind_equals(void **state)
{
    struct kernel *k = *state;
    paddr a, b;
    two_threads(k, &a, &b);
    issue(k, a, SYS_YIELD, 0, 0);
    assert_int_equal(k->current, b);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, b);
    regs(k, b)->rdx = -(word)SYS_YIELD;
    enter(k, (struct stop){.kind = STOP_SYSCALL});
    assert_int_equal(k->current, a);
}

static void several_wake_ups_choose_the_best(void **state)
{
    struct kernel *k = *state;
    paddr a, b, c = scene_thread(k, 60), d = scene_thread(k, 70);
    two_threads(k, &a, &b);
    kernel_tcb(k, d)->state = THREAD_RUNNING;
    kernel_tcb(k, c)->state = THREAD_RUNNING;
    sched_possible_switch_to(k, d);
    sched_possible_switch_to(k, c);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, d);
    thread_suspend(k, d);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, c);
}

static void a_new_priority_counts_at_once(void **state)
{
    struct kernel *k = *state;
    paddr a, b;
    two_threads(k, &a, &b);
    sched_set_priority(k, b, 51);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, b);
    sched_set_priority(k, b, 49);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, a);
}

static word domain_call(struct kernel *k, paddr tcb, enum abi_invocation label, unsigned caps,
                        unsigned count, const word *args)
{
    for (unsigned i = 0; i < count; i++)
        set_mr(k, tcb, i, args[i]);
    issue(k, tcb, SYS_CALL, DOMAIN, info_word(label, caps, count));
    return info_of(k, tcb).label;
}

static void domains_take_turns(void **state)
{
    struct kernel *k = *state;
    paddr a, b;
    k->config.num_domains = 4;
    k->config.num_domain_schedules = 8;
    two_threads(k, &a, &b);
    fake_put(k, fake_thread_slot(k, a, DOMAIN), (struct cap){.type = CAP_DOMAIN});
    fake_put(k, fake_thread_slot(k, a, 5), (struct cap){.type = CAP_THREAD, .obj = b});
    buffer_words(k, a)[IPC_BUF_CAPS] = 5;
    assert_int_equal(domain_call(k, a, INV_DOMAIN_SET_SET, 1, ARGS(2)), seL4_NoError);
    assert_int_equal(kernel_tcb(k, b)->domain, 2);
    assert_false(kernel_wants_tick(k)); /* its domain never comes */

    assert_int_equal(domain_call(k, a, INV_DOMAIN_SCHEDULE_CONFIGURE, 0, ARGS(0, 0, 2)), 0);
    assert_int_equal(domain_call(k, a, INV_DOMAIN_SCHEDULE_CONFIGURE, 0, ARGS(1, 2, 3)), 0);
    assert_int_equal(domain_call(k, a, INV_DOMAIN_SCHEDULE_CONFIGURE, 0, ARGS(2, 1, 1)), 0);
    assert_int_equal(domain_call(k, a, INV_DOMAIN_SCHEDULE_SET_START, 0, ARGS(0)), 0);
    assert_true(kernel_wants_tick(k));
    assert_false(kernel_is_still(k));
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 2; i++, tick(k))
            assert_int_equal(k->current, a);
        for (unsigned i = 0; i < 3; i++, tick(k))
            assert_int_equal(k->current, b);
        assert_int_equal(k->current, 0);
        assert_false(kernel_is_still(k));
        tick(k);
    }
    thread_suspend(k, a);
    thread_suspend(k, b);
    tick(k);
    assert_int_equal(k->current, 0);
    assert_true(kernel_wants_tick(k));
    assert_true(kernel_is_still(k)); /* for all that they take turns */
}

/* A kernel for several CPUs, of which there is one: who is put there goes behind its equals. */
static void an_affinity_is_a_place_at_the_end_of_the_queue(void **state)
{
    struct kernel *k = *state;
    paddr a, b;

    k->config.num_nodes = 4;
    two_threads(k, &a, &b);
    fake_put(k, fake_thread_slot(k, a, DOMAIN), (struct cap){.type = CAP_THREAD, .obj = a});
    fake_put(k, fake_thread_slot(k, b, DOMAIN), (struct cap){.type = CAP_THREAD, .obj = a});
    assert_int_equal(domain_call(k, a, INV_TCB_SET_AFFINITY, 0, 0, NULL), seL4_TruncatedMessage);
    assert_int_equal(domain_call(k, a, INV_TCB_SET_AFFINITY, 0, ARGS(1)), seL4_IllegalOperation);
    assert_int_equal(k->current, a);
    domain_call(k, a, INV_TCB_SET_AFFINITY, 0, ARGS(0));
    assert_int_equal(k->current, b);
    assert_int_equal(domain_call(k, b, INV_TCB_SET_AFFINITY, 0, ARGS(0)), seL4_NoError);
    assert_int_equal(k->current, b); /* another's place is none of its own */
    issue(k, b, SYS_YIELD, 0, 0);
    assert_int_equal(k->current, a);
}

static void domain_calls_are_checked(void **state)
{
    struct kernel *k = *state;
    paddr a, b;
    k->config.num_domains = 4;
    k->config.num_domain_schedules = 8;
    two_threads(k, &a, &b);
    fake_put(k, fake_thread_slot(k, a, DOMAIN), (struct cap){.type = CAP_DOMAIN});
    buffer_words(k, a)[IPC_BUF_CAPS] = DOMAIN;
    assert_int_equal(domain_call(k, a, INV_DOMAIN_SET_SET, 1, 0, NULL), seL4_TruncatedMessage);
    assert_int_equal(domain_call(k, a, INV_DOMAIN_SET_SET, 1, ARGS(4)), seL4_InvalidArgument);
    assert_int_equal(mr(k, a, 0), 0);
    assert_int_equal(domain_call(k, a, INV_DOMAIN_SET_SET, 0, ARGS(1)), seL4_TruncatedMessage);
    assert_int_equal(domain_call(k, a, INV_DOMAIN_SET_SET, 1, ARGS(1)), seL4_InvalidArgument);
    assert_int_equal(mr(k, a, 0), 1);

    const enum abi_invocation configure = INV_DOMAIN_SCHEDULE_CONFIGURE;
    assert_int_equal(domain_call(k, a, configure, 0, ARGS(7, 0, 1)), seL4_RangeError);
    assert_int_equal(mr(k, a, 1), 6);
    assert_int_equal(domain_call(k, a, configure, 0, ARGS(0, 4, 1)), seL4_RangeError);
    assert_int_equal(mr(k, a, 1), 3);
    assert_int_equal(domain_call(k, a, configure, 0, ARGS(1, 0, BIT(56))), seL4_InvalidArgument);
    assert_int_equal(mr(k, a, 0), 2);
    assert_int_equal(domain_call(k, a, configure, 0, ARGS(1, 1, 0)), seL4_InvalidArgument);
    assert_int_equal(mr(k, a, 0), 1);
    assert_int_equal(domain_call(k, a, configure, 0, ARGS(0, 0, 0)), seL4_InvalidArgument);
    assert_int_equal(mr(k, a, 0), 2);
    const enum abi_invocation start = INV_DOMAIN_SCHEDULE_SET_START;
    assert_int_equal(domain_call(k, a, start, 0, ARGS(8)), seL4_RangeError);
    assert_int_equal(mr(k, a, 1), 7);
    assert_int_equal(domain_call(k, a, start, 0, ARGS(3)), seL4_InvalidArgument);
    assert_int_equal(mr(k, a, 0), 0);
    assert_int_equal(domain_call(k, a, INV_TCB_SUSPEND, 0, 0, NULL), seL4_IllegalOperation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(equals_take_turns),
        KERNEL_TEST(a_higher_priority_runs_first),
        KERNEL_TEST(yield_goes_behind_equals),
        KERNEL_TEST(several_wake_ups_choose_the_best),
        KERNEL_TEST(a_new_priority_counts_at_once),
        KERNEL_TEST(domains_take_turns),
        KERNEL_TEST(an_affinity_is_a_place_at_the_end_of_the_queue),
        KERNEL_TEST(domain_calls_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
