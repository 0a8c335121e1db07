/* Sockets for datagrams: UDP and echo requests. */
#include "parts.h"

struct ip_datagram {
    struct ip_peer from;
    uint32_t bytes;
};

/* Datagrams for which there is no room are lost, as on the way. */
void datagram_keep(struct ip_socket *s, struct ip_peer from, const uint8_t *data, size_t bytes)
{
    struct ip_datagram d;

    memset(&d, 0, sizeof(d));
    d.from = from;
    d.bytes = (uint32_t)bytes;
    if (ring_room(&s->in) < sizeof(d) + bytes)
        return;
    ring_put(&s->in, &d, sizeof(d));
    ring_put(&s->in, data, d.bytes);
}

void udp_input(struct ip *ip, const struct arrival *a)
{
    struct ip_socket *s;
    size_t bytes;

    if (a->bytes < UDP_HEADER)
        return;
    bytes = get16(a->data + 4);
    if (bytes < UDP_HEADER || bytes > a->bytes)
        return;
    if (get16(a->data + 6) != 0 &&
        sum_end(sum_add(sum_pseudo(a->from, a->to, IPV4_UDP, bytes), a->data, bytes)) != 0)
        return;
    s = socket_find(ip, IP_UDP, get16(a->data + 2));
    if (s)
        datagram_keep(s, (struct ip_peer){a->from, get16(a->data)}, a->data + UDP_HEADER,
                      bytes - UDP_HEADER);
    else
        icmp_unreachable(ip, a, ICMP_NO_PORT);
}

static void send_udp(struct ip *ip, uint16_t port, struct ip_peer to, const void *data,
                     size_t bytes)
{
    struct packet p;
    uint8_t *udp = packet_payload(&p);
    uint16_t sum;

    put16(udp, port);
    put16(udp + 2, to.port);
    put16(udp + 4, (uint32_t)(UDP_HEADER + bytes));
    put16(udp + 6, 0);
    memcpy(udp + UDP_HEADER, data, bytes);
    bytes += UDP_HEADER;
    sum = sum_end(sum_add(sum_pseudo(ip->setup.address, to.address, IPV4_UDP, bytes), udp, bytes));
    put16(udp + 6, sum ? sum : 0xffff);
    ip_send(ip, &p, to.address, IPV4_UDP, bytes);
}

static int open_socket(struct ip *ip, enum ip_kind kind, uint16_t port)
{
    struct ip_socket *s;

    if (port == 0)
        port = socket_any_port(ip, kind);
    else if (socket_find(ip, kind, port))
        return -IP_IN_USE;
    s = socket_new(ip, kind);
    if (!s)
        return -IP_NO_ROOM;
    s->port = port;
    s->owned = true;
    return socket_number(ip, s);
}

int ip_udp_bind(struct ip *ip, uint16_t port)
{
    return open_socket(ip, IP_UDP, port);
}

int ip_ping_open(struct ip *ip)
{
    return open_socket(ip, IP_PING, 0);
}

static struct ip_socket *datagram_socket(struct ip *ip, int socket)
{
    struct ip_socket *s = socket_owned(ip, socket, IP_UDP);

    return s ? s : socket_owned(ip, socket, IP_PING);
}

long ip_send_to(struct ip *ip, int socket, struct ip_peer to, const void *data, size_t bytes)
{
    struct ip_socket *s = datagram_socket(ip, socket);

    if (!s)
        return -IP_BAD_SOCKET;
    if (bytes > PACKET_ROOM - UDP_HEADER) /* ICMP's is as long */
        return -IP_TOO_LARGE;
    if (!ip_is_host(ip, to.address))
        return -IP_UNREACHABLE;
    if (s->kind == IP_UDP)
        send_udp(ip, s->port, to, data, bytes);
    else
        icmp_request(ip, s->port, to, data, bytes);
    return (long)bytes;
}

long ip_receive_from(struct ip *ip, int socket, void *to, size_t bytes, struct ip_peer *from)
{
    struct ip_socket *s = datagram_socket(ip, socket);
    struct ip_datagram d;

    if (!s)
        return -IP_BAD_SOCKET;
    if (s->in.count == 0)
        return -IP_AGAIN;
    ring_peek(&s->in, 0, &d, sizeof(d));
    ring_drop(&s->in, sizeof(d));
    if (bytes > d.bytes)
        bytes = d.bytes;
    ring_peek(&s->in, 0, to, (uint32_t)bytes);
    ring_drop(&s->in, d.bytes);
    *from = d.from;
    return (long)bytes;
}
