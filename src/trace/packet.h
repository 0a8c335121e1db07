/*
 * Packets of a trace, written straight into its sink: packet_begin_event(), arguments and the like,
 * packet_end(). A packet has room for TRACE_PACKET_ROOM bytes; when the sink has failed it goes to
 * the trace's scratch memory and nowhere else.
 */
#ifndef SEL4UX_TRACE_PACKET_H
#define SEL4UX_TRACE_PACKET_H

#include "trace/perfetto.h"
#include "trace/protobuf.h"
#include "trace/trace.h"

#define PACKET_SEQUENCE_ID 1 /* there is one sequence of packets */

struct packet {
    struct trace *trace;
    uint8_t *start, *body, *inner, *p; /* of the packet, within it, within its one message */
    bool lost;
};

/* A packet with one message, `field`, of `room` bytes at most. */
static inline void packet_begin(struct packet *k, struct trace *trace, unsigned flags,
                                unsigned field, size_t room)
{
    k->trace = trace;
    k->start = sink_reserve(&trace->sink, room);
    k->lost = k->start == NULL;
    if (k->lost)
        k->start = trace->scratch;
    k->body = pb_open(k->start, TRACE_PACKET);
    k->p = pb_uint(k->body, PACKET_SEQUENCE, PACKET_SEQUENCE_ID);
    k->p = pb_uint(k->p, PACKET_FLAGS, flags);
    k->inner = k->p = pb_open(k->p, field);
}

static inline void packet_end(struct packet *k)
{
    pb_close(k->inner, k->p);
    pb_close(k->body, k->p);
    if (!k->lost)
        sink_took(&k->trace->sink, (size_t)(k->p - k->start));
}

static inline void packet_begin_event(struct packet *k, struct trace *trace, unsigned type,
                                      uint64_t track, uint64_t ns)
{
    k->trace = trace;
    k->start = sink_reserve(&trace->sink, TRACE_PACKET_ROOM);
    k->lost = k->start == NULL;
    if (k->lost)
        k->start = trace->scratch;
    k->body = pb_open(k->start, TRACE_PACKET);
    k->p = pb_uint(k->body, PACKET_TIMESTAMP, ns);
    k->p = pb_uint(k->p, PACKET_SEQUENCE, PACKET_SEQUENCE_ID);
    k->p = pb_uint(k->p, PACKET_FLAGS, FLAG_NEEDS_STATE);
    k->inner = k->p = pb_open(k->p, PACKET_TRACK_EVENT);
    k->p = pb_uint(k->p, TRACK_EVENT_TYPE, type);
    k->p = pb_uint(k->p, TRACK_EVENT_TRACK, track);
}

static inline void packet_name(struct packet *k, unsigned name, unsigned category)
{
    k->p = pb_uint(k->p, TRACK_EVENT_NAME, name);
    k->p = pb_uint(k->p, TRACK_EVENT_CATEGORY, category);
}

static inline void packet_argument(struct packet *k, unsigned field, unsigned name, uint64_t value)
{
    uint8_t *size = pb_tag(k->p, TRACK_EVENT_ARGUMENT, WIRE_BYTES);

    k->p = pb_uint(size + 1, ARGUMENT_NAME, name);
    k->p = pb_uint(k->p, field, value);
    *size = (uint8_t)(k->p - size - 1); /* far below 128 */
}

static inline void packet_flow(struct packet *k, unsigned field, uint64_t flow)
{
    if (flow != 0)
        k->p = pb_fixed64(k->p, field, flow);
}

/* packets.c: the packets that say what the others refer to. */
void packet_head(struct trace *trace);
uint64_t packet_thread_track(struct trace *trace, struct thread *thread);
void packet_space_gone(struct trace *trace, uint64_t pml4);

#endif
