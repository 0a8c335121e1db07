/* What the model tells a recorder, and that it tells nobody else. */
#include "kernel/notification.h"
#include "kernel/record.h"
#include "scene.h"

#define EP   1
#define NTFN 2

struct cast {
    paddr client, server, ep, ntfn;
};

static struct cast make_cast(struct kernel *k)
{
    struct cast c = {.client = scene_thread(k, 50), .server = scene_thread(k, 60)};
    struct cap ep = fake_endpoint(k), ntfn = fake_notification(k);

    fake_put(k, fake_thread_slot(k, c.server, EP), ep);
    fake_put(k, fake_thread_slot(k, c.server, NTFN), ntfn);
    c.ep = ep.obj;
    c.ntfn = ntfn.obj;
    ep.endpoint.badge = 0x77;
    scene_copy(k, fake_thread_slot(k, c.server, EP), c.client, EP, ep);
    ntfn.notification.badge = 4;
    scene_copy(k, fake_thread_slot(k, c.server, NTFN), c.client, NTFN, ntfn);
    kernel_tcb(k, k->current)->state = THREAD_INACTIVE;
    return c;
}

static const struct fake_record *last(struct kernel *k)
{
    return &fake_machine(k)->record;
}

static unsigned told(struct kernel *k, enum record_kind kind)
{
    return fake_machine(k)->records[kind];
}

static void call(struct kernel *k, const struct cast *c)
{
    scene_ready(k, c->client);
    issue(k, c->server, SYS_RECV, EP, 0);
    issue(k, c->client, SYS_CALL, EP, info_word(9, 0, 2));
}

static void nobody_is_told_without_a_recorder(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);

    call(k, &c);
    issue(k, c.server, SYS_SEND, NTFN, 0);
    for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++)
        assert_int_equal(told(k, kind), 0);
}

static void a_message_is_told_as_it_arrives(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);

    k->recording = true;
    call(k, &c);
    assert_int_equal(told(k, RECORD_MESSAGE), 1);
    assert_int_equal(told(k, RECORD_INVOCATION), 0);
    assert_int_equal(last(k)->kind, RECORD_MESSAGE);
    assert_int_equal(last(k)->detail, FAULT_NONE);
    assert_int_equal(last(k)->object, c.server);
    assert_int_equal(last(k)->words[0], c.client);
    assert_int_equal(last(k)->words[1], c.ep);
    assert_int_equal(last(k)->words[2], 0x77);
    assert_int_equal(last(k)->words[3], regs(k, c.server)->rsi);
    assert_int_equal(message_info_from_word(last(k)->words[3]).label, 9);
}

static void a_reply_has_no_endpoint(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);

    k->recording = true;
    call(k, &c);
    issue(k, c.server, SYS_REPLY, 0, info_word(3, 0, 1));
    assert_int_equal(told(k, RECORD_MESSAGE), 2);
    assert_int_equal(last(k)->object, c.client);
    assert_int_equal(last(k)->words[0], c.server);
    assert_int_equal(last(k)->words[1], 0);
    assert_int_equal(message_info_from_word(last(k)->words[3]).label, 3);
}

static void a_message_that_waits_is_told_once_it_is_taken(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);

    k->recording = true;
    scene_ready(k, c.server);
    issue(k, c.client, SYS_SEND, EP, info_word(1, 0, 0));
    assert_int_equal(told(k, RECORD_MESSAGE), 0);
    issue(k, c.server, SYS_RECV, EP, 0);
    assert_int_equal(told(k, RECORD_MESSAGE), 1);
    assert_int_equal(last(k)->words[0], c.client);
}

static void signals_are_delivered_kept_and_taken(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);

    k->recording = true;
    scene_ready(k, c.client);
    issue(k, c.server, SYS_RECV, NTFN, 0);
    issue(k, c.client, SYS_SEND, NTFN, 0);
    assert_int_equal(told(k, RECORD_SIGNAL), 1);
    assert_int_equal(last(k)->words[0], c.server);
    assert_int_equal(last(k)->words[1], 4);
    issue(k, c.client, SYS_SEND, NTFN, 0);
    assert_int_equal(last(k)->kind, RECORD_SIGNAL);
    assert_int_equal(last(k)->words[0], 0);
    issue(k, c.server, SYS_RECV, NTFN, 0);
    assert_int_equal(last(k)->kind, RECORD_TAKEN);
    assert_int_equal(last(k)->object, c.ntfn);
    assert_int_equal(last(k)->words[0], c.server);
    assert_int_equal(last(k)->words[1], 4);
}

static void a_fault_without_handler_is_told(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);

    k->recording = true;
    scene_switch(k, c.client);
    enter(k, (struct stop){.kind = STOP_VM_FAULT, .address = 0x1234, .code = 6});
    assert_int_equal(told(k, RECORD_FAULT), 1);
    assert_int_equal(told(k, RECORD_MESSAGE), 0);
    assert_int_equal(last(k)->detail, FAULT_VM);
    assert_int_equal(last(k)->object, c.client);
    assert_int_equal(last(k)->words[0], 0x1234);
    assert_int_equal(last(k)->words[2], 6);
}

static void an_invocation_is_told_with_its_failure(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);
    struct cap tcb = {.type = CAP_THREAD, .obj = c.client};

    k->recording = true;
    fake_put(k, fake_thread_slot(k, c.client, 5), tcb);
    issue(k, c.client, SYS_CALL, 5, info_word(INV_UNTYPED_RETYPE, 0, 0));
    assert_int_equal(told(k, RECORD_INVOCATION), 1);
    assert_int_equal(told(k, RECORD_FAILURE), 1);
    assert_int_equal(last(k)->detail, seL4_IllegalOperation);
}

static void threads_come_and_go(void **state)
{
    struct kernel *k = *state;
    struct cast c = make_cast(k);

    k->recording = true;
    memcpy(kernel_tcb(k, c.client)->name, "a name that is fairly long", 26);
    record_name(k, c.client);
    assert_int_equal(last(k)->object, c.client);
    assert_memory_equal(last(k)->words, "a name that is fairly long", 27);
    thread_destroy(k, c.client);
    assert_int_equal(last(k)->kind, RECORD_THREAD_GONE);
    assert_int_equal(last(k)->object, c.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(nobody_is_told_without_a_recorder),
        KERNEL_TEST(a_message_is_told_as_it_arrives),
        KERNEL_TEST(a_reply_has_no_endpoint),
        KERNEL_TEST(a_message_that_waits_is_told_once_it_is_taken),
        KERNEL_TEST(signals_are_delivered_kept_and_taken),
        KERNEL_TEST(a_fault_without_handler_is_told),
        KERNEL_TEST(an_invocation_is_told_with_its_failure),
        KERNEL_TEST(threads_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
