/*
 * What the network server needs of a network: host.c (sockets of Linux) and ethernet.c (the IP
 * stack in stack/).
 *
 * Sockets are named by the server's numbers, from 1 to NET_SOCKETS - 1. Results are those of host
 * objects; nothing waits. After a function the network's state may have changed for any socket
 * whose group the next event() or the function itself tells.
 */
#pragma once

#include "../lib/server.h"
#include "net.h"

/* Events of a device come by group: a socket's is that of its number. */
#define NET_GROUPS        24
#define NET_GROUP(socket) ((socket) % NET_GROUPS)
#define NET_ALL_GROUPS    ((1ul << NET_GROUPS) - 1)

/* Part of the session's buffer: as a host object wants it, and as the server sees it. */
struct net_range {
    struct sel4ux_host_buffer frame;
    char *at;
};

struct net_backend_ops {
    long (*start)(const seL4_Word *words);
    long (*listen)(unsigned int socket, seL4_Word port);
    long (*accept)(unsigned int listener, unsigned int socket, struct net_address *from);
    long (*connect)(unsigned int socket, struct net_address to);
    long (*udp)(unsigned int socket, seL4_Word port);
    long (*ping)(unsigned int socket);
    long (*send)(unsigned int socket, struct net_range from);
    long (*receive)(unsigned int socket, struct net_range to);
    long (*send_to)(unsigned int socket, struct net_range from, struct net_address to);
    long (*receive_from)(unsigned int socket, struct net_range to, struct net_address *from);
    long (*shutdown)(unsigned int socket);
    void (*close)(unsigned int socket);
    long (*name)(unsigned int socket, struct net_address *own);

    /* Which NET_* events are true now. */
    seL4_Word (*events)(unsigned int socket);

    /* The server is to hear when one of these is true; at once if it is already. */
    void (*arm)(unsigned int socket, seL4_Word events);

    /* An event has come: groups of sockets that may have become ready. */
    seL4_Word (*event)(seL4_Word events);
    bool is_exact; /* of each group one that is armed has */

    /* After each request and event, the same: NULL: none. */
    seL4_Word (*settle)(void);
};

extern const struct net_backend_ops net_host, net_ethernet;
