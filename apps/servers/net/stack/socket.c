/* Sockets and their rings, see parts.h. */
#include "parts.h"

#define FIRST_ANY_PORT 49152u

/* -------------------------------------------------------------- rings */

uint32_t ring_room(const struct ip_ring *r)
{
    return IP_RING - r->count;
}

void ring_put(struct ip_ring *r, const void *data, uint32_t bytes)
{
    uint32_t at = (r->head + r->count) % IP_RING;
    uint32_t first = bytes < IP_RING - at ? bytes : IP_RING - at;

    memcpy(r->data + at, data, first);
    memcpy(r->data, (const uint8_t *)data + first, bytes - first);
    r->count += bytes;
}

void ring_peek(const struct ip_ring *r, uint32_t offset, void *to, uint32_t bytes)
{
    uint32_t at = (r->head + offset) % IP_RING;
    uint32_t first = bytes < IP_RING - at ? bytes : IP_RING - at;

    memcpy(to, r->data + at, first);
    memcpy((uint8_t *)to + first, r->data, bytes - first);
}

void ring_drop(struct ip_ring *r, uint32_t bytes)
{
    r->head = (r->head + bytes) % IP_RING;
    r->count -= bytes;
}

/* -------------------------------------------------------------- the table */

int socket_number(const struct ip *ip, const struct ip_socket *s)
{
    return (int)(s - ip->sockets);
}

/* The one that has waited longest for stray segments goes first. */
static struct ip_socket *oldest_waiting(struct ip *ip)
{
    struct ip_socket *found = NULL;

    for (struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++) {
        if (s->kind == IP_TCP && s->state == TCP_TIME_WAIT && !s->owned &&
            (!found || s->since < found->since))
            found = s;
    }
    return found;
}

struct ip_socket *socket_new(struct ip *ip, enum ip_kind kind)
{
    struct ip_socket *s = ip->sockets;

    while (s < ip->sockets + IP_SOCKETS && s->kind != IP_FREE)
        s++;
    if (s == ip->sockets + IP_SOCKETS)
        s = oldest_waiting(ip);
    if (!s)
        return NULL;
    /* Not the rings' bytes: they are never read before they are written. */
    memset(s, 0, offsetof(struct ip_socket, in));
    memset(&s->state, 0, sizeof(*s) - offsetof(struct ip_socket, state));
    s->in.head = s->in.count = s->out.head = s->out.count = 0;
    s->kind = kind;
    s->listener = -1;
    s->timer = IP_NEVER;
    return s;
}

struct ip_socket *socket_find(struct ip *ip, enum ip_kind kind, uint16_t port)
{
    for (struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++) {
        if (s->kind == kind && s->port == port && (kind != IP_TCP || s->state == TCP_LISTEN))
            return s;
    }
    return NULL;
}

struct ip_socket *socket_owned(struct ip *ip, int number, enum ip_kind kind)
{
    struct ip_socket *s;

    if (number < 0 || number >= IP_SOCKETS)
        return NULL;
    s = &ip->sockets[number];
    return s->kind == kind && s->owned ? s : NULL;
}

static bool is_port_used(const struct ip *ip, enum ip_kind kind, uint16_t port)
{
    for (const struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++) {
        if (s->kind == kind && s->port == port)
            return true;
    }
    return false;
}

/* There are more ports than sockets. */
uint16_t socket_any_port(struct ip *ip, enum ip_kind kind)
{
    do {
        ip->next_port = (uint16_t)((ip->next_port + 1) | FIRST_ANY_PORT);
    } while (is_port_used(ip, kind, ip->next_port));
    return ip->next_port;
}

/* -------------------------------------------------------------- of users */

void ip_close(struct ip *ip, int socket)
{
    struct ip_socket *s;

    if (socket < 0 || socket >= IP_SOCKETS || !ip->sockets[socket].owned)
        return;
    s = &ip->sockets[socket];
    s->owned = false;
    if (s->kind == IP_TCP)
        tcp_close(ip, s);
    else
        s->kind = IP_FREE;
}

unsigned int ip_events(const struct ip *ip, int socket)
{
    const struct ip_socket *s;

    if (socket < 0 || socket >= IP_SOCKETS || !ip->sockets[socket].owned)
        return 0;
    s = &ip->sockets[socket];
    if (s->kind == IP_TCP)
        return tcp_events(ip, s);
    return IP_WRITABLE | (s->in.count ? IP_READABLE : 0u);
}

uint16_t ip_port(const struct ip *ip, int socket)
{
    return socket >= 0 && socket < IP_SOCKETS && ip->sockets[socket].owned
               ? ip->sockets[socket].port
               : 0;
}

unsigned int ip_sockets_used(const struct ip *ip)
{
    unsigned int used = 0;

    for (const struct ip_socket *s = ip->sockets; s < ip->sockets + IP_SOCKETS; s++)
        used += s->kind != IP_FREE;
    return used;
}
