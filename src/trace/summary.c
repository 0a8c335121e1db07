/*
 * From events to figures, see summary.h. An event's arguments are kept as bytes: their number, then
 * for each a varint of its name's index times two, plus one if the value is a name as well, and a
 * varint of the value.
 */
#include "trace/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/perfetto.h"
#include "trace/protobuf.h"
#include "trace/summary_calls.h"

#define ARGUMENT_BYTES 21 /* at most */

/* ------------------------------------------------------------------ arrays and indices */

struct index {
    uint64_t key; /* first: the map's */
    uint32_t value;
    bool known;
};

static struct index *index_get(struct summary *s, struct map *map, uint64_t key)
{
    struct index *index = key != 0 ? map_get(map, key) : NULL;

    s->no_memory = s->no_memory || (index == NULL && key != 0);
    return index;
}

static struct summary_track *track_at(const struct summary *s, uint32_t track)
{
    return &((struct summary_track *)s->tracks.things)[track];
}

static struct summary_name *name_at(const struct summary *s, uint32_t name)
{
    return &((struct summary_name *)s->names.things)[name];
}

static struct summary_event *event_at(const struct summary *s, uint32_t event)
{
    return &((struct summary_event *)s->events.things)[event];
}

/* Texts that the reader has looked up are the same where they are the same address. */
static uint32_t name_of(struct summary *s, const char *text, const char *category)
{
    struct index *index = index_get(s, &s->name_by_text, (uint64_t)(uintptr_t)text);
    struct summary_name *name;

    if (index == NULL)
        return SUMMARY_NONE;
    if (index->known)
        return index->value;
    name = summary_add(s, &s->names, 1);
    if (name == NULL)
        return SUMMARY_NONE;
    *name = (struct summary_name){.text = text, .category = category};
    index->known = true;
    index->value = (uint32_t)s->names.count - 1;
    return index->value;
}

static uint32_t track_of(struct summary *s, uint64_t uuid)
{
    struct index *index = index_get(s, &s->track_by_uuid, uuid);
    struct summary_track *track;

    if (index == NULL)
        return SUMMARY_NONE;
    if (index->known)
        return index->value;
    track = summary_add(s, &s->tracks, 1);
    if (track == NULL)
        return SUMMARY_NONE;
    *track = (struct summary_track){.about.uuid = uuid};
    index->known = true;
    index->value = (uint32_t)s->tracks.count - 1;
    return index->value;
}

static void on_track(void *context, const struct reader_track *about)
{
    struct summary *s = context;
    uint32_t track = track_of(s, about->uuid);
    struct index *by_tid;

    if (track == SUMMARY_NONE)
        return;
    track_at(s, track)->about = *about;
    by_tid = about->is_thread ? index_get(s, &s->track_by_tid, about->tid) : NULL;
    if (by_tid != NULL) {
        by_tid->known = true;
        by_tid->value = track;
    }
}

/* ------------------------------------------------------------------ flows */

static void begin_flow(struct summary *s, uint64_t flow, uint32_t track, uint32_t event)
{
    unsigned at = s->next_flow++ % SUMMARY_FLOWS;

    s->flows[at].flow = flow;
    s->flows[at].track = track;
    s->flows[at].event = event;
}

static enum summary_kind kind_of(const struct reader_event *e)
{
    if (strcmp(e->category, "signal") == 0)
        return EDGE_SIGNAL;
    if (strcmp(e->name, "fault message") == 0)
        return EDGE_FAULT;
    return strcmp(e->name, "reply") == 0 ? EDGE_REPLY : EDGE_MESSAGE;
}

/* Returns the track that the flow came from; SUMMARY_NONE: unknown. */
static uint32_t end_flow(struct summary *s, const struct reader_event *e, uint32_t to)
{
    struct summary_edge *edge;
    struct summary_track *source;
    uint32_t from;
    unsigned at = 0;

    while (at < SUMMARY_FLOWS && s->flows[at].flow != e->flow_end)
        at++;
    if (at == SUMMARY_FLOWS)
        return SUMMARY_NONE;
    s->flows[at].flow = 0;
    from = s->flows[at].track;
    if (s->flows[at].event != SUMMARY_NONE)
        event_at(s, s->flows[at].event)->peer = to;
    source = track_at(s, from);
    if (source->depth > 0 && kind_of(e) != EDGE_REPLY)
        source->open[source->depth - 1].peer = to;
    source->sent++;
    track_at(s, to)->received++;
    edge = summary_edge(s, from, to);
    if (edge != NULL)
        edge->count[kind_of(e)]++;
    return from;
}

/* ------------------------------------------------------------------ events */

static uint32_t keep_arguments(struct summary *s, const struct reader_event *e)
{
    uint8_t bytes[1 + READER_ARGUMENTS_MAX * ARGUMENT_BYTES], *p = bytes, *kept;

    if (e->argument_count == 0)
        return SUMMARY_NONE;
    *p++ = (uint8_t)e->argument_count;
    for (unsigned i = 0; i < e->argument_count; i++) {
        const struct reader_argument *a = &e->argument[i];
        uint64_t value = a->text != NULL ? name_of(s, a->text, "") : a->value;

        p = pb_varint(p, (uint64_t)name_of(s, a->name, "") << 1 | (a->text != NULL));
        p = pb_varint(p, value);
    }
    kept = summary_add(s, &s->arguments, (size_t)(p - bytes));
    if (kept == NULL)
        return SUMMARY_NONE;
    memcpy(kept, bytes, (size_t)(p - bytes));
    return (uint32_t)((size_t)(kept - (uint8_t *)s->arguments.things));
}

static uint32_t keep_event(struct summary *s, const struct reader_event *e, uint32_t track,
                           uint32_t name)
{
    struct summary_event *kept =
        s->events.count < s->event_limit ? summary_add(s, &s->events, 1) : NULL;
    uint32_t event;

    if (kept == NULL)
        return SUMMARY_NONE;
    event = (uint32_t)s->events.count - 1;
    *kept = (struct summary_event){.start = e->ns,
                                   .track = track,
                                   .name = name,
                                   .peer = SUMMARY_NONE,
                                   .is_instant = e->type == TYPE_INSTANT,
                                   .is_open = e->type == TYPE_BEGIN};
    kept->arguments = keep_arguments(s, e);
    return event;
}

static uint64_t argument_of(const struct reader_event *e, const char *name)
{
    for (unsigned i = 0; i < e->argument_count; i++) {
        if (strcmp(e->argument[i].name, name) == 0 && e->argument[i].text == NULL)
            return e->argument[i].value;
    }
    return 0;
}

static void count_fault(struct summary *s, const struct reader_event *e, uint32_t track,
                        uint32_t name)
{
    struct summary_fault *fault;

    s->faults_count++;
    track_at(s, track)->faults++;
    fault = s->faults.count < SUMMARY_FAULTS ? summary_add(s, &s->faults, 1) : NULL;
    if (fault != NULL)
        *fault = (struct summary_fault){e->ns,
                                        argument_of(e, "address"),
                                        argument_of(e, "number"),
                                        argument_of(e, "code"),
                                        track,
                                        name};
}

static void count_interrupt(struct summary *s, const struct reader_event *e, uint32_t name)
{
    struct summary_irq *irq = s->irqs.things;
    size_t n = 0;

    while (n < s->irqs.count && irq[n].name != name)
        n++;
    if (n == s->irqs.count) {
        irq = summary_add(s, &s->irqs, 1);
        if (irq != NULL)
            *irq = (struct summary_irq){name, 1, e->ns, e->ns, UINT64_MAX};
        return;
    }
    if (e->ns - irq[n].last < irq[n].shortest)
        irq[n].shortest = e->ns - irq[n].last;
    irq[n].last = e->ns;
    irq[n].count++;
}

static void run(struct summary *s, uint64_t ns, uint32_t thread)
{
    if (s->running != SUMMARY_NONE)
        track_at(s, s->running)->run_ns += ns - s->running_since;
    s->running = thread;
    s->running_since = ns;
}

static void begin_on_cpu(struct summary *s, const struct reader_event *e)
{
    struct index *thread = index_get(s, &s->track_by_tid, argument_of(e, "number"));

    s->switches++;
    run(s, e->ns, thread != NULL && thread->known ? thread->value : SUMMARY_NONE);
}

static void begin_slice(struct summary *s, const struct reader_event *e, uint32_t track,
                        uint32_t name, uint32_t event)
{
    struct summary_track *t = track_at(s, track);

    if (e->track == TRACK_CPU) {
        begin_on_cpu(s, e);
    } else {
        t->entries++;
        s->entries++;
    }
    if (t->depth == SUMMARY_DEPTH)
        return;
    t->open[t->depth].event = event;
    t->open[t->depth].name = name;
    t->open[t->depth].peer = SUMMARY_NONE;
    t->open[t->depth].start = e->ns;
    t->open[t->depth].label = argument_of(e, "label");
    t->open[t->depth].is_fault = strcmp(e->category, "fault") == 0;
    t->depth++;
}

static void end_slice(struct summary *s, const struct reader_event *e, uint32_t track)
{
    struct summary_track *t = track_at(s, track);
    struct summary_name *name;
    uint64_t duration;
    unsigned at;

    if (e->track == TRACK_CPU)
        run(s, e->ns, SUMMARY_NONE);
    if (t->depth == 0)
        return;
    at = --t->depth;
    duration = e->ns - t->open[at].start;
    if (t->open[at].event != SUMMARY_NONE) {
        event_at(s, t->open[at].event)->duration = duration;
        event_at(s, t->open[at].event)->is_open = false;
    }
    name = name_at(s, t->open[at].name);
    name->total_ns += duration;
    name->max_ns = duration > name->max_ns ? duration : name->max_ns;
    if (t->open[at].peer != SUMMARY_NONE &&
        (t->open[at].is_fault || strcmp(name->text, "Call") == 0))
        summary_end_call(s, track, t->open[at].peer, t->open[at].start, duration,
                         t->open[at].label);
}

static void on_named_event(struct summary *s, const struct reader_event *e, uint32_t track)
{
    uint32_t name = name_of(s, e->name, e->category), event;

    if (name == SUMMARY_NONE)
        return;
    name_at(s, name)->count++;
    event = keep_event(s, e, track, name);
    if (e->type == TYPE_BEGIN)
        begin_slice(s, e, track, name, event);
    else if (e->track == TRACK_INTERRUPTS && strcmp(e->category, "interrupt") == 0)
        count_interrupt(s, e, name);
    if (strcmp(e->category, "fault") == 0)
        count_fault(s, e, track, name);
    if (e->flow != 0)
        begin_flow(s, e->flow, track, event);
    if (e->flow_end != 0) {
        uint32_t from = end_flow(s, e, track);

        if (event != SUMMARY_NONE)
            event_at(s, event)->peer = from;
    }
}

static void on_event(void *context, const struct reader_event *event)
{
    struct summary *s = context;
    struct reader_event e = *event;
    uint32_t track = track_of(s, e.track);

    if (track == SUMMARY_NONE)
        return;
    if (s->event_count++ == 0)
        s->begin = s->end = e.ns;
    if (e.ns < s->end)
        e.ns = s->end; /* in order of their time, as in the file */
    s->end = e.ns;
    if (e.type == TYPE_COUNTER)
        s->output = e.counter;
    else if (e.type == TYPE_END)
        end_slice(s, &e, track);
    else if (e.type == TYPE_BEGIN || e.type == TYPE_INSTANT)
        on_named_event(s, &e, track);
}

/* ------------------------------------------------------------------ a file */

void summary_begin(struct summary *s, uint64_t limit)
{
    const struct map indices = {.thing_size = sizeof(struct index)};

    *s = (struct summary){
        .event_limit = limit < SUMMARY_NONE ? limit : SUMMARY_NONE,
        .running = SUMMARY_NONE,
        .tracks.size = sizeof(struct summary_track),
        .names.size = sizeof(struct summary_name),
        .events.size = sizeof(struct summary_event),
        .edges.size = sizeof(struct summary_edge *),
        .calls.size = sizeof(struct summary_call),
        .faults.size = sizeof(struct summary_fault),
        .irqs.size = sizeof(struct summary_irq),
        .arguments.size = 1,
        .track_by_uuid = indices,
        .name_by_text = indices,
        .track_by_tid = indices,
        .edge_by_ends.thing_size = sizeof(struct summary_edge),
    };
    reader_init(&s->reader);
    s->reader.track = on_track;
    s->reader.event = on_event;
    s->reader.context = s;
}

void summary_end(struct summary *s)
{
    struct summary_event *events = s->events.things;

    for (size_t i = 0; i < s->events.count; i++) {
        if (events[i].is_open)
            events[i].duration = s->end - events[i].start;
    }
    run(s, s->end, SUMMARY_NONE);
}

int summary_of_file(struct summary *s, const char *path, uint64_t limit, struct error *err)
{
    int status;

    summary_begin(s, limit);
    status = reader_file(&s->reader, path, &s->rest, err);
    if (status == 0 && s->no_memory)
        status = error_errno(err, ENOMEM, "%s", path);
    if (status == 0 && s->event_count == 0) {
        error_set(err, "%s: a Perfetto trace without track events: nothing to report", path);
        status = -EINVAL;
    }
    summary_end(s);
    return status;
}

void summary_free(struct summary *s)
{
    struct array *arrays[] = {&s->tracks, &s->names,  &s->events, &s->edges,
                              &s->calls,  &s->faults, &s->irqs,   &s->arguments};

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]->things);
    map_free(&s->track_by_uuid);
    map_free(&s->name_by_text);
    map_free(&s->track_by_tid);
    map_free(&s->edge_by_ends);
    reader_free(&s->reader);
}
