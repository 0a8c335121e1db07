/* Host objects in the kernel model: what is checked before the machine is asked, and their lives.
 */
#include "kernel/cnode.h"
#include "kernel/host.h"
#include "kernel/mdb.h"
#include "kernel/notification.h"
#include "kernel/syscall.h"
#include "kernel_test.h"

enum { FOLDER, COPY, FRAME, READ_ONLY, CNODE, NTFN, FIRST_FREE };

struct fixture {
    struct kernel *k;
    paddr tcb;
    paddr frame;
};

static struct fixture f;

static paddr slot(unsigned index)
{
    return fake_thread_slot(f.k, f.tcb, index);
}

static struct cap frame_cap(enum vm_rights rights)
{
    return (struct cap){.frame = {.type = CAP_FRAME, .obj = f.frame, .rights = rights}};
}

static int set_up(void **state)
{
    (void)state;
    f.k = fake_kernel_new();
    f.tcb = fake_thread(f.k, 100);
    fake_run(f.k, f.tcb);
    f.frame = fake_alloc(f.k, PAGE_BITS);
    fake_put(f.k, slot(FOLDER), fake_host_object(f.k, 3, SEL4UX_HOST_DIRECTORY, true));
    fake_put(f.k, slot(FRAME), frame_cap(VM_READ_WRITE));
    fake_put(f.k, slot(READ_ONLY), frame_cap(VM_READ_ONLY));
    fake_put(f.k, slot(CNODE), kernel_tcb(f.k, f.tcb)->slot[TCB_CTABLE].cap);
    fake_put(f.k, slot(NTFN), fake_notification(f.k));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_kernel_free(f.k);
    return 0;
}

static struct invocation request(unsigned object, word label, unsigned count, const word *args)
{
    struct invocation inv = fake_invocation(f.k, slot(object), INV_INVALID, count, args);

    inv.number = label;
    return inv;
}

/* Opens something through `object` into slot `dest`; the result. */
static int64_t open_into(unsigned object, unsigned dest, word flags)
{
    word args[] = {0, 4, dest, 64, flags};
    struct invocation inv = request(object, SEL4UX_HOST_OPEN, 5, args);

    fake_extra(&inv, slot(FRAME));
    fake_extra(&inv, slot(CNODE));
    assert_int_equal(decode_host(f.k, &inv), DONE);
    return (int64_t)inv.result[0];
}

static void assert_failed(struct invocation *inv, unsigned error)
{
    unsigned before = fake_machine(f.k)->host_requests;

    assert_int_equal(decode_host(f.k, inv), FAILED);
    assert_int_equal(f.k->error.type, error);
    assert_int_equal(fake_machine(f.k)->host_requests, before);
}

static void test_a_read_names_physical_memory(void **state)
{
    word args[] = {16, 100, 7000};
    struct invocation inv = request(FOLDER, SEL4UX_HOST_READ, 3, args);
    const struct host_request *asked = &fake_machine(f.k)->host_request;

    (void)state;
    fake_machine(f.k)->host_result = 42;
    fake_extra(&inv, slot(FRAME));
    assert_int_equal(decode_host(f.k, &inv), DONE);
    assert_int_equal(inv.result[0], 42);
    assert_int_equal(inv.result_count, 1);
    assert_int_equal(asked->label, SEL4UX_HOST_READ);
    assert_int_equal(asked->object, 3);
    assert_int_equal(asked->buffer, f.frame + 16);
    assert_int_equal(asked->size, 100);
    assert_int_equal(asked->argument[0], 7000);
    assert_true(asked->fills);
}

static void test_buffers_are_checked(void **state)
{
    static const word ranges[][2] = {{4096, 1}, {1, 4096}, {4097, 0}, {~0ull, 1}, {0, ~0ull}};
    struct cap device = frame_cap(VM_READ_WRITE);

    (void)state;
    for (unsigned i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        word args[] = {ranges[i][0], ranges[i][1], 0};
        struct invocation inv = request(FOLDER, SEL4UX_HOST_READ, 3, args);

        fake_extra(&inv, slot(FRAME));
        assert_failed(&inv, seL4_RangeError);
    }
    word args[] = {0, 8, 0};
    struct invocation inv = request(FOLDER, SEL4UX_HOST_READ, 3, args);
    fake_extra(&inv, slot(READ_ONLY));
    assert_failed(&inv, seL4_InvalidCapability);

    device.frame.is_device = 1;
    fake_put(f.k, slot(FIRST_FREE), device);
    inv = request(FOLDER, SEL4UX_HOST_WRITE, 3, args);
    fake_extra(&inv, slot(FIRST_FREE));
    assert_failed(&inv, seL4_InvalidCapability);

    inv = request(FOLDER, SEL4UX_HOST_READ, 2, args);
    fake_extra(&inv, slot(FRAME));
    assert_failed(&inv, seL4_TruncatedMessage);
}

static void test_labels_are_checked(void **state)
{
    static const word labels[] = {0, SEL4UX_HOST_LABEL(0), SEL4UX_HOST_LABEL(26), ~0ull,
                                  SEL4UX_HOST_LABEL(1) | 1ull << 32};
    word args[8] = {0};

    (void)state;
    for (unsigned i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        struct invocation inv = request(FOLDER, labels[i], 8, args);
        assert_failed(&inv, seL4_IllegalOperation);
    }
}

static void test_a_slot_in_use_is_refused(void **state)
{
    word args[] = {0, 4, FRAME, 64, 0};
    struct invocation inv = request(FOLDER, SEL4UX_HOST_OPEN, 5, args);

    (void)state;
    fake_extra(&inv, slot(FRAME));
    fake_extra(&inv, slot(CNODE));
    assert_failed(&inv, seL4_DeleteFirst);
}

static void test_rights(void **state)
{
    struct cap read = fake_cap(f.k, slot(FOLDER));

    (void)state;
    read = cap_mask_rights(read, (struct cap_rights){.read = true});
    mdb_insert(f.k, read, slot(FOLDER), slot(FIRST_FREE));
    assert_int_equal(open_into(FIRST_FREE, 20, SEL4UX_HOST_OPEN_WRITE), -SEL4UX_HOST_NOT_PERMITTED);
    assert_int_equal(open_into(FIRST_FREE, 20, 0), 0);
    assert_false(fake_cap(f.k, slot(20)).host.can_write);
    assert_int_equal(open_into(FOLDER, 21, SEL4UX_HOST_OPEN_WRITE), 0);
    assert_true(fake_cap(f.k, slot(21)).host.can_write);
}

static void test_a_failed_request_makes_nothing(void **state)
{
    (void)state;
    fake_machine(f.k)->host_result = -SEL4UX_HOST_NOT_FOUND;
    assert_int_equal(open_into(FOLDER, 20, 0), -SEL4UX_HOST_NOT_FOUND);
    assert_int_equal(fake_cap(f.k, slot(20)).type, CAP_NULL);
    assert_int_equal(f.k->host[4].kind, SEL4UX_HOST_NONE);
}

/* Copies of the folder stay together, so that each object's last capability is known as such. */
static void test_revoking_closes_what_was_opened(void **state)
{
    const bool *open = fake_machine(f.k)->host_open;
    unsigned inner, outer;

    (void)state;
    open_into(FOLDER, 20, 0);
    mdb_insert(f.k, fake_cap(f.k, slot(FOLDER)), slot(FOLDER), slot(COPY));
    open_into(COPY, 21, 0);
    open_into(21, 22, 0);
    outer = (unsigned)fake_cap(f.k, slot(21)).host.index;
    inner = (unsigned)fake_cap(f.k, slot(22)).host.index;
    assert_true(host_is_within(f.k, inner, outer) && host_is_within(f.k, inner, 3));
    assert_false(host_is_within(f.k, 3, inner));
    assert_null(kernel_check(f.k));

    assert_int_equal(cnode_revoke(f.k, slot(21)), DONE);
    assert_false(open[inner]);
    assert_true(open[outer]);
    assert_int_equal(cnode_revoke(f.k, slot(FOLDER)), DONE);
    assert_false(open[outer]);
    assert_true(open[3]);
    assert_int_equal(fake_cap(f.k, slot(COPY)).type, CAP_NULL);
    assert_int_equal(fake_cap(f.k, slot(20)).type, CAP_NULL);
    assert_null(kernel_check(f.k));
}

/* What was opened through a folder that is gone belongs to who the folder belonged to. */
static void test_an_orphan_is_adopted(void **state)
{
    unsigned inner;

    (void)state;
    open_into(FOLDER, 21, 0);
    open_into(21, 22, 0);
    inner = (unsigned)fake_cap(f.k, slot(22)).host.index;
    assert_int_equal(cnode_delete(f.k, slot(21), true), DONE);
    assert_true(fake_machine(f.k)->host_open[inner]);
    assert_int_equal(f.k->host[inner].parent, 3 + 1);
    assert_null(kernel_check(f.k));
    assert_int_equal(cnode_revoke(f.k, slot(FOLDER)), DONE);
    assert_false(fake_machine(f.k)->host_open[inner]);
}

static void test_there_is_an_end_to_objects(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HOST_OBJECTS; i++) {
        if (i != 3)
            f.k->host[i].kind = SEL4UX_HOST_FILE;
    }
    assert_int_equal(open_into(FOLDER, 20, 0), -SEL4UX_HOST_TOO_MANY);
    f.k->host[700].kind = SEL4UX_HOST_NONE;
    assert_int_equal(open_into(FOLDER, 20, 0), 0);
    assert_int_equal(fake_cap(f.k, slot(20)).host.index, 700);
}

static void enter_event(unsigned object)
{
    struct stop stop = {.kind = STOP_HOST, .number = object};

    kernel_enter(f.k, &stop);
}

static void test_an_event_is_signalled_once(void **state)
{
    struct cap ntfn = fake_cap(f.k, slot(NTFN));
    const struct notification *n = kernel_at(f.k, ntfn.obj);
    word events = SEL4UX_HOST_READABLE;
    struct invocation bind = request(FOLDER, SEL4UX_HOST_BIND, 0, NULL);
    struct invocation ack = request(FOLDER, SEL4UX_HOST_ACK, 1, &events);

    (void)state;
    enter_event(3); /* not armed */
    enter_event(HOST_OBJECTS);
    fake_extra(&bind, slot(NTFN));
    assert_int_equal(decode_host(f.k, &bind), DONE);
    assert_int_equal(decode_host(f.k, &ack), DONE);
    assert_int_equal(f.k->host[3].armed, SEL4UX_HOST_READABLE | SEL4UX_HOST_HANGUP);
    assert_false(kernel_host_wakes(f.k, 3)); /* nobody waits */
    enter_event(3);
    assert_int_equal(n->state, NTFN_ACTIVE);
    assert_int_equal(f.k->host[3].armed, 0);
    notification_complete_signal(f.k, ntfn.obj, f.tcb);
    enter_event(3);
    assert_int_equal(n->state, NTFN_IDLE);
}

static void test_the_notification_goes_with_the_object(void **state)
{
    struct invocation bind;

    (void)state;
    open_into(FOLDER, 20, 0);
    bind = request(20, SEL4UX_HOST_BIND, 0, NULL);
    fake_extra(&bind, slot(NTFN));
    assert_int_equal(decode_host(f.k, &bind), DONE);
    assert_false(mdb_is_final(f.k, slot(NTFN)));
    assert_int_equal(cnode_delete(f.k, slot(20), true), DONE);
    assert_true(mdb_is_final(f.k, slot(NTFN)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_read_names_physical_memory),
        TEST(test_buffers_are_checked),
        TEST(test_labels_are_checked),
        TEST(test_a_slot_in_use_is_refused),
        TEST(test_rights),
        TEST(test_a_failed_request_makes_nothing),
        TEST(test_revoking_closes_what_was_opened),
        TEST(test_an_orphan_is_adopted),
        TEST(test_there_is_an_end_to_objects),
        TEST(test_an_event_is_signalled_once),
        TEST(test_the_notification_goes_with_the_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
