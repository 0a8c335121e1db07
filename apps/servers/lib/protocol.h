/*
 * What every server, client and manager agrees on.
 *
 * A client has a session with a server: a capability to the server's endpoint whose badge is the
 * session's number, and a buffer, a frame that both have mapped. A request is an seL4_Call() with
 * the operation as the label and at most SERVER_WORDS words; what is larger lies in the buffer and
 * is named by offset and length. The answer's first word is the result: a number from 0 on, or an
 * error, negated. Other words follow.
 *
 * Who made server and client, their manager, opens and closes sessions. It calls the server with a
 * badge of its own. To end a session it first makes sure that nobody can call with the session's
 * badge any more (it revokes the capability), then says SERVER_CLOSE, and after the answer takes
 * the buffer away: so the server never sees a request or touches a buffer of a session that has
 * ended, and the number can be given to the next client.
 */
#pragma once

#include "guest.h"

#include <sel4ux/host.h>

#define SERVER_WORDS 4

/* Badges: a session's number, from 1 on; or one of these. */
#define SERVER_SESSIONS 32          /* numbers are below */
#define SERVER_MANAGER  (1ul << 32) /* the manager's requests */
#define SERVER_EVENT    (1ul << 33) /* a notification: bit N is that of the server's event N */
#define SERVER_FAULT    (1ul << 34) /* to the manager, with a server's number: last words, faults */

/* Requests of the manager. A server's own operations begin at SERVER_FIRST. */
enum server_label {
    SERVER_START = 1, /* four words that the server defines: what it works with */
    SERVER_OPEN,      /* session, bytes of its buffer, a word that the server defines */
    SERVER_CLOSE,     /* session */
    SERVER_COUNT,     /* -> sessions, requests that wait, what else it keeps for clients */
    SERVER_FIRST = 16,
};

/* What can go wrong has the numbers that host objects use for it, see sel4ux/host.h. */
enum server_error {
    SERVER_OK,
    SERVER_AGAIN = SEL4UX_HOST_AGAIN,
    SERVER_NOT_FOUND = SEL4UX_HOST_NOT_FOUND,
    SERVER_EXISTS = SEL4UX_HOST_EXISTS,
    SERVER_NOT_PERMITTED = SEL4UX_HOST_NOT_PERMITTED,
    SERVER_NOT_DIRECTORY = SEL4UX_HOST_NOT_DIRECTORY,
    SERVER_IS_DIRECTORY = SEL4UX_HOST_IS_DIRECTORY,
    SERVER_NOT_EMPTY = SEL4UX_HOST_NOT_EMPTY,
    SERVER_BAD_PATH = SEL4UX_HOST_BAD_PATH,
    SERVER_BAD_ARGUMENT = SEL4UX_HOST_BAD_ARGUMENT,
    SERVER_NO_SPACE = SEL4UX_HOST_NO_SPACE,
    SERVER_TOO_LARGE = SEL4UX_HOST_TOO_LARGE,
    SERVER_TOO_MANY = SEL4UX_HOST_TOO_MANY,
    SERVER_NOT_SUPPORTED = SEL4UX_HOST_NOT_SUPPORTED,
    SERVER_BUSY = SEL4UX_HOST_BUSY,
    SERVER_IO = SEL4UX_HOST_IO,
    SERVER_INTERRUPTED = SEL4UX_HOST_ERROR_COUNT, /* by a key */
    SERVER_BAD_OPERATION,                         /* no such label, or not for this session */
    SERVER_ERROR_COUNT,
};

/* -------------------------------------------------------------- where things lie */

/* In a server's CSpace, behind what every process has (CHILD_*, see guest.h). */
enum server_slot {
    SERVER_ENDPOINT = CHILD_FIRST_FREE, /* to receive from */
    SERVER_CNODE,                       /* its own, all CHILD_RADIX bits */
    SERVER_WORK,                        /* the frame at SERVER_WORK_ADDRESS */
    SERVER_EVENTS,                      /* two: notifications to bind devices to, event 0 and 1 */
    SERVER_DEVICES = SERVER_EVENTS + 2, /* what the server works with */
    SERVER_BUFFERS = 32,                /* by session: its buffer's frame */
    SERVER_REPLIES = 64,                /* by session: where the right to answer later is kept */
    SERVER_OWN = 128,                   /* for the server itself, to the end */
};

#define SERVER_DEVICES_MAX 20
#define SERVER_OWN_SLOTS   ((1u << CHILD_RADIX) - SERVER_OWN)

/* In a client's CSpace: its sessions, in the order they were opened, and the frames of their
 * buffers (for host objects that it has itself). */
#define CLIENT_SESSIONS 16
#define CLIENT_BUFFERS  24
#define CLIENT_SLOTS    8

/* Addresses. Buffers lie in servers by session and in clients by order, small ones apart. */
#define SERVER_BUFFER_MAX     (1ul << seL4_LargePageBits)
#define SERVER_SMALL_ADDRESS  0x3fc00000ul
#define SERVER_WORK_ADDRESS   0x3fe00000ul
#define SERVER_BUFFER_ADDRESS 0x40000000ul
#define SERVER_MEMORY_ADDRESS 0x50000000ul /* large pages, when the manager gives any */

static inline char *server_buffer_address(seL4_Word number, size_t bytes)
{
    return (char *)(bytes <= PAGE_SIZE ? SERVER_SMALL_ADDRESS + number * PAGE_SIZE
                                       : SERVER_BUFFER_ADDRESS + number * SERVER_BUFFER_MAX);
}
