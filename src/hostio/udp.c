/*
 * UDP: a bound socket. It receives from anyone. It sends to what to= allows, and answers those from
 * whom something came of late.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hostio/sockets.h"

#define MAX_RULES 6 /* in number[] of a spec, behind their count */
#define RULE(i)   (1 + (i))

struct udp {
    unsigned rules;
    struct address_rule rule[MAX_RULES];
    struct address_recent recent;
};

static bool is_allowed(const struct udp *udp, struct address to)
{
    for (unsigned i = 0; i < udp->rules; i++) {
        if (address_matches(&udp->rule[i], to))
            return true;
    }
    return address_is_recent(&udp->recent, to);
}

static int64_t udp_send(struct hostio_object *o, struct hostio_call *call)
{
    const struct host_request *r = call->request;
    struct address to = {(uint32_t)r->argument[0], (uint16_t)r->argument[1]};
    struct sockaddr_in sa = address_to_linux(to);
    ssize_t n;

    if (r->argument[0] > UINT32_MAX || r->argument[1] > UINT16_MAX || to.ip == 0 || to.port == 0)
        return -SEL4UX_HOST_BAD_ARGUMENT;
    if (!is_allowed(o->state, to))
        return -SEL4UX_HOST_NOT_PERMITTED;
    n = sendto(o->fd, call->buffer, r->size, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&sa,
               sizeof sa);
    return n < 0 ? hostio_error(errno) : n;
}

static int64_t udp_receive(struct hostio_object *o, struct hostio_call *call)
{
    struct udp *udp = o->state;
    struct sockaddr_in sa = {0};
    socklen_t size = sizeof sa;
    struct address from;
    ssize_t n = recvfrom(o->fd, call->buffer, call->request->size, MSG_DONTWAIT,
                         (struct sockaddr *)&sa, &size);

    if (n < 0)
        return hostio_error(errno);
    from = address_from_linux(&sa);
    address_remember(&udp->recent, from);
    call->request->value[0] = from.ip;
    call->request->value[1] = from.port;
    return n;
}

static void udp_close(struct hostio_object *o)
{
    free(o->state);
}

static const struct hostio_ops udp_ops = {
    .close = udp_close,
    .perform =
        {
            [HOSTIO_OP(SEND_TO)] = udp_send,
            [HOSTIO_OP(RECEIVE_FROM)] = udp_receive,
            [HOSTIO_OP(IDENTIFY)] = sockets_identify,
        },
};

int udp_parse(struct hostio_spec *spec, struct error *err)
{
    struct address at;

    return address_parse_local(spec->target, &at, err);
}

/* to=; names are looked up here, when the machine is started. */
int udp_take(struct hostio_spec *spec, const char *key, const char *value, struct error *err)
{
    struct address_rule rule;

    if (strcmp(key, "to") != 0) {
        error_set(err, "%s= is no option of udp; it has to=ADDRESS:PORT and name=", key);
        return -EINVAL;
    }
    if (spec->number[0] == MAX_RULES) {
        error_set(err, "to= may stand %d times at the most", MAX_RULES);
        return -EINVAL;
    }
    if (address_parse_rule(value, &rule, err) != 0)
        return -EINVAL;
    spec->number[RULE(spec->number[0]++)] = address_pack(&rule);
    return 0;
}

int udp_open(struct hostio_object *o, const struct hostio_spec *spec, struct error *err)
{
    struct udp *udp = calloc(1, sizeof *udp);
    struct address at;

    if (udp == NULL)
        return error_errno(err, ENOMEM, "can't be had");
    o->state = udp;
    o->ops = &udp_ops;
    udp->rules = (unsigned)spec->number[0];
    for (unsigned i = 0; i < udp->rules; i++)
        udp->rule[i] = address_unpack(spec->number[RULE(i)]);
    if (address_parse_local(spec->target, &at, err) != 0)
        return -EINVAL;
    o->fd = sockets_bind(SOCK_DGRAM, at, err);
    return o->fd < 0 ? o->fd : 0;
}
