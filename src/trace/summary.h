/*
 * What a report says of a trace: its tracks, every event (up to a limit) as it is drawn, and
 * figures of all events: time and entries of threads, messages between them with the latencies of
 * calls, the slowest calls, faults, interrupts.
 *
 * Indices into arrays stand for pointers, so that arrays may grow.
 */
#ifndef SEL4UX_TRACE_SUMMARY_H
#define SEL4UX_TRACE_SUMMARY_H

#include "trace/reader.h"

#define SUMMARY_DEPTH   8   /* slices within slices on one track */
#define SUMMARY_SLOWEST 100 /* calls that are listed */
#define SUMMARY_FAULTS  500 /* faults that are listed */
#define SUMMARY_FLOWS   256 /* flows that have begun and not arrived */
#define SUMMARY_BUCKETS 256 /* of a latency histogram: 4 for each power of two */
#define SUMMARY_NONE    UINT32_MAX

/* A growing array of things of one size. */
struct array {
    void *things;
    size_t size, count, room; /* of a thing; things */
};

struct summary_track {
    struct reader_track about;
    uint32_t depth;
    struct {
        uint32_t event; /* in `events`; SUMMARY_NONE: beyond the limit */
        uint32_t name;
        uint32_t peer; /* track that its flow went to */
        uint64_t start, label;
        bool is_fault;
    } open[SUMMARY_DEPTH];

    /* Threads. */
    uint64_t run_ns, entries, sent, received, faults;
};

struct summary_event {
    uint64_t start, duration;
    uint32_t track, name, peer; /* peer: track that its flow went to or came from */
    uint32_t arguments;         /* offset in `arguments`; SUMMARY_NONE: none */
    bool is_instant, is_open;   /* is_open: had not ended when the trace did */
};

struct summary_name {
    const char *text, *category;
    uint64_t count, total_ns, max_ns;
};

enum summary_kind { EDGE_MESSAGE, EDGE_REPLY, EDGE_FAULT, EDGE_SIGNAL, EDGE_KINDS };

struct summary_edge {
    uint64_t from_to; /* first: the map's. Tracks: from + 1 in the upper half, to + 1 */
    uint64_t count[EDGE_KINDS];
    uint64_t calls, total_ns, min_ns, max_ns;
    uint32_t histogram[SUMMARY_BUCKETS];
};

struct summary_call {
    uint64_t start, duration, label;
    uint32_t from, to; /* tracks */
};

struct summary_fault {
    uint64_t start, address, number, code;
    uint32_t track, name;
};

struct summary_irq {
    uint32_t name;
    uint64_t count, first, last, shortest; /* ns; between two */
};

struct summary {
    uint64_t begin, end; /* ns of the first and the last event */
    uint64_t event_count, event_limit, entries, switches, faults_count, output;
    uint64_t rest; /* bytes at the file's end that are no whole packet */
    struct array tracks, names, events, edges, calls, faults, irqs; /* edges: pointers */
    struct array arguments;                                         /* bytes, see summary.c */
    struct map track_by_uuid, name_by_text, edge_by_ends, track_by_tid;
    uint32_t running; /* thread's track */
    uint64_t running_since;
    struct {
        uint64_t flow;
        uint32_t track, event;
    } flows[SUMMARY_FLOWS];
    unsigned next_flow;
    bool no_memory;
    struct trace_reader reader;
};

/* `limit`: of events that are kept to be drawn. Returns 0 or -errno with *err set. */
int summary_of_file(struct summary *s, const char *path, uint64_t limit, struct error *err);
void summary_free(struct summary *s);

/* In parts: s->reader is to be fed between these two. */
void summary_begin(struct summary *s, uint64_t limit);
void summary_end(struct summary *s);

/* ns below which a share, 0 to 1, of the edge's calls stayed. */
uint64_t summary_quantile(const struct summary_edge *edge, double share);

#endif
