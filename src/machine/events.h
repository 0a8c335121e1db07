/*
 * What the machine records of itself, on its way from whoever runs it to the monitor: a ring of
 * words. A record is a head and up to EVENT_WORDS_MAX words. There is one for the begin of each
 * kernel entry (EVENT_SYSCALL, EVENT_STOP), those of kernel/platform.h for what happens in it, and
 * one for its end (EVENT_DONE). Nothing is recorded unless kernel.recording, which the monitor sets
 * before the machine starts.
 *
 * One writer, one reader; counters only grow. A full ring is never overwritten: the machine waits
 * for the monitor to take what is there, so no record is ever lost.
 */
#ifndef SEL4UX_MACHINE_EVENTS_H
#define SEL4UX_MACHINE_EVENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/platform.h"

/* Kinds beyond enum record_kind, with detail; object; words. */
enum event_kind {
    /* enum abi_syscall; current thread; ns, rdi, rsi; and for SYS_INVALID the number */
    EVENT_SYSCALL = RECORD_KIND_COUNT,
    /* another enum stop_kind; current thread or 0; ns, and number, address, code of struct stop */
    EVENT_STOP,
    /* what became of the thread: enum thread_state; who runs next or 0; ns, and bytes of serial
     * output so far */
    EVENT_DONE,
    /* -; -; ns: time has gone on within the entry */
    EVENT_TIME,
    EVENT_KIND_COUNT
};

#define EVENT_WORDS_MAX 8

_Static_assert(RECORD_WORDS_MAX <= EVENT_WORDS_MAX, "the kernel's records fit");

struct event {
    uint8_t kind, detail, count; /* count: of words */
    paddr object;
    word words[EVENT_WORDS_MAX];
};

#define EVENT_RING_WORDS 65536 /* a power of two */

struct event_ring {
    uint64_t filled; /* the writer's: words in the ring so far, published or not */
    uint64_t seen;   /* the writer's: `read` when it last looked */
    uint64_t rung;   /* the writer's: `filled` when it last rang */
    uint64_t now;    /* the writer's: time of the last record */
    uint64_t taken;  /* the reader's: words that it has done with */
    _Alignas(64) _Atomic uint64_t written;
    _Alignas(64) _Atomic uint64_t read;
    _Alignas(64) word words[EVENT_RING_WORDS];
};

struct machine;

/* kernel_enter(), recorded. */
void events_enter(struct machine *m, const struct stop *stop);

/*
 * For the reader. events_peek(): the oldest record; false when there is none. events_drop(): it is
 * done with. events_release(): the writer may have the room of all that was dropped.
 */
bool events_peek(const struct event_ring *ring, struct event *e);
void events_drop(struct event_ring *ring, const struct event *e);
void events_release(struct event_ring *ring);

#endif
