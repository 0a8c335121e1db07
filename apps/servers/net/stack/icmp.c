/* ICMP: echo, and what it says of packets that could not be delivered. */
#include "parts.h"

static void finish(struct ip *ip, struct packet *p, uint32_t to, size_t bytes)
{
    uint8_t *icmp = packet_payload(p);

    put16(icmp + 2, 0);
    put16(icmp + 2, sum_end(sum_add(0, icmp, bytes)));
    ip_send(ip, p, to, IPV4_ICMP, bytes);
}

static void reply(struct ip *ip, const struct arrival *a)
{
    struct packet p;
    uint8_t *icmp = packet_payload(&p);

    if (a->bytes > PACKET_ROOM)
        return;
    memcpy(icmp, a->data, a->bytes);
    icmp[0] = ICMP_ECHO_REPLY;
    finish(ip, &p, a->from, a->bytes);
}

/* Behind the header is the beginning of a packet that we sent. */
static void unreachable(struct ip *ip, const uint8_t *sent, size_t bytes)
{
    size_t header_bytes;

    if (bytes < IPV4_HEADER || sent[0] >> 4 != 4)
        return;
    header_bytes = (sent[0] & 15) * 4u;
    if (header_bytes < IPV4_HEADER || bytes < header_bytes + 8 || sent[9] != IPV4_TCP ||
        get32(sent + 12) != ip->setup.address)
        return;
    tcp_unreachable(ip, get32(sent + 16), sent + header_bytes);
}

void icmp_input(struct ip *ip, const struct arrival *a)
{
    struct ip_socket *s;

    if (a->bytes < ICMP_HEADER || sum_end(sum_add(0, a->data, a->bytes)) != 0)
        return;
    switch (a->data[0]) {
    case ICMP_ECHO_REQUEST:
        reply(ip, a);
        break;
    case ICMP_ECHO_REPLY:
        s = socket_find(ip, IP_PING, get16(a->data + 4));
        if (s)
            datagram_keep(s, (struct ip_peer){a->from, get16(a->data + 6)}, a->data + ICMP_HEADER,
                          a->bytes - ICMP_HEADER);
        break;
    case ICMP_UNREACHABLE:
        unreachable(ip, a->data + ICMP_HEADER, a->bytes - ICMP_HEADER);
        break;
    }
}

void icmp_unreachable(struct ip *ip, const struct arrival *a, uint8_t code)
{
    size_t bytes = (size_t)(a->data - a->header) + 8; /* its header and what is behind it */
    struct packet p;
    uint8_t *icmp = packet_payload(&p);

    if (!ip_may_answer(ip) || a->to != ip->setup.address)
        return;
    memset(icmp, 0, ICMP_HEADER);
    icmp[0] = ICMP_UNREACHABLE;
    icmp[1] = code;
    memcpy(icmp + ICMP_HEADER, a->header, bytes);
    finish(ip, &p, a->from, ICMP_HEADER + bytes);
}

void icmp_request(struct ip *ip, uint16_t id, struct ip_peer to, const void *data, size_t bytes)
{
    struct packet p;
    uint8_t *icmp = packet_payload(&p);

    icmp[0] = ICMP_ECHO_REQUEST;
    icmp[1] = 0;
    put16(icmp + 4, id);
    put16(icmp + 6, to.port);
    memcpy(icmp + ICMP_HEADER, data, bytes);
    finish(ip, &p, to.address, ICMP_HEADER + bytes);
}
