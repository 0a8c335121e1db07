/*
 * The network server: what its clients ask and how.
 *
 * A socket is a number, and belongs to its session; when that ends its sockets are closed. Data
 * lies in the session's buffer: with the host's sockets behind the server, bytes go straight
 * between Linux and the memory that the client sees, and the server never looks at them.
 *
 * No request waits but NET_WAIT: what can't be done now is SERVER_AGAIN. Then NET_WATCH says what
 * is waited for, once, and NET_NEXT or NET_WAIT tell which of the watched sockets has become ready;
 * so one client serves many. A session may have a notification, which is signalled when there is
 * something for NET_NEXT.
 *
 * Addresses are IPv4's, as numbers: 127.0.0.1 is 0x7f000001.
 */
#pragma once

#include "../lib/client.h"

/* Requests: words: result -> words behind it. `buffer` is two words, offset and length. */
enum net_label {
    NET_LISTEN = SERVER_FIRST, /* port: a socket */
    NET_ACCEPT,                /* socket: a socket -> address, port */
    NET_CONNECT,               /* address, port: a socket; NET_WRITABLE when it is decided */
    NET_UDP,                   /* port, 0 for any: a socket */
    NET_PING,                  /* a socket for echo requests: the port is the sequence number */
    NET_SEND,                  /* socket, buffer: bytes */
    NET_RECEIVE,               /* socket, buffer: bytes; 0: no more will come */
    NET_SEND_TO,               /* socket, buffer, net_peer(): bytes */
    NET_RECEIVE_FROM,          /* socket, buffer: bytes of one datagram -> address, port */
    NET_SHUTDOWN,              /* socket: no more will be sent */
    NET_CLOSE,                 /* socket */
    NET_WATCH,                 /* socket, NET_* events; those before are forgotten */
    NET_NEXT,                  /* a ready socket, which is watched no more -> events */
    NET_WAIT,                  /* the same when there is one */
    NET_NAME,                  /* socket, or 0 for the network: 0 -> own address, port */
    NET_LABEL_END,
};

enum net_events { NET_READABLE = 1, NET_WRITABLE = 2, NET_HANGUP = 4 /* always watched for */ };

/*
 * SERVER_START's words: a back end; with the host the number of devices behind the first two; with
 * Ethernet the own address and the bits of the network's, then the gateway's, 0 for none, and
 * memory. SERVER_OPEN's word: the device that is the session's notification, or 0.
 */
enum net_backend { NET_BACKEND_HOST, NET_BACKEND_ETHERNET };

/* Devices: the server's own notification without badge, then by back end. */
enum net_device {
    NET_DEVICE_EVENTS,
    NET_DEVICE_CLOCK,    /* Ethernet: the host's */
    NET_DEVICE_ETHERNET, /* the host's */
    NET_DEVICE_GRANTS =
        NET_DEVICE_CLOCK, /* host: listeners, peers and UDP sockets, as many as told */
};

#define NET_MEMORY_PAGES 3 /* large pages that the Ethernet back end needs */

#define NET_SOCKETS 512 /* of all sessions; numbers are from 1 on */

static inline seL4_Word net_peer(seL4_Word address, seL4_Word port)
{
    return address << 16 | (port & 0xffff);
}

struct net_address {
    seL4_Word address, port;
};

/* Functions with a `wait` in their name wait; others give SERVER_AGAIN. */
long net_accept(const struct client *client, long listener, struct net_address *from);
long net_accept_wait(const struct client *client, long listener, struct net_address *from);
long net_connect_wait(const struct client *client, seL4_Word address, seL4_Word port);

/* Between the socket and the client's own memory; sending sends all. */
long net_send_wait(const struct client *client, long socket, const void *from, size_t bytes);
long net_receive_wait(const struct client *client, long socket, void *to, size_t bytes);

/* One of those that are watched, and what it is ready for. */
long net_wait(const struct client *client, seL4_Word *events);

/* Waits for this socket alone; no other may be watched. */
long net_wait_for(const struct client *client, long socket, seL4_Word events);

static inline long net_listen(const struct client *client, seL4_Word port)
{
    return client_call(client, NET_LISTEN, port, 0, 0, 0);
}

static inline long net_udp(const struct client *client, seL4_Word port)
{
    return client_call(client, NET_UDP, port, 0, 0, 0);
}

static inline long net_shutdown(const struct client *client, long socket)
{
    return client_call(client, NET_SHUTDOWN, (seL4_Word)socket, 0, 0, 0);
}

static inline long net_close(const struct client *client, long socket)
{
    return client_call(client, NET_CLOSE, (seL4_Word)socket, 0, 0, 0);
}

static inline long net_watch(const struct client *client, long socket, seL4_Word events)
{
    return client_call(client, NET_WATCH, (seL4_Word)socket, events, 0, 0);
}
