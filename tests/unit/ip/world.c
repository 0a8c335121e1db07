/* See world.h. */
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

#define DELAY (100 * 1000ull)

static struct world world;

static unsigned int random_below(struct world *w, unsigned int n)
{
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned int)(w->random >> 33) % n;
}

static void put_on_wire(struct world *w, struct ip *to, const uint8_t *frame, size_t bytes)
{
    for (struct wire_frame *f = w->wire; f < w->wire + WIRE_FRAMES; f++) {
        if (f->to)
            continue;
        f->to = to;
        f->at = w->now + DELAY;
        if (random_below(w, 1000) < w->late)
            f->at += random_below(w, 20) * MS;
        f->bytes = bytes;
        memcpy(f->data, frame, bytes);
        return;
    }
}

static void send_frame(void *context, const uint8_t *frame, size_t bytes)
{
    struct world *w = &world;

    w->sent++;
    if (random_below(w, 1000) < w->lost)
        return;
    put_on_wire(w, context, frame, bytes);
    if (random_below(w, 1000) < w->doubled)
        put_on_wire(w, context, frame, bytes);
}

struct world *world_new(uint64_t seed)
{
    struct ip_setup setup = {.mac = {2, 0, 0, 0, 0, 1},
                             .address = A,
                             .mask = 0xffffff00,
                             .secret = 1234 + seed,
                             .send = send_frame,
                             .context = &world.b};

    memset(&world, 0, sizeof(world));
    world.now = 1000 * SECOND;
    world.random = seed;
    ip_init(&world.a, &setup, world.now);
    setup.mac[5] = 2;
    setup.address = B;
    setup.context = &world.a;
    setup.secret += 99;
    ip_init(&world.b, &setup, world.now);
    return &world;
}

static struct wire_frame *earliest(struct world *w)
{
    struct wire_frame *found = NULL;

    for (struct wire_frame *f = w->wire; f < w->wire + WIRE_FRAMES; f++) {
        if (f->to && (!found || f->at < found->at))
            found = f;
    }
    return found;
}

void world_run(struct world *w, uint64_t ns)
{
    uint64_t end = w->now + ns;

    for (;;) {
        struct wire_frame *f = earliest(w);
        uint64_t next_a = ip_run(&w->a, w->now), next_b = ip_run(&w->b, w->now), next;

        f = earliest(w);
        next = next_a < next_b ? next_a : next_b;
        if (f && f->at < next)
            next = f->at;
        if (next > end)
            break;
        if (next > w->now)
            w->now = next;
        if (f && f->at <= w->now) {
            static struct wire_frame copy;

            copy = *f;
            f->to = NULL;
            ip_input(copy.to, copy.data, copy.bytes, w->now);
        }
        ip_check(&w->a);
        ip_check(&w->b);
    }
    w->now = end;
    ip_run(&w->a, end);
    ip_run(&w->b, end);
}

void world_connect(struct world *w, int *at_a, int *at_b, int *listener)
{
    struct ip_peer from;

    *listener = ip_tcp_listen(&w->b, 80, 8);
    *at_a = ip_tcp_connect(&w->a, (struct ip_peer){B, 80});
    for (int i = 0; i < 600; i++) {
        world_run(w, 100 * MS);
        *at_b = ip_tcp_accept(&w->b, *listener, &from);
        if (*at_b >= 0)
            break;
    }
}

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static void check_socket(const struct ip_socket *s)
{
    uint32_t flight = s->max - s->una;

    must(s->in.head < IP_RING && s->in.count <= IP_RING, "in is a ring");
    must(s->out.head < IP_RING && s->out.count <= IP_RING, "out is a ring");
    must(s->port != 0, "a port");
    if (s->kind != IP_TCP)
        return;
    must(s->listener >= -1 && s->listener < IP_SOCKETS, "a listener");
    must(s->state <= TCP_TIME_WAIT, "a state");
    if (s->state < TCP_SYN_SENT)
        return;
    must(!seq_before(s->next, s->una) && !seq_before(s->max, s->next), "una <= next <= max");
    must(s->state >= TCP_ESTABLISHED ? flight <= s->out.count + 1 : flight == 1, "what is sent");
    must(flight <= s->out.count || s->state == TCP_SYN_SENT || s->state == TCP_SYN_RECEIVED ||
             tcp_fin_pending(s),
         "a FIN was sent when it was to be");
    must(s->mss >= 64 && s->mss <= 1460, "a segment size");
    must(flight == 0 || s->timer != IP_NEVER, "what is sent can be repeated");
}

void ip_check(const struct ip *ip)
{
    for (const struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++) {
        if (s->kind != IP_FREE)
            check_socket(s);
    }
    for (const struct ip_neighbor *n = ip->neighbors; n < ip->neighbors + IP_NEIGHBORS; n++)
        must(n->waiting <= IP_FRAME, "a frame");
}
