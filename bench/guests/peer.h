/*
 * The other side of a benchmark: a thread of the measuring program or a process of its own, which
 * does one thing for ever. The two share a page for time stamps.
 */
#pragma once

#include "bench.h"

enum peer_role {
    PEER_ECHO,       /* ReplyRecv of `length` words */
    PEER_STAMP,      /* the same, with stamps */
    PEER_REPLY,      /* Reply and then Recv; the cost of the Reply in `cost` */
    PEER_SINK,       /* Recv */
    PEER_SOURCE,     /* Send */
    PEER_TAKE,       /* ReplyRecv; a stamp, then deletes the capability that came along */
    PEER_WAIT,       /* Wait(ping) */
    PEER_WAIT_STAMP, /* Wait(ping); a stamp */
    PEER_PONG,       /* Wait(ping); Signal(pong) */
    PEER_YIELD,      /* Yield */
    PEER_YIELD_STAMP,
    PEER_SPIN,      /* writes a stamp all the time */
    PEER_EXCEPTION, /* a privileged instruction, skipped by its handler */
    PEER_UNDEFINED, /* an undefined one; hypervisors look at it first */
    PEER_TOUCH,     /* reads PEER_HOLE, then as above, in turn */
    PEER_SYSCALL,   /* a system call that there is not */
};

struct peer_page {
    volatile seL4_Word role, length;      /* set before the peer runs */
    volatile seL4_Word received, leaving; /* time stamps: got here, about to go */
    volatile seL4_Word cost;              /* cycles of what the peer has measured itself */
    volatile seL4_Word count;             /* how often it has done its thing */
};

/* Addresses in a peer process; a peer thread has the same page elsewhere. */
#define PEER_PAGE 0x60000000ul
#define PEER_HOLE 0x60400000ul /* of both: nothing is mapped here */

/* What a peer can name; in a process these are slots of its own. */
struct peer_caps {
    seL4_CPtr endpoint, ping, pong;
    seL4_CPtr cnode, slot; /* where a transferred capability goes */
    seL4_Word depth;
};

#define CHILD_PING  (CHILD_FIRST_FREE + 0)
#define CHILD_PONG  (CHILD_FIRST_FREE + 1)
#define CHILD_CNODE (CHILD_FIRST_FREE + 2)
#define CHILD_SLOT  (CHILD_FIRST_FREE + 3)

#define UNKNOWN_SYSCALL 1234

__attribute__((noreturn)) void peer_run(struct peer_page *page, const struct peer_caps *caps);

/* ------------------------------------------------ the measuring side; peers.c */

struct peer {
    seL4_CPtr tcb;    /* of the one that runs; 0: none */
    seL4_CPtr vspace; /* the VSpace that it runs in */
    seL4_CPtr endpoint, ping, pong;
    struct peer_page *page; /* as the measuring side sees it */
    struct process process; /* of a process only */
};

/* Makes the objects that peers use. One peer runs at a time. */
void peer_init(void);

/* Starts a peer and lets it run until it waits for something (unless it never does). */
struct peer *peer_start(bool own_vspace, enum peer_role role, seL4_Word length, int priority);
void peer_stop(struct peer *peer);

/* "same_vspace" or "cross_vspace". */
const char *peer_place(bool own_vspace);
