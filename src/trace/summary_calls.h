/* Inside a summary: its arrays, and the edges between its tracks. */
#ifndef SEL4UX_TRACE_SUMMARY_CALLS_H
#define SEL4UX_TRACE_SUMMARY_CALLS_H

#include "trace/summary.h"

/* Room for `count` more things; NULL, with s->no_memory set: there is none. */
void *summary_add(struct summary *s, struct array *a, size_t count);

/* From one track to another; made when it is first asked for. NULL: no memory. */
struct summary_edge *summary_edge(struct summary *s, uint32_t from, uint32_t to);

/* A call along an edge has been answered. */
void summary_end_call(struct summary *s, uint32_t from, uint32_t to, uint64_t start,
                      uint64_t duration, uint64_t label);

#endif
