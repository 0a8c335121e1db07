/*
 * For root tasks: starting servers and clients, and the sessions between them (see protocol.h).
 *
 * A server is for ever. A client is made of a bank: its memory, its threads and its buffers. When
 * it is ended its sessions are closed, in the order that protocol.h asks for, and the bank is empty
 * again. Servers hold no untyped memory and no VSpace: what they may touch, the manager has mapped.
 */
#pragma once

#include "bank.h"
#include "protocol.h"

struct service {
    const char *name;
    struct process process;
    seL4_CPtr endpoint;               /* of which sessions' capabilities are made */
    seL4_CPtr manager;                /* to call as the manager */
    seL4_CPtr notification;           /* bound to the server's thread */
    bool taken[SERVER_SESSIONS];      /* sessions */
    seL4_CPtr slots[SERVER_SESSIONS]; /* by session: the capability that all others are copies of */
};

/* A session that a client has. */
struct link {
    struct service *service; /* NULL: none */
    unsigned int number;
    seL4_CPtr frame; /* the buffer */
    seL4_CPtr copy;  /* the server's mapping of it */
};

struct member {
    struct bank bank;
    struct process process;
    struct link links[CLIENT_SLOTS];
    unsigned int link_count;
    bool alive;
};

#define MANAGER_SERVICES 8

/*
 * Loads a server and starts it. `faults`: where it and its faults are heard of, with badge
 * SERVER_FAULT and its number. It has not been told to start yet: it waits for manager_start().
 */
void manager_load(struct service *service, const char *name, const void *elf, seL4_CPtr faults,
                  int priority);

/* By its number: the order in which they were loaded, from 0 on. */
struct service *manager_service(unsigned int number);

/* Gives it a device, as number `index`. */
void manager_device(struct service *service, unsigned int index, seL4_CPtr cap);

/* Makes an interrupt its event `event`; its handler becomes device `index`. */
void manager_interrupt(struct service *service, unsigned int event, unsigned int index,
                       seL4_Word pin, seL4_Word vector);

/* Maps large pages at SERVER_MEMORY_ADDRESS. */
void manager_memory(struct service *service, unsigned int pages);

/* SERVER_START with these words; its result. */
long manager_start(struct service *service, seL4_Word a, seL4_Word b, seL4_Word c, seL4_Word d);

struct service_count {
    seL4_Word sessions, waiting, kept;
};
void manager_count(struct service *service, struct service_count *count);

/* A client that does not run yet, of a bank of 2^bits bytes; `badge` is on what it says and faults.
 */
void manager_client(struct member *client, const void *elf, seL4_CPtr endpoint, seL4_Word badge,
                    int priority, seL4_Word bits);

/*
 * Opens a session for a client: its next one. The buffer has 2^bits bytes (seL4_PageBits or
 * seL4_LargePageBits) and comes from the client's bank. 0, or an error of the server.
 */
long manager_connect(struct member *client, struct service *service, seL4_Word bits,
                     seL4_Word word);

/*
 * The same for the program that calls this: the capability in *endpoint, the buffer at *buffer. It
 * stays open.
 */
long manager_connect_self(struct service *service, seL4_Word bits, seL4_Word word,
                          seL4_CPtr *endpoint, char **buffer);

/* Ends a client, whatever it is doing, and gives back all that it has. */
void manager_end(struct member *client);
