/*
 * Writes what a machine records as a Perfetto trace: native track events, one track for each thread
 * below the process that stands for its VSpace, tracks of the CPU, of interrupts and of the output.
 *
 * A kernel entry is a slice on its thread's track, from the entry until the thread goes on; what
 * happens in it are instants within. Messages and signals are instants on the receiver's track,
 * with a flow from the sender's. docs/tracing.md says all this to people.
 *
 * Invariant: the file consists of whole packets; time never goes back from one to the next.
 */
#ifndef SEL4UX_TRACE_TRACE_H
#define SEL4UX_TRACE_TRACE_H

#include "trace/sink.h"
#include "trace/threads.h"

#define TRACE_BEGIN_ARGUMENTS 4
#define TRACE_PACKET_ROOM     512

/* The begin of an entry, held back until it is known what it is. */
struct trace_begin {
    bool pending;
    uint8_t type; /* TYPE_BEGIN; TYPE_INSTANT: an interrupt */
    uint32_t name, category;
    uint64_t track, flow; /* flow 0: none */
    uint8_t argument_count;
    uint32_t argument[TRACE_BEGIN_ARGUMENTS];
    uint64_t value[TRACE_BEGIN_ARGUMENTS];
};

struct trace {
    struct sink sink;
    struct threads *threads; /* borrowed */
    struct map spaces;
    uint64_t now;           /* ns */
    struct thread *thread;  /* that the entry is of; NULL: none was running */
    struct thread *running; /* on the CPU's track */
    struct trace_begin begin;
    uint64_t flows, output;
    uint32_t last_id, last_text; /* of processes and threads; of their names */
    uint8_t scratch[TRACE_PACKET_ROOM];
};

/* Returns 0 or -errno with *err set. */
int trace_open(struct trace *trace, const char *path, struct threads *threads, struct error *err);

/* In the order of the ring; before threads_follow(). */
void trace_event(struct trace *trace, const struct event *e);

/* Returns 0, or -errno with *err (may be NULL) set when the file is not complete. */
int trace_close(struct trace *trace, struct error *err);

#endif
