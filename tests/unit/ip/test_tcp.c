/* TCP between two hosts, on wires good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "world.h"

static uint8_t byte_at(unsigned long i)
{
    return (uint8_t)(i * 2654435761u >> 13);
}

/* Moves what can be moved now from `from`'s socket to the wire. */
static unsigned long push(struct ip *ip, int s, unsigned long done, unsigned long total)
{
    uint8_t piece[5000];
    unsigned long n = total - done < sizeof(piece) ? total - done : sizeof(piece);
    long moved;

    for (unsigned long i = 0; i < n; i++)
        piece[i] = byte_at(done + i);
    moved = n ? ip_tcp_send(ip, s, piece, n) : 0;
    return moved > 0 ? (unsigned long)moved : 0;
}

static unsigned long pull(struct ip *ip, int s, unsigned long done)
{
    uint8_t piece[3000];
    long n = ip_tcp_receive(ip, s, piece, sizeof(piece));

    for (long i = 0; i < n; i++)
        assert_int_equal(piece[i], byte_at(done + (unsigned long)i));
    return n > 0 ? (unsigned long)n : 0;
}

static void transfer(struct world *w, unsigned long total, unsigned int seconds)
{
    unsigned long there = 0, back = 0, got_there = 0, got_back = 0;
    int a, b, listener;
    uint64_t end;

    world_connect(w, &a, &b, &listener);
    assert_true(a >= 0 && b >= 0);
    end = w->now + seconds * SECOND;
    while ((got_there < total || got_back < total) && w->now < end) {
        there += push(&w->a, a, there, total);
        back += push(&w->b, b, back, total);
        got_there += pull(&w->b, b, got_there);
        got_back += pull(&w->a, a, got_back);
        world_run(w, MS / 2);
    }
    assert_int_equal(got_there, total);
    assert_int_equal(got_back, total);
    assert_int_equal(ip_tcp_shutdown(&w->a, a), 0);
    ip_tcp_shutdown(&w->b, b);
    world_run(w, 60 * SECOND);
    assert_int_equal(ip_tcp_receive(&w->a, a, &end, 8), 0);
    assert_int_equal(ip_tcp_receive(&w->b, b, &end, 8), 0);
    ip_close(&w->a, a);
    ip_close(&w->b, b);
    ip_close(&w->b, listener);
    world_run(w, 120 * SECOND);
    assert_int_equal(ip_sockets_used(&w->a), 0);
    assert_int_equal(ip_sockets_used(&w->b), 0);
}

static void test_good_wire(void **state)
{
    struct world *w = world_new(1);

    (void)state;
    transfer(w, 3000000, 10);
    assert_true(w->sent < 3 * 2 * 3000000 / 1460); /* nothing is sent over and over */
}

static void test_bad_wires(void **state)
{
    (void)state;
    for (unsigned int seed = 1; seed <= 12; seed++) {
        struct world *w = world_new(seed);

        w->lost = seed % 4 * 40;
        w->doubled = seed % 3 * 50;
        w->late = seed % 5 * 60;
        transfer(w, 200000, 900);
    }
}

static void test_refused(void **state)
{
    struct world *w = world_new(1);
    int a = ip_tcp_connect(&w->a, (struct ip_peer){B, 81});
    char c;

    (void)state;
    assert_int_equal(ip_events(&w->a, a), 0);
    assert_int_equal(ip_tcp_send(&w->a, a, "x", 1), -IP_AGAIN);
    assert_int_equal(ip_tcp_send(&w->a, a, "", 0), -IP_AGAIN); /* how to ask whether it is there */
    world_run(w, MS);
    assert_true(ip_events(&w->a, a) & IP_WRITABLE);
    assert_int_equal(ip_tcp_send(&w->a, a, "x", 1), -IP_REFUSED);
    assert_int_equal(ip_tcp_receive(&w->a, a, &c, 1), -IP_REFUSED);
    ip_close(&w->a, a);
    a = ip_tcp_connect(&w->a, (struct ip_peer){0x0a000077, 81});
    world_run(w, 200 * SECOND);
    assert_int_equal(ip_tcp_send(&w->a, a, "x", 1), -IP_UNREACHABLE);
    ip_close(&w->a, a);
    assert_int_equal(ip_sockets_used(&w->a), 0);
}

static void test_half_close(void **state)
{
    struct world *w = world_new(1);
    int a, b, listener;
    char text[16];

    (void)state;
    world_connect(w, &a, &b, &listener);
    assert_int_equal(ip_tcp_send(&w->a, a, "", 0), 0);
    ip_tcp_send(&w->a, a, "question", 8);
    ip_tcp_shutdown(&w->a, a);
    assert_int_equal(ip_tcp_send(&w->a, a, "x", 1), -IP_CLOSED);
    world_run(w, MS);
    assert_int_equal(ip_tcp_receive(&w->b, b, text, 16), 8);
    assert_int_equal(ip_tcp_receive(&w->b, b, text, 16), 0);
    world_run(w, 300 * SECOND); /* an answer may take its time */
    assert_int_equal(ip_tcp_send(&w->b, b, "answer", 6), 6);
    ip_close(&w->b, b);
    world_run(w, 2 * SECOND); /* b asks where a is first */
    assert_int_equal(ip_tcp_receive(&w->a, a, text, 16), 6);
    assert_memory_equal(text, "answer", 6);
    assert_int_equal(ip_tcp_receive(&w->a, a, text, 16), 0);
    ip_close(&w->a, a);
    world_run(w, 60 * SECOND);
    assert_int_equal(ip_sockets_used(&w->a), 0);
    assert_int_equal(ip_sockets_used(&w->b), 1); /* the listener */
}

/* Who closes with data unread, or gets data when closed, resets. */
static void test_reset(void **state)
{
    struct world *w = world_new(1);
    int a, b, listener;
    char text[16];

    (void)state;
    world_connect(w, &a, &b, &listener);
    ip_tcp_send(&w->a, a, "never read", 10);
    world_run(w, MS);
    ip_close(&w->b, b);
    world_run(w, MS);
    assert_true(ip_events(&w->a, a) & IP_HANGUP);
    assert_int_equal(ip_tcp_receive(&w->a, a, text, 16), -IP_CLOSED);
    ip_close(&w->a, a);
    ip_close(&w->b, listener);
    world_connect(w, &a, &b, &listener);
    ip_close(&w->b, b);
    world_run(w, MS);
    assert_int_equal(ip_tcp_receive(&w->a, a, text, 16), 0);
    ip_tcp_send(&w->a, a, "too late", 8);
    world_run(w, MS);
    assert_int_equal(ip_tcp_send(&w->a, a, "x", 1), -IP_CLOSED);
    ip_close(&w->a, a);
    ip_close(&w->b, listener);
    assert_int_equal(ip_sockets_used(&w->a), 0);
    assert_int_equal(ip_sockets_used(&w->b), 0);
}

/* The reader sleeps for minutes: the sender is kept, and goes on at once when there is room. */
static void test_closed_window(void **state)
{
    struct world *w = world_new(1);
    unsigned long done = 0, got = 0;
    int a, b, listener;

    (void)state;
    world_connect(w, &a, &b, &listener);
    for (int i = 0; i < 100; i++) {
        done += push(&w->a, a, done, 200000);
        world_run(w, MS);
    }
    assert_int_equal(done, 2 * IP_RING); /* one ring here, one there */
    world_run(w, 600 * SECOND);
    assert_int_equal(ip_events(&w->a, a), 0);
    for (int i = 0; i < 100; i++) {
        got += pull(&w->b, b, got);
        done += push(&w->a, a, done, 200000);
        world_run(w, 2 * MS);
    }
    assert_int_equal(got, 200000);
}

static void test_peer_vanishes(void **state)
{
    struct world *w = world_new(1);
    int a, b, listener;

    (void)state;
    world_connect(w, &a, &b, &listener);
    w->lost = 1000;
    ip_tcp_send(&w->a, a, "anybody?", 8);
    world_run(w, 300 * SECOND);
    assert_int_equal(ip_tcp_send(&w->a, a, "x", 1), -IP_UNREACHABLE);
    ip_close(&w->a, a);
    assert_int_equal(ip_sockets_used(&w->a), 0);
}

/* More come than are accepted: the others wait and get their turn. */
static void test_many(void **state)
{
    struct world *w = world_new(1);
    int listener = ip_tcp_listen(&w->b, 80, 12), clients[30], served = 0;
    struct ip_peer from;

    (void)state;
    for (int i = 0; i < 30; i++)
        clients[i] = ip_tcp_connect(&w->a, (struct ip_peer){B, 80});
    for (int i = 0; i < 600 && served < 30; i++) {
        int s = ip_tcp_accept(&w->b, listener, &from);

        if (s >= 0) {
            ip_tcp_send(&w->b, s, "hi", 2);
            ip_close(&w->b, s);
            served++;
        } else {
            world_run(w, 100 * MS);
        }
    }
    assert_int_equal(served, 30);
    world_run(w, SECOND);
    for (int i = 0; i < 30; i++) {
        char text[4];

        assert_int_equal(ip_tcp_receive(&w->a, clients[i], text, 4), 2);
        ip_close(&w->a, clients[i]);
    }
    world_run(w, 60 * SECOND);
    assert_int_equal(ip_sockets_used(&w->a), 0);
    assert_int_equal(ip_sockets_used(&w->b), 1);
}

/* Thousands of connections one after the other: those that wait for strays make room. */
static void test_in_a_row(void **state)
{
    struct world *w = world_new(1);
    int listener = ip_tcp_listen(&w->b, 80, 5);
    struct ip_peer from;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        int a = ip_tcp_connect(&w->a, (struct ip_peer){B, 80}), b;

        assert_true(a >= 0);
        world_run(w, MS);
        b = ip_tcp_accept(&w->b, listener, &from);
        assert_true(b >= 0);
        ip_close(i % 2 ? &w->b : &w->a, i % 2 ? b : a);
        world_run(w, MS);
        ip_close(i % 2 ? &w->a : &w->b, i % 2 ? a : b);
        world_run(w, MS);
    }
    world_run(w, 10 * SECOND);
    assert_int_equal(ip_sockets_used(&w->a), 0);
    assert_int_equal(ip_sockets_used(&w->b), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_wire),     cmocka_unit_test(test_bad_wires),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_half_close),
        cmocka_unit_test(test_reset),         cmocka_unit_test(test_closed_window),
        cmocka_unit_test(test_peer_vanishes), cmocka_unit_test(test_many),
        cmocka_unit_test(test_in_a_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
