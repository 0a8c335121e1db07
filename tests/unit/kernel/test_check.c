/* kernel_check itself: it must find each kind of damage, or it proves nothing. */
#include "kernel/mdb.h"
#include "kernel/sched.h"
#include "kernel_test.h"

static void assert_wrong(struct kernel *k, const char *what)
{
    const char *found = kernel_check(k);
    assert_non_null(found);
    assert_string_equal(found, what);
}

static void a_new_kernel_is_consistent(void **state)
{
    assert_consistent(*state);
}

static void broken_lists_are_found(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    fake_put(k, own(k, 1), ep);
    mdb_insert(k, ep, own(k, 1), own(k, 2));
    cte(k, 1)->mdb.next = own(k, 3);
    assert_wrong(k, "derivation list: the slot after points elsewhere");
    cte(k, 1)->mdb.next = 0;
    assert_wrong(k, "derivation list: the slot before points elsewhere");
    cte(k, 1)->mdb.next = own(k, 2);
    assert_consistent(k);
    cte(k, 1)->cap = CAP_NONE;
    assert_wrong(k, "an empty slot is in a derivation list");
}

static void objects_out_of_place_are_found(void **state)
{
    struct kernel *k = *state;
    struct cap u = fake_untyped(k, 12);
    struct cap ep = {.endpoint = {.type = CAP_ENDPOINT, .obj = u.obj + 64}};

    u.untyped.free = 64;
    fake_put(k, own(k, 1), u);
    mdb_insert_new(k, own(k, 1), own(k, 2), ep);
    assert_wrong(k, "an object lies above its untyped's watermark");
    cte(k, 1)->cap.untyped.free = 80;
    assert_consistent(k);
    ep.obj += 8;
    cte(k, 2)->cap = ep;
    cte(k, 1)->cap.untyped.free = 4096;
    assert_wrong(k, "an object is not aligned");
    ep.obj = k->ram_size;
    cte(k, 2)->cap = ep;
    assert_wrong(k, "an object lies outside RAM");
}

static void overlaps_are_found(void **state)
{
    struct kernel *k = *state;
    struct cap u = fake_untyped(k, 13);
    struct cap node = {.cnode = {.type = CAP_CNODE, .obj = u.obj, .radix = 2}};
    struct cap ep = {.endpoint = {.type = CAP_ENDPOINT, .obj = u.obj + 16}};

    u.untyped.free = 8192;
    fake_put(k, own(k, 1), u);
    mdb_insert_new(k, own(k, 1), own(k, 2), ep);
    mdb_insert_new(k, own(k, 1), own(k, 3), node);
    assert_wrong(k, "two objects overlap");
}

static void slots_apart_are_found(void **state)
{
    struct kernel *k = *state;
    struct cap u = fake_untyped(k, 12);
    struct cap a = {.endpoint = {.type = CAP_ENDPOINT, .obj = u.obj}};
    struct cap b = {.endpoint = {.type = CAP_ENDPOINT, .obj = u.obj + 16}};

    u.untyped.free = 4096;
    fake_put(k, own(k, 1), u);
    mdb_insert_new(k, own(k, 1), own(k, 2), a);
    mdb_insert_new(k, own(k, 1), own(k, 3), b);
    mdb_insert_new(k, own(k, 1), own(k, 4), a);
    assert_wrong(k, "capabilities to one object are apart in the derivation list");
}

static void queue_damage_is_found(void **state)
{
    struct kernel *k = *state;
    paddr tcb = fake_thread(k, 50);
    struct tcb *t = kernel_tcb(k, tcb);

    t->state = THREAD_RUNNING;
    assert_wrong(k, "a runnable thread is on no queue");
    sched_enqueue(k, tcb);
    assert_consistent(k);
    t->state = THREAD_INACTIVE;
    assert_wrong(k, "a thread that can't run is on a ready queue");
    t->state = THREAD_RUNNING;
    t->priority = 51;
    assert_wrong(k, "a thread is on another priority's queue");
    t->priority = 50;
    k->ready[0].bitmap[0] = 0;
    assert_wrong(k, "ready bitmap disagrees with its queue");
}

static void blocked_threads_off_their_queue_are_found(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);
    paddr tcb = fake_thread(k, 50);
    struct endpoint *e = kernel_at(k, ep.obj);

    fake_put(k, own(k, 1), ep);
    kernel_tcb(k, tcb)->state = THREAD_BLOCKED_ON_SEND;
    kernel_tcb(k, tcb)->blocking_object = ep.obj;
    assert_wrong(k, "a thread waits off its endpoint's queue");
    e->head = tcb;
    e->tail = tcb;
    assert_wrong(k, "endpoint state disagrees with its queue");
    e->state = EP_RECV;
    assert_wrong(k, "a waiter is in another state than its queue");
    e->state = EP_SEND;
    assert_consistent(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_new_kernel_is_consistent),
        KERNEL_TEST(broken_lists_are_found),
        KERNEL_TEST(objects_out_of_place_are_found),
        KERNEL_TEST(overlaps_are_found),
        KERNEL_TEST(slots_apart_are_found),
        KERNEL_TEST(queue_damage_is_found),
        KERNEL_TEST(blocked_threads_off_their_queue_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
