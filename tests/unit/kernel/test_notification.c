/* Notifications: kept, taken, polled and bound signals. */
#include "kernel/notification.h"
#include "kernel/thread.h"
#include "scene.h"

#define EP   1
#define NTFN 2

struct cast {
    paddr waiter, signaller, ntfn, ep;
};

static struct cast make_cast(struct kernel *k)
{
    struct cast c = {.waiter = scene_thread(k, 50), .signaller = scene_thread(k, 40)};
    struct cap ntfn = fake_notification(k), ep = fake_endpoint(k);
    fake_put(k, fake_thread_slot(k, c.waiter, NTFN), ntfn);
    fake_put(k, fake_thread_slot(k, c.waiter, EP), ep);
    c.ntfn = ntfn.obj;
    c.ep = ep.obj;
    ntfn.notification.badge = 4;
    scene_copy(k, fake_thread_slot(k, c.waiter, NTFN), c.signaller, NTFN, ntfn);
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    return c;
}

static struct notification *ntfn_at(struct kernel *k, paddr ntfn)
{
    return kernel_at(k, ntfn);
}

static void a_signal_wakes_the_waiter(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    scene_ready(k, c.signaller);
    issue(k, c.waiter, SYS_RECV, NTFN, 0x55);
    assert_int_equal(state_of(k, c.waiter), THREAD_BLOCKED_ON_NOTIFICATION);
    issue(k, c.signaller, SYS_SEND, NTFN, 0);
    /* of higher priority, it runs at once; its message info stays as it was */
    assert_int_equal(k->current, c.waiter);
    assert_int_equal(regs(k, c.waiter)->rdi, 4);
    assert_int_equal(regs(k, c.waiter)->rsi, 0x55);
    assert_int_equal(ntfn_at(k, c.ntfn)->state, NTFN_IDLE);
}

static void signals_that_no_one_takes_are_joined(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    issue(k, c.signaller, SYS_SEND, NTFN, 0);
    cte_at(k, fake_thread_slot(k, c.signaller, NTFN))->cap.notification.badge = 1;
    issue(k, c.signaller, SYS_NB_SEND, NTFN, 0);
    issue(k, c.waiter, SYS_RECV, NTFN, 0);
    assert_int_equal(k->current, c.waiter);
    assert_int_equal(regs(k, c.waiter)->rdi, 5);
    /* taken once */
    issue(k, c.waiter, SYS_NB_RECV, NTFN, 0);
    assert_int_equal(regs(k, c.waiter)->rdi, 0);
}

static void a_call_of_a_notification_returns_at_once(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    issue(k, c.signaller, SYS_CALL, NTFN, info_word(9, 0, 3));
    assert_message(k, c.signaller, 0, 0, 0);
    assert_int_equal(ntfn_at(k, c.ntfn)->state, NTFN_ACTIVE);
}

static void a_bound_thread_gets_signals_on_its_endpoint(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    thread_bind_notification(k, c.waiter, c.ntfn);
    scene_ready(k, c.signaller);
    issue(k, c.waiter, SYS_RECV, EP, 0);
    assert_int_equal(state_of(k, c.waiter), THREAD_BLOCKED_ON_RECEIVE);
    issue(k, c.signaller, SYS_SEND, NTFN, 0);
    assert_int_equal(k->current, c.waiter);
    assert_int_equal(regs(k, c.waiter)->rdi, 4);
    const struct endpoint *e = kernel_at(k, c.ep);
    assert_int_equal(e->state, EP_IDLE);
    /* and a signal that came before */
    issue(k, c.signaller, SYS_SEND, NTFN, 0);
    regs(k, c.waiter)->rdi = 0;
    issue(k, c.waiter, SYS_RECV, EP, 0);
    assert_int_equal(k->current, c.waiter);
    assert_int_equal(regs(k, c.waiter)->rdi, 4);
}

static void a_caller_is_not_woken_by_its_bound_notification(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    thread_bind_notification(k, c.waiter, c.ntfn);
    issue(k, c.waiter, SYS_CALL, EP, 0);
    assert_int_equal(state_of(k, c.waiter), THREAD_BLOCKED_ON_SEND);
    issue(k, c.signaller, SYS_SEND, NTFN, 0);
    assert_int_equal(state_of(k, c.waiter), THREAD_BLOCKED_ON_SEND);
    assert_int_equal(ntfn_at(k, c.ntfn)->state, NTFN_ACTIVE);
}

static void others_may_not_wait_on_a_bound_notification(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    thread_bind_notification(k, c.waiter, c.ntfn);
    issue(k, c.signaller, SYS_RECV, NTFN, 0);
    assert_int_equal(state_of(k, c.signaller), THREAD_INACTIVE);
    assert_int_equal(k->fault.kind, FAULT_CAP);
    assert_true(k->fault.in_receive);
    thread_unbind_notification(k, c.waiter);
    assert_int_equal(ntfn_at(k, c.ntfn)->bound_tcb, 0);
    issue(k, c.signaller, SYS_RECV, NTFN, 0);
    assert_int_equal(state_of(k, c.signaller), THREAD_BLOCKED_ON_NOTIFICATION);
}

static void binding_is_checked(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    paddr s = c.signaller;
    fake_put(k, fake_thread_slot(k, s, 5), (struct cap){.type = CAP_THREAD, .obj = c.waiter});
    word *words = buffer_words(k, s);
    words[IPC_BUF_CAPS] = EP;
    issue(k, s, SYS_CALL, 5, info_word(INV_TCB_BIND_NOTIFICATION, 0, 0));
    assert_int_equal(info_of(k, s).label, seL4_TruncatedMessage);
    words[IPC_BUF_CAPS] = 6; /* not a notification */
    issue(k, s, SYS_CALL, 5, info_word(INV_TCB_BIND_NOTIFICATION, 1, 0));
    assert_int_equal(info_of(k, s).label, seL4_IllegalOperation);
    words[IPC_BUF_CAPS] = NTFN;
    cte_at(k, fake_thread_slot(k, s, NTFN))->cap.notification.can_receive = 0;
    issue(k, s, SYS_CALL, 5, info_word(INV_TCB_BIND_NOTIFICATION, 1, 0));
    assert_int_equal(info_of(k, s).label, seL4_IllegalOperation);
    cte_at(k, fake_thread_slot(k, s, NTFN))->cap.notification.can_receive = 1;
    issue(k, s, SYS_CALL, 5, info_word(INV_TCB_BIND_NOTIFICATION, 1, 0));
    assert_int_equal(info_of(k, s).label, seL4_NoError);
    assert_int_equal(kernel_tcb(k, c.waiter)->bound_notification, c.ntfn);
    /* twice */
    issue(k, s, SYS_CALL, 5, info_word(INV_TCB_BIND_NOTIFICATION, 1, 0));
    assert_int_equal(info_of(k, s).label, seL4_IllegalOperation);
    issue(k, s, SYS_CALL, 5, info_word(INV_TCB_UNBIND_NOTIFICATION, 0, 0));
    assert_int_equal(info_of(k, s).label, seL4_NoError);
    issue(k, s, SYS_CALL, 5, info_word(INV_TCB_UNBIND_NOTIFICATION, 0, 0));
    assert_int_equal(info_of(k, s).label, seL4_IllegalOperation);
}

static void an_ended_notification_restarts_its_waiters(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    issue(k, c.waiter, SYS_RECV, NTFN, 0);
    notification_cancel_all(k, c.ntfn);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, c.waiter);
    assert_int_equal(regs(k, c.waiter)->rip, SYSCALL_IP);
    issue(k, c.waiter, SYS_RECV, NTFN, 0);
    thread_suspend(k, c.waiter);
    assert_int_equal(ntfn_at(k, c.ntfn)->state, NTFN_IDLE);
    assert_int_equal(state_of(k, c.waiter), THREAD_INACTIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_signal_wakes_the_waiter),
        KERNEL_TEST(signals_that_no_one_takes_are_joined),
        KERNEL_TEST(a_call_of_a_notification_returns_at_once),
        KERNEL_TEST(a_bound_thread_gets_signals_on_its_endpoint),
        KERNEL_TEST(a_caller_is_not_woken_by_its_bound_notification),
        KERNEL_TEST(others_may_not_wait_on_a_bound_notification),
        KERNEL_TEST(binding_is_checked),
        KERNEL_TEST(an_ended_notification_restarts_its_waiters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
