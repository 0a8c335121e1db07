/* What arrives by TCP, in the order of RFC 9293, 3.10.7. */
#include "parts.h"

#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_MSS 2
#define LEAST_MSS  64
#define RTO_LEAST  (200 * 1000000ull)
#define RTO_MOST   (16 * SECOND)

struct segment {
    const struct arrival *arrival;
    uint32_t seq, ack, window;
    uint8_t flags;
    uint16_t mss; /* 0: not told */
    const uint8_t *data;
    uint32_t bytes;
};

/* How much of the number space it takes. */
static uint32_t length(const struct segment *g)
{
    return g->bytes + !!(g->flags & TCP_SYN) + !!(g->flags & TCP_FIN);
}

static uint16_t find_mss(const uint8_t *option, const uint8_t *end)
{
    while (option < end && *option != OPTION_END) {
        if (*option == OPTION_NOP) {
            option++;
            continue;
        }
        if (end - option < 2 || option[1] < 2 || option[1] > end - option)
            break;
        if (option[0] == OPTION_MSS && option[1] == 4)
            return get16(option + 2);
        option += option[1];
    }
    return 0;
}

static bool parse(const struct arrival *a, struct segment *g)
{
    size_t header;

    if (a->bytes < TCP_HEADER)
        return false;
    header = (a->data[12] >> 4) * 4u;
    if (header < TCP_HEADER || header > a->bytes || get16(a->data) == 0 ||
        sum_end(sum_add(sum_pseudo(a->from, a->to, IPV4_TCP, a->bytes), a->data, a->bytes)) != 0)
        return false;
    g->arrival = a;
    g->seq = get32(a->data + 4);
    g->ack = get32(a->data + 8);
    g->flags = a->data[13];
    g->window = get16(a->data + 14);
    g->mss = find_mss(a->data + TCP_HEADER, a->data + header);
    g->data = a->data + header;
    g->bytes = (uint32_t)(a->bytes - header);
    return true;
}

static void refuse(struct ip *ip, const struct segment *g)
{
    if (!(g->flags & TCP_RST))
        tcp_refuse(ip, g->arrival, g->seq + length(g), g->ack, g->flags & TCP_ACK);
}

/* -------------------------------------------------------------- beginnings */

static void take_window(struct ip_socket *s, const struct segment *g)
{
    if (s->window == 0)
        s->next = s->una; /* what was sent only to ask is not there */
    s->window = g->window;
    s->window_seq = g->seq;
    s->window_ack = g->ack;
}

static void take_syn(struct ip_socket *s, const struct segment *g)
{
    s->expected = g->seq + 1;
    s->advertised = s->expected;
    take_window(s, g);
    if (g->mss)
        s->mss = g->mss;
    if (s->mss < LEAST_MSS)
        s->mss = LEAST_MSS;
    if (s->mss > IP_MTU - IPV4_HEADER - TCP_HEADER)
        s->mss = IP_MTU - IPV4_HEADER - TCP_HEADER;
}

static unsigned int waiting_for(const struct ip *ip, int listener)
{
    unsigned int count = 0;

    for (const struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++)
        count += s->kind == IP_TCP && s->listener == listener;
    return count;
}

static void input_listen(struct ip *ip, struct ip_socket *l, const struct segment *g)
{
    struct ip_peer from = {g->arrival->from, get16(g->arrival->data)};
    struct ip_socket *s;

    if (g->flags & TCP_RST)
        return;
    if (g->flags & TCP_ACK) {
        refuse(ip, g);
        return;
    }
    /* No answer when there is no room: it will be tried again. */
    if (!(g->flags & TCP_SYN) || waiting_for(ip, socket_number(ip, l)) >= l->backlog)
        return;
    s = tcp_new(ip, from, l->port);
    if (!s)
        return;
    s->listener = (int8_t)socket_number(ip, l);
    take_syn(s, g);
    tcp_set_state(ip, s, TCP_SYN_RECEIVED);
    tcp_send_syn(ip, s);
}

/* Our SYN is acknowledged. */
static void establish(struct ip *ip, struct ip_socket *s)
{
    s->una = s->max;
    s->next = s->max;
    s->repeats = 0;
    s->rto = SECOND;
    s->timer = IP_NEVER;
    tcp_set_state(ip, s, TCP_ESTABLISHED);
}

static void input_syn_sent(struct ip *ip, struct ip_socket *s, const struct segment *g)
{
    bool ack = g->flags & TCP_ACK;

    if (ack && g->ack != s->max) {
        refuse(ip, g);
        return;
    }
    if (g->flags & TCP_RST) {
        if (ack)
            tcp_end(ip, s, IP_REFUSED);
        return;
    }
    if (!(g->flags & TCP_SYN))
        return;
    take_syn(s, g);
    if (ack) {
        establish(ip, s);
        tcp_output(ip, s, true);
    } else { /* both have called each other */
        tcp_set_state(ip, s, TCP_SYN_RECEIVED);
        tcp_send_syn(ip, s);
    }
}

/* -------------------------------------------------------------- connections */

/* Whether some of it lies in the window that there is. */
static bool is_acceptable(const struct ip_socket *s, const struct segment *g)
{
    uint32_t window = ring_room(&s->in), bytes = length(g);
    uint32_t from = g->seq - s->expected, last = from + bytes - 1;

    if (window == 0)
        return from == 0; /* for its acknowledgement */
    return from < window || (bytes && last < window);
}

/* Cuts off what has arrived before and what does not fit. */
static void trim(const struct ip_socket *s, struct segment *g)
{
    uint32_t room = ring_room(&s->in), old;

    if (seq_before(g->seq, s->expected)) {
        if (g->flags & TCP_SYN) {
            g->flags &= (uint8_t)~TCP_SYN;
            g->seq++;
        }
        old = s->expected - g->seq;
        if (old > g->bytes)
            old = g->bytes;
        g->seq += old;
        g->data += old;
        g->bytes -= old;
    }
    if (g->seq == s->expected && g->bytes > room) {
        g->bytes = room;
        g->flags &= (uint8_t)~TCP_FIN;
    }
}

/* How long an answer takes, by RFC 6298. */
static void measure(struct ip *ip, struct ip_socket *s)
{
    uint64_t rtt = ip->now - s->timed_at, error;

    if (s->srtt == 0) {
        s->srtt = rtt;
        s->rttvar = rtt / 2;
    } else {
        error = rtt > s->srtt ? rtt - s->srtt : s->srtt - rtt;
        s->rttvar += error / 4;
        s->rttvar -= s->rttvar / 4;
        s->srtt += rtt / 8;
        s->srtt -= s->srtt / 8;
    }
    s->timing = false;
    s->rto = s->srtt + 4 * s->rttvar;
    s->rto = s->rto < RTO_LEAST ? RTO_LEAST : s->rto > RTO_MOST ? RTO_MOST : s->rto;
}

static void grow(struct ip_socket *s, uint32_t acknowledged)
{
    uint32_t step = acknowledged < s->mss ? acknowledged : s->mss;

    if (s->congestion >= s->threshold)
        step = (uint32_t)s->mss * s->mss / s->congestion + 1;
    if (s->congestion < 2 * IP_RING)
        s->congestion += step;
}

/* Something new is acknowledged. */
static void advance(struct ip *ip, struct ip_socket *s, uint32_t ack)
{
    uint32_t bytes = ack - s->una, data = bytes;

    if (data > s->out.count)
        data = s->out.count; /* the rest is our FIN */
    ring_drop(&s->out, data);
    s->una = ack;
    if (seq_before(s->next, ack))
        s->next = ack;
    if (s->timing && !seq_before(ack, s->timed))
        measure(ip, s);
    grow(s, bytes);
    s->repeats = s->duplicates = 0;
    s->timer = s->una == s->max ? IP_NEVER : ip->now + s->rto;
    if (bytes == data)
        return;
    if (s->state == TCP_FIN_WAIT_1)
        tcp_set_state(ip, s, TCP_FIN_WAIT_2);
    else if (s->state == TCP_CLOSING)
        tcp_set_state(ip, s, TCP_TIME_WAIT);
    else if (s->state == TCP_LAST_ACK)
        tcp_end(ip, s, IP_OK);
}

/* The third answer of a kind: a segment was lost, what is behind it arrives. */
static void duplicate(struct ip *ip, struct ip_socket *s)
{
    uint32_t flight = s->max - s->una;

    if (flight == 0 || ++s->duplicates != 3)
        return;
    s->threshold = flight / 2 > 2u * s->mss ? flight / 2 : 2u * s->mss;
    s->congestion = s->threshold;
    s->timer = ip->now + s->rto;
    tcp_repeat_first(ip, s);
}

/* False: the segment is not to be looked at further. */
static bool input_ack(struct ip *ip, struct ip_socket *s, const struct segment *g)
{
    if (!(g->flags & TCP_ACK))
        return false;
    if (s->state == TCP_SYN_RECEIVED) {
        if (g->ack != s->max) {
            refuse(ip, g);
            return false;
        }
        establish(ip, s);
        take_window(s, g);
    }
    if (seq_before(s->max, g->ack)) {
        tcp_output(ip, s, true); /* of something that we did not send */
        return false;
    }
    if (seq_before(g->ack, s->una))
        return true;
    if (s->window == 0)
        s->repeats = 0; /* it is there, and asks us to wait */
    if (g->ack != s->una)
        advance(ip, s, g->ack);
    else if (g->bytes == 0 && g->window == s->window && !(g->flags & TCP_FIN))
        duplicate(ip, s);
    if (seq_before(s->window_seq, g->seq) ||
        (s->window_seq == g->seq && !seq_before(g->ack, s->window_ack)))
        take_window(s, g);
    return s->state != TCP_CLOSED;
}

static void input_fin(struct ip *ip, struct ip_socket *s)
{
    s->expected++;
    if (s->state == TCP_ESTABLISHED)
        tcp_set_state(ip, s, TCP_CLOSE_WAIT);
    else if (s->state == TCP_FIN_WAIT_1)
        tcp_set_state(ip, s, TCP_CLOSING);
    else if (s->state == TCP_FIN_WAIT_2)
        tcp_set_state(ip, s, TCP_TIME_WAIT);
}

/* The data and the end of it, unless they come too early. */
static void input_data(struct ip *ip, struct ip_socket *s, const struct segment *g)
{
    if (!tcp_receives(s) || g->seq != s->expected)
        return;
    ring_put(&s->in, g->data, g->bytes);
    s->expected += g->bytes;
    if (g->flags & TCP_FIN)
        input_fin(ip, s);
}

/* What is sent to somebody who is gone is lost; who sent it shall know. */
static bool is_lost(const struct ip_socket *s, const struct segment *g)
{
    return !s->owned && s->listener < 0 && g->bytes && tcp_receives(s) &&
           s->state != TCP_ESTABLISHED && !seq_before(g->seq + g->bytes - 1, s->expected);
}

static bool both_have_ended(const struct ip_socket *s)
{
    return s->state == TCP_CLOSING || s->state == TCP_LAST_ACK || s->state == TCP_TIME_WAIT;
}

static void input_connection(struct ip *ip, struct ip_socket *s, struct segment *g)
{
    bool answer = length(g) != 0;

    if (!is_acceptable(s, g)) {
        if (s->state == TCP_SYN_RECEIVED && g->flags & TCP_SYN)
            tcp_send_syn(ip, s);
        else if (!(g->flags & TCP_RST))
            tcp_output(ip, s, true);
        return;
    }
    trim(s, g);
    if (g->flags & TCP_RST) {      /* RFC 5961: a guess does not do */
        if (g->seq == s->expected) /* when both have said all, nothing is broken off */
            tcp_end(ip, s, both_have_ended(s) ? IP_OK : IP_CLOSED);
        else if (ip_may_answer(ip))
            tcp_output(ip, s, true);
        return;
    }
    if (g->flags & TCP_SYN) {
        if (ip_may_answer(ip))
            tcp_output(ip, s, true);
        return;
    }
    if (!input_ack(ip, s, g))
        return;
    if (is_lost(s, g)) {
        tcp_send_reset(ip, s);
        tcp_end(ip, s, IP_CLOSED);
        return;
    }
    input_data(ip, s, g);
    tcp_output(ip, s, answer);
}

/* -------------------------------------------------------------- which one */

static struct ip_socket *find_connection(struct ip *ip, struct ip_peer peer, uint16_t port)
{
    for (struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++) {
        if (s->kind == IP_TCP && s->port == port && s->peer.port == peer.port &&
            s->peer.address == peer.address && s->state >= TCP_SYN_SENT)
            return s;
    }
    return NULL;
}

void tcp_input(struct ip *ip, const struct arrival *a)
{
    struct ip_socket *s;
    struct segment g;
    uint16_t port;

    if (!parse(a, &g))
        return;
    port = get16(a->data + 2);
    s = find_connection(ip, (struct ip_peer){a->from, get16(a->data)}, port);
    if (s && s->state == TCP_TIME_WAIT && !s->owned && g.flags & TCP_SYN &&
        seq_before(s->expected, g.seq)) {
        tcp_end(ip, s, IP_OK); /* the same ports are used anew */
        s = NULL;
    }
    if (!s)
        s = socket_find(ip, IP_TCP, port);
    if (!s)
        refuse(ip, &g);
    else if (s->state == TCP_LISTEN)
        input_listen(ip, s, &g);
    else if (s->state == TCP_SYN_SENT)
        input_syn_sent(ip, s, &g);
    else
        input_connection(ip, s, &g);
}

void tcp_unreachable(struct ip *ip, uint32_t to, const uint8_t *header)
{
    struct ip_socket *s =
        find_connection(ip, (struct ip_peer){to, get16(header + 2)}, get16(header));

    if (s && s->state == TCP_SYN_SENT && get32(header + 4) == s->una)
        tcp_end(ip, s, IP_UNREACHABLE);
}
