/*
 * TCP: listeners, peers (what may be connected to) and streams. A peer's rule is number[0].
 *
 * Linux's errors of a connection are told by the read or write that meets them; while a connection
 * is being made both say AGAIN.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostio/sockets.h"

/* ------------------------------------------------------------------ streams */

/* Linux tells once why a connection has ended: number[0] keeps it. */
static int64_t transfer_error(struct hostio_object *o, int error)
{
    int64_t result = hostio_error(error);

    if (result == -SEL4UX_HOST_AGAIN)
        return result;
    if (result == -SEL4UX_HOST_CLOSED && o->number[0] != 0)
        return (int64_t)o->number[0];
    o->number[0] = (uint64_t)result;
    return result;
}

static int64_t stream_read(struct hostio_object *o, struct hostio_call *call)
{
    ssize_t n = recv(o->fd, call->buffer, call->request->size, MSG_DONTWAIT);

    return n < 0 ? transfer_error(o, errno) : n;
}

static int64_t stream_write(struct hostio_object *o, struct hostio_call *call)
{
    ssize_t n = send(o->fd, call->buffer, call->request->size, MSG_DONTWAIT | MSG_NOSIGNAL);

    return n < 0 ? transfer_error(o, errno) : n;
}

static int64_t stream_shutdown(struct hostio_object *o, struct hostio_call *call)
{
    (void)call;
    return shutdown(o->fd, SHUT_WR) != 0 ? transfer_error(o, errno) : 0;
}

static int64_t stream_identify(struct hostio_object *o, struct hostio_call *call)
{
    struct sockaddr_in peer = {0};
    socklen_t size = sizeof peer;
    struct address at;

    if (getpeername(o->fd, (struct sockaddr *)&peer, &size) != 0)
        return 0; /* not yet, or no more */
    at = address_from_linux(&peer);
    call->request->value[0] = at.ip;
    call->request->value[1] = at.port;
    return 0;
}

static const struct hostio_ops stream = {
    .perform =
        {
            [HOSTIO_OP(READ)] = stream_read,
            [HOSTIO_OP(WRITE)] = stream_write,
            [HOSTIO_OP(SHUTDOWN)] = stream_shutdown,
            [HOSTIO_OP(IDENTIFY)] = stream_identify,
        },
};

/* Small answers go out at once: guests write in the pieces that they mean. */
static void make_stream(struct hostio_call *call, int fd)
{
    int yes = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    hostio_make(call, SEL4UX_HOST_STREAM, &stream, fd, true);
}

/* ------------------------------------------------------------------ listeners */

/* An error of a connection that is gone already is no error of the listener. */
static bool is_of_connection(int error)
{
    return error == ECONNABORTED || error == EPROTO || error == ENETDOWN || error == EHOSTDOWN ||
           error == EHOSTUNREACH || error == ENETUNREACH || error == EINTR;
}

static int64_t listener_accept(struct hostio_object *o, struct hostio_call *call)
{
    struct sockaddr_in from = {0};
    struct address peer;
    socklen_t size;
    int fd;

    do {
        size = sizeof from;
        fd = accept4(o->fd, (struct sockaddr *)&from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (fd < 0 && is_of_connection(errno));
    if (fd < 0)
        return hostio_error(errno);
    make_stream(call, fd);
    peer = address_from_linux(&from);
    call->request->value[0] = peer.ip;
    call->request->value[1] = peer.port;
    return 0;
}

static const struct hostio_ops listener = {
    .perform =
        {
            [HOSTIO_OP(ACCEPT)] = listener_accept,
            [HOSTIO_OP(IDENTIFY)] = sockets_identify,
        },
};

int64_t sockets_identify(struct hostio_object *o, struct hostio_call *call)
{
    struct sockaddr_in own = {0};
    socklen_t size = sizeof own;
    struct address at;

    if (getsockname(o->fd, (struct sockaddr *)&own, &size) != 0)
        return hostio_error(errno);
    at = address_from_linux(&own);
    call->request->value[0] = at.ip;
    call->request->value[1] = at.port;
    return 0;
}

int sockets_bind(int type, struct address at, struct error *err)
{
    struct sockaddr_in own = address_to_linux(at);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1, error;

    if (fd < 0)
        return error_errno(err, errno, "can't make a socket");
    /* A server can be started again at once; two at the same time still exclude each other. */
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&own, sizeof own) == 0)
        return fd;
    error = errno;
    close(fd);
    if (error == EACCES)
        error_errno(err, error, "ports below 1024 are the administrator's");
    else
        error_errno(err, error, "can't be had");
    return -EINVAL;
}

int tcp_parse_listen(struct hostio_spec *spec, struct error *err)
{
    struct address at;

    return address_parse_local(spec->target, &at, err);
}

int tcp_open_listener(struct hostio_object *o, const struct hostio_spec *spec, struct error *err)
{
    struct address at;

    if (address_parse_local(spec->target, &at, err) != 0)
        return -EINVAL;
    o->fd = sockets_bind(SOCK_STREAM, at, err);
    if (o->fd < 0)
        return o->fd;
    if (listen(o->fd, SOMAXCONN) != 0) {
        error_errno(err, errno, "can't be listened on");
        return -EINVAL;
    }
    o->ops = &listener;
    return 0;
}

/* ------------------------------------------------------------------ peers */

/* Address and port 0 stand for those of the rule, if it has just one. */
static bool find_peer(const struct hostio_object *o, const struct host_request *r,
                      struct address *to)
{
    struct address_rule rule = address_unpack(o->number[0]);

    *to = (struct address){(uint32_t)r->argument[0], (uint16_t)r->argument[1]};
    if (r->argument[0] > UINT32_MAX || r->argument[1] > UINT16_MAX)
        return false;
    if (to->ip == 0 && to->port == 0 && rule.prefix == 32)
        *to = (struct address){rule.ip, rule.port};
    return to->ip != 0 && to->port != 0;
}

static int64_t peer_connect(struct hostio_object *o, struct hostio_call *call)
{
    struct address_rule rule = address_unpack(o->number[0]);
    struct sockaddr_in sa;
    struct address to;
    int fd;

    if (!find_peer(o, call->request, &to))
        return -SEL4UX_HOST_BAD_ARGUMENT;
    if (!address_matches(&rule, to))
        return -SEL4UX_HOST_NOT_PERMITTED;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return hostio_error(errno);
    sa = address_to_linux(to);
    if (connect(fd, (struct sockaddr *)&sa, sizeof sa) != 0 && errno != EINPROGRESS) {
        int64_t result = hostio_error(errno);

        close(fd);
        return result;
    }
    make_stream(call, fd);
    return 0;
}

static int64_t peer_identify(struct hostio_object *o, struct hostio_call *call)
{
    struct address_rule rule = address_unpack(o->number[0]);

    call->request->value[0] = rule.prefix == 32 ? rule.ip : 0;
    call->request->value[1] = rule.port;
    return 0;
}

static const struct hostio_ops peer = {
    .events = hostio_always,
    .perform =
        {
            [HOSTIO_OP(CONNECT)] = peer_connect,
            [HOSTIO_OP(IDENTIFY)] = peer_identify,
        },
};

int tcp_parse_connect(struct hostio_spec *spec, struct error *err)
{
    return address_check_rule(spec->target, err);
}

int tcp_open_peer(struct hostio_object *o, const struct hostio_spec *spec, struct error *err)
{
    struct address_rule rule;

    if (address_parse_rule(spec->target, &rule, err) != 0)
        return -EINVAL;
    o->number[0] = address_pack(&rule);
    o->ops = &peer;
    return 0;
}
