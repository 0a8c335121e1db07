/* Records to a file, and the file back to figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/perfetto.h"
#include "trace/protobuf.h"
#include "trace/summary.h"
#include "trace/trace.h"

#define CLIENT 0x1000
#define SERVER 0x2000
#define SPACE  0x8000

struct recording {
    char path[64];
    struct threads threads;
    struct trace trace;
};

static void record(struct recording *r, unsigned kind, unsigned detail, paddr object, unsigned n,
                   const word *words)
{
    struct event e = {
        .kind = (uint8_t)kind, .detail = (uint8_t)detail, .count = (uint8_t)n, .object = object};

    memcpy(e.words, words, n * sizeof words[0]);
    trace_event(&r->trace, &e);
    threads_follow(&r->threads, &e);
}

#define RECORD(r, kind, detail, object, ...)                                                       \
    record(r, kind, detail, object, sizeof((const word[]){__VA_ARGS__}) / sizeof(word),            \
           (const word[]){__VA_ARGS__})

static void name(struct recording *r, paddr tcb, const char *text)
{
    word words[2] = {0};

    memcpy(words, text, strlen(text));
    record(r, RECORD_NAME, 0, tcb, 2, words);
    RECORD(r, RECORD_SPACE, 0, tcb, SPACE);
}

static struct recording *start(void)
{
    struct recording *r = calloc(1, sizeof *r);
    struct error err;

    assert_non_null(r);
    strcpy(r->path, "/tmp/sel4ux-unit-XXXXXX");
    assert_true(close(mkstemp(r->path)) == 0);
    threads_init(&r->threads);
    assert_int_equal(trace_open(&r->trace, r->path, &r->threads, &err), 0);
    name(r, CLIENT, "client");
    name(r, SERVER, "server");
    return r;
}

static void finish(struct recording *r, struct summary *s)
{
    struct error err;

    assert_int_equal(trace_close(&r->trace, &err), 0);
    threads_free(&r->threads);
    assert_int_equal(summary_of_file(s, r->path, 1000, &err), 0);
    unlink(r->path);
    free(r);
}

static void enter_by(struct recording *r, paddr tcb, enum abi_syscall call, word ns, word info)
{
    RECORD(r, EVENT_SYSCALL, call, tcb, ns, 3, info);
}

static void done(struct recording *r, enum thread_state state, paddr next, word ns)
{
    RECORD(r, EVENT_DONE, state, next, ns, 0);
}

/* The server waits, the client calls at `ns`, the answer comes 500 ns later. */
static void call_once(struct recording *r, word ns)
{
    enter_by(r, SERVER, SYS_RECV, ns - 100, 0);
    done(r, THREAD_BLOCKED_ON_RECEIVE, CLIENT, ns - 90);
    enter_by(r, CLIENT, SYS_CALL, ns, 7 << 12 | 2);
    RECORD(r, RECORD_MESSAGE, 0, SERVER, CLIENT, 0x3000, 0x77, 7 << 12 | 2);
    done(r, THREAD_BLOCKED_ON_REPLY, SERVER, ns + 10);
    enter_by(r, SERVER, SYS_REPLY, ns + 490, 0);
    RECORD(r, RECORD_MESSAGE, 0, CLIENT, SERVER, 0, 0, 0);
    done(r, THREAD_RUNNING, CLIENT, ns + 500);
    enter_by(r, CLIENT, SYS_YIELD, ns + 600, 0);
    done(r, THREAD_RUNNING, SERVER, ns + 610);
}

static const struct summary_track *thread_named(const struct summary *s, const char *text)
{
    const struct summary_track *tracks = s->tracks.things;

    for (size_t i = 0; i < s->tracks.count; i++) {
        if (tracks[i].about.is_thread && strcmp(tracks[i].about.name, text) == 0)
            return &tracks[i];
    }
    fail_msg("no thread %s", text);
    return NULL;
}

static void a_call_and_its_reply_become_an_edge(void **state)
{
    struct recording *r = start();
    struct summary s;
    const struct summary_edge *edge;
    const struct summary_call *call;

    (void)state;
    call_once(r, 1000);
    call_once(r, 3000);
    finish(r, &s);
    assert_int_equal(s.rest, 0);
    assert_int_equal(s.entries, 8);
    assert_int_equal(s.edges.count, 2);
    edge = ((struct summary_edge **)s.edges.things)[0];
    assert_int_equal(edge->count[EDGE_MESSAGE], 2);
    assert_int_equal(edge->calls, 2);
    assert_int_equal(edge->min_ns, 500);
    assert_int_equal(edge->max_ns, 500);
    assert_int_equal(summary_quantile(edge, 0.5), 500);
    edge = ((struct summary_edge **)s.edges.things)[1];
    assert_int_equal(edge->count[EDGE_REPLY], 2);
    call = s.calls.things;
    assert_int_equal(s.calls.count, 2);
    assert_int_equal(call->duration, 500);
    assert_int_equal(call->label, 7);
    assert_int_equal(thread_named(&s, "client")->sent, 2);
    assert_int_equal(thread_named(&s, "server")->received, 2);
    assert_int_equal(thread_named(&s, "client")->about.pid, thread_named(&s, "server")->about.pid);
    summary_free(&s);
}

static void time_on_the_cpu_adds_up(void **state)
{
    struct recording *r = start();
    struct summary s;

    (void)state;
    call_once(r, 1000);
    finish(r, &s);
    /* server 0 ... 910, client ... 1010, server ... 1500, client ... 1610 */
    assert_int_equal(thread_named(&s, "server")->run_ns, 910 + 490);
    assert_int_equal(thread_named(&s, "client")->run_ns, 100 + 110);
    summary_free(&s);
}

static void a_tcb_that_is_used_again_is_another_thread(void **state)
{
    struct recording *r = start();
    struct summary s;
    unsigned threads = 0;

    (void)state;
    enter_by(r, CLIENT, SYS_YIELD, 100, 0);
    RECORD(r, RECORD_THREAD_GONE, 0, SERVER, 0);
    done(r, THREAD_RUNNING, CLIENT, 110);
    name(r, SERVER, "another");
    enter_by(r, CLIENT, SYS_YIELD, 200, 0);
    done(r, THREAD_RUNNING, SERVER, 210);
    enter_by(r, SERVER, SYS_YIELD, 300, 0);
    RECORD(r, RECORD_THREAD_GONE, 0, SERVER, 0); /* its own end */
    done(r, THREAD_INACTIVE, CLIENT, 310);
    finish(r, &s);
    for (size_t i = 0; i < s.tracks.count; i++)
        threads += ((struct summary_track *)s.tracks.things)[i].about.is_thread;
    assert_int_equal(threads, 2); /* nothing was seen of the first server */
    assert_int_equal(thread_named(&s, "another")->depth, 0);
    summary_free(&s);
}

static void time_does_not_go_back(void **state)
{
    struct recording *r = start();
    struct summary s;

    (void)state;
    enter_by(r, CLIENT, SYS_YIELD, 1000, 0);
    done(r, THREAD_RUNNING, CLIENT, 990); /* another core's counter */
    finish(r, &s);
    assert_int_equal(s.begin, 0);
    assert_int_equal(s.end, 1000);
    summary_free(&s);
}

static void numbers_of_any_size_come_back(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 64; bits++) {
        const uint64_t value = UINT64_MAX >> (63 - bits);
        uint8_t bytes[64], *end = pb_fixed64(pb_uint(bytes, 30, value), 47, value);
        struct pb_message m = {bytes, end};
        struct pb_field f;

        assert_int_equal(pb_next(&m, &f), PB_FIELD);
        assert_true(f.number == 30 && f.type == WIRE_VARINT && f.value == value);
        assert_int_equal(pb_next(&m, &f), PB_FIELD);
        assert_true(f.number == 47 && f.type == WIRE_FIXED64 && f.value == value);
        assert_int_equal(pb_next(&m, &f), PB_END);
    }
}

static void quantiles_are_near(void **state)
{
    struct recording *r = start();
    struct summary s;
    const struct summary_edge *edge;

    (void)state;
    for (word i = 0; i < 100; i++)
        call_once(r, 1000 + i * 1000);
    finish(r, &s);
    edge = ((struct summary_edge **)s.edges.things)[0];
    assert_int_equal(edge->calls, 100);
    assert_int_equal(summary_quantile(edge, 0.95), 500);
    assert_int_equal(s.calls.count, 100);
    summary_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_and_its_reply_become_an_edge),
        cmocka_unit_test(time_on_the_cpu_adds_up),
        cmocka_unit_test(a_tcb_that_is_used_again_is_another_thread),
        cmocka_unit_test(time_does_not_go_back),
        cmocka_unit_test(numbers_of_any_size_come_back),
        cmocka_unit_test(quantiles_are_near),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
