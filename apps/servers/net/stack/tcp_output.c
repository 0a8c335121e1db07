/* What TCP sends. A segment goes out at once; what is repeated is found in `out` again. */
#include "parts.h"

#define MSS_OPTION 4
#define OWN_MSS    (IP_MTU - IPV4_HEADER - TCP_HEADER)

static uint32_t window(const struct ip_socket *s)
{
    uint32_t room = ring_room(&s->in);

    return room < 0xffff ? room : 0xffff;
}

/* Completes and sends a segment whose `bytes` of data are in place. */
static void send_segment(struct ip *ip, struct packet *p, struct ip_peer to, size_t header,
                         size_t bytes)
{
    uint8_t *tcp = packet_payload(p);

    put16(tcp + 2, to.port);
    tcp[12] = (uint8_t)(header / 4 << 4);
    put16(tcp + 16, 0);
    put16(tcp + 18, 0);
    bytes += header;
    put16(tcp + 16,
          sum_end(sum_add(sum_pseudo(ip->setup.address, to.address, IPV4_TCP, bytes), tcp, bytes)));
    ip_send(ip, p, to.address, IPV4_TCP, bytes);
}

/* A segment of a connection: `bytes` from number `seq` on, and what has arrived so far. */
static void send_part(struct ip *ip, struct ip_socket *s, uint32_t seq, uint32_t bytes,
                      uint8_t flags)
{
    struct packet p;
    uint8_t *tcp = packet_payload(&p);

    put16(tcp, s->port);
    put32(tcp + 4, seq);
    put32(tcp + 8, s->expected);
    tcp[13] = flags | TCP_ACK;
    put16(tcp + 14, window(s));
    if (bytes)
        ring_peek(&s->out, seq - s->una, tcp + TCP_HEADER, bytes);
    s->advertised = s->expected + window(s);
    send_segment(ip, &p, s->peer, TCP_HEADER, bytes);
}

void tcp_send_syn(struct ip *ip, struct ip_socket *s)
{
    bool answer = s->state == TCP_SYN_RECEIVED;
    struct packet p;
    uint8_t *tcp = packet_payload(&p);

    put16(tcp, s->port);
    put32(tcp + 4, s->una);
    put32(tcp + 8, answer ? s->expected : 0);
    tcp[13] = TCP_SYN | (answer ? TCP_ACK : 0);
    put16(tcp + 14, window(s));
    tcp[TCP_HEADER] = 2; /* maximum segment size */
    tcp[TCP_HEADER + 1] = MSS_OPTION;
    put16(tcp + TCP_HEADER + 2, OWN_MSS);
    s->advertised = s->expected + window(s);
    s->next = s->max = s->una + 1;
    s->timer = ip->now + s->rto;
    send_segment(ip, &p, s->peer, TCP_HEADER + MSS_OPTION, 0);
}

void tcp_send_reset(struct ip *ip, struct ip_socket *s)
{
    send_part(ip, s, s->max, 0, TCP_RST);
}

/* Nothing of the segment is true for us: the reset has to fit what it says. */
void tcp_refuse(struct ip *ip, const struct arrival *a, uint32_t seq_end, uint32_t ack,
                bool has_ack)
{
    struct ip_peer to = {a->from, get16(a->data)};
    struct packet p;
    uint8_t *tcp = packet_payload(&p);

    if (!ip_may_answer(ip))
        return;
    put16(tcp, get16(a->data + 2));
    put32(tcp + 4, has_ack ? ack : 0);
    put32(tcp + 8, has_ack ? 0 : seq_end);
    tcp[13] = TCP_RST | (has_ack ? 0 : TCP_ACK);
    put16(tcp + 14, 0);
    send_segment(ip, &p, to, TCP_HEADER, 0);
}

/* How many bytes are to be sent now from s->next on; *fin: with a FIN behind them. */
static uint32_t next_piece(const struct ip_socket *s, bool *fin)
{
    uint32_t sent = s->next - s->una, allowed, left, bytes;

    *fin = false;
    if (sent > s->out.count)
        return 0; /* the FIN is out, too */
    allowed = s->window < s->congestion ? s->window : s->congestion;
    allowed = allowed > sent ? allowed - sent : 0;
    left = bytes = s->out.count - sent;
    if (bytes > s->mss)
        bytes = s->mss;
    if (bytes > allowed)
        bytes = allowed;
    /* A small piece waits, unless it is all there is, or nothing would come to send it then. */
    if (bytes < s->mss && bytes < left && sent != 0)
        return 0;
    *fin = bytes == left && tcp_fin_pending(s);
    return bytes;
}

static void send_next(struct ip *ip, struct ip_socket *s, uint32_t bytes, bool fin)
{
    bool last = s->next + bytes == s->una + s->out.count;

    send_part(ip, s, s->next, bytes, (last && bytes ? TCP_PSH : 0) | (fin ? TCP_FIN : 0));
    if (!s->timing && s->next == s->max) {
        s->timing = true;
        s->timed = s->next + bytes + fin;
        s->timed_at = ip->now;
    }
    s->next += bytes + fin;
    if (seq_before(s->max, s->next))
        s->max = s->next;
    if (s->timer == IP_NEVER)
        s->timer = ip->now + s->rto;
}

void tcp_output(struct ip *ip, struct ip_socket *s, bool answer)
{
    bool fin, sends = s->state >= TCP_ESTABLISHED;
    uint32_t bytes;

    while (sends && ((bytes = next_piece(s, &fin)) != 0 || fin)) {
        send_next(ip, s, bytes, fin);
        answer = false;
    }
    /* A window that is closed is asked about from time to time. */
    if (sends && s->timer == IP_NEVER && (s->out.count || tcp_fin_pending(s)))
        s->timer = ip->now + s->rto;
    if (answer)
        send_part(ip, s, s->next, 0, 0);
}

/* At least one byte, whatever the windows say; or the FIN. */
void tcp_repeat_first(struct ip *ip, struct ip_socket *s)
{
    uint32_t bytes = s->out.count < s->mss ? s->out.count : s->mss;
    bool fin;

    if (bytes > s->window)
        bytes = s->window ? s->window : 1;
    fin = bytes == s->out.count && tcp_fin_pending(s);
    s->timing = false;
    if (bytes == 0 && !fin)
        return;
    send_part(ip, s, s->una, bytes, fin ? TCP_FIN : 0);
    if (seq_before(s->next, s->una + bytes + fin))
        s->next = s->una + bytes + fin;
    if (seq_before(s->max, s->next))
        s->max = s->next;
}
