/* The short form: who waits for whom, and when nothing is worth a word. */
#include "view_test.h"

enum { EP = 1, NTFN, OTHER };

struct cast {
    paddr root, client, server, ep, ntfn;
};

/* `root` has all rights to both objects but no part in the play. */
static struct cast set_up(struct kernel *k)
{
    struct cast c = {.root = k->current};
    struct cap ep = fake_endpoint(k), ntfn = fake_notification(k);

    c.client = scene_thread(k, 100);
    c.server = scene_thread(k, 101);
    c.ep = ep.obj;
    c.ntfn = ntfn.obj;
    fake_put(k, fake_thread_slot(k, c.root, EP), ep);
    fake_put(k, fake_thread_slot(k, c.root, NTFN), ntfn);
    ep.endpoint.can_receive = 0;
    ep.endpoint.badge = 7;
    scene_copy(k, fake_thread_slot(k, c.root, EP), c.client, EP, ep);
    ep.endpoint.can_receive = 1;
    ep.endpoint.can_send = 0;
    ep.endpoint.badge = 0;
    scene_copy(k, fake_thread_slot(k, c.root, EP), c.server, EP, ep);
    name_thread(k, c.root, "rootserver");
    name_thread(k, c.client, "client");
    name_thread(k, c.server, "server");
    kernel_tcb(k, c.client)->state = kernel_tcb(k, c.server)->state = THREAD_INACTIVE;
    return c;
}

static void end_root(struct kernel *k, paddr root)
{
    scene_switch(k, root);
    enter(k, (struct stop){.kind = STOP_VM_FAULT, .address = 0, .code = 4});
    assert_int_equal(state_of(k, root), THREAD_INACTIVE);
}

static void a_hello_world_that_ended_is_not_worth_a_word(void **state)
{
    struct kernel *k = *state;

    end_root(k, k->current);
    assert_int_equal(show_short(k, false), 0);
    assert_string_equal(shown, "");
    assert_int_equal(show_short(k, true), 2);
    assert_shown("was stopped by a fault: read of 0x0 (code 0x4)");
}

static void neither_is_one_whose_server_still_waits(void **state)
{
    struct kernel *k = *state;
    struct cast c = set_up(k);

    issue(k, c.server, SYS_RECV, EP, 0);
    end_root(k, c.root);
    assert_int_equal(show_short(k, false), 0);
}

static void a_call_that_nobody_receives_names_the_endpoint(void **state)
{
    struct kernel *k = *state;
    struct cast c = set_up(k);

    issue(k, c.client, SYS_CALL, EP, info_word(0, 0, 0));
    end_root(k, c.root);
    assert_true(show_short(k, false) > 0);
    assert_shown(join("client waits to call ", named("ep", c.ep),
                      " as badge 7: only server and others, which have ended, could receive that\n",
                      NULL));
}

static void who_has_not_been_answered_names_who_was_called(void **state)
{
    struct kernel *k = *state;
    struct cast c = set_up(k);

    issue(k, c.server, SYS_RECV, EP, 0);
    issue(k, c.client, SYS_CALL, EP, info_word(0, 0, 0));
    scene_copy(k, fake_thread_slot(k, c.root, NTFN), c.server, NTFN,
               fake_cap(k, fake_thread_slot(k, c.root, NTFN)));
    issue(k, c.server, SYS_RECV, NTFN, 0);
    end_root(k, c.root);
    assert_true(show_short(k, false) > 0);
    assert_shown("client waits for a reply from server\n");
    assert_shown(join("server waits for ", named("ntfn", c.ntfn), ": ", NULL));
}

static void two_that_call_each_other_are_a_cycle(void **state)
{
    struct kernel *k = *state;
    struct cast c = set_up(k);
    struct cap back = fake_endpoint(k);

    fake_put(k, fake_thread_slot(k, c.client, OTHER), back);
    back.endpoint.can_receive = 0;
    scene_copy(k, fake_thread_slot(k, c.client, OTHER), c.server, OTHER, back);
    issue(k, c.server, SYS_RECV, EP, 0);
    issue(k, c.client, SYS_CALL, EP, info_word(0, 0, 0));
    issue(k, c.server, SYS_CALL, OTHER, info_word(0, 0, 0));
    end_root(k, c.root);
    assert_true(show_short(k, false) > 0);
    assert_shown("a cycle: client -> server -> client\n");
    assert_shown(join("server waits to call ", named("ep", back.obj),
                      ": client could receive that\n", NULL));
}

static void a_capability_that_nobody_has_is_named(void **state)
{
    struct kernel *k = *state;
    paddr lonely = scene_thread(k, 90);
    struct cap ep = fake_endpoint(k);

    ep.endpoint.can_receive = 0;
    name_thread(k, lonely, "lonely");
    fake_put(k, fake_thread_slot(k, lonely, EP), ep);
    issue(k, lonely, SYS_SEND, EP, info_word(0, 0, 0));
    show_short(k, false);
    assert_shown(join("lonely waits to send to ", named("ep", ep.obj),
                      ": nobody has a capability to receive it\n", NULL));
}

static void who_waits_for_itself_is_told_so(void **state)
{
    struct kernel *k = *state;
    paddr lonely = scene_thread(k, 90);
    struct cap ntfn = fake_notification(k);

    name_thread(k, lonely, "lonely");
    fake_put(k, fake_thread_slot(k, lonely, NTFN), ntfn);
    issue(k, lonely, SYS_RECV, NTFN, 0);
    show_short(k, true);
    assert_shown(join("lonely waits for ", named("ntfn", ntfn.obj),
                      ": nobody else has a capability to signal it\n", NULL));
}

static void a_missing_capability_is_named(void **state)
{
    struct kernel *k = *state;
    struct cast c = set_up(k);

    issue(k, c.client, SYS_NB_SEND, 0x55, info_word(0, 0, 0));
    show_short(k, true);
    assert_shown("client, last failure: capability 0x55 was invoked, but the slot was empty");
    issue(k, c.client, SYS_CALL, 0x1000, info_word(0, 0, 0));
    show_short(k, true);
    assert_shown(
        "client was stopped by a fault: a send on capability 0x1000: the guard there is 0x0");
}

static void what_was_missing_and_is_there_now_is_told(void **state)
{
    struct kernel *k = *state;
    struct cast c = set_up(k);

    issue(k, c.client, SYS_NB_SEND, OTHER, info_word(0, 0, 0));
    scene_copy(k, fake_thread_slot(k, c.root, NTFN), c.client, OTHER,
               fake_cap(k, fake_thread_slot(k, c.root, NTFN)));
    show_short(k, true);
    assert_shown(join("but the slot was empty; now there is ", named("ntfn", c.ntfn),
                      " (signal+wait)", NULL));
}

static void a_thread_that_was_resumed_is_not_called_faulted(void **state)
{
    struct kernel *k = *state;
    struct cast c = set_up(k);

    scene_switch(k, c.client);
    enter(k, (struct stop){.kind = STOP_EXCEPTION, .number = 6});
    show_short(k, true);
    assert_shown("client was stopped by a fault: processor exception 6");
    thread_restart(k, c.client);
    thread_suspend(k, c.client);
    show_short(k, true);
    assert_not_shown("client was stopped");
}

static void five_hundred_threads_fit(void **state)
{
    struct kernel *k = *state;
    struct cast c = set_up(k);

    for (unsigned i = 0; i < 500; i++) {
        paddr tcb = scene_thread(k, 50);

        fake_put(k, fake_thread_slot(k, tcb, EP), fake_cap(k, fake_thread_slot(k, c.client, EP)));
        scene_switch(k, tcb);
        regs(k, tcb)->rdx = -(word)SYS_CALL;
        regs(k, tcb)->rdi = EP;
        kernel_enter(k, &(struct stop){.kind = STOP_SYSCALL});
    }
    end_root(k, c.root);
    assert_true(show_short(k, false) <= VIEW_SHORT_LINES);
    assert_shown("and 496 more threads wait to send\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_hello_world_that_ended_is_not_worth_a_word),
        KERNEL_TEST(neither_is_one_whose_server_still_waits),
        KERNEL_TEST(a_call_that_nobody_receives_names_the_endpoint),
        KERNEL_TEST(who_has_not_been_answered_names_who_was_called),
        KERNEL_TEST(two_that_call_each_other_are_a_cycle),
        KERNEL_TEST(a_capability_that_nobody_has_is_named),
        KERNEL_TEST(who_waits_for_itself_is_told_so),
        KERNEL_TEST(a_missing_capability_is_named),
        KERNEL_TEST(what_was_missing_and_is_there_now_is_told),
        KERNEL_TEST(a_thread_that_was_resumed_is_not_called_faulted),
        KERNEL_TEST(five_hundred_threads_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
