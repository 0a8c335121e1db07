/*
 * Writes page/page.html with its marks replaced: styles, scripts, the figures as JSON, the events
 * as bytes (page/data.js reads them), deflated and in base64.
 */
#include "trace/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "trace/protobuf.h"

#define EVENT_BYTES 64 /* of one event, without its arguments, at most */
#define EXACT       (1ull << 53)

extern const char page_html[], page_html_end[], page_css[], page_css_end[];
extern const char page_data_js[], page_data_js_end[], page_time_js[], page_time_js_end[];
extern const char page_graph_js[], page_graph_js_end[], page_page_js[], page_page_js_end[];

/* ------------------------------------------------------------------ JSON */

/* Also safe within a script element. Names are the guest's: what is no printable ASCII is a '?'. */
static void put_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\' || c == '<' || c == '>' || c == '&')
            fprintf(out, "\\u%04x", c);
        else
            fputc(c >= ' ' && c < 0x7f ? c : '?', out);
    }
    fputc('"', out);
}

/* Numbers that a JavaScript number can't hold are texts. */
static void put_number(FILE *out, uint64_t value)
{
    fprintf(out, value < EXACT ? "%" PRIu64 : "\"%" PRIu64 "\"", value);
}

static void put_numbers(FILE *out, const uint64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            fputc(',', out);
        put_number(out, values[i]);
    }
}

#define PUT_NUMBERS(out, ...)                                                                      \
    put_numbers(out, (const uint64_t[]){__VA_ARGS__},                                              \
                sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void put_list(FILE *out, const char *name, const struct array *a,
                     void (*put)(FILE *out, const void *thing))
{
    fprintf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < a->count; i++) {
        fputs(i == 0 ? "[" : ",[", out);
        put(out, (const char *)a->things + i * a->size);
        fputc(']', out);
    }
    fputs("]\n", out);
}

static void put_name(FILE *out, const void *thing)
{
    const struct summary_name *n = thing;

    put_text(out, n->text);
    fputc(',', out);
    put_text(out, n->category);
    fputc(',', out);
    PUT_NUMBERS(out, n->count, n->total_ns, n->max_ns);
}

static void put_track(FILE *out, const void *thing)
{
    const struct summary_track *t = thing;
    const struct reader_track *a = &t->about;
    unsigned kind = a->is_process ? 1 : a->is_thread ? 2 : a->is_counter ? 3 : 0;

    fprintf(out, "%u,", kind);
    put_text(out, a->name);
    fputc(',', out);
    PUT_NUMBERS(out, a->pid, a->tid, t->run_ns, t->entries, t->sent, t->received, t->faults,
                a->uuid);
}

static void put_edge(FILE *out, const void *thing)
{
    const struct summary_edge *e = *(const struct summary_edge *const *)thing;

    PUT_NUMBERS(out, (e->from_to >> 32) - 1, (e->from_to & UINT32_MAX) - 1, e->count[EDGE_MESSAGE],
                e->count[EDGE_REPLY], e->count[EDGE_FAULT], e->count[EDGE_SIGNAL], e->calls,
                e->total_ns, e->min_ns, e->max_ns, summary_quantile(e, 0.5),
                summary_quantile(e, 0.95));
}

static void put_call(FILE *out, const void *thing)
{
    const struct summary_call *c = thing;

    PUT_NUMBERS(out, c->start, c->duration, c->label, c->from, c->to);
}

static void put_fault(FILE *out, const void *thing)
{
    const struct summary_fault *f = thing;

    PUT_NUMBERS(out, f->start, f->track, f->name, f->address, f->number, f->code);
}

static void put_irq(FILE *out, const void *thing)
{
    const struct summary_irq *i = thing;

    PUT_NUMBERS(out, i->name, i->count, i->first, i->last, i->count > 1 ? i->shortest : 0);
}

static void put_figures(FILE *out, const struct summary *s, const char *title)
{
    fputs("{\"title\":", out);
    put_text(out, title);
    fputs(",\"totals\":[", out);
    PUT_NUMBERS(out, s->begin, s->end, s->event_count, s->events.count, s->entries, s->switches,
                s->faults_count, s->output, s->rest);
    fputs("]\n", out);
    put_list(out, "names", &s->names, put_name);
    put_list(out, "tracks", &s->tracks, put_track);
    put_list(out, "edges", &s->edges, put_edge);
    put_list(out, "calls", &s->calls, put_call);
    put_list(out, "faults", &s->faults, put_fault);
    put_list(out, "irqs", &s->irqs, put_irq);
    fputc('}', out);
}

/* ------------------------------------------------------------------ events */

struct packer {
    FILE *out;
    z_stream stream;
    uint8_t deflated[3 * 4096]; /* whole groups of base64 */
    bool failed;
};

static void put_base64(FILE *out, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < size; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16 |
                         (i + 1 < size ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (i + 2 < size ? bytes[i + 2] : 0);

        fputc(digits[group >> 18], out);
        fputc(digits[group >> 12 & 63], out);
        fputc(i + 1 < size ? digits[group >> 6 & 63] : '=', out);
        fputc(i + 2 < size ? digits[group & 63] : '=', out);
    }
}

/* `last`: these are the last bytes. */
static void pack(struct packer *k, const uint8_t *bytes, size_t size, bool last)
{
    k->stream.next_in = (Bytef *)bytes;
    k->stream.avail_in = (uInt)size;
    for (;;) {
        int status = deflate(&k->stream, last ? Z_FINISH : Z_NO_FLUSH);

        if (status == Z_STREAM_ERROR) {
            k->failed = true;
            return;
        }
        if (k->stream.avail_out > 0 && status != Z_STREAM_END)
            return; /* all was taken */
        put_base64(k->out, k->deflated, sizeof k->deflated - k->stream.avail_out);
        k->stream.next_out = k->deflated;
        k->stream.avail_out = sizeof k->deflated;
        if (status == Z_STREAM_END)
            return;
    }
}

static size_t size_of_arguments(const uint8_t *arguments)
{
    const uint8_t *p = arguments + 1;

    for (unsigned left = 2u * arguments[0]; left > 0; left--) {
        while (*p++ & 0x80)
            ;
    }
    return (size_t)(p - arguments);
}

static void pack_events(struct packer *k, const struct summary *s)
{
    const struct summary_event *events = s->events.things;
    uint64_t before = s->begin;

    for (size_t i = 0; i < s->events.count; i++) {
        const struct summary_event *e = &events[i];
        uint8_t bytes[EVENT_BYTES], *p = bytes;

        p = pb_varint(p, e->start - before);
        p = pb_varint(p, e->duration << 2 | (uint64_t)e->is_instant << 1 | e->is_open);
        p = pb_varint(p, e->track);
        p = pb_varint(p, e->name);
        p = pb_varint(p, (uint64_t)(e->peer + 1));
        if (e->arguments == SUMMARY_NONE)
            *p++ = 0;
        pack(k, bytes, (size_t)(p - bytes), false);
        if (e->arguments != SUMMARY_NONE) {
            const uint8_t *arguments = (const uint8_t *)s->arguments.things + e->arguments;

            pack(k, arguments, size_of_arguments(arguments), false);
        }
        before = e->start;
    }
    pack(k, NULL, 0, true);
}

static bool put_events(FILE *out, const struct summary *s)
{
    struct packer *k = calloc(1, sizeof *k);
    bool good = k != NULL && deflateInit(&k->stream, Z_DEFAULT_COMPRESSION) == Z_OK;

    if (good) {
        k->out = out;
        k->stream.next_out = k->deflated;
        k->stream.avail_out = sizeof k->deflated;
        pack_events(k, s);
        good = !k->failed;
        deflateEnd(&k->stream);
    }
    free(k);
    return good;
}

/* ------------------------------------------------------------------ the page */

static void put_file(FILE *out, const char *start, const char *end)
{
    fwrite(start, 1, (size_t)(end - start), out);
}

/* Replaces the mark, if it is one. */
static bool put_mark(FILE *out, const char *mark, size_t size, const struct summary *s,
                     const char *title)
{
    if (strncmp(mark, "styles", size) == 0) {
        put_file(out, page_css, page_css_end);
    } else if (strncmp(mark, "figures", size) == 0) {
        put_figures(out, s, title);
    } else if (strncmp(mark, "events", size) == 0) {
        return put_events(out, s);
    } else if (strncmp(mark, "scripts", size) == 0) {
        put_file(out, page_data_js, page_data_js_end);
        put_file(out, page_time_js, page_time_js_end);
        put_file(out, page_graph_js, page_graph_js_end);
        put_file(out, page_page_js, page_page_js_end);
    }
    return true;
}

/* Marks are written {{so}}. */
int page_write(const struct summary *s, const char *title, FILE *out, struct error *err)
{
    const char *at = page_html, *mark, *end;

    while ((mark = strstr(at, "{{")) != NULL && (end = strstr(mark, "}}")) != NULL) {
        put_file(out, at, mark);
        if (!put_mark(out, mark + 2, (size_t)(end - mark - 2), s, title))
            return error_errno(err, ENOMEM, "can't compress the events");
        at = end + 2;
    }
    put_file(out, at, page_html_end);
    if (fflush(out) != 0 || ferror(out))
        return error_errno(err, errno, "can't write the page");
    return 0;
}
