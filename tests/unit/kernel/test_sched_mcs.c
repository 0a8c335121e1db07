/* Time with MCS: budgets and their return, the release queue, timeouts, domains. */
#include "mcs_scene.h"

/* What all refills of the context come to, us. */
static uint64_t sum(const struct sched_context *c)
{
    uint64_t total = 0;

    for (uint64_t i = c->refill_head;; i = i + 1 == c->refill_max ? 0 : i + 1) {
        total += c->refill[i].amount;
        if (i == c->refill_tail)
            return total / US;
    }
}

static unsigned refills(const struct sched_context *c)
{
    return (c->refill_tail + c->refill_max - c->refill_head) % c->refill_max + 1;
}

static void equals_take_turns(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 1000, 1000), b = timed_thread(k, 150, 2000, 2000);
    scene_switch(k, a);
    scene_ready(k, b);
    assert_int_equal(time_left(k), 1000);
    pass(k, 400);
    assert_int_equal(k->current, a);
    assert_int_equal(time_left(k), 600);
    pass(k, 600);
    assert_int_equal(k->current, b);
    assert_int_equal(time_left(k), 2000);
    pass(k, 2000);
    assert_int_equal(k->current, a);
    assert_int_equal(time_left(k), 1000);
}

static void a_preempted_slice_goes_on(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 1000, 1000), high = timed_thread(k, 200, 100, 10000);
    scene_switch(k, a);
    k->now += 300 * US;
    kernel_tcb(k, high)->state = THREAD_RESTART;
    sc_resume(k, kernel_tcb(k, high)->sched_context);
    sched_possible_switch_to(k, high);
    enter(k, (struct stop){.kind = STOP_TICK});
    assert_int_equal(k->current, high);
    pass(k, 100);
    assert_int_equal(k->current, a);
    assert_int_equal(time_left(k), 700);
}

static void a_budget_comes_back_after_a_period(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 200, 1000);
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    scene_switch(k, a);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(time_left(k), 200);
        pass(k, 200);
        assert_int_equal(k->current, 0);
        assert_true(kernel_tcb(k, a)->in_release_queue);
        assert_int_equal(time_left(k), 800);
        pass(k, 799);
        assert_int_equal(k->current, 0);
        pass(k, 1);
        assert_int_equal(k->current, a);
    }
}

static void who_overruns_waits_longer(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 200, 1000);
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    scene_switch(k, a);
    pass(k, 500); /* the timer comes 300 us late: a budget and a half too much */
    assert_int_equal(k->current, 0);
    assert_int_equal(time_left(k), 1600);
    pass(k, 1600);
    assert_int_equal(k->current, a);
    assert_int_equal(sum(context_of(k, a)), 200);
}

static void too_little_left_means_later(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 200, 1000);
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    put(k, a, NTFN, fake_notification(k));
    k->now += 181 * US; /* 19 are left, 20 it must have */
    issue(k, a, SYS_SEND, NTFN, 0);
    assert_int_equal(k->current, 0);
    assert_int_equal(((struct notification *)kernel_at(k, object(k, a, NTFN)))->state, NTFN_IDLE);
    pass(k, 2000);
    assert_int_equal(k->current, a);
    issue_again(k);
    assert_int_equal(((struct notification *)kernel_at(k, object(k, a, NTFN)))->state, NTFN_ACTIVE);
    assert_int_equal(state_of(k, a), THREAD_RUNNING);
}

static void faults_need_time_too(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 200, 1000);
    scene_switch(k, a);
    k->now += 190 * US;
    enter(k, (struct stop){.kind = STOP_VM_FAULT, .address = 0x1000});
    assert_true(kernel_tcb(k, a)->in_release_queue);
    assert_int_equal(state_of(k, a), THREAD_RESTART);
    assert_int_equal(fake_machine(k)->log_count, 0);
}

/* Whatever a thread does with it, a budget stays what it is and no period has more. */
static void refills_sum_up_to_the_budget(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 500, 2000), sc = kernel_tcb(k, a)->sched_context;
    struct sched_context *c = sc_at(k, sc);
    uint64_t used = 0, start;
    refill_new(k, c, 5, 500 * US, 2000 * US);
    c->sporadic = true;
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    put(k, a, NTFN, fake_notification(k));
    scene_switch(k, a);
    start = k->now;
    for (unsigned i = 0; i < 400; i++) {
        uint64_t step = (i * 37) % 90 + 1;
        if (k->current == a) {
            used += step;
            k->now += step * US;
            issue(k, a, SYS_WAIT, NTFN, 0);
        } else {
            pass(k, step);
            if (state_of(k, a) == THREAD_BLOCKED_ON_NOTIFICATION) {
                notification_signal(k, object(k, a, NTFN), 1);
                enter(k, (struct stop){.kind = STOP_NONE});
            }
        }
        assert_int_equal(sum(c), 500);
        assert_true(refills(c) <= 5);
        uint64_t periods = (k->now - start) / US / 2000 + 1;
        assert_true(used <= (periods + 1) * 500 + 90 * periods);
    }
    assert_true(used > 500);
}

static void blocking_splits_the_budget(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 500, 2000);
    uint64_t start = k->now;
    put(k, a, NTFN, fake_notification(k));
    scene_switch(k, a);
    k->now += 100 * US;
    issue(k, a, SYS_WAIT, NTFN, 0);
    assert_int_equal(refills(context_of(k, a)), 2);
    assert_int_equal(refill_head(context_of(k, a))->amount, 400 * US);
    assert_int_equal(refill_tail(context_of(k, a))->amount, 100 * US);
    assert_int_equal(refill_tail(context_of(k, a))->time, start + 2000 * US);
}

static void unused_time_counts_from_the_wake_up(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 500, 2000);
    put(k, a, NTFN, fake_notification(k));
    context_of(k, a)->sporadic = true;
    scene_switch(k, a);
    issue(k, a, SYS_WAIT, NTFN, 0);
    k->now += 700 * US;
    time_update(k);
    notification_signal(k, object(k, a, NTFN), 1);
    assert_int_equal(refill_head(context_of(k, a))->time, k->now);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, a);
}

/* Without the sporadic flag unused time counts from when the thread gets the processor instead. */
static void constant_bandwidth_counts_from_running(void **state)
{
    struct kernel *k = *state;
    for (unsigned sporadic = 0; sporadic < 2; sporadic++) {
        paddr self = k->current, a = timed_thread(k, 50, 500, 2000);
        uint64_t woken = k->now;
        context_of(k, a)->sporadic = sporadic;
        scene_ready(k, a);
        k->now += 700 * US;
        enter(k, (struct stop){.kind = STOP_TICK});
        assert_int_equal(k->current, self);
        thread_suspend(k, self);
        enter(k, (struct stop){.kind = STOP_NONE});
        assert_int_equal(k->current, a);
        assert_int_equal(refill_head(context_of(k, a))->time, sporadic ? woken : k->now);
        thread_suspend(k, a);
        scene_switch(k, self);
    }
}

static void yield_gives_the_rest_up(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 500, 2000);
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    scene_switch(k, a);
    k->now += 100 * US;
    issue(k, a, SYS_YIELD, 0, 0);
    assert_int_equal(k->current, 0);
    assert_int_equal(time_left(k), 1900);
    assert_int_equal(context_of(k, a)->consumed, 100 * US);
}

static void yield_goes_behind_equals(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 1000, 1000), b = timed_thread(k, 150, 1000, 1000);
    scene_switch(k, a);
    scene_ready(k, b);
    k->now += 300 * US;
    issue(k, a, SYS_YIELD, 0, 0);
    assert_int_equal(k->current, b);
    assert_int_equal(time_left(k), 1000);
    pass(k, 1000);
    assert_int_equal(k->current, a);
    assert_int_equal(time_left(k), 1000);
}

static void the_first_due_is_released_first(void **state)
{
    struct kernel *k = *state;
    static const unsigned periods[] = {3000, 1000, 2000};
    paddr t[3];
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    for (unsigned i = 0; i < 3; i++) {
        t[i] = timed_thread(k, 150, 100, periods[i]);
        scene_switch(k, t[i]);
        kernel_tcb(k, t[i])->queued = false;
        pass(k, 100);
        assert_true(kernel_tcb(k, t[i])->in_release_queue);
        k->current = 0;
        k->current_sc = 0;
    }
    assert_int_equal(k->release_queue.head, t[1]);
    assert_int_equal(k->release_queue.tail, t[0]);
    pass(k, time_left(k));
    assert_int_equal(k->current, t[1]);
    thread_suspend(k, t[2]); /* from the middle of nothing: it leaves the queue */
    assert_int_equal(k->release_queue.head, t[0]);
    assert_int_equal(k->release_queue.tail, t[0]);
}

static void a_timeout_is_told(void **state)
{
    struct kernel *k = *state;
    paddr handler = k->current, a = timed_thread(k, 50, 500, 2000);
    put(k, handler, EP, fake_endpoint(k));
    put(k, handler, REPLY, new_reply(k));
    mdb_insert(k, fake_cap(k, fake_thread_slot(k, handler, EP)), fake_thread_slot(k, handler, EP),
               fake_slot(a, TCB_TIMEOUT_HANDLER));
    context_of(k, a)->badge = 77;
    scene_ready(k, a);
    receive(k);
    assert_int_equal(k->current, a);
    pass(k, 500);
    assert_int_equal(k->current, handler);
    assert_message(k, handler, 0, TIMEOUT_LABEL, 2);
    assert_int_equal(mr(k, handler, 0), 77);
    assert_int_equal(mr(k, handler, 1), 500);
    assert_int_equal(state_of(k, a), THREAD_BLOCKED_ON_REPLY);
    /* the reply may set registers; without budget the thread waits, and is not told again */
    set_mr(k, handler, 0, 0x5000);
    issue(k, handler, SYS_SEND, REPLY, info_word(0, 0, 1));
    assert_int_equal(regs(k, a)->fault_ip, 0x5000);
    assert_true(kernel_tcb(k, a)->in_release_queue);
    pass(k, 2000);
    assert_int_equal(state_of(k, a), THREAD_RESTART);
}

static void round_robin_has_no_timeouts(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 500, 500);
    fake_put(k, fake_slot(a, TCB_TIMEOUT_HANDLER), fake_endpoint(k));
    scene_switch(k, a);
    pass(k, 500);
    assert_int_equal(k->current, a);
    assert_int_equal(time_left(k), 500);
}

/* `tcb`, running, revokes a capability with 19 copies; each takes 50 us. */
static void start_long_work(struct kernel *k, paddr tcb)
{
    struct cap node = fake_cnode(k, 6, 0, 0);
    paddr first = fake_put(k, fake_slot(node.obj, 0), fake_endpoint(k));

    k->config.max_work_units = 1;
    fake_machine(k)->irq_pending_takes = 50 * US;
    put(k, tcb, OTHER, node);
    for (unsigned i = 1; i < 20; i++)
        mdb_insert(k, fake_cap(k, first), first, fake_slot(node.obj, i));
    set_mr(k, tcb, 0, 0);
    set_mr(k, tcb, 1, 6);
    issue(k, tcb, SYS_CALL, OTHER, info_word(INV_CNODE_REVOKE, 0, 2));
}

static bool work_is_done(struct kernel *k, paddr tcb)
{
    return fake_cap(k, fake_slot(object(k, tcb, OTHER), 19)).type == CAP_NULL &&
           fake_cap(k, fake_slot(object(k, tcb, OTHER), 1)).type == CAP_NULL;
}

static void long_work_ends_with_the_budget(void **state)
{
    struct kernel *k = *state;
    paddr a = timed_thread(k, 150, 300, 1000);
    unsigned entries = 1;
    scene_switch(k, a);
    start_long_work(k, a);
    assert_true(kernel_tcb(k, a)->in_release_queue);
    for (; !work_is_done(k, a); entries++) {
        assert_true(entries < 40);
        pass(k, 1000);
        if (k->current == a)
            issue_again(k);
    }
    assert_int_equal(info_of(k, a).label, 0);
    assert_true(entries > 3);
}

static void long_work_makes_way_for_who_is_due(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, high = timed_thread(k, 150, 100, 1000);
    scene_switch(k, high);
    pass(k, 100);
    assert_int_equal(k->current, self);
    k->now += 700 * US;
    start_long_work(k, self);
    assert_int_equal(k->current, high);
    assert_true(k->in_preemptible);
    assert_false(work_is_done(k, self));
    assert_true(k->now - k->cur_time == 0);
    pass(k, 100);
    while (!work_is_done(k, self)) {
        if (k->current == self)
            issue_again(k);
        else
            pass(k, 100);
    }
}

static void domains_take_turns(void **state)
{
    struct kernel *k = *state;
    paddr a = k->current, b = timed_thread(k, 10, 5000, 5000);
    k->config.num_domains = 2;
    k->tsc_mhz = 2000;
    k->domain_schedule[0] = (struct domain_schedule){.domain = 0, .length = 600 * 2000};
    k->domain_schedule[1] = (struct domain_schedule){.domain = 1, .length = 400 * 2000};
    k->domain_time = 600 * US;
    kernel_tcb(k, b)->domain = 1;
    scene_ready(k, b);
    assert_int_equal(time_left(k), 600);
    pass(k, 600);
    assert_int_equal(k->current, b);
    assert_int_equal(time_left(k), 400);
    pass(k, 200);
    assert_int_equal(k->current, b);
    pass(k, 200);
    assert_int_equal(k->current, a);
    assert_int_equal(time_left(k), 600);
    k->now += 590 * US; /* too little for an entry is nothing */
    put(k, a, NTFN, fake_notification(k));
    issue(k, a, SYS_SEND, NTFN, 0);
    assert_int_equal(k->current, b);
    assert_int_equal(state_of(k, a), THREAD_RESTART);
}

static void without_time_nothing_is_due(void **state)
{
    struct kernel *k = *state;
    thread_suspend(k, k->current);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, 0);
    assert_true(kernel_deadline(k) == UINT64_MAX);
    assert_false(kernel_wants_tick(k));
    k->now += 1000000 * US;
    enter(k, (struct stop){.kind = STOP_TICK});
    assert_int_equal(k->current, 0);
}

static void ticks_become_time(void **state)
{
    struct kernel *k = *state;
    k->tsc_mhz = 3000;
    assert_int_equal(time_of_ticks(k, 3000), 1000);
    assert_int_equal(time_of_ticks(k, 1), 1);
    assert_int_equal(time_of_ticks(k, 3000ull * 1000000 + 1500), 1000000500ull);
    k->tsc_mhz = 1;
    assert_true(time_of_ticks(k, MASK(56)) > MASK(56));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MCS_TEST(equals_take_turns),
        MCS_TEST(a_preempted_slice_goes_on),
        MCS_TEST(a_budget_comes_back_after_a_period),
        MCS_TEST(who_overruns_waits_longer),
        MCS_TEST(too_little_left_means_later),
        MCS_TEST(faults_need_time_too),
        MCS_TEST(refills_sum_up_to_the_budget),
        MCS_TEST(blocking_splits_the_budget),
        MCS_TEST(unused_time_counts_from_the_wake_up),
        MCS_TEST(constant_bandwidth_counts_from_running),
        MCS_TEST(yield_gives_the_rest_up),
        MCS_TEST(yield_goes_behind_equals),
        MCS_TEST(the_first_due_is_released_first),
        MCS_TEST(a_timeout_is_told),
        MCS_TEST(round_robin_has_no_timeouts),
        MCS_TEST(long_work_ends_with_the_budget),
        MCS_TEST(long_work_makes_way_for_who_is_due),
        MCS_TEST(domains_take_turns),
        MCS_TEST(without_time_nothing_is_due),
        MCS_TEST(ticks_become_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
