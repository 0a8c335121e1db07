/* TCP: what users do with connections, their states and timers. */
#include "parts.h"

#define RTO_FIRST    SECOND
#define RTO_MOST     (16 * SECOND)
#define REPEATS      8 /* then the other side is gone */
#define SYN_REPEATS  5
#define WAIT_AT_END  (4 * SECOND) /* TIME_WAIT: strays of a near network are gone by then */
#define WAIT_FOR_FIN (30 * SECOND)
#define DEFAULT_MSS  536 /* if the other side does not tell */
#define FIRST_FLIGHT (10u * 1460)
#define MANY_AT_ONCE (1u << 20)
#define CLOCK_OF_ISN 4096 /* ns */

/* -------------------------------------------------------------- life */

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Grows with time, and differs between connections in a way that others can't tell. */
static uint32_t first_number(const struct ip *ip, const struct ip_socket *s)
{
    uint64_t h = mix(ip->setup.secret ^ s->peer.address);

    h = mix(h ^ ip->setup.secret << 1 ^ ((uint64_t)s->peer.port << 16 | s->port));
    return (uint32_t)(h + ip->now / CLOCK_OF_ISN);
}

struct ip_socket *tcp_new(struct ip *ip, struct ip_peer peer, uint16_t port)
{
    struct ip_socket *s = socket_new(ip, IP_TCP);

    if (!s)
        return NULL;
    s->peer = peer;
    s->port = port;
    s->una = s->next = s->max = first_number(ip, s);
    s->mss = DEFAULT_MSS;
    s->congestion = FIRST_FLIGHT;
    s->threshold = MANY_AT_ONCE;
    s->rto = RTO_FIRST;
    return s;
}

void tcp_set_state(struct ip *ip, struct ip_socket *s, enum tcp_state state)
{
    s->state = state;
    s->since = ip->now;
    if (state == TCP_TIME_WAIT)
        s->timer = ip->now + WAIT_AT_END;
    else if (state == TCP_FIN_WAIT_2)
        s->timer = s->owned ? IP_NEVER : ip->now + WAIT_FOR_FIN;
}

void tcp_end(struct ip *ip, struct ip_socket *s, enum ip_error error)
{
    tcp_set_state(ip, s, TCP_CLOSED);
    s->timer = IP_NEVER;
    s->error = error;
    s->out.count = 0;
    if (!s->owned)
        s->kind = IP_FREE;
}

/* -------------------------------------------------------------- users */

int ip_tcp_listen(struct ip *ip, uint16_t port, unsigned int backlog)
{
    struct ip_socket *s;

    if (port == 0)
        port = socket_any_port(ip, IP_TCP);
    else if (socket_find(ip, IP_TCP, port))
        return -IP_IN_USE;
    s = socket_new(ip, IP_TCP);
    if (!s)
        return -IP_NO_ROOM;
    s->port = port;
    s->owned = true;
    s->state = TCP_LISTEN;
    s->backlog = (uint8_t)(backlog == 0 ? 1 : backlog < IP_SOCKETS ? backlog : IP_SOCKETS);
    return socket_number(ip, s);
}

/* Of those that came to `listener` one that is complete, or NULL. */
static struct ip_socket *ready(const struct ip *ip, int listener)
{
    for (int i = 0; i < IP_SOCKETS; i++) {
        const struct ip_socket *s = &ip->sockets[i];

        if (s->kind == IP_TCP && s->listener == listener && s->state >= TCP_ESTABLISHED)
            return (struct ip_socket *)s;
    }
    return NULL;
}

int ip_tcp_accept(struct ip *ip, int listener, struct ip_peer *from)
{
    struct ip_socket *l = socket_owned(ip, listener, IP_TCP), *s;

    if (!l || l->state != TCP_LISTEN)
        return -IP_BAD_SOCKET;
    s = ready(ip, listener);
    if (!s)
        return -IP_AGAIN;
    s->listener = -1;
    s->owned = true;
    *from = s->peer;
    return socket_number(ip, s);
}

int ip_tcp_connect(struct ip *ip, struct ip_peer to)
{
    struct ip_socket *s;

    if (!ip_is_host(ip, to.address) || to.port == 0)
        return -IP_UNREACHABLE;
    s = tcp_new(ip, to, socket_any_port(ip, IP_TCP));
    if (!s)
        return -IP_NO_ROOM;
    s->owned = true;
    tcp_set_state(ip, s, TCP_SYN_SENT);
    tcp_send_syn(ip, s);
    return socket_number(ip, s);
}

long ip_tcp_send(struct ip *ip, int socket, const void *data, size_t bytes)
{
    struct ip_socket *s = socket_owned(ip, socket, IP_TCP);

    if (!s || s->state == TCP_LISTEN)
        return -IP_BAD_SOCKET;
    if (s->state == TCP_SYN_SENT || s->state == TCP_SYN_RECEIVED)
        return -IP_AGAIN;
    if (s->state != TCP_ESTABLISHED && s->state != TCP_CLOSE_WAIT)
        return s->error ? -(long)s->error : -IP_CLOSED;
    if (bytes && ring_room(&s->out) == 0)
        return -IP_AGAIN;
    if (bytes > ring_room(&s->out))
        bytes = ring_room(&s->out);
    ring_put(&s->out, data, (uint32_t)bytes);
    tcp_output(ip, s, false);
    return (long)bytes;
}

/* The window that was told has become much smaller than that which there is. */
static bool window_has_opened(const struct ip_socket *s)
{
    uint32_t told = s->advertised - s->expected, room = ring_room(&s->in);

    return tcp_receives(s) && room >= told + IP_RING / 4;
}

long ip_tcp_receive(struct ip *ip, int socket, void *to, size_t bytes)
{
    struct ip_socket *s = socket_owned(ip, socket, IP_TCP);

    if (!s || s->state == TCP_LISTEN)
        return -IP_BAD_SOCKET;
    if (s->in.count == 0) {
        if (s->state == TCP_CLOSED && s->error)
            return -(long)s->error;
        return tcp_receives(s) || s->state == TCP_SYN_SENT || s->state == TCP_SYN_RECEIVED
                   ? -IP_AGAIN
                   : 0;
    }
    if (bytes > s->in.count)
        bytes = s->in.count;
    ring_peek(&s->in, 0, to, (uint32_t)bytes);
    ring_drop(&s->in, (uint32_t)bytes);
    if (window_has_opened(s))
        tcp_output(ip, s, true);
    return (long)bytes;
}

int ip_tcp_shutdown(struct ip *ip, int socket)
{
    struct ip_socket *s = socket_owned(ip, socket, IP_TCP);

    if (!s || s->state == TCP_LISTEN)
        return -IP_BAD_SOCKET;
    if (s->state == TCP_SYN_SENT || s->state == TCP_SYN_RECEIVED)
        return -IP_AGAIN;
    if (s->state == TCP_ESTABLISHED)
        tcp_set_state(ip, s, TCP_FIN_WAIT_1);
    else if (s->state == TCP_CLOSE_WAIT)
        tcp_set_state(ip, s, TCP_LAST_ACK);
    else
        return 0;
    tcp_output(ip, s, false);
    return 0;
}

static void reset(struct ip *ip, struct ip_socket *s)
{
    tcp_send_reset(ip, s);
    tcp_end(ip, s, IP_CLOSED);
}

/* Those that nobody has accepted. */
static void close_listener(struct ip *ip, struct ip_socket *l)
{
    int number = socket_number(ip, l);

    for (struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++) {
        if (s->kind == IP_TCP && s->listener == number)
            reset(ip, s);
    }
    tcp_end(ip, l, IP_CLOSED);
}

void tcp_close(struct ip *ip, struct ip_socket *s)
{
    if (s->state == TCP_LISTEN)
        close_listener(ip, s);
    else if (s->state == TCP_CLOSED || s->state == TCP_SYN_SENT)
        tcp_end(ip, s, IP_CLOSED);
    else if (s->in.count || s->state == TCP_SYN_RECEIVED)
        reset(ip, s);
    else if (s->state == TCP_ESTABLISHED || s->state == TCP_CLOSE_WAIT) {
        tcp_set_state(ip, s, s->state == TCP_ESTABLISHED ? TCP_FIN_WAIT_1 : TCP_LAST_ACK);
        tcp_output(ip, s, false);
    } else if (s->state == TCP_FIN_WAIT_2) {
        tcp_set_state(ip, s, TCP_FIN_WAIT_2); /* from now on not for ever */
    }
}

unsigned int tcp_events(const struct ip *ip, const struct ip_socket *s)
{
    switch (s->state) {
    case TCP_LISTEN:
        return ready(ip, socket_number(ip, s)) ? IP_READABLE : 0;
    case TCP_SYN_SENT:
    case TCP_SYN_RECEIVED:
        return 0;
    case TCP_CLOSED:
        return IP_READABLE | IP_WRITABLE | IP_HANGUP;
    case TCP_ESTABLISHED:
    case TCP_CLOSE_WAIT:
        return (s->in.count || s->state == TCP_CLOSE_WAIT ? IP_READABLE : 0u) |
               (ring_room(&s->out) ? IP_WRITABLE : 0u);
    default: /* nothing more can be sent, which a try would tell at once */
        return (s->in.count || !tcp_receives(s) ? IP_READABLE : 0u) | IP_WRITABLE |
               (tcp_receives(s) ? 0u : IP_HANGUP);
    }
}

/* -------------------------------------------------------------- timers */

static void repeat_syn(struct ip *ip, struct ip_socket *s)
{
    if (s->repeats++ == SYN_REPEATS) {
        tcp_end(ip, s, IP_UNREACHABLE);
        return;
    }
    s->rto = 2 * s->rto;
    tcp_send_syn(ip, s);
}

/* Nothing was acknowledged for a while: all is sent again, slowly at first. */
static void repeat(struct ip *ip, struct ip_socket *s)
{
    uint32_t flight = s->max - s->una;

    if (s->repeats++ == REPEATS) {
        reset(ip, s);
        s->error = IP_UNREACHABLE;
        return;
    }
    s->rto = 2 * s->rto < RTO_MOST ? 2 * s->rto : RTO_MOST;
    s->threshold = flight / 2 > 2u * s->mss ? flight / 2 : 2u * s->mss;
    s->congestion = s->mss;
    s->duplicates = 0;
    s->next = s->una;
    s->timer = ip->now + s->rto;
    tcp_repeat_first(ip, s);
}

uint64_t tcp_run(struct ip *ip)
{
    uint64_t next = IP_NEVER;

    for (struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++) {
        if (s->kind != IP_TCP)
            continue;
        if (s->timer <= ip->now) {
            if (s->state == TCP_SYN_SENT || s->state == TCP_SYN_RECEIVED)
                repeat_syn(ip, s);
            else if (s->state == TCP_TIME_WAIT || s->state == TCP_FIN_WAIT_2)
                tcp_end(ip, s, IP_OK);
            else
                repeat(ip, s);
        }
        if (s->kind == IP_TCP && s->timer < next)
            next = s->timer;
    }
    return next;
}
