/* Reply objects: calls with and without donation, stacks of calls and how they end, faults, the
 * combined system calls, and queues by priority. */
#include "kernel/cnode.h"
#include "mcs_scene.h"

/* A passive server that waits on a new endpoint, which the running thread may call. */
static paddr new_server(struct kernel *k, unsigned priority)
{
    paddr self = k->current, server = passive_thread(k, priority);

    put(k, server, EP, fake_endpoint(k));
    put(k, server, REPLY, new_reply(k));
    share(k, server, EP, self);
    start_server(k, server);
    return server;
}

static void answer(struct kernel *k, paddr server, word value)
{
    set_mr(k, server, 0, value);
    regs(k, server)->r12 = REPLY;
    issue(k, server, SYS_REPLY_RECV, EP, info_word(7, 0, 1));
}

static void a_call_lends_time(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, server = new_server(k, 50);
    paddr sc = kernel_tcb(k, self)->sched_context;
    set_mr(k, self, 0, 42);
    k->now += 300 * US;
    issue(k, self, SYS_CALL, EP, info_word(1, 0, 1));
    assert_int_equal(k->current, server);
    assert_message(k, server, 0, 1, 1);
    assert_int_equal(kernel_tcb(k, server)->sched_context, sc);
    assert_int_equal(kernel_tcb(k, self)->sched_context, 0);
    assert_int_equal(state_of(k, self), THREAD_BLOCKED_ON_REPLY);
    assert_int_equal(sc_at(k, sc)->reply, object(k, server, REPLY));
    k->now += 400 * US;
    answer(k, server, 43);
    assert_int_equal(k->current, self);
    assert_message(k, self, 0, 7, 1);
    assert_int_equal(mr(k, self, 0), 43);
    assert_int_equal(kernel_tcb(k, self)->sched_context, sc);
    assert_int_equal(sc_at(k, sc)->reply, 0);
    assert_int_equal(state_of(k, server), THREAD_BLOCKED_ON_RECEIVE);
    assert_int_equal(time_left(k), 5000 - 700);
}

static void an_active_server_keeps_its_own(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, server = timed_thread(k, 150, 1000, 1000);
    paddr sc = kernel_tcb(k, server)->sched_context;
    put(k, server, EP, fake_endpoint(k));
    put(k, server, REPLY, new_reply(k));
    share(k, server, EP, self);
    scene_switch(k, server);
    receive(k);
    issue(k, self, SYS_CALL, EP, info_word(1, 0, 0));
    assert_int_equal(k->current, server);
    assert_int_equal(kernel_tcb(k, server)->sched_context, sc);
    assert_int_not_equal(kernel_tcb(k, self)->sched_context, 0);
    answer(k, server, 1);
    assert_int_equal(k->current, self);
}

static void a_send_wakes_no_passive_server(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, server = new_server(k, 150);
    issue(k, self, SYS_SEND, EP, info_word(1, 0, 0));
    assert_int_equal(k->current, self);
    assert_int_equal(state_of(k, server), THREAD_RUNNING);
    assert_int_equal(reply_at(k, object(k, server, REPLY))->tcb, 0);
    assert_false(kernel_tcb(k, server)->queued);
}

static void a_call_without_reply_object_never_ends(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, server = timed_thread(k, 150, 1000, 1000);
    put(k, server, EP, fake_endpoint(k));
    share(k, server, EP, self);
    scene_switch(k, server);
    issue(k, server, SYS_WAIT, EP, 0);
    issue(k, self, SYS_CALL, EP, info_word(1, 0, 0));
    assert_int_equal(k->current, server);
    assert_int_equal(state_of(k, self), THREAD_INACTIVE);
}

/* Two calls on one context: the running thread's to `first`, and that one's to `second`. */
static void two_calls(struct kernel *k, paddr *first, paddr *second)
{
    paddr self = k->current;

    *first = new_server(k, 50);
    *second = passive_thread(k, 50);
    put(k, *second, EP, fake_endpoint(k));
    put(k, *second, REPLY, new_reply(k));
    mdb_insert(k, fake_cap(k, fake_thread_slot(k, *second, EP)), fake_thread_slot(k, *second, EP),
               fake_thread_slot(k, *first, NTFN));
    start_server(k, *second);
    issue(k, self, SYS_CALL, EP, info_word(1, 0, 0));
    assert_int_equal(k->current, *first);
    issue(k, *first, SYS_CALL, NTFN, info_word(2, 0, 0));
    assert_int_equal(k->current, *second);
}

static void calls_nest(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, first, second, sc = kernel_tcb(k, self)->sched_context;
    two_calls(k, &first, &second);
    assert_int_equal(kernel_tcb(k, second)->sched_context, sc);
    assert_int_equal(sc_at(k, sc)->reply, object(k, second, REPLY));
    assert_int_equal(reply_at(k, object(k, second, REPLY))->prev, object(k, first, REPLY));
    answer(k, second, 1);
    assert_int_equal(k->current, first);
    assert_int_equal(sc_at(k, sc)->reply, object(k, first, REPLY));
    answer(k, first, 2);
    assert_int_equal(k->current, self);
    assert_int_equal(kernel_tcb(k, self)->sched_context, sc);
}

static void the_top_reply_object_gives_time_back(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, first, second, sc = kernel_tcb(k, self)->sched_context;
    two_calls(k, &first, &second);
    cnode_delete(k, fake_thread_slot(k, second, REPLY), true);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(kernel_tcb(k, first)->sched_context, sc);
    assert_int_equal(state_of(k, first), THREAD_INACTIVE);
    assert_int_equal(k->current, 0);
    assert_int_equal(sc_at(k, sc)->reply, object(k, first, REPLY));
}

static void a_lower_reply_object_breaks_the_stack(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, first, second, sc = kernel_tcb(k, self)->sched_context;
    two_calls(k, &first, &second);
    cnode_delete(k, fake_thread_slot(k, first, REPLY), true);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(state_of(k, self), THREAD_INACTIVE);
    assert_int_equal(kernel_tcb(k, self)->sched_context, 0);
    answer(k, second, 1);
    assert_int_equal(kernel_tcb(k, first)->sched_context, sc);
    assert_int_equal(sc_at(k, sc)->reply, 0);
}

static void a_caller_that_is_stopped_gets_nothing_back(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, first, second, sc = kernel_tcb(k, self)->sched_context;
    two_calls(k, &first, &second);
    thread_suspend(k, first);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, second);
    assert_int_equal(kernel_tcb(k, second)->sched_context, sc);
    assert_int_equal(sc_at(k, sc)->reply, 0);
    answer(k, second, 1);
    assert_int_equal(k->current, 0);
    /* the server keeps what no one can be given */
    assert_int_equal(kernel_tcb(k, second)->sched_context, sc);
}

static void the_end_of_the_context_ends_no_call(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, server = new_server(k, 50), sc = kernel_tcb(k, self)->sched_context;
    put(k, self, CONTEXT, context_cap(sc));
    issue(k, self, SYS_CALL, EP, info_word(1, 0, 0));
    cnode_delete(k, fake_thread_slot(k, self, CONTEXT), true);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, 0);
    assert_int_equal(state_of(k, self), THREAD_BLOCKED_ON_REPLY);
    reply_transfer(k, server, object(k, server, REPLY), true);
    assert_int_equal(state_of(k, self), THREAD_RUNNING);
    assert_int_equal(kernel_tcb(k, self)->sched_context, 0);
}

static void who_got_other_time_meanwhile_keeps_it(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, server = new_server(k, 50), sc = kernel_tcb(k, self)->sched_context;
    paddr other = new_context(k);
    issue(k, self, SYS_CALL, EP, info_word(1, 0, 0));
    refill_new(k, sc_at(k, other), 2, 500 * US, 0);
    sc_bind_tcb(k, other, self);
    answer(k, server, 1);
    assert_int_equal(kernel_tcb(k, self)->sched_context, other);
    assert_int_equal(kernel_tcb(k, server)->sched_context, sc);
    assert_int_equal(k->current, self);
}

static void a_reply_object_serves_one_call(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, server = new_server(k, 50);
    issue(k, self, SYS_CALL, EP, info_word(1, 0, 0));
    regs(k, server)->r12 = REPLY;
    issue(k, server, SYS_RECV, EP, 0);
    /* the call that was not answered is given up; its time stays with the server */
    assert_int_equal(state_of(k, self), THREAD_INACTIVE);
    assert_int_equal(reply_at(k, object(k, server, REPLY))->tcb, server);
    assert_int_not_equal(kernel_tcb(k, server)->sched_context, 0);
}

static void an_unused_reply_object_answers_no_one(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current;
    put(k, self, REPLY, new_reply(k));
    issue(k, self, SYS_SEND, REPLY, info_word(1, 0, 0));
    assert_int_equal(k->current, self);
    assert_int_equal(call(k, REPLY, INV_INVALID, NO_CAPS, NO_ARGS), 0);
}

static void a_receiver_must_name_a_reply_object(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current;
    put(k, self, EP, fake_endpoint(k));
    regs(k, self)->r12 = EMPTY;
    issue(k, self, SYS_RECV, EP, 0);
    assert_int_equal(state_of(k, self), THREAD_INACTIVE); /* a cap fault without handler */
    assert_int_equal(k->fault.kind, FAULT_CAP);
    assert_int_equal(k->fault.address, EMPTY);
    assert_true(k->fault.in_receive);
}

static void receivers_in_vain_are_told(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current;
    put(k, self, EP, fake_endpoint(k));
    put(k, self, REPLY, new_reply(k));
    put(k, self, NTFN, fake_notification(k));
    regs(k, self)->r12 = REPLY;
    issue(k, self, SYS_NB_RECV, EP, 0);
    assert_int_equal(k->current, self);
    assert_int_equal(regs(k, self)->rdi, 0);
    issue(k, self, SYS_NB_WAIT, NTFN, 0);
    assert_int_equal(regs(k, self)->rdi, 0);
    assert_int_equal(reply_at(k, object(k, self, REPLY))->tcb, 0);
}

static void sending_and_receiving_in_one_lends_time(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, server = new_server(k, 50), sc = kernel_tcb(k, self)->sched_context;
    put(k, self, NTFN, fake_notification(k));
    regs(k, self)->r12 = EP;
    issue(k, self, SYS_NB_SEND_WAIT, NTFN, info_word(3, 0, 0));
    assert_int_equal(k->current, server);
    assert_message(k, server, 0, 3, 0);
    assert_int_equal(kernel_tcb(k, server)->sched_context, sc);
    assert_int_equal(state_of(k, self), THREAD_BLOCKED_ON_NOTIFICATION);
}

static void send_receive_names_its_destination_in_r13(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, server = new_server(k, 50);
    put(k, self, OTHER, fake_endpoint(k));
    put(k, self, REPLY, new_reply(k));
    regs(k, self)->r12 = REPLY;
    regs(k, self)->r13 = EP;
    issue(k, self, SYS_NB_SEND_RECV, OTHER, info_word(3, 0, 0));
    assert_int_equal(k->current, server);
    assert_int_equal(state_of(k, self), THREAD_BLOCKED_ON_RECEIVE);
}

static void the_first_phase_invokes_no_threads(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, b = timed_thread(k, 50, 500, 500);
    put(k, self, OTHER, (struct cap){.type = CAP_THREAD, .obj = b});
    put(k, self, NTFN, fake_notification(k));
    ((struct notification *)kernel_at(k, object(k, self, NTFN)))->state = NTFN_ACTIVE;
    scene_ready(k, b);
    regs(k, self)->r12 = OTHER;
    issue(k, self, SYS_NB_SEND_WAIT, NTFN, info_word(INV_TCB_SUSPEND, 0, 0));
    assert_int_equal(state_of(k, b), THREAD_RUNNING);
    assert_int_equal(k->current, self);
}

/* ------------------------------------------------------------------ faults */

static void a_faulting_thread_lends_time_to_its_handler(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current, handler = new_server(k, 150);
    paddr sc = kernel_tcb(k, self)->sched_context;
    mdb_move(k, fake_cap(k, fake_thread_slot(k, self, EP)), fake_thread_slot(k, self, EP),
             fake_slot(self, TCB_FAULT_HANDLER));
    regs(k, self)->fault_ip = regs(k, self)->rip;
    enter(k, (struct stop){.kind = STOP_VM_FAULT, .address = 0x1234});
    assert_int_equal(k->current, handler);
    assert_int_equal(kernel_tcb(k, handler)->sched_context, sc);
    assert_int_equal(mr(k, handler, 1), 0x1234);
    regs(k, handler)->r12 = REPLY;
    issue(k, handler, SYS_REPLY_RECV, EP, info_word(0, 0, 0));
    assert_int_equal(k->current, self);
    assert_int_equal(kernel_tcb(k, self)->fault.kind, FAULT_NONE);
    assert_int_equal(kernel_tcb(k, self)->sched_context, sc);
}

static void a_fault_that_no_one_takes_stays(void **state)
{
    struct kernel *k = *state;
    paddr self = k->current;
    fake_put(k, fake_slot(self, TCB_FAULT_HANDLER), fake_endpoint(k));
    enter(k, (struct stop){.kind = STOP_VM_FAULT, .address = 0x1234});
    assert_int_equal(state_of(k, self), THREAD_BLOCKED_ON_SEND);
    endpoint_cancel_all(k, fake_cap(k, fake_slot(self, TCB_FAULT_HANDLER)).obj);
    assert_int_equal(state_of(k, self), THREAD_INACTIVE);
}

/* The caller's budget runs out in the server: the server waits for it, or the caller's time. */
static void borrowed_time_runs_out(void **state)
{
    struct kernel *k = *state;
    paddr client = timed_thread(k, 150, 500, 2000);
    scene_switch(k, client);
    paddr server = new_server(k, 150);
    issue(k, client, SYS_CALL, EP, info_word(1, 0, 0));
    pass(k, 500);
    assert_true(kernel_tcb(k, server)->in_release_queue);
    pass(k, 1500);
    assert_int_equal(k->current, server);
    answer(k, server, 1);
    assert_int_equal(k->current, client);
}

/* ------------------------------------------------------------------ queues */

static void waiters_are_served_by_priority(void **state)
{
    struct kernel *k = *state;
    static const unsigned priorities[] = {50, 70, 60, 70, 40};
    paddr self = k->current, t[5];
    put(k, self, EP, fake_endpoint(k));
    put(k, self, REPLY, new_reply(k));
    for (unsigned i = 0; i < 5; i++) {
        t[i] = timed_thread(k, priorities[i], 1000, 1000);
        share(k, self, EP, t[i]);
        issue(k, t[i], SYS_SEND, EP, info_word(i, 0, 0));
    }
    static const unsigned order[] = {4, 1, 3, 2, 0};
    sched_set_priority(k, t[4], 90);
    for (unsigned i = 0; i < 5; i++) {
        regs(k, self)->r12 = REPLY;
        issue(k, self, SYS_NB_RECV, EP, 0);
        assert_int_equal(info_of(k, self).label, order[i]);
    }
}

static void signals_wake_by_priority(void **state)
{
    struct kernel *k = *state;
    static const unsigned priorities[] = {50, 70, 60};
    paddr self = k->current, t[3];
    put(k, self, NTFN, fake_notification(k));
    for (unsigned i = 0; i < 3; i++) {
        t[i] = timed_thread(k, priorities[i], 1000, 1000);
        share(k, self, NTFN, t[i]);
        issue(k, t[i], SYS_WAIT, NTFN, 0);
    }
    sched_set_priority(k, t[0], 65);
    issue(k, self, SYS_SEND, NTFN, 0);
    assert_int_equal(state_of(k, t[1]), THREAD_RUNNING);
    issue(k, self, SYS_SEND, NTFN, 0);
    assert_int_equal(state_of(k, t[0]), THREAD_RUNNING);
    assert_int_equal(state_of(k, t[2]), THREAD_BLOCKED_ON_NOTIFICATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MCS_TEST(a_call_lends_time),
        MCS_TEST(an_active_server_keeps_its_own),
        MCS_TEST(a_send_wakes_no_passive_server),
        MCS_TEST(a_call_without_reply_object_never_ends),
        MCS_TEST(calls_nest),
        MCS_TEST(the_top_reply_object_gives_time_back),
        MCS_TEST(a_lower_reply_object_breaks_the_stack),
        MCS_TEST(a_caller_that_is_stopped_gets_nothing_back),
        MCS_TEST(the_end_of_the_context_ends_no_call),
        MCS_TEST(who_got_other_time_meanwhile_keeps_it),
        MCS_TEST(a_reply_object_serves_one_call),
        MCS_TEST(an_unused_reply_object_answers_no_one),
        MCS_TEST(a_receiver_must_name_a_reply_object),
        MCS_TEST(receivers_in_vain_are_told),
        MCS_TEST(sending_and_receiving_in_one_lends_time),
        MCS_TEST(send_receive_names_its_destination_in_r13),
        MCS_TEST(the_first_phase_invokes_no_threads),
        MCS_TEST(a_faulting_thread_lends_time_to_its_handler),
        MCS_TEST(a_fault_that_no_one_takes_stays),
        MCS_TEST(borrowed_time_runs_out),
        MCS_TEST(waiters_are_served_by_priority),
        MCS_TEST(signals_wake_by_priority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
