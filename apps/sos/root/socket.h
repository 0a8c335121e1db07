/*
 * Sockets: SOS is a client of the network server, a process of its own, with one session for all.
 *
 * A socket is an open file. `ready` is what the server has told that it is ready for, until a try
 * shows otherwise; `watched` what the server is to tell.
 */
#pragma once

#include "process.h"

#define SOCKET_AT_ONCE (256ul << 10) /* bytes that one request moves at the most */

/* Starts the server if there is anything for it to serve, with `notification` to signal. */
void socket_init(seL4_CPtr notification);
void socket_interrupt(void);

/* A request of the server; its result, or -SOS_*. Further words in message registers, from 1 on. */
long socket_call(seL4_Word label, seL4_Word a, seL4_Word b, seL4_Word c, seL4_Word d);

/* One that makes a socket: an open file of it. */
long socket_make(struct open_file **file, seL4_Word label, seL4_Word a, seL4_Word b);

/* The server is to tell when it is ready for one of these. */
void socket_watch(struct open_file *file, unsigned int events);
void socket_close(struct open_file *file);

/* Where the bytes are that are sent and received: SOCKET_AT_ONCE of them. */
char *socket_buffer(void);
