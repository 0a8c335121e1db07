/*
 * The network server: sockets of sessions, and who is to be told of which. A back end has the
 * network.
 *
 * A socket is watched (armed in the back end) or ready, or neither. A ready one is told once.
 */
#include "backend.h"

struct socket {
    unsigned int session; /* 0: free */
    seL4_Word watched;    /* events; 0: none */
    seL4_Word ready;      /* events that have come */
};

static const struct net_backend_ops *backend;
static struct socket sockets[NET_SOCKETS];
static unsigned int last_told;

/* -------------------------------------------------------------- sockets */

/* The session's socket of that number; 0: it has none. */
static unsigned int own(const struct session *session, seL4_Word number)
{
    return number < NET_SOCKETS && sockets[number].session == session->number ? (unsigned int)number
                                                                              : 0;
}

static unsigned int free_socket(void)
{
    for (unsigned int i = 1; i < NET_SOCKETS; i++) {
        if (sockets[i].session == 0)
            return i;
    }
    return 0;
}

/* The number that was made, or why not. */
static long made(struct session *session, unsigned int socket, long result)
{
    if (result < 0)
        return result;
    sockets[socket] = (struct socket){.session = session->number};
    return (long)socket;
}

static void drop(unsigned int socket)
{
    backend->close(socket);
    sockets[socket].session = 0;
}

/* -------------------------------------------------------------- readiness */

static void tell(const struct session *session)
{
    server_wake(); /* NET_WAIT */
    if (session && session->word)
        seL4_Signal(SERVER_DEVICES + session->word);
}

static void set_ready(struct socket *s, seL4_Word events)
{
    s->ready = events;
    s->watched = 0;
    tell(server_session(s->session));
}

static void look_at(unsigned int socket)
{
    struct socket *s = &sockets[socket];
    seL4_Word events = backend->events(socket) & (s->watched | NET_HANGUP);

    if (events)
        set_ready(s, events);
    else
        backend->arm(socket, s->watched);
}

static bool is_watched(unsigned int socket)
{
    return sockets[socket].session && sockets[socket].watched;
}

/* Of a group's event with only one that it can be of, nothing has to be asked. */
static void look_at_group(unsigned int group, bool exact)
{
    unsigned int found = 0, count = 0;

    for (unsigned int i = group ? group : NET_GROUPS; i < NET_SOCKETS; i += NET_GROUPS) {
        if (!is_watched(i))
            continue;
        found = i;
        count++;
    }
    if (exact && count == 1) {
        set_ready(&sockets[found], sockets[found].watched);
        return;
    }
    for (unsigned int i = group ? group : NET_GROUPS; count && i < NET_SOCKETS; i += NET_GROUPS) {
        if (is_watched(i))
            look_at(i);
    }
}

static void look(seL4_Word groups, bool exact)
{
    for (unsigned int group = 0; groups; group++, groups >>= 1) {
        if (groups & 1)
            look_at_group(group, exact);
    }
}

static long serve_watch(struct session *session, struct request *request)
{
    unsigned int socket = own(session, request->words[0]);
    seL4_Word events = request->words[1] & (NET_READABLE | NET_WRITABLE);

    if (!socket)
        return -SERVER_NOT_FOUND;
    sockets[socket].ready = 0;
    sockets[socket].watched = events;
    if (events)
        backend->arm(socket, events);
    return 0;
}

/* Those after the one that was told last come first. */
static long serve_next(struct session *session, struct request *request)
{
    for (unsigned int n = 1; n <= NET_SOCKETS; n++) {
        unsigned int i = (last_told + n) % NET_SOCKETS;
        struct socket *s = &sockets[i];

        if (s->session != session->number || !s->ready)
            continue;
        request->answer[0] = s->ready;
        request->answers = 1;
        s->ready = 0;
        last_told = i;
        return (long)i;
    }
    return -SERVER_AGAIN;
}

static long serve_wait(struct session *session, struct request *request)
{
    long result = serve_next(session, request);

    return result == -SERVER_AGAIN ? SERVER_LATER : result;
}

/* -------------------------------------------------------------- making and ending */

static long serve_listen(struct session *session, struct request *request)
{
    unsigned int socket = free_socket();

    if (request->words[0] > UINT16_MAX)
        return -SERVER_BAD_ARGUMENT;
    return socket ? made(session, socket, backend->listen(socket, request->words[0]))
                  : -SERVER_TOO_MANY;
}

static void answer_address(struct request *request, struct net_address address)
{
    request->answer[0] = address.address;
    request->answer[1] = address.port;
    request->answers = 2;
}

static long serve_accept(struct session *session, struct request *request)
{
    unsigned int listener = own(session, request->words[0]), socket = free_socket();
    struct net_address from = {0, 0};
    long result;

    if (!listener)
        return -SERVER_NOT_FOUND;
    if (!socket)
        return -SERVER_TOO_MANY;
    result = made(session, socket, backend->accept(listener, socket, &from));
    answer_address(request, from);
    return result;
}

static bool is_address(seL4_Word address, seL4_Word port)
{
    return address <= UINT32_MAX && port <= UINT16_MAX;
}

static long serve_connect(struct session *session, struct request *request)
{
    struct net_address to = {request->words[0], request->words[1]};
    unsigned int socket = free_socket();

    if (!is_address(to.address, to.port))
        return -SERVER_BAD_ARGUMENT;
    return socket ? made(session, socket, backend->connect(socket, to)) : -SERVER_TOO_MANY;
}

static long serve_udp(struct session *session, struct request *request)
{
    unsigned int socket = free_socket();

    if (request->words[0] > UINT16_MAX)
        return -SERVER_BAD_ARGUMENT;
    return socket ? made(session, socket, backend->udp(socket, request->words[0]))
                  : -SERVER_TOO_MANY;
}

static long serve_ping(struct session *session, struct request *request)
{
    unsigned int socket = free_socket();

    (void)request;
    return socket ? made(session, socket, backend->ping(socket)) : -SERVER_TOO_MANY;
}

static long serve_close(struct session *session, struct request *request)
{
    unsigned int socket = own(session, request->words[0]);

    if (!socket)
        return -SERVER_NOT_FOUND;
    drop(socket);
    return 0;
}

/* -------------------------------------------------------------- data */

/* Socket and part of the buffer that a request names; false, with why. */
static bool find(struct session *session, const struct request *request, unsigned int *socket,
                 struct net_range *range, long *error)
{
    *socket = own(session, request->words[0]);
    range->at = server_buffer(session, request->words[1], request->words[2]);
    *error = *socket ? -SERVER_BAD_ARGUMENT : -SERVER_NOT_FOUND;
    return *socket && range->at &&
           server_range(session, request->words[1], request->words[2], &range->frame);
}

static long serve_send(struct session *session, struct request *request)
{
    struct net_range range;
    unsigned int socket;
    long error;

    if (!find(session, request, &socket, &range, &error))
        return error;
    return backend->send(socket, range);
}

static long serve_receive(struct session *session, struct request *request)
{
    struct net_range range;
    unsigned int socket;
    long error;

    if (!find(session, request, &socket, &range, &error))
        return error;
    return backend->receive(socket, range);
}

static long serve_send_to(struct session *session, struct request *request)
{
    struct net_address to = {request->words[3] >> 16, request->words[3] & 0xffff};
    struct net_range range;
    unsigned int socket;
    long error;

    if (!find(session, request, &socket, &range, &error))
        return error;
    if (!is_address(to.address, to.port))
        return -SERVER_BAD_ARGUMENT;
    return backend->send_to(socket, range, to);
}

static long serve_receive_from(struct session *session, struct request *request)
{
    struct net_address from = {0, 0};
    struct net_range range;
    unsigned int socket;
    long result;

    if (!find(session, request, &socket, &range, &result))
        return result;
    result = backend->receive_from(socket, range, &from);
    answer_address(request, from);
    return result;
}

static long serve_shutdown(struct session *session, struct request *request)
{
    unsigned int socket = own(session, request->words[0]);

    return socket ? backend->shutdown(socket) : -SERVER_NOT_FOUND;
}

static long serve_name(struct session *session, struct request *request)
{
    unsigned int socket = own(session, request->words[0]);
    struct net_address name = {0, 0};
    long result;

    if (!socket && request->words[0] != 0)
        return -SERVER_NOT_FOUND;
    result = backend->name(socket, &name);
    answer_address(request, name);
    return result;
}

/* -------------------------------------------------------------- the server */

static long start(const seL4_Word *words)
{
    const struct net_backend_ops *chosen = words[0] == NET_BACKEND_HOST ? &net_host : &net_ethernet;
    long error = words[0] > NET_BACKEND_ETHERNET ? -SERVER_BAD_ARGUMENT : chosen->start(words);

    if (!error)
        backend = chosen;
    return error;
}

static void settle(void)
{
    if (backend && backend->settle)
        look(backend->settle(), false);
}

static void end_session(struct session *session)
{
    for (unsigned int i = 1; i < NET_SOCKETS; i++) {
        if (sockets[i].session == session->number)
            drop(i);
    }
}

static void event(seL4_Word events)
{
    if (backend)
        look(backend->event(events), backend->is_exact);
}

static seL4_Word count(void)
{
    seL4_Word used = 0;

    for (unsigned int i = 1; i < NET_SOCKETS; i++)
        used += sockets[i].session != 0;
    return used;
}

static server_handler *const handlers[] = {
    [NET_LISTEN - SERVER_FIRST] = serve_listen,
    [NET_ACCEPT - SERVER_FIRST] = serve_accept,
    [NET_CONNECT - SERVER_FIRST] = serve_connect,
    [NET_UDP - SERVER_FIRST] = serve_udp,
    [NET_PING - SERVER_FIRST] = serve_ping,
    [NET_SEND - SERVER_FIRST] = serve_send,
    [NET_RECEIVE - SERVER_FIRST] = serve_receive,
    [NET_SEND_TO - SERVER_FIRST] = serve_send_to,
    [NET_RECEIVE_FROM - SERVER_FIRST] = serve_receive_from,
    [NET_SHUTDOWN - SERVER_FIRST] = serve_shutdown,
    [NET_CLOSE - SERVER_FIRST] = serve_close,
    [NET_WATCH - SERVER_FIRST] = serve_watch,
    [NET_NEXT - SERVER_FIRST] = serve_next,
    [NET_WAIT - SERVER_FIRST] = serve_wait,
    [NET_NAME - SERVER_FIRST] = serve_name,
};

int main(void)
{
    static const struct server server = {
        .start = start,
        .close = end_session,
        .event = event,
        .count = count,
        .settle = settle,
        .handlers = handlers,
        .handler_count = NET_LABEL_END - SERVER_FIRST,
    };

    server_run(&server);
}
