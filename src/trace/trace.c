/* From records to track events, see trace.h. */
#include "trace/trace.h"

#include "trace/names.h"
#include "trace/packet.h"

/* ------------------------------------------------------------------ the entry's begin */

static void begin_argument(struct trace_begin *b, unsigned name, uint64_t value)
{
    b->argument[b->argument_count] = name;
    b->value[b->argument_count++] = value;
}

static void put_begin(struct trace *trace)
{
    struct trace_begin *b = &trace->begin;
    struct packet k;

    if (!b->pending)
        return;
    b->pending = false;
    packet_begin_event(&k, trace, b->type, b->track, trace->now);
    packet_name(&k, b->name, b->category);
    for (unsigned i = 0; i < b->argument_count; i++)
        packet_argument(&k, ARGUMENT_UINT, b->argument[i], b->value[i]);
    packet_flow(&k, TRACK_EVENT_FLOW, b->flow);
    packet_end(&k);
}

static bool has_message(unsigned call)
{
    return call == SYS_CALL || call == SYS_SEND || call == SYS_NB_SEND || call == SYS_REPLY ||
           call == SYS_REPLY_RECV || call == SYS_NB_SEND_RECV || call == SYS_NB_SEND_WAIT;
}

static void describe_syscall(struct trace_begin *b, const struct event *e)
{
    unsigned call = e->detail;
    word info = e->words[2];

    b->name = NAME_SYSCALL(call);
    if (call == SYS_INVALID) {
        begin_argument(b, ARG_NUMBER, e->words[3]);
    } else if (call == SYS_DEBUG_PUT_CHAR) {
        begin_argument(b, ARG_CODE, e->words[1] & 0xff);
    } else if (call != SYS_YIELD) {
        begin_argument(b, ARG_CAP, e->words[1]);
    }
    if (has_message(call)) {
        begin_argument(b, ARG_LABEL, info >> 12);
        begin_argument(b, ARG_LENGTH, info & 0x7f);
        begin_argument(b, ARG_CAPS, info >> 7 & 3);
    }
}

static void end_slice(struct trace *trace, uint64_t track)
{
    struct packet k;

    packet_begin_event(&k, trace, TYPE_END, track, trace->now);
    packet_end(&k);
}

static void switch_to(struct trace *trace, struct thread *next)
{
    struct packet k;

    if (next == trace->running)
        return;
    if (trace->running != NULL)
        end_slice(trace, TRACK_CPU);
    trace->running = next;
    if (next == NULL)
        return;
    packet_thread_track(trace, next);
    packet_begin_event(&k, trace, TYPE_BEGIN, TRACK_CPU, trace->now);
    packet_name(&k, next->name_iid, CATEGORY_CPU);
    packet_argument(&k, ARGUMENT_UINT, ARG_NUMBER, next->tid);
    packet_end(&k);
}

static bool is_from_outside(const struct event *e)
{
    return e->kind == EVENT_STOP && e->detail >= STOP_INTERRUPT;
}

/* Time is counted on each core: never back. */
static void set_time(struct trace *trace, uint64_t ns)
{
    if (ns > trace->now)
        trace->now = ns;
}

static void enter(struct trace *trace, const struct event *e)
{
    struct trace_begin *b = &trace->begin;

    trace->thread = threads_get(trace->threads, e->object);
    switch_to(trace, trace->thread); /* the first of all has run since boot */
    set_time(trace, e->words[0]);
    *b = (struct trace_begin){.category = CATEGORY_SYSCALL, .type = TYPE_BEGIN};
    if (is_from_outside(e)) {
        b->type = TYPE_INSTANT;
        b->category = CATEGORY_INTERRUPT;
        b->track = TRACK_INTERRUPTS;
        b->name = e->detail == STOP_TICK   ? NAME_TICK
                  : e->detail == STOP_HOST ? NAME_HOST_EVENT
                                           : NAME_IRQ(e->words[1] % IRQ_COUNT);
    } else if (trace->thread != NULL) {
        b->track = packet_thread_track(trace, trace->thread);
        if (e->kind == EVENT_SYSCALL)
            describe_syscall(b, e);
        else
            b->name = NAME_STOP(e->detail);
    } else {
        return;
    }
    b->pending = true;
}

/* ------------------------------------------------------------------ within the entry */

/* An instant on the thread's track, or on that of interrupts. */
static void begin_instant(struct packet *k, struct trace *trace, struct thread *thread,
                          unsigned name, unsigned category)
{
    uint64_t track;

    put_begin(trace);
    track = thread != NULL ? packet_thread_track(trace, thread) : (uint64_t)TRACK_INTERRUPTS;
    packet_begin_event(k, trace, TYPE_INSTANT, track, trace->now);
    packet_name(k, name, category);
}

/* Whose doing this entry is; NULL: an interrupt's. */
static struct thread *source(struct trace *trace)
{
    return trace->begin.type == TYPE_INSTANT ? NULL : trace->thread;
}

/* On the entry's begin, if that is still to come and the entry is the sender's. */
static void start_flow(struct trace *trace, struct thread *sender, uint64_t flow)
{
    struct trace_begin *b = &trace->begin;
    struct packet k;

    if (b->pending && sender == source(trace)) {
        b->flow = flow;
        put_begin(trace);
        return;
    }
    begin_instant(&k, trace, sender, NAME_SENT, CATEGORY_IPC);
    packet_flow(&k, TRACK_EVENT_FLOW, flow);
    packet_end(&k);
}

static void message(struct trace *trace, const struct event *e)
{
    struct thread *receiver = threads_get(trace->threads, e->object);
    struct thread *sender = threads_get(trace->threads, e->words[0]);
    word endpoint = e->words[1], badge = e->words[2], info = e->words[3];
    unsigned name = e->detail != FAULT_NONE ? NAME_FAULT_MESSAGE
                    : endpoint != 0         ? NAME_MESSAGE
                                            : NAME_REPLY;
    struct packet k;

    if (receiver == NULL || sender == NULL)
        return;
    packet_thread_track(trace, sender);
    start_flow(trace, sender, ++trace->flows);
    begin_instant(&k, trace, receiver, name, CATEGORY_IPC);
    packet_argument(&k, ARGUMENT_TEXT, ARG_FROM, sender->name_iid);
    if (endpoint != 0) {
        packet_argument(&k, ARGUMENT_UINT, ARG_ENDPOINT, endpoint);
        packet_argument(&k, ARGUMENT_UINT, ARG_BADGE, badge);
    }
    packet_argument(&k, ARGUMENT_UINT, ARG_LABEL, info >> 12);
    packet_argument(&k, ARGUMENT_UINT, ARG_LENGTH, info & 0x7f);
    packet_argument(&k, ARGUMENT_UINT, ARG_CAPS, info >> 7 & 3);
    packet_flow(&k, TRACK_EVENT_FLOW_END, trace->flows);
    packet_end(&k);
}

static void signal_sent(struct trace *trace, const struct event *e)
{
    struct thread *woken = threads_get(trace->threads, e->words[0]);
    struct trace_begin *b = &trace->begin;
    struct packet k;

    if (b->pending && b->type == TYPE_BEGIN) {
        b->name = NAME_SIGNAL_CALL;
        b->category = CATEGORY_SIGNAL;
    }
    if (woken != NULL)
        start_flow(trace, source(trace), ++trace->flows);
    begin_instant(&k, trace, woken != NULL ? woken : source(trace),
                  woken != NULL ? NAME_SIGNAL : NAME_SIGNAL_KEPT, CATEGORY_SIGNAL);
    packet_argument(&k, ARGUMENT_UINT, ARG_NOTIFICATION, e->object);
    packet_argument(&k, ARGUMENT_UINT, ARG_BADGE, e->words[1]);
    if (woken != NULL)
        packet_flow(&k, TRACK_EVENT_FLOW_END, trace->flows);
    packet_end(&k);
}

static void signal_taken(struct trace *trace, const struct event *e)
{
    struct thread *receiver = threads_get(trace->threads, e->words[0]);
    struct packet k;

    begin_instant(&k, trace, receiver, NAME_SIGNAL_TAKEN, CATEGORY_SIGNAL);
    packet_argument(&k, ARGUMENT_UINT, ARG_NOTIFICATION, e->object);
    packet_argument(&k, ARGUMENT_UINT, ARG_BADGE, e->words[1]);
    packet_end(&k);
}

/* A thread's own fault is what its entry is; a capability's or a budget's comes within another. */
static void fault(struct trace *trace, const struct event *e)
{
    struct thread *thread = threads_get(trace->threads, e->object);
    struct trace_begin *b = &trace->begin;
    struct packet k;

    if (b->pending && thread == source(trace) && e->detail != FAULT_CAP &&
        e->detail != FAULT_TIMEOUT) {
        b->argument_count = 0;
        b->name = NAME_FAULT(e->detail);
        b->category = CATEGORY_FAULT;
        begin_argument(b, ARG_ADDRESS, e->words[0]);
        begin_argument(b, ARG_NUMBER, e->words[1]);
        begin_argument(b, ARG_CODE, e->words[2]);
        return;
    }
    begin_instant(&k, trace, thread, NAME_FAULT(e->detail), CATEGORY_FAULT);
    packet_argument(&k, ARGUMENT_UINT, ARG_ADDRESS, e->words[0]);
    packet_argument(&k, ARGUMENT_UINT, ARG_NUMBER, e->words[1]);
    packet_argument(&k, ARGUMENT_UINT, ARG_CODE, e->words[2]);
    packet_end(&k);
}

static void invocation(struct trace *trace, const struct event *e)
{
    struct trace_begin *b = &trace->begin;

    if (!b->pending)
        return;
    b->name = NAME_INVOCATION(e->words[0] < INV_COUNT ? e->words[0] : INV_INVALID);
    b->category = CATEGORY_INVOCATION;
}

static void failure(struct trace *trace, const struct event *e)
{
    struct packet k;

    begin_instant(&k, trace, source(trace), NAME_ERROR(e->detail), CATEGORY_INVOCATION);
    packet_end(&k);
}

static void mapping(struct trace *trace, const struct event *e)
{
    struct packet k;
    word entry = e->words[1];

    begin_instant(&k, trace, source(trace), entry != 0 ? NAME_MAP : NAME_UNMAP, CATEGORY_MEMORY);
    packet_argument(&k, ARGUMENT_UINT, ARG_VSPACE, e->object);
    packet_argument(&k, ARGUMENT_UINT, ARG_ADDRESS, e->words[0]);
    packet_argument(&k, ARGUMENT_UINT, ARG_SIZE, (uint64_t)1 << (e->detail & 63));
    if (entry != 0)
        packet_argument(&k, ARGUMENT_UINT, ARG_FRAME, entry & PTE_ADDR_MASK);
    packet_end(&k);
}

static void retype(struct trace *trace, const struct event *e)
{
    struct packet k;

    begin_instant(&k, trace, source(trace), NAME_OBJECT(e->detail), CATEGORY_MEMORY);
    packet_argument(&k, ARGUMENT_UINT, ARG_ADDRESS, e->object);
    packet_argument(&k, ARGUMENT_UINT, ARG_SIZE, (uint64_t)1 << (e->words[0] & 63));
    packet_argument(&k, ARGUMENT_UINT, ARG_COUNT, e->words[1]);
    packet_end(&k);
}

/* ------------------------------------------------------------------ the entry's end */

static void leave_slice(struct trace *trace, struct thread *thread)
{
    if (thread->in_slice)
        end_slice(trace, packet_thread_track(trace, thread));
    thread->in_slice = false;
}

static void count_output(struct trace *trace, uint64_t bytes)
{
    struct packet k;

    if (bytes == trace->output)
        return;
    trace->output = bytes;
    packet_begin_event(&k, trace, TYPE_COUNTER, TRACK_OUTPUT, trace->now);
    k.p = pb_uint(k.p, TRACK_EVENT_COUNTER, bytes);
    packet_end(&k);
}

static void leave(struct trace *trace, const struct event *e)
{
    struct thread *thread = trace->thread, *next = threads_get(trace->threads, e->object);
    bool blocked = e->detail != THREAD_RUNNING && e->detail != THREAD_RESTART;
    bool own = trace->begin.type == TYPE_BEGIN;

    put_begin(trace);
    set_time(trace, e->words[0]);
    if (thread != NULL && own && thread->tid != 0)
        thread->in_slice = true;
    if (thread != NULL && own && !blocked)
        leave_slice(trace, thread);
    if (next != NULL)
        leave_slice(trace, next);
    switch_to(trace, next);
    count_output(trace, e->words[1]);
    trace->thread = NULL;
}

static void thread_gone(struct trace *trace, const struct event *e)
{
    struct thread *thread = threads_get(trace->threads, e->object);

    if (thread == NULL)
        return;
    put_begin(trace);
    if (thread == trace->thread) {
        thread->in_slice = trace->begin.type == TYPE_BEGIN;
        trace->thread = NULL;
    }
    leave_slice(trace, thread);
    if (thread == trace->running)
        switch_to(trace, NULL);
}

void trace_event(struct trace *trace, const struct event *e)
{
    static void (*const handlers[EVENT_KIND_COUNT])(struct trace *, const struct event *) = {
        [RECORD_MESSAGE] = message,
        [RECORD_SIGNAL] = signal_sent,
        [RECORD_TAKEN] = signal_taken,
        [RECORD_FAULT] = fault,
        [RECORD_INVOCATION] = invocation,
        [RECORD_FAILURE] = failure,
        [RECORD_MAPPING] = mapping,
        [RECORD_RETYPE] = retype,
        [RECORD_THREAD_GONE] = thread_gone,
        [EVENT_SYSCALL] = enter,
        [EVENT_STOP] = enter,
        [EVENT_DONE] = leave,
    };

    if (e->kind == EVENT_TIME) {
        put_begin(trace);
        set_time(trace, e->words[0]);
    } else if (e->kind == RECORD_SPACE_GONE) {
        packet_space_gone(trace, e->object);
    } else if (e->kind < EVENT_KIND_COUNT && handlers[e->kind] != NULL) {
        handlers[e->kind](trace, e);
    }
}
