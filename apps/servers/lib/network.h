/*
 * Starting the network server over what the user granted: an Ethernet device, with the server's own
 * IP stack, or else listeners, peers and UDP sockets of the host.
 *
 * The stack's address is the grant's name, if that is ADDRESS/BITS, as in
 * `--host tap=tap0,name=10.9.0.2/24`; without it is that of a user-mode network, 10.0.2.15/24
 * behind 10.0.2.2. It also needs the host's clock.
 */
#pragma once

#include "manager.h"

/* True if there is anything to start it over. */
bool network_granted(void);

/*
 * Loads "servers/net" of the archive and starts it; sessions with the word NETWORK_NOTIFIED signal
 * `notification`. 0, or an error of the server; SERVER_NOT_FOUND if it lacks the clock.
 */
long network_start(struct service *service, const void *archive, seL4_CPtr faults,
                   seL4_CPtr notification);

#define NETWORK_NOTIFIED (SERVER_DEVICES_MAX - 1)

/* "10.0.2.15" or "10.0.2.15/24"; false if it is none. *bits is 32 without. */
bool network_parse(const char *text, seL4_Word *address, seL4_Word *bits);
