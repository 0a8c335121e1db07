/*
 * A small IP stack: Ethernet, ARP, IPv4, ICMP echo, UDP and TCP on one interface.
 *
 * It is pure: time comes in with ip_input() and ip_run(), frames go out through a function of the
 * user's, all memory is in struct ip. Nothing waits; what can't be done now is IP_AGAIN. Whatever
 * arrives is checked before it is used. Numbers are in host order; time is in nanoseconds.
 *
 * Left out: fragments (dropped), options but TCP's MSS, segments out of order (the sender repeats
 * them), routing, IPv6.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP_SOCKETS   64
#define IP_RING      32768u /* bytes that a socket keeps in each direction */
#define IP_FRAME     1514   /* largest Ethernet frame, without its check sum */
#define IP_MTU       1500
#define IP_NEIGHBORS 16
#define IP_NEVER     UINT64_MAX

/* Functions return a number from 0 on, or one of these, negated. */
enum ip_error {
    IP_OK,
    IP_AGAIN,
    IP_NO_ROOM, /* all sockets are in use */
    IP_BAD_SOCKET,
    IP_IN_USE,      /* the port */
    IP_CLOSED,      /* the other side has ended the connection, or reset it */
    IP_REFUSED,     /* nobody listens there */
    IP_UNREACHABLE, /* said by a router, or the other side no longer answers */
    IP_TOO_LARGE,   /* for a datagram */
};

enum ip_events { IP_READABLE = 1, IP_WRITABLE = 2, IP_HANGUP = 4 };

struct ip_peer {
    uint32_t address;
    uint16_t port;
};

struct ip_setup {
    uint8_t mac[6];
    uint32_t address, mask, gateway;
    uint64_t secret; /* makes sequence numbers hard to guess */
    void (*send)(void *context, const uint8_t *frame, size_t bytes);
    void *context;
};

/* Bytes in order; `head` is the oldest. */
struct ip_ring {
    uint32_t head, count;
    uint8_t data[IP_RING];
};

enum ip_kind { IP_FREE, IP_TCP, IP_UDP, IP_PING };

enum tcp_state {
    TCP_CLOSED,
    TCP_LISTEN,
    TCP_SYN_SENT,
    TCP_SYN_RECEIVED,
    TCP_ESTABLISHED,
    TCP_CLOSE_WAIT, /* the other side sends no more */
    TCP_FIN_WAIT_1, /* our FIN is on its way */
    TCP_CLOSING,    /* both are */
    TCP_LAST_ACK,
    TCP_FIN_WAIT_2, /* it has arrived */
    TCP_TIME_WAIT,
};

struct ip_socket {
    enum ip_kind kind;
    bool owned;              /* the user has it; else it ends by itself */
    uint16_t port;           /* own; of IP_PING the identifier */
    struct ip_peer peer;     /* TCP */
    struct ip_ring in, out;  /* datagrams: `in` has each behind a struct ip_datagram */
    enum tcp_state state;    /* from here on TCP only */
    enum ip_error error;     /* why it is TCP_CLOSED */
    int8_t listener;         /* that accept() takes it from, or -1 */
    uint8_t backlog;         /* of a listener: connections that wait for accept() at most */
    uint8_t repeats;         /* of what is not acknowledged */
    uint8_t duplicates;      /* acknowledgements that say nothing new */
    bool timing;             /* `timed` is on its way, sent at `timed_at` */
    uint16_t mss;            /* that the other side takes */
    uint32_t una, next, max; /* sent: oldest not acknowledged, to be sent next, highest ever */
    uint32_t window;         /* of the other side, and the segment that said so */
    uint32_t window_seq, window_ack;
    uint32_t congestion, threshold; /* bytes on their way at most, by our own judgement */
    uint32_t expected;              /* number of the next byte to arrive */
    uint32_t advertised;            /* first number beyond the window that was last told */
    uint32_t timed;
    uint64_t timed_at, srtt, rttvar, rto;
    uint64_t timer; /* when to repeat, or to end; IP_NEVER */
    uint64_t since; /* of the state: TIME_WAIT, the oldest of which goes first */
};

/* Who has which Ethernet address. */
struct ip_neighbor {
    enum { NEIGHBOR_FREE, NEIGHBOR_ASKED, NEIGHBOR_KNOWN } state;
    uint32_t address;
    uint8_t mac[6];
    uint8_t asked;
    uint64_t timer; /* to ask again; when KNOWN, to forget */
    uint64_t used;
    size_t waiting; /* bytes of one frame that is sent when the answer comes */
    uint8_t frame[IP_FRAME];
};

struct ip {
    struct ip_setup setup;
    uint64_t now;
    uint16_t next_port, next_id;
    uint64_t answers_from; /* unasked-for answers (RST, unreachable): so many a second */
    unsigned int answers;
    struct ip_neighbor neighbors[IP_NEIGHBORS];
    struct ip_socket sockets[IP_SOCKETS];
};

void ip_init(struct ip *ip, const struct ip_setup *setup, uint64_t now);

/* A frame has arrived. */
void ip_input(struct ip *ip, const uint8_t *frame, size_t bytes, uint64_t now);

/* Does what is due. When something will be next, or IP_NEVER. */
uint64_t ip_run(struct ip *ip, uint64_t now);

/*
 * Sockets, by number. What they send is sent now, at the time that was last told. Ports 0: any.
 * ip_close() gives the number back; a connection goes on until the other side has all data, and is
 * reset if there is some that was not received.
 */
int ip_tcp_listen(struct ip *ip, uint16_t port, unsigned int backlog);
int ip_tcp_accept(struct ip *ip, int listener, struct ip_peer *from);
int ip_tcp_connect(struct ip *ip, struct ip_peer to); /* IP_WRITABLE when it is decided */
long ip_tcp_send(struct ip *ip, int socket, const void *data, size_t bytes);
long ip_tcp_receive(struct ip *ip, int socket, void *to, size_t bytes); /* 0: the end */
int ip_tcp_shutdown(struct ip *ip, int socket);                         /* no more will be sent */
int ip_udp_bind(struct ip *ip, uint16_t port);
int ip_ping_open(struct ip *ip); /* sends echo requests; the port is the sequence number */
long ip_send_to(struct ip *ip, int socket, struct ip_peer to, const void *data, size_t bytes);
/* One datagram; what does not fit is lost. */
long ip_receive_from(struct ip *ip, int socket, void *to, size_t bytes, struct ip_peer *from);
void ip_close(struct ip *ip, int socket);

/* Bits of enum ip_events. */
unsigned int ip_events(const struct ip *ip, int socket);

/* The own port of a socket, or 0. */
uint16_t ip_port(const struct ip *ip, int socket);

/* Sockets that are not free, those that end by themselves included. */
unsigned int ip_sockets_used(const struct ip *ip);
