/*
 * Fuzzes the IP stack of apps/servers/net: frames from a hostile wire, and a user in between. The
 * input is a program: what the user does, time that passes, and frames, either as they are, or with
 * headers and check sums put in order and numbers near those that the connection has, so that they
 * get far.
 *
 * What must hold of the stack's state holds after every step (world.h), and in the end, when all is
 * closed and time has passed, nothing is in use.
 */
#include <stdlib.h>

#include "parts.h"
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at, *end;
};

static struct ip stack;
static uint64_t now;

static uint8_t take(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static void swallow(void *context, const uint8_t *frame, size_t bytes)
{
    static uint8_t last[IP_FRAME];

    (void)context;
    if (bytes > sizeof(last))
        abort();
    memcpy(last, frame, bytes); /* a sanitizer sees what is not there */
}

/* A frame whose end is the allocation's. */
static void arrive(const uint8_t *frame, size_t bytes)
{
    uint8_t *exact = malloc(bytes ? bytes : 1);

    if (!exact)
        return;
    memcpy(exact, frame, bytes);
    ip_input(&stack, exact, bytes, now);
    free(exact);
}

static void arrive_ipv4(uint8_t *frame, uint8_t protocol, size_t bytes)
{
    uint8_t *header = frame + ETHERNET_HEADER;

    memset(frame, 0, ETHERNET_HEADER + IPV4_HEADER);
    memcpy(frame, stack.setup.mac, 6);
    put16(frame + 12, ETHERNET_IPV4);
    header[0] = 0x45;
    put16(header + 2, (uint32_t)(IPV4_HEADER + bytes));
    header[9] = protocol;
    put32(header + 12, B);
    put32(header + 16, A);
    put16(header + 10, sum_end(sum_add(0, header, IPV4_HEADER)));
    arrive(frame, ETHERNET_HEADER + IPV4_HEADER + bytes);
}

/* Numbers around where the connection is; a full one when the input wants that. */
static void aim(const struct ip_socket *s, uint8_t *tcp, uint8_t how)
{
    if (how & 1)
        put32(tcp + 4, s->expected + (uint32_t)(int8_t)tcp[4]);
    else
        put32(tcp + 4, s->expected);
    if (how & 2)
        put32(tcp + 8, s->una + (uint32_t)(int8_t)tcp[8] * 16);
    else
        put32(tcp + 8, s->max);
    put16(tcp, s->peer.port);
    put16(tcp + 2, s->port);
}

static void arrive_tcp(struct input *in)
{
    static uint8_t frame[IP_FRAME];
    uint8_t *tcp = frame + ETHERNET_HEADER + IPV4_HEADER, how = take(in);
    const struct ip_socket *s = &stack.sockets[how >> 3 & 7];
    size_t bytes = TCP_HEADER + (how & 4 ? take(in) * 6u : 0u);

    if (bytes > PACKET_ROOM)
        bytes = PACKET_ROOM;
    memset(tcp, 0, bytes);
    for (int i = 0; i < TCP_HEADER; i++)
        tcp[i] = take(in);
    put16(tcp, 1000 + (tcp[0] & 3u));
    put16(tcp + 2, 80);
    if (how & 64)
        tcp[12] = TCP_HEADER / 4 << 4;
    if (s->kind == IP_TCP && s->state >= TCP_SYN_SENT && how & 128)
        aim(s, tcp, how);
    put16(tcp + 16, 0);
    put16(tcp + 16, sum_end(sum_add(sum_pseudo(B, A, IPV4_TCP, bytes), tcp, bytes)));
    arrive_ipv4(frame, IPV4_TCP, bytes);
}

/* UDP or ICMP, in order as far as the check sums. */
static void arrive_other(struct input *in, uint8_t protocol)
{
    static uint8_t frame[IP_FRAME];
    uint8_t *packet = frame + ETHERNET_HEADER + IPV4_HEADER;
    size_t bytes = take(in), sum_at = protocol == IPV4_UDP ? 6 : 2;

    for (size_t i = 0; i < bytes; i++)
        packet[i] = take(in);
    if (bytes >= 8) {
        put16(packet + sum_at, 0);
        if (protocol == IPV4_ICMP)
            put16(packet + sum_at, sum_end(sum_add(0, packet, bytes)));
    }
    arrive_ipv4(frame, protocol, bytes);
}

static void arrive_raw(struct input *in)
{
    uint8_t frame[256];
    size_t bytes = take(in);

    for (size_t i = 0; i < bytes; i++)
        frame[i] = take(in);
    if (bytes >= 6 && !(frame[0] & 1))
        memcpy(frame, stack.setup.mac, 6);
    arrive(frame, bytes);
}

static void use(struct input *in)
{
    static uint8_t data[IP_RING];
    uint8_t what = take(in);
    int s = take(in) % 10 - 1;
    size_t bytes = take(in) * 129u;
    struct ip_peer peer = {B, 1000};

    switch (what % 11) {
    case 0:
        ip_tcp_listen(&stack, 80, bytes & 7);
        break;
    case 1:
        ip_tcp_accept(&stack, s, &peer);
        break;
    case 2:
        ip_tcp_connect(&stack, peer);
        break;
    case 3:
        ip_tcp_send(&stack, s, data, bytes);
        break;
    case 4:
        ip_tcp_receive(&stack, s, data, bytes);
        break;
    case 5:
        ip_tcp_shutdown(&stack, s);
        break;
    case 6:
        ip_udp_bind(&stack, 7);
        break;
    case 7:
        ip_ping_open(&stack);
        break;
    case 8:
        ip_send_to(&stack, s, peer, data, bytes);
        break;
    case 9:
        ip_receive_from(&stack, s, data, bytes, &peer);
        break;
    case 10:
        ip_close(&stack, s);
        break;
    }
    ip_events(&stack, s);
}

static void step(struct input *in)
{
    switch (take(in) % 8) {
    case 0:
        arrive_raw(in);
        break;
    case 1:
        arrive_other(in, IPV4_UDP);
        break;
    case 2:
        arrive_other(in, IPV4_ICMP);
        break;
    case 3:
        now += (uint64_t)take(in) * 50 * MS;
        ip_run(&stack, now);
        break;
    case 4:
    case 5:
        use(in);
        break;
    default:
        arrive_tcp(in);
    }
    ip_check(&stack);
}

static void finish(void)
{
    for (int s = 0; s < IP_SOCKETS; s++)
        ip_close(&stack, s);
    for (int i = 0; i < 80; i++) {
        now += 4 * SECOND;
        ip_run(&stack, now);
        ip_check(&stack);
    }
    if (ip_sockets_used(&stack) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ip_setup setup = {.mac = {2, 0, 0, 0, 0, 1},
                             .address = A,
                             .mask = 0xffffff00,
                             .gateway = B,
                             .secret = 1,
                             .send = swallow};
    struct input in = {data, data + size};

    now = SECOND;
    ip_init(&stack, &setup, now);
    while (in.at < in.end)
        step(&in);
    finish();
    return 0;
}
