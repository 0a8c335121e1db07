/*
 * Sockets of the host: one host object for each. Buffers are handed on; the server's own memory
 * never sees what is in them.
 *
 * What the user allowed to listen on and to receive datagrams at are objects from the start: a
 * socket of these is a copy of the capability, and there is one at a time.
 */
#include "backend.h"

/* Socket N's object is in slot FIRST_SOCKET + N, a notification of group N in FIRST_GROUP + N. */
#define FIRST_GROUP  SERVER_OWN
#define FIRST_SOCKET (SERVER_OWN + NET_GROUPS)

_Static_assert(NET_GROUPS + NET_SOCKETS <= SERVER_OWN_SLOTS, "a slot for each socket");

static seL4_Word grants;
static unsigned int user[SERVER_DEVICES_MAX]; /* by grant: the socket that is a copy of it */

static seL4_CPtr object(unsigned int socket)
{
    return FIRST_SOCKET + socket;
}

static seL4_CPtr grant(seL4_Word index)
{
    return SERVER_DEVICES + NET_DEVICE_GRANTS + index;
}

static struct sel4ux_host_slot slot(unsigned int socket)
{
    return (struct sel4ux_host_slot){SERVER_CNODE, object(socket), CHILD_RADIX};
}

static long checked(long result)
{
    return sel4ux_host_kernel_error(result) ? -SERVER_IO : result;
}

static long host_start(const seL4_Word *words)
{
    grants = words[1];
    if (grants > SERVER_DEVICES_MAX - NET_DEVICE_GRANTS)
        return -SERVER_BAD_ARGUMENT;
    for (seL4_Word group = 0; group < NET_GROUPS; group++)
        must("mint a group's notification",
             seL4_CNode_Mint(SERVER_CNODE, FIRST_GROUP + group, CHILD_RADIX, SERVER_CNODE,
                             SERVER_DEVICES + NET_DEVICE_EVENTS, CHILD_RADIX, seL4_AllRights,
                             SERVER_EVENT | 1ul << group));
    return 0;
}

/* A new object; its events are those of the socket's group. */
static long bound(unsigned int socket, long result)
{
    if (result < 0)
        return result;
    result = checked(sel4ux_host_bind(object(socket), FIRST_GROUP + NET_GROUP(socket)));
    if (result < 0)
        must("drop a socket", seL4_CNode_Delete(SERVER_CNODE, object(socket), CHILD_RADIX));
    return result;
}

/* -------------------------------------------------------------- what was granted */

static long copy_grant(unsigned int socket, seL4_Word index)
{
    long result;

    if (user[index])
        return -SERVER_BUSY;
    if (seL4_CNode_Copy(SERVER_CNODE, object(socket), CHILD_RADIX, SERVER_CNODE, grant(index),
                        CHILD_RADIX, seL4_AllRights))
        return -SERVER_IO;
    result = bound(socket, 0);
    if (result >= 0)
        user[index] = socket;
    return result;
}

/* A socket of the first grant of `kind` with that port; port 0 is any that nobody uses. */
static long use_grant(unsigned int socket, seL4_Word kind, seL4_Word port)
{
    long result = -SERVER_NOT_PERMITTED;

    for (seL4_Word i = 0; i < grants; i++) {
        seL4_Word its_kind, writable, detail[2];

        if (sel4ux_host_identify(grant(i), &its_kind, &writable, detail) < 0 || its_kind != kind ||
            (port != 0 && detail[1] != port))
            continue;
        result = copy_grant(socket, i);
        if (result != -SERVER_BUSY)
            break;
    }
    return result;
}

static long host_listen(unsigned int socket, seL4_Word port)
{
    return use_grant(socket, SEL4UX_HOST_LISTENER, port);
}

static long host_udp(unsigned int socket, seL4_Word port)
{
    return use_grant(socket, SEL4UX_HOST_UDP, port);
}

static long host_connect(unsigned int socket, struct net_address to)
{
    struct sel4ux_host_address address = {to.address, to.port};
    long result = -SERVER_NOT_PERMITTED;

    for (seL4_Word i = 0; i < grants && result == -SERVER_NOT_PERMITTED; i++) {
        seL4_Word kind, writable, detail[2];

        if (sel4ux_host_identify(grant(i), &kind, &writable, detail) >= 0 &&
            kind == SEL4UX_HOST_PEER)
            result = checked(sel4ux_host_connect(grant(i), slot(socket), address));
    }
    return bound(socket, result);
}

static long host_ping(unsigned int socket)
{
    (void)socket;
    return -SERVER_NOT_SUPPORTED;
}

/* -------------------------------------------------------------- sockets */

static long host_accept(unsigned int listener, unsigned int socket, struct net_address *from)
{
    struct sel4ux_host_address address;
    long result = checked(sel4ux_host_accept(object(listener), slot(socket), &address));

    *from = (struct net_address){address.address, address.port};
    return bound(socket, result);
}

static long host_send(unsigned int socket, struct net_range from)
{
    return checked(sel4ux_host_write(object(socket), from.frame, 0));
}

static long host_receive(unsigned int socket, struct net_range to)
{
    return checked(sel4ux_host_read(object(socket), to.frame, 0));
}

static long host_send_to(unsigned int socket, struct net_range from, struct net_address to)
{
    struct sel4ux_host_address address = {to.address, to.port};

    return checked(sel4ux_host_send_to(object(socket), from.frame, address));
}

static long host_receive_from(unsigned int socket, struct net_range to, struct net_address *from)
{
    struct sel4ux_host_address address;
    long result = checked(sel4ux_host_receive_from(object(socket), to.frame, &address));

    *from = (struct net_address){address.address, address.port};
    return result;
}

static long host_shutdown(unsigned int socket)
{
    return checked(sel4ux_host_shutdown(object(socket)));
}

/* Linux's socket of a grant stays: it only signals nobody any more. */
static void host_close(unsigned int socket)
{
    for (seL4_Word i = 0; i < grants; i++) {
        if (user[i] != socket)
            continue;
        sel4ux_host_ack(object(socket), 0);
        sel4ux_host_unbind(object(socket));
        user[i] = 0;
    }
    must("close a socket", seL4_CNode_Delete(SERVER_CNODE, object(socket), CHILD_RADIX));
}

static long host_name(unsigned int socket, struct net_address *own)
{
    seL4_Word kind, writable, detail[2];
    long result = 0;

    if (!socket)
        return 0; /* the host has many addresses */
    result = checked(sel4ux_host_identify(object(socket), &kind, &writable, detail));
    *own = (struct net_address){detail[0], detail[1]};
    return result;
}

/* -------------------------------------------------------------- events */

_Static_assert((int)NET_READABLE == (int)SEL4UX_HOST_READABLE &&
                   (int)NET_WRITABLE == (int)SEL4UX_HOST_WRITABLE &&
                   (int)NET_HANGUP == (int)SEL4UX_HOST_HANGUP,
               "events are the host's");

static seL4_Word host_events(unsigned int socket)
{
    seL4_Word events;

    sel4ux_host_poll(object(socket), &events);
    return events;
}

static void host_arm(unsigned int socket, seL4_Word events)
{
    sel4ux_host_ack(object(socket), events);
}

static seL4_Word host_event(seL4_Word events)
{
    return events & NET_ALL_GROUPS;
}

const struct net_backend_ops net_host = {
    .start = host_start,
    .listen = host_listen,
    .accept = host_accept,
    .connect = host_connect,
    .udp = host_udp,
    .ping = host_ping,
    .send = host_send,
    .receive = host_receive,
    .send_to = host_send_to,
    .receive_from = host_receive_from,
    .shutdown = host_shutdown,
    .close = host_close,
    .name = host_name,
    .events = host_events,
    .arm = host_arm,
    .event = host_event,
    .is_exact = true,
};
