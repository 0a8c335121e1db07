/*
 * The event log's way from whoever runs the machine to the monitor: a ring of records, one for each
 * kernel entry. Nothing is recorded unless `on`, which the monitor sets before the machine starts.
 * One writer, one reader; counters only grow.
 */
#ifndef SEL4UX_MACHINE_EVENTS_H
#define SEL4UX_MACHINE_EVENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/kernel.h"

#define EVENT_NAME_SIZE 20

/* A thread by its TCB's address and its name, which may be cut short; 0: idle. */
struct event_thread {
    paddr tcb;
    char name[EVENT_NAME_SIZE]; /* terminated */
};

struct event {
    uint64_t now;    /* ns of the machine's clock at the entry */
    uint64_t output; /* bytes of serial output up to the end of the entry */
    uint32_t kind;   /* enum stop_kind */
    uint32_t call;   /* STOP_SYSCALL: enum abi_syscall */
    word number;     /* as in struct stop; STOP_SYSCALL: as the guest gave it */
    word address;    /* as in struct stop; STOP_SYSCALL: rdi, usually a cptr */
    word code;       /* as in struct stop; STOP_SYSCALL: rsi, usually a message info */
    struct event_thread thread, next;
};

#define EVENT_RING_SIZE 4096 /* records; a power of two */

struct event_ring {
    bool on;
    _Atomic uint64_t written, read;
    struct event event[EVENT_RING_SIZE];
};

struct machine;

/* kernel_enter(), recorded. */
void events_enter(struct machine *m, const struct stop *stop);

/* For the reader: the oldest record, NULL when there is none; and to let go of it. */
const struct event *events_peek(const struct event_ring *ring);
void events_drop(struct event_ring *ring);

#endif
