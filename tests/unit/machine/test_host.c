/* Host objects in the machine: clocks, the terminal, requests on their way, events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_environment.h"
#include "machine/host.h"

enum { FILE_OBJECT, CLOCK, TERMINAL, COUNT };

static struct machine *m;

static int set_up(void **state)
{
    static const uint8_t kinds[COUNT] = {SEL4UX_HOST_DIRECTORY, SEL4UX_HOST_CLOCK,
                                         SEL4UX_HOST_TERMINAL};

    (void)state;
    m = fake_machine_new();
    m->kernel.ram_size = m->ram_low_top = FAKE_MACHINE_RAM;
    m->host.grant_count = COUNT;
    m->host.has_terminal = true;
    m->host.date = 1000000;
    for (unsigned i = 0; i < COUNT; i++)
        m->kernel.host[i].kind = kinds[i];
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_machine_free(m);
    return 0;
}

static struct host_request ask(unsigned object, uint32_t label, word argument)
{
    struct host_request r = {.label = label, .object = object, .argument = {argument}};

    if (label == SEL4UX_HOST_READ || label == SEL4UX_HOST_WRITE) {
        r.buffer = 4096;
        r.size = 10;
        r.fills = label == SEL4UX_HOST_READ;
    }
    platform_host(&m->kernel, &r);
    if (label == SEL4UX_HOST_ACK)
        m->kernel.host[object].armed = (uint8_t)argument;
    return r;
}

static void test_requests_reach_the_environment(void **state)
{
    struct host_request r;

    (void)state;
    fake.host_result = 7;
    r = ask(FILE_OBJECT, SEL4UX_HOST_READ, 99);
    assert_int_equal(r.result, 7);
    assert_int_equal(fake.request.argument[0], 99);
    assert_int_equal(fake.filled_start, 4096);
    assert_int_equal(fake.filled, 7);
    fake.host_result = -SEL4UX_HOST_IO;
    ask(FILE_OBJECT, SEL4UX_HOST_READ, 99);
    assert_int_equal(fake.filled, 7);
}

static void test_what_is_true_at_the_ack_comes_at_once(void **state)
{
    (void)state;
    ask(FILE_OBJECT, SEL4UX_HOST_ACK, SEL4UX_HOST_READABLE);
    assert_int_equal(host_next(m), -1);
    fake.host_value = SEL4UX_HOST_READABLE;
    ask(FILE_OBJECT, SEL4UX_HOST_ACK, SEL4UX_HOST_READABLE);
    assert_int_equal(host_next(m), FILE_OBJECT);
    assert_int_equal(host_next(m), -1);
}

static void test_events_of_a_closed_object_are_forgotten(void **state)
{
    (void)state;
    host_set_ready(&m->host, FILE_OBJECT);
    host_set_ready(&m->host, 1023);
    ask(FILE_OBJECT, HOST_CLOSE, 0);
    assert_int_equal(host_next(m), 1023);
    assert_int_equal(host_next(m), -1);
}

static void test_a_clock_rings(void **state)
{
    (void)state;
    m->kernel.now = 500;
    assert_int_equal(ask(CLOCK, SEL4UX_HOST_CLOCK_READ, 0).value[0], 1000500);
    ask(CLOCK, SEL4UX_HOST_CLOCK_ALARM, 600);
    assert_int_equal(host_deadline(m), UINT64_MAX); /* nobody waits for it */
    ask(CLOCK, SEL4UX_HOST_ACK, SEL4UX_HOST_READABLE);
    assert_int_equal(host_deadline(m), 600);
    host_advance(m);
    assert_int_equal(host_next(m), -1);
    m->kernel.now = 600;
    host_advance(m);
    assert_int_equal(host_next(m), CLOCK);
    assert_int_equal(host_deadline(m), UINT64_MAX);
    assert_int_equal(ask(CLOCK, SEL4UX_HOST_POLL, 0).value[0], SEL4UX_HOST_READABLE);
    ask(CLOCK, SEL4UX_HOST_CLOCK_ALARM, 0);
    assert_int_equal(ask(CLOCK, SEL4UX_HOST_POLL, 0).value[0], 0);
    assert_int_equal(ask(CLOCK, SEL4UX_HOST_READ, 0).result, -SEL4UX_HOST_NOT_SUPPORTED);
}

static void test_the_terminal_is_the_consoles(void **state)
{
    char out[16] = "";

    (void)state;
    assert_int_equal(ask(TERMINAL, SEL4UX_HOST_READ, 0).result, -SEL4UX_HOST_AGAIN);
    ask(TERMINAL, SEL4UX_HOST_ACK, SEL4UX_HOST_READABLE);
    host_advance(m);
    assert_int_equal(host_next(m), -1);
    console_write(&m->input, "typed", 5);
    host_advance(m);
    assert_int_equal(host_next(m), TERMINAL);
    assert_int_equal(ask(TERMINAL, SEL4UX_HOST_READ, 0).result, 5);
    assert_memory_equal(kernel_at(&m->kernel, 4096), "typed", 5);
    memcpy(kernel_at(&m->kernel, 4096), "ten bytes!", 10);
    assert_int_equal(ask(TERMINAL, SEL4UX_HOST_WRITE, 0).result, 10);
    assert_int_equal(console_read(&m->output, out, sizeof out), 10);
    assert_string_equal(out, "ten bytes!");
    m->input.closed = true;
    assert_int_equal(ask(TERMINAL, SEL4UX_HOST_READ, 0).result, 0);
    assert_int_equal(ask(TERMINAL, SEL4UX_HOST_POLL, 0).value[0], 7);
    assert_int_equal(ask(TERMINAL, SEL4UX_HOST_TERMINAL_MODE, 2).result, -SEL4UX_HOST_BAD_ARGUMENT);
    assert_int_equal(ask(TERMINAL, SEL4UX_HOST_TERMINAL_MODE, 1).result, 0);
    assert_int_equal(m->host.terminal_mode, SEL4UX_HOST_TERMINAL_RAW);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_requests_reach_the_environment),
        TEST(test_what_is_true_at_the_ack_comes_at_once),
        TEST(test_events_of_a_closed_object_are_forgotten),
        TEST(test_a_clock_rings),
        TEST(test_the_terminal_is_the_consoles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
