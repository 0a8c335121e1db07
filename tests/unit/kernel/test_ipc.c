/* Messages through endpoints: both orders of meeting, badges, calls, capability transfer. */
#include "kernel/cnode.h"
#include "kernel/endpoint.h"
#include "scene.h"

#define EP        1 /* the endpoint, in both threads' CSpaces */
#define GIFT      2
#define GIFT2     3
#define RECV_SLOT 20
#define ROOT      31 /* a thread's own CNode */
#define BADGE     0x5eed

struct pair {
    paddr a, b, ep; /* a sends, b receives */
};

/* Two threads of equal priority; a's endpoint capability is badged and has `cap`'s rights. */
static struct pair make_pair(struct kernel *k, struct cap rights)
{
    struct pair p = {.a = scene_thread(k, 50), .b = scene_thread(k, 50)};
    struct cap ep = fake_endpoint(k);
    fake_put(k, fake_thread_slot(k, p.b, EP), ep);
    struct cap send = ep;
    send.endpoint.badge = BADGE;
    send.endpoint.can_grant = rights.endpoint.can_grant;
    send.endpoint.can_grant_reply = rights.endpoint.can_grant_reply;
    send.endpoint.can_receive = 0;
    scene_copy(k, fake_thread_slot(k, p.b, EP), p.a, EP, send);
    p.ep = ep.obj;
    /* the thread of the common set-up stays out of it */
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    return p;
}

static const struct cap all_rights = {.endpoint = {.can_grant = 1, .can_grant_reply = 1}};

/* Lets `tcb` receive capabilities at RECV_SLOT of its own CNode. */
static void offer_slot(struct kernel *k, paddr tcb)
{
    paddr root = fake_slot(tcb, TCB_CTABLE);
    word *words = buffer_words(k, tcb);
    scene_copy(k, root, tcb, ROOT, fake_cap(k, root));
    words[IPC_BUF_RECV_CNODE] = ROOT;
    words[IPC_BUF_RECV_INDEX] = RECV_SLOT;
    words[IPC_BUF_RECV_DEPTH] = 64;
}

static void a_message_reaches_a_waiting_receiver(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    scene_ready(k, p.a);
    issue(k, p.b, SYS_RECV, EP, 0);
    assert_int_equal(state_of(k, p.b), THREAD_BLOCKED_ON_RECEIVE);
    assert_int_equal(k->current, p.a);

    for (unsigned i = 0; i < 6; i++)
        set_mr(k, p.a, i, 100 + i);
    issue(k, p.a, SYS_SEND, EP, info_word(0xabc, 0, 6));
    assert_message(k, p.b, BADGE, 0xabc, 6);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(mr(k, p.b, i), 100 + i);
    assert_int_equal(state_of(k, p.b), THREAD_RUNNING);
    assert_int_equal(state_of(k, p.a), THREAD_RUNNING);
    /* of equal priority, the sender goes on */
    assert_int_equal(k->current, p.a);
    assert_int_equal(regs(k, p.a)->rip, SYSCALL_IP + 2);
}

static void senders_wait_in_order(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    paddr c = scene_thread(k, 50);
    scene_copy(k, fake_thread_slot(k, p.b, EP), c, EP, fake_cap(k, fake_thread_slot(k, p.b, EP)));

    set_mr(k, p.a, 0, 1);
    issue(k, p.a, SYS_SEND, EP, info_word(1, 0, 1));
    set_mr(k, c, 0, 2);
    issue(k, c, SYS_SEND, EP, info_word(2, 0, 1));
    assert_int_equal(k->current, 0);
    assert_int_equal(state_of(k, p.a), THREAD_BLOCKED_ON_SEND);

    issue(k, p.b, SYS_RECV, EP, 0);
    assert_message(k, p.b, BADGE, 1, 1);
    assert_int_equal(mr(k, p.b, 0), 1);
    assert_int_equal(state_of(k, p.a), THREAD_RUNNING);
    assert_int_equal(state_of(k, c), THREAD_BLOCKED_ON_SEND);
    issue(k, p.b, SYS_RECV, EP, 0);
    assert_message(k, p.b, 0, 2, 1);
    assert_int_equal(mr(k, p.b, 0), 2);
}

static void non_blocking_calls_do_not_wait(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);

    issue(k, p.a, SYS_NB_SEND, EP, info_word(1, 0, 1));
    assert_int_equal(state_of(k, p.a), THREAD_RUNNING);
    assert_int_equal(regs(k, p.a)->rip, SYSCALL_IP + 2);
    issue(k, p.b, SYS_NB_RECV, EP, 0x77);
    assert_int_equal(k->current, p.b);
    assert_int_equal(regs(k, p.b)->rdi, 0);
    assert_int_equal(regs(k, p.b)->rsi, 0x77);
}

static void a_call_is_answered(void **state)
{
    struct kernel *k = *state;
    for (unsigned receiver_first = 0; receiver_first < 2; receiver_first++) {
        struct pair p = make_pair(k, all_rights);
        if (receiver_first)
            issue(k, p.b, SYS_RECV, EP, 0);
        set_mr(k, p.a, 0, 11);
        issue(k, p.a, SYS_CALL, EP, info_word(7, 0, 1));
        if (!receiver_first)
            issue(k, p.b, SYS_RECV, EP, 0);
        assert_int_equal(k->current, p.b);
        assert_int_equal(state_of(k, p.a), THREAD_BLOCKED_ON_REPLY);
        assert_message(k, p.b, BADGE, 7, 1);
        struct cap reply = fake_cap(k, fake_slot(p.b, TCB_CALLER));
        assert_int_equal(reply.type, CAP_REPLY);
        assert_int_equal(reply.obj, p.a);
        assert_false(reply.reply.is_master);

        set_mr(k, p.b, 0, 22);
        issue(k, p.b, SYS_REPLY, 0, info_word(8, 0, 1));
        assert_message(k, p.a, 0, 8, 1);
        assert_int_equal(mr(k, p.a, 0), 22);
        assert_int_equal(state_of(k, p.a), THREAD_RUNNING);
        assert_int_equal(fake_cap(k, fake_slot(p.b, TCB_CALLER)).type, CAP_NULL);
        /* there is no one left to answer */
        issue(k, p.b, SYS_REPLY, 0, info_word(9, 0, 0));
        assert_int_equal(info_of(k, p.a).label, 8);
        thread_suspend(k, p.a);
        thread_suspend(k, p.b);
    }
}

static void reply_recv_serves_one_caller_after_another(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    issue(k, p.b, SYS_RECV, EP, 0);
    for (word i = 1; i < 4; i++) {
        issue(k, p.a, SYS_CALL, EP, info_word(i, 0, 0));
        assert_int_equal(k->current, p.b);
        assert_message(k, p.b, BADGE, i, 0);
        issue(k, p.b, SYS_REPLY_RECV, EP, info_word(100 + i, 0, 0));
        assert_int_equal(k->current, p.a);
        assert_message(k, p.a, 0, 100 + i, 0);
        assert_int_equal(state_of(k, p.b), THREAD_BLOCKED_ON_RECEIVE);
    }
}

static void a_reply_capability_works_from_the_cspace(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    issue(k, p.b, SYS_RECV, EP, 0);
    issue(k, p.a, SYS_CALL, EP, info_word(1, 0, 0));
    paddr caller = fake_slot(p.b, TCB_CALLER);
    mdb_move(k, fake_cap(k, caller), caller, fake_thread_slot(k, p.b, 9));
    issue(k, p.b, SYS_SEND, 9, info_word(5, 0, 0));
    assert_message(k, p.a, 0, 5, 0);
    assert_int_equal(state_of(k, p.a), THREAD_RUNNING);
    assert_int_equal(fake_cap(k, fake_thread_slot(k, p.b, 9)).type, CAP_NULL);
}

static void a_new_receive_drops_the_old_caller(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    issue(k, p.b, SYS_RECV, EP, 0);
    issue(k, p.a, SYS_CALL, EP, info_word(1, 0, 0));
    issue(k, p.b, SYS_RECV, EP, 0);
    assert_int_equal(state_of(k, p.a), THREAD_BLOCKED_ON_REPLY);
    assert_int_equal(fake_cap(k, fake_slot(p.b, TCB_CALLER)).type, CAP_NULL);
    /* and the caller can be stopped and started again: its call is issued anew */
    thread_suspend(k, p.a);
    assert_consistent(k);
    thread_restart(k, p.a);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, p.a);
    assert_int_equal(regs(k, p.a)->rip, SYSCALL_IP);
}

static void a_call_without_rights_gets_no_reply(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, CAP_NONE);
    issue(k, p.b, SYS_RECV, EP, 0);
    issue(k, p.a, SYS_CALL, EP, info_word(1, 0, 0));
    assert_message(k, p.b, BADGE, 1, 0);
    assert_int_equal(state_of(k, p.a), THREAD_INACTIVE);
    assert_int_equal(fake_cap(k, fake_slot(p.b, TCB_CALLER)).type, CAP_NULL);
}

static void grant_reply_allows_replies_but_no_gifts(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, (struct cap){.endpoint = {.can_grant_reply = 1}});
    fake_put(k, fake_thread_slot(k, p.a, GIFT), fake_endpoint(k));
    buffer_words(k, p.a)[IPC_BUF_CAPS] = GIFT;
    offer_slot(k, p.b);
    issue(k, p.b, SYS_RECV, EP, 0);
    issue(k, p.a, SYS_CALL, EP, info_word(1, 1, 0));
    assert_int_equal(info_of(k, p.b).extra_caps, 0);
    assert_int_equal(state_of(k, p.a), THREAD_BLOCKED_ON_REPLY);
}

static void capabilities_travel(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    struct cap gift = fake_notification(k);
    offer_slot(k, p.b);

    /* a gift, the endpoint itself (unwrapped), and a second gift that has no room */
    fake_put(k, fake_thread_slot(k, p.a, GIFT), gift);
    fake_put(k, fake_thread_slot(k, p.a, GIFT2), fake_endpoint(k));
    word *words = buffer_words(k, p.a);
    words[IPC_BUF_CAPS] = GIFT;
    words[IPC_BUF_CAPS + 1] = EP;
    words[IPC_BUF_CAPS + 2] = GIFT2;
    issue(k, p.a, SYS_SEND, EP, info_word(1, 3, 0));
    issue(k, p.b, SYS_RECV, EP, 0);
    assert_int_equal(info_of(k, p.b).extra_caps, 2);
    assert_int_equal(info_of(k, p.b).caps_unwrapped, 2);
    assert_int_equal(buffer_words(k, p.b)[IPC_BUF_CAPS + 1], BADGE);
    struct cap got = fake_cap(k, fake_thread_slot(k, p.b, RECV_SLOT));
    assert_int_equal(got.type, CAP_NOTIFICATION);
    assert_int_equal(got.obj, gift.obj);
    assert_int_equal(fake_cap(k, fake_thread_slot(k, p.a, GIFT)).type, CAP_NOTIFICATION);
    assert_consistent(k);
}

static void without_a_receive_slot_only_badges_arrive(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    fake_put(k, fake_thread_slot(k, p.a, GIFT), fake_notification(k));
    word *words = buffer_words(k, p.a);
    words[IPC_BUF_CAPS] = EP;
    words[IPC_BUF_CAPS + 1] = GIFT;
    issue(k, p.a, SYS_SEND, EP, info_word(1, 2, 0));
    issue(k, p.b, SYS_RECV, EP, 0);
    assert_int_equal(info_of(k, p.b).extra_caps, 1);
    assert_int_equal(info_of(k, p.b).caps_unwrapped, 1);
    assert_int_equal(buffer_words(k, p.b)[IPC_BUF_CAPS], BADGE);
}

static void an_unreachable_gift_is_a_fault_of_the_sender(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    buffer_words(k, p.a)[IPC_BUF_CAPS] = 1ull << 40;
    issue(k, p.a, SYS_NB_SEND, EP, info_word(1, 1, 0));
    assert_int_equal(state_of(k, p.a), THREAD_RUNNING);
    issue(k, p.a, SYS_SEND, EP, info_word(1, 1, 0));
    assert_int_equal(state_of(k, p.a), THREAD_INACTIVE); /* it has no fault handler */
    assert_int_equal(k->fault.kind, FAULT_CAP);
    assert_int_equal(k->fault.address, 1ull << 40);
}

static void messages_are_cut_to_what_fits(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    /* more than a message holds */
    set_mr(k, p.a, 119, 0x119);
    issue(k, p.a, SYS_SEND, EP, info_word(1, 0, 127));
    issue(k, p.b, SYS_RECV, EP, 0);
    assert_message(k, p.b, BADGE, 1, 120);
    assert_int_equal(mr(k, p.b, 119), 0x119);
    /* a buffer that the receiver may not write */
    cte_at(k, fake_slot(p.b, TCB_BUFFER))->cap.frame.rights = VM_READ_ONLY;
    issue(k, p.a, SYS_SEND, EP, info_word(1, 0, 10));
    issue(k, p.b, SYS_RECV, EP, 0);
    assert_message(k, p.b, BADGE, 1, 4);
}

static void rights_are_checked(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    cte_at(k, fake_thread_slot(k, p.a, EP))->cap.endpoint.can_send = 0;
    issue(k, p.a, SYS_CALL, EP, info_word(1, 0, 0));
    assert_int_equal(info_of(k, p.a).label, seL4_InvalidCapability);
    assert_int_equal(mr(k, p.a, 0), 0);
    assert_int_equal(info_of(k, p.a).length, 1);
    /* receiving without the right is a cap fault */
    issue(k, p.a, SYS_RECV, EP, 0);
    assert_int_equal(state_of(k, p.a), THREAD_INACTIVE);
    assert_true(k->fault.in_receive);
    assert_int_equal(k->fault.lookup.type, seL4_MissingCapability);
    assert_int_equal(k->fault.lookup.bits_left, 0);
}

static void an_ended_endpoint_restarts_its_waiters(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    issue(k, p.a, SYS_SEND, EP, info_word(1, 0, 0));
    endpoint_cancel_all(k, p.ep);
    assert_int_equal(state_of(k, p.a), THREAD_RESTART);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, p.a);
    assert_int_equal(regs(k, p.a)->rip, SYSCALL_IP);
}

static void badged_sends_are_cancelled_alone(void **state)
{
    struct kernel *k = *state;
    struct pair p = make_pair(k, all_rights);
    paddr c = scene_thread(k, 50);
    scene_copy(k, fake_thread_slot(k, p.b, EP), c, EP, fake_cap(k, fake_thread_slot(k, p.b, EP)));
    issue(k, p.a, SYS_SEND, EP, info_word(1, 0, 0));
    issue(k, c, SYS_SEND, EP, info_word(1, 0, 0));
    endpoint_cancel_badged_sends(k, p.ep, BADGE);
    assert_int_equal(state_of(k, p.a), THREAD_RESTART);
    assert_int_equal(state_of(k, c), THREAD_BLOCKED_ON_SEND);
    enter(k, (struct stop){.kind = STOP_NONE});
    assert_int_equal(k->current, p.a);
}

static void an_invocation_of_nothing_is_an_error(void **state)
{
    struct kernel *k = *state;
    paddr a = scene_thread(k, 50);
    issue(k, a, SYS_CALL, 77, info_word(INV_TCB_SUSPEND, 0, 0));
    assert_int_equal(info_of(k, a).label, seL4_InvalidCapability);
    assert_int_equal(regs(k, a)->rdi, 0);
    /* nothing is written for a send */
    issue(k, a, SYS_SEND, 77, 0x123);
    assert_int_equal(regs(k, a)->rsi, 0x123);
    assert_int_equal(regs(k, a)->rdi, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_message_reaches_a_waiting_receiver),
        KERNEL_TEST(senders_wait_in_order),
        KERNEL_TEST(non_blocking_calls_do_not_wait),
        KERNEL_TEST(a_call_is_answered),
        KERNEL_TEST(reply_recv_serves_one_caller_after_another),
        KERNEL_TEST(a_reply_capability_works_from_the_cspace),
        KERNEL_TEST(a_new_receive_drops_the_old_caller),
        KERNEL_TEST(a_call_without_rights_gets_no_reply),
        KERNEL_TEST(grant_reply_allows_replies_but_no_gifts),
        KERNEL_TEST(capabilities_travel),
        KERNEL_TEST(without_a_receive_slot_only_badges_arrive),
        KERNEL_TEST(an_unreachable_gift_is_a_fault_of_the_sender),
        KERNEL_TEST(messages_are_cut_to_what_fits),
        KERNEL_TEST(rights_are_checked),
        KERNEL_TEST(an_ended_endpoint_restarts_its_waiters),
        KERNEL_TEST(badged_sends_are_cancelled_alone),
        KERNEL_TEST(an_invocation_of_nothing_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
