/*
 * Host objects as the machine keeps them: what the user allowed, the way of a request to whoever
 * carries it out, and the events that have come. Clocks and the terminal are the machine's own
 * (clock and consoles are its); all else is the environment's.
 *
 * Events: anyone may set a bit of `ready`, then `any_ready`, then kick; the holder of the CPU token
 * takes them. A bit that means nothing any more does no harm: the kernel model knows what is armed.
 */
#ifndef SEL4UX_MACHINE_HOST_H
#define SEL4UX_MACHINE_HOST_H

#include <stdatomic.h>

#include "kernel/platform.h"

struct machine;

struct host_grant {
    uint8_t kind; /* enum sel4ux_host_kind */
    bool writable;
    char name[SEL4UX_HOST_NAME_SIZE];
};

/*
 * A request on its way to another process: who asks fills `request`, sets `state` to HOST_ASKED
 * with a wake-up, and waits for HOST_ANSWERED; both wait on `state` as a futex.
 */
enum host_state { HOST_IDLE, HOST_ASKED, HOST_ANSWERED };

struct host_slot {
    _Atomic uint32_t state;
    struct host_request request;
};

/* All zero: no host objects. */
struct machine_host {
    /* Set before the machine boots; host objects 0 to grant_count - 1. */
    uint32_t grant_count;
    struct host_grant grant[HOST_GRANTS];
    uint64_t date; /* ns since 1970 at boot */

    uint64_t alarm[HOST_GRANTS]; /* of clocks, ns since boot; 0: none */
    uint64_t next_alarm;         /* the first one that is waited for; 0: none */
    bool has_terminal;
    /* What the guest wants of the terminal, and what the monitor says of it. */
    _Atomic uint32_t terminal_mode; /* enum sel4ux_host_terminal_mode */
    _Atomic uint32_t terminal_columns, terminal_rows;

    _Atomic uint32_t any_ready;
    _Atomic uint64_t ready[HOST_OBJECTS / 64];
    struct host_slot slot;
};

/* For any process: the object has an event that it is armed for. Kick the machine afterwards. */
static inline void host_set_ready(struct machine_host *host, unsigned object)
{
    atomic_fetch_or(&host->ready[object / 64], 1ull << object % 64);
    atomic_store(&host->any_ready, 1);
}

/* Looks at clocks and the terminal. */
void host_advance(struct machine *m);

/* An object with an event, whose bit is taken; -1: there is none. */
int host_next(struct machine *m);

/* When an alarm comes that is waited for; UINT64_MAX: never. */
uint64_t host_deadline(const struct machine *m);

/* Whether an event that may still come would make a thread runnable. */
bool host_can_wake(const struct machine *m);

/* terminal.c */
void terminal_request(struct machine *m, struct host_request *request);
bool terminal_has_input(const struct machine *m);  /* or its end */
bool terminal_is_at_end(const struct machine *m);  /* of its input */
bool terminal_next(struct machine *m, char *byte); /* one byte of input, for the serial port */

#endif
