/* The ring of records: whole, in order, and never overwritten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "fake_environment.h"
#include "kernel/platform.h"

static struct machine *recording_machine(void)
{
    struct machine *m = fake_machine_new();

    m->clock.is_virtual = true;
    m->kernel.recording = true;
    return m;
}

static void records_come_back_as_they_were(void **state)
{
    const word words[RECORD_WORDS_MAX] = {1, 2, ~0ull, 4, 5, 6, 7, 8};
    struct machine *m = recording_machine();
    struct event e;

    (void)state;
    m->kernel.now = m->events.now = 5;
    platform_record(&m->kernel, RECORD_SPACE_GONE, 127, 0xfffffffff000, words, RECORD_WORDS_MAX);
    m->kernel.now = 9;
    platform_record(&m->kernel, RECORD_TAKEN, 0, 0x1000, NULL, 0);
    assert_false(events_peek(&m->events, &e)); /* the entry has not ended */
    events_enter(m, &(struct stop){.kind = STOP_TICK});

    assert_true(events_peek(&m->events, &e));
    assert_int_equal(e.kind, RECORD_SPACE_GONE);
    assert_int_equal(e.detail, 127);
    assert_int_equal(e.object, 0xfffffffff000);
    assert_int_equal(e.count, RECORD_WORDS_MAX);
    assert_memory_equal(e.words, words, sizeof words);
    events_drop(&m->events, &e);
    assert_true(events_peek(&m->events, &e));
    assert_int_equal(e.kind, EVENT_TIME);
    assert_int_equal(e.words[0], 9);
    events_drop(&m->events, &e);
    assert_true(events_peek(&m->events, &e));
    assert_int_equal(e.kind, RECORD_TAKEN);
    assert_int_equal(e.count, 0);
    fake_machine_free(m);
}

static void an_entry_has_a_begin_and_an_end(void **state)
{
    struct machine *m = recording_machine();
    struct event e;

    (void)state;
    m->kernel.now = 1000;
    m->clock.now = 3000;
    m->output.written = 17;
    events_enter(m, &(struct stop){.kind = STOP_INTERRUPT, .number = 200});
    assert_true(events_peek(&m->events, &e));
    assert_int_equal(e.kind, EVENT_STOP);
    assert_int_equal(e.detail, STOP_INTERRUPT);
    assert_int_equal(e.object, 0);
    assert_int_equal(e.words[0], 1000);
    assert_int_equal(e.words[1], 200);
    events_drop(&m->events, &e);
    assert_true(events_peek(&m->events, &e));
    assert_int_equal(e.kind, EVENT_DONE);
    assert_int_equal(e.words[0], 3000);
    assert_int_equal(e.words[1], 17);
    events_drop(&m->events, &e);
    assert_false(events_peek(&m->events, &e));
    fake_machine_free(m);
}

/* The fake's environment_wait_for_monitor() calls this. */
static uint64_t next;

static void take_some(struct machine *m)
{
    struct event e;

    for (int i = 0; i < 1000 && events_peek(&m->events, &e); i++) {
        assert_int_equal(e.kind, RECORD_SIGNAL);
        assert_int_equal(e.words[1], next++);
        events_drop(&m->events, &e);
    }
    events_release(&m->events);
}

static void a_full_ring_waits_and_loses_nothing(void **state)
{
    struct machine *m = recording_machine();
    const uint64_t count = EVENT_RING_WORDS;

    (void)state;
    next = 0;
    fake.on_wait = take_some;
    for (uint64_t i = 0; i < count; i++)
        platform_record(&m->kernel, RECORD_SIGNAL, 0, 0x2000, (const word[]){0, i}, 2);
    assert_true(fake.waits > 0);
    assert_true(fake.rings >= fake.waits);
    m->events.written = m->events.filled;
    while (next < count)
        take_some(m);
    fake_machine_free(m);
}

static void a_machine_that_ends_does_not_wait(void **state)
{
    struct machine *m = recording_machine();

    (void)state;
    machine_end(m, END_STOPPED, NULL);
    for (uint64_t i = 0; i < EVENT_RING_WORDS; i++)
        platform_record(&m->kernel, RECORD_TAKEN, 0, 0x2000, (const word[]){i}, 1);
    assert_int_equal(fake.waits, 0);
    assert_true(m->events.filled <= EVENT_RING_WORDS);
    fake_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_as_they_were),
        cmocka_unit_test(an_entry_has_a_begin_and_an_end),
        cmocka_unit_test(a_full_ring_waits_and_loses_nothing),
        cmocka_unit_test(a_machine_that_ends_does_not_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
