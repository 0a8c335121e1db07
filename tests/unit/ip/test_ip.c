/* ARP, ICMP and UDP between two hosts, and packets that must not be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "world.h"

static void test_udp_both_ways(void **state)
{
    struct world *w = world_new(1);
    int a = ip_udp_bind(&w->a, 1000), b = ip_udp_bind(&w->b, 7);
    struct ip_peer from;
    char text[32];

    (void)state;
    assert_true(a >= 0 && b >= 0);
    assert_int_equal(ip_udp_bind(&w->b, 7), -IP_IN_USE);
    assert_int_equal(ip_send_to(&w->a, a, (struct ip_peer){B, 7}, "hello", 5), 5);
    assert_int_equal(ip_receive_from(&w->b, b, text, sizeof(text), &from), -IP_AGAIN);
    world_run(w, MS); /* ARP first, then what waited */
    assert_int_equal(ip_events(&w->b, b), IP_READABLE | IP_WRITABLE);
    assert_int_equal(ip_receive_from(&w->b, b, text, sizeof(text), &from), 5);
    assert_memory_equal(text, "hello", 5);
    assert_int_equal(from.address, A);
    assert_int_equal(from.port, 1000);
    assert_int_equal(ip_send_to(&w->b, b, from, "", 0), 0); /* an empty one is one */
    world_run(w, MS);
    assert_int_equal(ip_receive_from(&w->a, a, text, sizeof(text), &from), 0);
    assert_int_equal(from.port, 7);
    ip_close(&w->a, a);
    assert_int_equal(ip_sockets_used(&w->a), 0);
}

static void test_udp_sizes(void **state)
{
    static char big[2000];
    struct world *w = world_new(2);
    int a = ip_udp_bind(&w->a, 0), b = ip_udp_bind(&w->b, 7);
    struct ip_peer to = {B, 7}, from;

    (void)state;
    assert_int_equal(ip_send_to(&w->a, a, to, big, 1473), -IP_TOO_LARGE);
    assert_int_equal(ip_send_to(&w->a, a, to, big, 1472), 1472);
    world_run(w, MS);
    assert_int_equal(ip_receive_from(&w->b, b, big, 100, &from), 100); /* the rest is lost */
    assert_int_equal(ip_receive_from(&w->b, b, big, 100, &from), -IP_AGAIN);
    for (int i = 0; i < 100; i++) { /* more than are kept */
        ip_send_to(&w->a, a, to, big, 1472);
        world_run(w, MS);
    }
    for (int i = 0; i < (int)(IP_RING / 1484); i++)
        assert_int_equal(ip_receive_from(&w->b, b, big, 2000, &from), 1472);
    assert_int_equal(ip_receive_from(&w->b, b, big, 2000, &from), -IP_AGAIN);
    to.address = 0x7f000001;
    assert_int_equal(ip_send_to(&w->a, a, to, big, 1), -IP_UNREACHABLE);
}

static void test_ping(void **state)
{
    struct world *w = world_new(3);
    int a = ip_ping_open(&w->a);
    struct ip_peer from;
    char text[64];

    (void)state;
    assert_int_equal(ip_send_to(&w->a, a, (struct ip_peer){B, 17}, "abc", 3), 3);
    world_run(w, MS);
    assert_int_equal(ip_receive_from(&w->a, a, text, sizeof(text), &from), 3);
    assert_int_equal(from.address, B);
    assert_int_equal(from.port, 17);
    assert_memory_equal(text, "abc", 3);
}

/* Nobody answers: what waits is forgotten, and so is the question. */
static void test_no_neighbor(void **state)
{
    struct world *w = world_new(4);
    int a = ip_udp_bind(&w->a, 0);

    (void)state;
    ip_send_to(&w->a, a, (struct ip_peer){0x0a000009, 7}, "x", 1);
    world_run(w, 10 * SECOND);
    assert_int_equal(w->sent, 4);
    assert_int_equal(w->a.neighbors[0].state, NEIGHBOR_FREE);
    /* behind a router that there is not */
    ip_send_to(&w->a, a, (struct ip_peer){0x08080808, 7}, "x", 1);
    assert_int_equal(w->sent, 4);
}

/* Who is talked to is asked from time to time, and goes on being talked to meanwhile. */
static void test_neighbor_moves(void **state)
{
    struct world *w = world_new(4);
    int a = ip_udp_bind(&w->a, 0), b = ip_udp_bind(&w->b, 7), got = 0;
    struct ip_peer from;
    char c;

    (void)state;
    for (int i = 0; i < 200; i++) {
        ip_send_to(&w->a, a, (struct ip_peer){B, 7}, "x", 1);
        world_run(w, SECOND);
        if (i == 100)
            w->b.setup.mac[5] = 9; /* another card */
        while (ip_receive_from(&w->b, b, &c, 1, &from) == 1)
            got++;
    }
    assert_in_range(got, 130, 199);
}

static void test_all_sockets(void **state)
{
    struct world *w = world_new(5);

    (void)state;
    for (int i = 0; i < IP_SOCKETS; i++)
        assert_true(ip_udp_bind(&w->a, 0) >= 0);
    assert_int_equal(ip_udp_bind(&w->a, 0), -IP_NO_ROOM);
    assert_int_equal(ip_tcp_connect(&w->a, (struct ip_peer){B, 80}), -IP_NO_ROOM);
    for (int i = -1; i <= IP_SOCKETS; i++)
        ip_close(&w->a, i);
    assert_int_equal(ip_sockets_used(&w->a), 0);
    assert_int_equal(ip_udp_bind(&w->a, 9), 0);
    assert_int_equal(ip_tcp_send(&w->a, 0, "", 0), -IP_BAD_SOCKET);
    assert_int_equal(ip_tcp_accept(&w->a, 0, NULL), -IP_BAD_SOCKET);
    assert_int_equal(ip_receive_from(&w->a, 1, NULL, 0, NULL), -IP_BAD_SOCKET);
}

/* A frame from a to b's port 7 as a sends it, for the tests below to spoil. */
static size_t good_frame(struct world *w, uint8_t *frame)
{
    int a = ip_udp_bind(&w->a, 1000);

    ip_send_to(&w->a, a, (struct ip_peer){B, 7}, "hello", 5);
    world_run(w, 10 * MS);
    ip_send_to(&w->a, a, (struct ip_peer){B, 7}, "hello", 5);
    for (struct wire_frame *f = w->wire; f < w->wire + WIRE_FRAMES; f++) {
        if (!f->to)
            continue;
        memcpy(frame, f->data, f->bytes);
        return f->bytes;
    }
    return 0;
}

static void test_spoiled(void **state)
{
    static uint8_t frame[IP_FRAME], spoiled[IP_FRAME];
    struct world *w = world_new(6);
    int b = ip_udp_bind(&w->b, 7);
    size_t bytes = good_frame(w, frame);
    struct ip_peer from;
    char text[32];

    (void)state;
    world_run(w, MS);
    while (ip_receive_from(&w->b, b, text, sizeof(text), &from) >= 0)
        ;
    ip_input(&w->b, frame, bytes, w->now);
    assert_int_equal(ip_receive_from(&w->b, b, text, sizeof(text), &from), 5);
    for (size_t i = 0; i < ETHERNET_HEADER + IPV4_HEADER + UDP_HEADER + 5; i++) {
        if (i >= 6 && i < 12)
            continue; /* who sent the frame does not matter */
        memcpy(spoiled, frame, bytes);
        spoiled[i] ^= 0x40;
        ip_input(&w->b, spoiled, bytes, w->now);
        assert_int_equal(ip_receive_from(&w->b, b, text, sizeof(text), &from), -IP_AGAIN);
    }
    for (size_t i = 0; i < ETHERNET_HEADER + IPV4_HEADER + UDP_HEADER + 5; i++) {
        uint8_t *exact = malloc(i + 1); /* so that a sanitizer sees what is read behind it */

        memcpy(exact, frame, i);
        ip_input(&w->b, exact, i, w->now);
        free(exact);
        assert_int_equal(ip_receive_from(&w->b, b, text, sizeof(text), &from), -IP_AGAIN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_udp_both_ways),  cmocka_unit_test(test_udp_sizes),
        cmocka_unit_test(test_ping),           cmocka_unit_test(test_no_neighbor),
        cmocka_unit_test(test_neighbor_moves), cmocka_unit_test(test_all_sockets),
        cmocka_unit_test(test_spoiled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
