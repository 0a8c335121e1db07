/* Records into files, see recorder.h. */
#include "monitor/recorder.h"

int recorder_open(struct recorder *r, const char *log, const char *trace, struct machine *m,
                  struct error *err)
{
    int status = 0;

    *r = (struct recorder){.on = log != NULL || trace != NULL};
    threads_init(&r->threads);
    if (log != NULL)
        status = event_log_open(&r->log, log, &r->threads, err);
    if (status == 0 && trace != NULL)
        status = trace_open(&r->trace, trace, &r->threads, err);
    m->kernel.recording = r->on && status == 0;
    return status;
}

bool recorder_is_behind(const struct recorder *r)
{
    return sink_is_full(&r->log.sink) || sink_is_full(&r->trace.sink);
}

static void take(struct recorder *r, const struct event *e)
{
    if (r->complete)
        return;
    if (r->log.sink.open)
        event_log_event(&r->log, e);
    if (r->trace.sink.open)
        trace_event(&r->trace, e);
    threads_follow(&r->threads, e);
}

void recorder_flush(struct recorder *r)
{
    sink_flush(&r->log.sink);
    sink_flush(&r->trace.sink);
}

static void flush_when_due(struct recorder *r)
{
    if (sink_is_due(&r->log.sink) || sink_is_due(&r->trace.sink))
        recorder_flush(r);
}

void recorder_pump(struct recorder *r, struct machine *m, uint64_t seen, uint64_t end)
{
    struct event_ring *ring = &m->events;
    struct event e;

    if (!r->on)
        return;
    flush_when_due(r);
    while (!recorder_is_behind(r) && events_peek(ring, &e)) {
        bool is_end = e.kind == EVENT_DONE;

        if (is_end && e.words[1] > seen && !r->complete)
            break;
        take(r, &e);
        r->complete = r->complete || (is_end && e.words[1] >= end);
        events_drop(ring, &e);
        if (is_end)
            flush_when_due(r);
    }
    events_release(ring);
}

int recorder_close(struct recorder *r, struct error *err)
{
    int log, trace;

    r->on = false;
    log = event_log_close(&r->log, err);
    trace = trace_close(&r->trace, log == 0 ? err : NULL);
    threads_free(&r->threads);
    return log != 0 ? log : trace;
}
