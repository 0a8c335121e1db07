/* Packets back to events, see reader.h. */
#include "trace/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/perfetto.h"
#include "trace/protobuf.h"

#define BUFFER_SIZE (1u << 20)
#define PACKET_MAX  (64u << 20) /* bytes of one packet */

void reader_init(struct trace_reader *r)
{
    const struct map texts = {.thing_size = sizeof(struct reader_text)};

    *r = (struct trace_reader){
        .categories = texts, .names = texts, .arguments = texts, .texts = texts};
}

void reader_free(struct trace_reader *r)
{
    map_free(&r->categories);
    map_free(&r->names);
    map_free(&r->arguments);
    map_free(&r->texts);
}

/* ------------------------------------------------------------------ fields */

static void copy_text(char text[READER_TEXT_SIZE], const struct pb_message *bytes)
{
    size_t size = (size_t)(bytes->end - bytes->next);

    if (size > READER_TEXT_SIZE - 1)
        size = READER_TEXT_SIZE - 1;
    memcpy(text, bytes->next, size);
    text[size] = '\0';
}

/* Calls `take` for each field of a message; false: it is damaged. */
static bool each_field(struct pb_message message, void *context,
                       bool (*take)(void *context, const struct pb_field *field))
{
    struct pb_field field;
    enum pb_result result;

    while ((result = pb_next(&message, &field)) == PB_FIELD) {
        if (!take(context, &field))
            return false;
    }
    return result == PB_END;
}

static bool is_text(const struct pb_field *f)
{
    return f->type == WIRE_BYTES;
}

static bool is_number(const struct pb_field *f)
{
    return f->type == WIRE_VARINT || f->type == WIRE_FIXED64;
}

/* ------------------------------------------------------------------ interned data */

static bool take_entry_field(void *context, const struct pb_field *f)
{
    struct reader_text *entry = context;

    if (f->number == ENTRY_IID && is_number(f))
        entry->iid = f->value;
    else if (f->number == ENTRY_TEXT && is_text(f))
        copy_text(entry->text, &f->nested);
    return true;
}

static bool take_interned(void *context, const struct pb_field *f)
{
    struct trace_reader *r = context;
    struct map *map = f->number == INTERNED_CATEGORY   ? &r->categories
                      : f->number == INTERNED_NAME     ? &r->names
                      : f->number == INTERNED_ARGUMENT ? &r->arguments
                      : f->number == INTERNED_TEXT     ? &r->texts
                                                       : NULL;
    struct reader_text entry = {0}, *known;

    if (map == NULL || !is_text(f))
        return true;
    if (!each_field(f->nested, &entry, take_entry_field))
        return false;
    known = entry.iid != 0 ? map_get(map, entry.iid) : NULL;
    if (known != NULL)
        *known = entry;
    return true;
}

static const char *text_of(struct map *map, uint64_t iid)
{
    const struct reader_text *known = map_find(map, iid);

    return known != NULL ? known->text : "?";
}

/* ------------------------------------------------------------------ tracks */

static bool take_process_field(void *context, const struct pb_field *f)
{
    struct reader_track *track = context;

    if (f->number == PROCESS_PID && is_number(f))
        track->pid = (uint32_t)f->value;
    else if (f->number == PROCESS_NAME && is_text(f))
        copy_text(track->name, &f->nested);
    return true;
}

static bool take_thread_field(void *context, const struct pb_field *f)
{
    struct reader_track *track = context;

    if (f->number == THREAD_PID && is_number(f))
        track->pid = (uint32_t)f->value;
    else if (f->number == THREAD_TID && is_number(f))
        track->tid = (uint32_t)f->value;
    else if (f->number == THREAD_NAME && is_text(f))
        copy_text(track->name, &f->nested);
    return true;
}

static bool take_descriptor_field(void *context, const struct pb_field *f)
{
    struct reader_track *track = context;

    if (f->number == DESCRIPTOR_UUID && is_number(f)) {
        track->uuid = f->value;
    } else if (f->number == DESCRIPTOR_PARENT && is_number(f)) {
        track->parent = f->value;
    } else if (f->number == DESCRIPTOR_NAME && is_text(f)) {
        copy_text(track->name, &f->nested);
    } else if (f->number == DESCRIPTOR_PROCESS && is_text(f)) {
        track->is_process = true;
        return each_field(f->nested, track, take_process_field);
    } else if (f->number == DESCRIPTOR_THREAD && is_text(f)) {
        track->is_thread = true;
        return each_field(f->nested, track, take_thread_field);
    } else if (f->number == DESCRIPTOR_COUNTER) {
        track->is_counter = true;
    }
    return true;
}

/* ------------------------------------------------------------------ events */

struct argument_reading {
    struct trace_reader *reader;
    struct reader_argument argument;
};

static bool take_argument_field(void *context, const struct pb_field *f)
{
    struct argument_reading *a = context;

    if (f->number == ARGUMENT_NAME && is_number(f))
        a->argument.name = text_of(&a->reader->arguments, f->value);
    else if (f->number == ARGUMENT_UINT && is_number(f))
        a->argument.value = f->value;
    else if (f->number == ARGUMENT_TEXT && is_number(f))
        a->argument.text = text_of(&a->reader->texts, f->value);
    return true;
}

struct event_reading {
    struct trace_reader *reader;
    struct reader_event event;
};

static bool take_argument(struct event_reading *e, struct pb_message nested)
{
    struct argument_reading a = {.reader = e->reader, .argument.name = "?"};

    if (!each_field(nested, &a, take_argument_field))
        return false;
    if (e->event.argument_count < READER_ARGUMENTS_MAX)
        e->event.argument[e->event.argument_count++] = a.argument;
    return true;
}

static bool take_event_field(void *context, const struct pb_field *f)
{
    struct event_reading *e = context;

    if (f->number == TRACK_EVENT_ARGUMENT && is_text(f))
        return take_argument(e, f->nested);
    if (!is_number(f))
        return true;
    switch (f->number) {
    case TRACK_EVENT_TYPE:
        e->event.type = (unsigned)f->value;
        break;
    case TRACK_EVENT_TRACK:
        e->event.track = f->value;
        break;
    case TRACK_EVENT_NAME:
        e->event.name = text_of(&e->reader->names, f->value);
        break;
    case TRACK_EVENT_CATEGORY:
        e->event.category = text_of(&e->reader->categories, f->value);
        break;
    case TRACK_EVENT_FLOW:
        e->event.flow = f->value;
        break;
    case TRACK_EVENT_FLOW_END:
        e->event.flow_end = f->value;
        break;
    case TRACK_EVENT_COUNTER:
        e->event.counter = f->value;
        break;
    default:
        break;
    }
    return true;
}

/* ------------------------------------------------------------------ packets */

struct packet_reading {
    uint64_t ns;
    bool has_event, has_track, has_interned;
    struct pb_message event, track, interned;
};

static bool take_packet_field(void *context, const struct pb_field *f)
{
    struct packet_reading *p = context;

    if (f->number == PACKET_TIMESTAMP && is_number(f)) {
        p->ns = f->value;
    } else if (f->number == PACKET_TRACK_EVENT && is_text(f)) {
        p->event = f->nested;
        p->has_event = true;
    } else if (f->number == PACKET_TRACK_DESCRIPTOR && is_text(f)) {
        p->track = f->nested;
        p->has_track = true;
    } else if (f->number == PACKET_INTERNED && is_text(f)) {
        p->interned = f->nested;
        p->has_interned = true;
    }
    return true;
}

static bool take_packet(struct trace_reader *r, struct pb_message message)
{
    struct packet_reading p = {0};
    struct event_reading e = {.reader = r, .event.name = "", .event.category = ""};
    struct reader_track track = {0};

    if (!each_field(message, &p, take_packet_field) ||
        (p.has_interned && !each_field(p.interned, r, take_interned)) ||
        (p.has_track && !each_field(p.track, &track, take_descriptor_field)))
        return false;
    if (p.has_track)
        r->track(r->context, &track);
    if (!p.has_event)
        return true;
    e.event.ns = p.ns;
    if (!each_field(p.event, &e, take_event_field))
        return false;
    r->event(r->context, &e.event);
    return true;
}

static long refuse(const struct trace_reader *r, uint64_t at, struct error *err)
{
    if (r->packets == 0)
        error_set(err, "not a Perfetto trace");
    else
        error_set(err, "damaged at byte %" PRIu64 ", after %" PRIu64 " packets", r->offset + at,
                  r->packets);
    return -1;
}

long reader_take(struct trace_reader *r, const uint8_t *bytes, size_t size, struct error *err)
{
    struct pb_message message = {bytes, bytes + size};
    struct pb_field field;
    enum pb_result result;
    long used = 0;

    while ((result = pb_next(&message, &field)) == PB_FIELD) {
        if (field.number != TRACE_PACKET || field.type != WIRE_BYTES ||
            !take_packet(r, field.nested))
            return refuse(r, (uint64_t)used, err);
        r->packets++;
        used = message.next - bytes;
    }
    if (result == PB_BAD || (result == PB_CUT && size > PACKET_MAX))
        return refuse(r, (uint64_t)used, err);
    r->offset += (uint64_t)used;
    return used;
}

/* ------------------------------------------------------------------ files */

struct window {
    uint8_t *bytes;
    size_t size, room;
};

static bool make_room(struct window *w)
{
    size_t room = w->room != 0 ? w->room * 2 : BUFFER_SIZE;
    uint8_t *bytes;

    if (w->size < w->room)
        return true;
    bytes = realloc(w->bytes, room);
    if (bytes == NULL)
        return false;
    w->bytes = bytes;
    w->room = room;
    return true;
}

static int read_all(struct trace_reader *r, int fd, struct window *w, struct error *err)
{
    for (;;) {
        ssize_t n;
        long used;

        if (!make_room(w))
            return error_errno(err, ENOMEM, "can't hold a packet");
        n = read(fd, w->bytes + w->size, w->room - w->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, errno, "can't be read");
        if (n == 0)
            return 0;
        w->size += (size_t)n;
        used = reader_take(r, w->bytes, w->size, err);
        if (used < 0)
            return -EINVAL;
        w->size -= (size_t)used;
        memmove(w->bytes, w->bytes + used, w->size);
    }
}

int reader_file(struct trace_reader *r, const char *path, uint64_t *rest, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), status;
    struct window w = {0};

    if (fd < 0)
        return error_errno(err, errno, "%s", path);
    status = read_all(r, fd, &w, err);
    if (status == 0 && r->packets == 0) {
        error_set(err, w.size > 0 ? "not a Perfetto trace" : "empty");
        status = -EINVAL;
    }
    if (status != 0)
        error_wrap(err, "%s", path);
    *rest = w.size;
    free(w.bytes);
    close(fd);
    return status;
}
