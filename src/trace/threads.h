/*
 * The threads of a machine as its records tell of them: names come and go, and so do TCBs.
 */
#ifndef SEL4UX_TRACE_THREADS_H
#define SEL4UX_TRACE_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "machine/events.h"
#include "trace/map.h"

struct thread {
    uint64_t tcb; /* first: the map's */
    char name[THREAD_NAME_SIZE];
    paddr space; /* PML4; 0: none yet */

    /* The trace's. */
    uint32_t tid, pid; /* 0: has no track yet */
    uint32_t name_iid; /* 0: the name is new */
    bool in_slice;     /* of a kernel entry that has not come back */
};

struct threads {
    struct map map;
    struct thread spare; /* when there is no memory: a thread without name */
};

void threads_init(struct threads *threads);
void threads_free(struct threads *threads);

/* NULL for 0, the idle thread. */
struct thread *threads_get(struct threads *threads, paddr tcb);

/* Follows RECORD_NAME, RECORD_SPACE and RECORD_THREAD_GONE; other events tell nothing of this. */
void threads_follow(struct threads *threads, const struct event *e);

#endif
