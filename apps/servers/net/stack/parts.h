/*
 * What the parts of the stack share; users include ip.h.
 */
#pragma once

#include "ip.h"
#include "wire.h"

#define SECOND 1000000000ull

/* A packet under construction: IPv4's payload goes to `payload`. */
struct packet {
    uint8_t frame[IP_FRAME];
};

#define PACKET_ROOM (IP_MTU - IPV4_HEADER)

static inline uint8_t *packet_payload(struct packet *p)
{
    return p->frame + ETHERNET_HEADER + IPV4_HEADER;
}

/* A datagram that has arrived, without IPv4's header. */
struct arrival {
    uint32_t from, to;
    const uint8_t *header; /* IPv4's, with as much behind it as arrived */
    const uint8_t *data;
    size_t bytes;
};

/* ip.c: puts the headers before `bytes` of payload and sends it, by way of ARP. */
void ip_send(struct ip *ip, struct packet *p, uint32_t to, uint8_t protocol, size_t bytes);

/* Whether an answer that nobody asked for may be sent now. */
bool ip_may_answer(struct ip *ip);

/* True if this is an address of one host that may talk to us. */
bool ip_is_host(const struct ip *ip, uint32_t address);

/* arp.c */
void arp_input(struct ip *ip, const uint8_t *frame, size_t bytes);
void arp_send(struct ip *ip, uint8_t *frame, size_t bytes, uint32_t next_hop);
uint64_t arp_run(struct ip *ip);

/* icmp.c */
void icmp_input(struct ip *ip, const struct arrival *a);
void icmp_unreachable(struct ip *ip, const struct arrival *a, uint8_t code);
void icmp_request(struct ip *ip, uint16_t id, struct ip_peer to, const void *data, size_t bytes);

/* datagram.c */
void datagram_keep(struct ip_socket *s, struct ip_peer from, const uint8_t *data, size_t bytes);
void udp_input(struct ip *ip, const struct arrival *a);

/* socket.c */
struct ip_socket *socket_new(struct ip *ip, enum ip_kind kind); /* NULL: none is free */
struct ip_socket *socket_find(struct ip *ip, enum ip_kind kind, uint16_t port);
struct ip_socket *socket_owned(struct ip *ip, int number, enum ip_kind kind);
int socket_number(const struct ip *ip, const struct ip_socket *s);
uint16_t socket_any_port(struct ip *ip, enum ip_kind kind);

uint32_t ring_room(const struct ip_ring *r);
void ring_put(struct ip_ring *r, const void *data, uint32_t bytes); /* there is room */
/* Copies `bytes` from `offset` on; they are there, and stay. */
void ring_peek(const struct ip_ring *r, uint32_t offset, void *to, uint32_t bytes);
void ring_drop(struct ip_ring *r, uint32_t bytes);

/* tcp_input.c */
void tcp_input(struct ip *ip, const struct arrival *a);
void tcp_unreachable(struct ip *ip, uint32_t to, const uint8_t *header); /* its first 8 bytes */

/* tcp_output.c: what a socket sends, and when. */

/* Sends what the windows allow; with `answer` at least an acknowledgement. */
void tcp_output(struct ip *ip, struct ip_socket *s, bool answer);
void tcp_send_syn(struct ip *ip, struct ip_socket *s);
void tcp_send_reset(struct ip *ip, struct ip_socket *s);
void tcp_repeat_first(struct ip *ip, struct ip_socket *s);
/* Answers a segment that belongs to no connection. */
void tcp_refuse(struct ip *ip, const struct arrival *a, uint32_t seq_end, uint32_t ack,
                bool has_ack);

/* tcp.c: the life of a connection. */
struct ip_socket *tcp_new(struct ip *ip, struct ip_peer peer, uint16_t port);
void tcp_set_state(struct ip *ip, struct ip_socket *s, enum tcp_state state);
/* The connection is over; who owns it is told by `error`. */
void tcp_end(struct ip *ip, struct ip_socket *s, enum ip_error error);
void tcp_close(struct ip *ip, struct ip_socket *s);
uint64_t tcp_run(struct ip *ip);
unsigned int tcp_events(const struct ip *ip, const struct ip_socket *s);

/* Sequence numbers wrap: a before b. */
static inline bool seq_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/* A FIN of ours is to be sent, or not acknowledged. */
static inline bool tcp_fin_pending(const struct ip_socket *s)
{
    return s->state == TCP_FIN_WAIT_1 || s->state == TCP_CLOSING || s->state == TCP_LAST_ACK;
}

/* The other side may still send data. */
static inline bool tcp_receives(const struct ip_socket *s)
{
    return s->state == TCP_ESTABLISHED || s->state == TCP_FIN_WAIT_1 || s->state == TCP_FIN_WAIT_2;
}
