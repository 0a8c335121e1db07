/*
 * What servers are built from: one thread that waits in one place, for requests and for events.
 *
 * A handler does what a session asks and returns the result. One that can't go on yet returns
 * SERVER_LATER: the request is kept, and when server_wake() has been called the handler is called
 * again with the same request, oldest first. It leaves what it has already done in `done`. So a
 * client that ends is forgotten by dropping its request, and nothing has to be undone.
 */
#pragma once

#include "protocol.h"

#define SERVER_LATER ((long)1 << 62)

struct request {
    seL4_Word label;
    seL4_Word words[SERVER_WORDS];      /* 0 where the message was shorter */
    seL4_Word done;                     /* the handler's, 0 at first */
    seL4_Word answer[SERVER_WORDS + 1]; /* words behind the result */
    unsigned int answers;
    seL4_CPtr cap; /* goes with the answer, if not 0 */
};

struct session {
    unsigned int number; /* 0: not open */
    char *buffer;
    seL4_CPtr frame; /* the buffer's */
    size_t bytes;    /* of the buffer */
    seL4_Word word;  /* what the manager gave it */
    struct request request;
    seL4_CPtr reply;       /* 0: no request waits */
    unsigned long arrival; /* of the request that waits */
};

typedef long server_handler(struct session *session, struct request *request);

struct server {
    long (*start)(const seL4_Word *words);
    long (*open)(struct session *session);  /* may be NULL, as all below */
    void (*close)(struct session *session); /* gives back all that the session has */
    void (*event)(seL4_Word events);
    void (*settle)(void);            /* after each request and event, before it is answered */
    seL4_Word (*count)(void);        /* what it keeps for clients: open files, for instance */
    server_handler *const *handlers; /* of the labels from SERVER_FIRST on */
    unsigned int handler_count;
};

/*
 * Called a second time, by a program that was started anew after a fault of its (see guard.h), it
 * refuses everything. What it needs for that it has kept for itself.
 */
__attribute__((noreturn)) void server_run(const struct server *server);

/* Requests that wait are tried again before the next message is received. */
void server_wake(void);

/* Session `number`, or NULL if it is not open. */
struct session *server_session(seL4_Word number);

/* `length` bytes of the session's buffer from `offset` on; NULL unless they are all in it. */
char *server_buffer(struct session *session, seL4_Word offset, seL4_Word length);

/* The same as a host object wants it; false unless they are all in it. */
bool server_range(struct session *session, seL4_Word offset, seL4_Word length,
                  struct sel4ux_host_buffer *range);
