/* Scheduling contexts and scheduling control: binding, configuration, consumed time, yielding. */
#include "kernel/cnode.h"
#include "mcs_scene.h"

/* The running thread can invoke a new context, and one with `tcb`'s. */
static void give_objects(struct kernel *k, paddr tcb)
{
    paddr self = k->current;

    put(k, self, CONTEXT, context_cap(new_context(k)));
    put(k, self, CONTROL, (struct cap){.type = CAP_SCHED_CONTROL});
    put(k, self, NTFN, fake_notification(k));
    put(k, self, THREAD, (struct cap){.type = CAP_THREAD, .obj = tcb});
}

static word configure(struct kernel *k, word budget, word period, word extra, word badge,
                      word flags)
{
    return call(k, CONTROL, INV_SCHED_CONTROL_CONFIGURE_FLAGS, CAPS(CONTEXT),
                ARGS(budget, period, extra, badge, flags));
}

static word bind(struct kernel *k, word slot)
{
    return call(k, CONTEXT, INV_SCHED_CONTEXT_BIND, CAPS(slot), NO_ARGS);
}

static word unbind_object(struct kernel *k, word slot)
{
    return call(k, CONTEXT, INV_SCHED_CONTEXT_UNBIND_OBJECT, CAPS(slot), NO_ARGS);
}

static void assert_range_reply(struct kernel *k, word error, word min, word max)
{
    assert_int_equal(error, seL4_RangeError);
    assert_int_equal(mr(k, k->current, 0), min);
    assert_int_equal(mr(k, k->current, 1), max);
}

static void objects_have_real_sizes(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct sched_context), 96);
    assert_int_equal(sizeof(struct refill), 16);
    assert_int_equal(sizeof(struct reply), 32);
    assert_int_equal(refill_capacity(7), 2);
    assert_int_equal(refill_capacity(8), 10);
}

static void configuration_is_checked(void **state)
{
    struct kernel *k = *state;
    paddr b = scene_thread(k, 50);
    word max = refill_max_period_us(k);
    give_objects(k, b);
    assert_range_reply(k, configure(k, 19, 1000, 0, 0, 0), 20, max);
    assert_range_reply(k, configure(k, 20, 19, 0, 0, 0), 20, max);
    assert_range_reply(k, configure(k, max + 1, max + 1, 0, 0, 0), 20, max);
    assert_range_reply(k, configure(k, 20, max + 1, 0, 0, 0), 20, max);
    assert_range_reply(k, configure(k, 1001, 1000, 0, 0, 0), 20, 1000);
    assert_range_reply(k, configure(k, 100, 1000, 25, 0, 0), 0, 24);
    assert_int_equal(
        call(k, CONTROL, INV_SCHED_CONTROL_CONFIGURE_FLAGS, NO_CAPS, ARGS(100, 1000, 0, 0, 0)),
        seL4_TruncatedMessage);
    assert_int_equal(
        call(k, CONTROL, INV_SCHED_CONTROL_CONFIGURE_FLAGS, CAPS(CONTEXT), ARGS(100, 1000, 0, 0)),
        seL4_TruncatedMessage);
    assert_int_equal(
        call(k, CONTROL, INV_SCHED_CONTROL_CONFIGURE_FLAGS, CAPS(NTFN), ARGS(100, 1000, 0, 0, 0)),
        seL4_InvalidCapability);
    assert_int_equal(mr(k, k->current, 0), 1);
    assert_int_equal(call(k, CONTROL, INV_SCHED_CONTEXT_BIND, CAPS(NTFN), NO_ARGS),
                     seL4_IllegalOperation);
    assert_false(sc_is_active(sc_at(k, object(k, k->current, CONTEXT))));
    assert_int_equal(configure(k, 100, 1000, 24, 9, 1), 0);
    const struct sched_context *c = sc_at(k, object(k, k->current, CONTEXT));
    assert_int_equal(c->refill_max, 26);
    assert_int_equal(c->badge, 9);
    assert_true(c->sporadic);
    assert_int_equal(c->period, 1000 * US);
    assert_int_equal(configure(k, max, max, 0, 0, 0), 0);
    assert_true(sc_is_round_robin(c));
}

static void limits_follow_the_configuration(void **state)
{
    struct kernel *k = *state;
    k->tsc_mhz = 2500;
    assert_int_equal(refill_max_period_us(k), UINT64_MAX / 2500 / 8);
    k->config.max_period_us = 5000;
    assert_int_equal(refill_max_period_us(k), 5000);
    k->config.wcet_scale = 3;
    give_objects(k, k->current);
    assert_range_reply(k, configure(k, 59, 1000, 0, 0, 0), 60, 5000);
    assert_range_reply(k, configure(k, 60, 5001, 0, 0, 0), 60, 5000);
    assert_int_equal(configure(k, 60, 5000, 0, 0, 0), 0);
}

static void a_bound_thread_runs(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = scene_thread(k, 150);
    give_objects(k, b);
    kernel_tcb(k, b)->state = THREAD_RUNNING;
    assert_int_equal(bind(k, THREAD), 0); /* not configured: it can't run yet */
    assert_int_equal(k->current, self);
    assert_int_equal(bind(k, THREAD), seL4_IllegalOperation);
    assert_int_equal(configure(k, 500, 1000, 0, 0, 0), 0);
    assert_int_equal(k->current, b);
    assert_int_equal(time_left(k), 500);
    k->now += 500 * US;
    enter(k, (struct stop){.kind = STOP_TICK});
    assert_int_equal(k->current, self);
    assert_int_equal(unbind_object(k, NTFN), seL4_IllegalOperation);
    assert_int_equal(unbind_object(k, CONTEXT), seL4_InvalidCapability);
    assert_int_equal(unbind_object(k, THREAD), 0);
    assert_false(kernel_tcb(k, b)->in_release_queue);
    assert_int_equal(kernel_tcb(k, b)->sched_context, 0);
    assert_int_equal(unbind_object(k, THREAD), seL4_IllegalOperation);
    assert_int_equal(bind(k, CONTROL), seL4_InvalidCapability);
    assert_int_equal(call(k, CONTEXT, INV_SCHED_CONTEXT_BIND, NO_CAPS, NO_ARGS),
                     seL4_TruncatedMessage);
}

static void who_is_blocked_needs_time_at_once(void **state)
{
    struct kernel *k = *state;
    paddr b = scene_thread(k, 150);
    give_objects(k, b);
    put(k, b, EP, fake_endpoint(k));
    endpoint_receive_mcs(k, b, object(k, b, EP), true, 0);
    assert_int_equal(bind(k, THREAD), seL4_IllegalOperation);
    assert_int_equal(configure(k, 500, 1000, 0, 0, 0), 0);
    assert_int_equal(bind(k, THREAD), 0);
    assert_int_equal(state_of(k, b), THREAD_BLOCKED_ON_RECEIVE);
}

static void no_one_unbinds_itself(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current;
    give_objects(k, self);
    put(k, self, OTHER, context_cap(kernel_tcb(k, self)->sched_context));
    assert_int_equal(call(k, OTHER, INV_SCHED_CONTEXT_UNBIND, NO_CAPS, NO_ARGS),
                     seL4_IllegalOperation);
    assert_int_equal(call(k, OTHER, INV_SCHED_CONTEXT_UNBIND_OBJECT, CAPS(THREAD), NO_ARGS),
                     seL4_IllegalOperation);
    assert_int_equal(call(k, OTHER, INV_SCHED_CONTEXT_YIELD_TO, NO_CAPS, NO_ARGS),
                     seL4_IllegalOperation);
}

static void consumed_time_is_told_once(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current;
    put(k, self, OTHER, context_cap(kernel_tcb(k, self)->sched_context));
    pass(k, 5000); /* its slice; who is alone goes on */
    assert_int_equal(k->current, self);
    assert_int_equal(call(k, OTHER, INV_SCHED_CONTEXT_CONSUMED, NO_CAPS, NO_ARGS), 0);
    assert_message(k, self, 0, 0, 1);
    assert_int_equal(mr(k, self, 0), 5000);
    assert_int_equal(call(k, OTHER, INV_SCHED_CONTEXT_CONSUMED, NO_CAPS, NO_ARGS), 0);
    assert_int_equal(mr(k, self, 0), 0);
}

static void a_new_configuration_gains_no_time(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = timed_thread(k, 50, 500, 1000);
    give_objects(k, b);
    put(k, self, OTHER, context_cap(kernel_tcb(k, b)->sched_context));
    kernel_tcb(k, b)->state = THREAD_RUNNING;
    refill_charge(k, context_of(k, b), 400 * US);
    sched_enqueue(k, b);
    assert_int_equal(
        call(k, CONTROL, INV_SCHED_CONTROL_CONFIGURE_FLAGS, CAPS(OTHER), ARGS(600, 2000, 0, 0, 0)),
        0);
    struct sched_context *c = context_of(k, b);
    assert_int_equal(refill_head(c)->amount, 100 * US);
    assert_int_equal(refill_tail(c)->amount, 500 * US);
    assert_int_equal(refill_tail(c)->time, refill_head(c)->time + 2000 * US);
    /* of who can't run all is new */
    thread_suspend(k, b);
    assert_int_equal(
        call(k, CONTROL, INV_SCHED_CONTROL_CONFIGURE_FLAGS, CAPS(OTHER), ARGS(600, 2000, 0, 0, 0)),
        0);
    assert_int_equal(refill_head(c)->amount, 600 * US);
}

static void yielding_down_returns_at_once(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = timed_thread(k, 50, 500, 1000);
    put(k, self, OTHER, context_cap(kernel_tcb(k, b)->sched_context));
    scene_ready(k, b);
    context_of(k, b)->consumed = 123 * US;
    assert_int_equal(call(k, OTHER, INV_SCHED_CONTEXT_YIELD_TO, NO_CAPS, NO_ARGS), 0);
    assert_int_equal(k->current, self);
    assert_int_equal(mr(k, self, 0), 123);
}

static void yielding_to_an_equal_waits_for_its_turn(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = timed_thread(k, 100, 500, 1000);
    put(k, self, OTHER, context_cap(kernel_tcb(k, b)->sched_context));
    scene_ready(k, b);
    call(k, OTHER, INV_SCHED_CONTEXT_YIELD_TO, NO_CAPS, NO_ARGS);
    assert_int_equal(k->current, b);
    assert_int_equal(kernel_tcb(k, self)->yield_to, kernel_tcb(k, b)->sched_context);
    pass(k, 500);
    assert_int_equal(k->current, self);
    assert_int_equal(kernel_tcb(k, self)->yield_to, 0);
    assert_message(k, self, 0, 0, 1);
    assert_int_equal(mr(k, self, 0), 500);
}

static void yielding_needs_authority(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = timed_thread(k, 101, 500, 1000);
    put(k, self, OTHER, context_cap(kernel_tcb(k, b)->sched_context));
    put(k, self, CONTEXT, context_cap(new_context(k)));
    assert_int_equal(call(k, OTHER, INV_SCHED_CONTEXT_YIELD_TO, NO_CAPS, NO_ARGS),
                     seL4_IllegalOperation);
    assert_int_equal(call(k, CONTEXT, INV_SCHED_CONTEXT_YIELD_TO, NO_CAPS, NO_ARGS),
                     seL4_IllegalOperation);
}

/* Both ends of a yield may go away: the yielder hears of it, or is forgotten. */
static void yields_end_with_their_objects(void **state)
{
    struct kernel *k = *state;
    for (unsigned which = 0; which < 3; which++) {
        paddr self = timed_thread(k, 100, 1000, 1000), b = timed_thread(k, 100, 500, 1000);
        scene_switch(k, self);
        paddr sc = kernel_tcb(k, b)->sched_context;
        put(k, self, OTHER, context_cap(sc));
        scene_ready(k, b);
        call(k, OTHER, INV_SCHED_CONTEXT_YIELD_TO, NO_CAPS, NO_ARGS);
        assert_int_equal(k->current, b);
        if (which == 0)
            thread_destroy(k, b);
        else if (which == 1)
            cnode_delete(k, fake_thread_slot(k, self, OTHER), true);
        else
            thread_suspend(k, self);
        assert_int_equal(kernel_tcb(k, self)->yield_to, 0);
        enter(k, (struct stop){.kind = STOP_NONE});
        assert_int_equal(sc_at(k, sc)->yield_from, 0);
        assert_int_equal(k->current, which == 2 ? b : self);
        thread_suspend(k, self);
        if (which)
            thread_suspend(k, b);
    }
}

static void the_end_of_a_context_stops_its_thread(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = timed_thread(k, 150, 500, 1000);
    put(k, self, OTHER, context_cap(kernel_tcb(k, b)->sched_context));
    paddr sc = kernel_tcb(k, b)->sched_context;
    scene_ready(k, b);
    enter(k, (struct stop){.kind = STOP_NONE});
    cnode_delete(k, fake_thread_slot(k, self, OTHER), true);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, self);
    assert_int_equal(kernel_tcb(k, b)->sched_context, 0);
    assert_false(sc_is_active(sc_at(k, sc)));
}

/* ------------------------------------------------------------------ notifications */

static void a_notification_lends_its_context(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = passive_thread(k, 150);
    give_objects(k, b);
    share(k, self, NTFN, b);
    assert_int_equal(configure(k, 500, 1000, 0, 0, 0), 0);
    assert_int_equal(bind(k, NTFN), 0);
    assert_int_equal(bind(k, NTFN), seL4_IllegalOperation);
    thread_set_state(k, b, THREAD_BLOCKED_ON_NOTIFICATION);
    notification_receive(k, b, fake_cap(k, fake_thread_slot(k, b, NTFN)), true);
    issue(k, self, SYS_SEND, NTFN, 0);
    assert_int_equal(k->current, b);
    assert_int_equal(kernel_tcb(k, b)->sched_context, object(k, self, CONTEXT));
    issue(k, b, SYS_WAIT, NTFN, 0);
    assert_int_equal(k->current, self);
    assert_int_equal(kernel_tcb(k, b)->sched_context, 0);
    assert_int_equal(sc_at(k, object(k, self, CONTEXT))->tcb, 0);
    assert_int_equal(unbind_object(k, NTFN), 0);
    issue(k, self, SYS_SEND, NTFN, 0);
    assert_int_equal(k->current, self); /* no time to wake up with */
    assert_int_equal(state_of(k, b), THREAD_RUNNING);
}

static void a_bound_notification_lends_too(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = passive_thread(k, 150);
    give_objects(k, b);
    share(k, self, NTFN, b);
    put(k, b, EP, fake_endpoint(k));
    put(k, b, REPLY, new_reply(k));
    assert_int_equal(configure(k, 500, 1000, 0, 0, 0), 0);
    assert_int_equal(bind(k, NTFN), 0);
    thread_bind_notification(k, b, object(k, b, NTFN));
    start_server(k, b);
    issue(k, self, SYS_SEND, NTFN, 0);
    assert_int_equal(k->current, b);
    receive(k);
    assert_int_equal(kernel_tcb(k, b)->sched_context, 0);
    /* a signal that comes while no one waits is kept, and its context with it */
    thread_suspend(k, b);
    issue(k, self, SYS_SEND, NTFN, 0);
    assert_int_equal(k->current, self);
}

static void a_lender_ends_without_its_context(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current;
    give_objects(k, self);
    assert_int_equal(bind(k, NTFN), 0);
    cnode_delete(k, fake_thread_slot(k, self, NTFN), true);
    assert_int_equal(sc_at(k, object(k, self, CONTEXT))->notification, 0);
    put(k, self, NTFN, fake_notification(k));
    assert_int_equal(bind(k, NTFN), 0);
    cnode_delete(k, fake_thread_slot(k, self, CONTEXT), true);
    enter(k, (struct stop){.kind = STOP_NONE});
    const struct notification *n = kernel_at(k, object(k, self, NTFN));
    assert_int_equal(n->sched_context, 0);
}

/* ------------------------------------------------------------------ TCB invocations */

static word set_sched_params(struct kernel *k, word sc, word handler)
{
    return call(k, THREAD, INV_TCB_SET_SCHED_PARAMS, CAPS(EMPTY + 2, sc, handler), ARGS(90, 80));
}

static void sched_params_bind_and_unbind(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = passive_thread(k, 50), c = timed_thread(k, 50, 500, 500);
    give_objects(k, b);
    put(k, self, EMPTY + 2, (struct cap){.type = CAP_THREAD, .obj = self});
    put(k, self, EP, fake_endpoint(k));
    put(k, self, EMPTY + 3, context_cap(kernel_tcb(k, c)->sched_context));
    assert_int_equal(configure(k, 500, 1000, 0, 0, 0), 0);
    assert_int_equal(set_sched_params(k, NTFN, EP), seL4_InvalidCapability);
    assert_int_equal(mr(k, self, 0), 2);
    assert_int_equal(set_sched_params(k, CONTEXT, NTFN), seL4_InvalidCapability);
    assert_int_equal(mr(k, self, 0), 3);
    assert_int_equal(set_sched_params(k, EMPTY + 3, EP), seL4_IllegalOperation);
    assert_int_equal(set_sched_params(k, CONTEXT, EP), 0);
    assert_int_equal(kernel_tcb(k, b)->sched_context, object(k, self, CONTEXT));
    assert_int_equal(kernel_tcb(k, b)->priority, 80);
    assert_int_equal(kernel_tcb(k, b)->mcp, 90);
    assert_int_equal(kernel_tcb(k, b)->slot[TCB_FAULT_HANDLER].cap.obj, object(k, self, EP));
    assert_int_equal(set_sched_params(k, EMPTY + 3, EP), seL4_IllegalOperation);
    assert_int_equal(set_sched_params(k, CONTEXT, EMPTY), 0);
    assert_int_equal(kernel_tcb(k, b)->slot[TCB_FAULT_HANDLER].cap.type, CAP_NULL);
    assert_int_equal(set_sched_params(k, EMPTY, EP), 0);
    assert_int_equal(kernel_tcb(k, b)->sched_context, 0);
    assert_int_equal(
        call(k, EMPTY + 2, INV_TCB_SET_SCHED_PARAMS, CAPS(EMPTY + 2, EMPTY, EP), ARGS(90, 80)),
        seL4_IllegalOperation);
}

static void a_fault_handler_must_take_calls(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = passive_thread(k, 50);
    struct cap weak = fake_endpoint(k);
    give_objects(k, b);
    weak.endpoint.can_grant = weak.endpoint.can_grant_reply = 0;
    put(k, self, EP, fake_endpoint(k));
    put(k, self, OTHER, weak);
    assert_int_equal(call(k, THREAD, INV_TCB_SET_TIMEOUT_ENDPOINT, CAPS(OTHER), NO_ARGS),
                     seL4_InvalidCapability);
    assert_int_equal(call(k, THREAD, INV_TCB_SET_TIMEOUT_ENDPOINT, NO_CAPS, NO_ARGS),
                     seL4_TruncatedMessage);
    assert_int_equal(call(k, THREAD, INV_TCB_SET_TIMEOUT_ENDPOINT, CAPS(EP), NO_ARGS), 0);
    assert_int_equal(kernel_tcb(k, b)->slot[TCB_TIMEOUT_HANDLER].cap.obj, object(k, self, EP));
    assert_int_equal(call(k, THREAD, INV_TCB_SET_TIMEOUT_ENDPOINT, CAPS(EMPTY), NO_ARGS), 0);
    assert_int_equal(kernel_tcb(k, b)->slot[TCB_TIMEOUT_HANDLER].cap.type, CAP_NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MCS_TEST(objects_have_real_sizes),
        MCS_TEST(configuration_is_checked),
        MCS_TEST(limits_follow_the_configuration),
        MCS_TEST(a_bound_thread_runs),
        MCS_TEST(who_is_blocked_needs_time_at_once),
        MCS_TEST(no_one_unbinds_itself),
        MCS_TEST(consumed_time_is_told_once),
        MCS_TEST(a_new_configuration_gains_no_time),
        MCS_TEST(yielding_down_returns_at_once),
        MCS_TEST(yielding_to_an_equal_waits_for_its_turn),
        MCS_TEST(yielding_needs_authority),
        MCS_TEST(yields_end_with_their_objects),
        MCS_TEST(the_end_of_a_context_stops_its_thread),
        MCS_TEST(a_notification_lends_its_context),
        MCS_TEST(a_bound_notification_lends_too),
        MCS_TEST(a_lender_ends_without_its_context),
        MCS_TEST(sched_params_bind_and_unbind),
        MCS_TEST(a_fault_handler_must_take_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
