/*
 * The trace reader, the summary and the page, on any bytes. Fed whole and in two parts, a trace
 * must be understood alike.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/page.h"

#define EVENT_LIMIT 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What write() to nowhere would do, without the system call. */
static ssize_t swallow(void *cookie, const char *bytes, size_t size)
{
    (void)cookie;
    (void)bytes;
    return (ssize_t)size;
}

static void write_page(const struct summary *s)
{
    FILE *out = fopencookie(NULL, "w", (cookie_io_functions_t){.write = swallow});
    struct error err;

    assert(out != NULL);
    assert(page_write(s, "fuzz", out, &err) == 0);
    fclose(out);
}

/* Bytes that are understood, or -1. */
static long feed(struct summary *s, const uint8_t *data, size_t size, size_t first)
{
    struct error err;
    long used = reader_take(&s->reader, data, first, &err), more;

    if (used < 0)
        return used;
    more = reader_take(&s->reader, data + used, size - (size_t)used, &err);
    return more < 0 ? more : used + more;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct summary *whole = malloc(sizeof *whole), *parts = malloc(sizeof *parts);
    long used, again;

    assert(whole != NULL && parts != NULL);
    summary_begin(whole, EVENT_LIMIT);
    summary_begin(parts, EVENT_LIMIT);
    used = feed(whole, data, size, 0);
    again = feed(parts, data, size, size / 2);
    assert(used == again);
    summary_end(whole);
    summary_end(parts);
    assert(whole->event_count == parts->event_count && whole->entries == parts->entries &&
           whole->events.count == parts->events.count && whole->edges.count == parts->edges.count);
    if (used > 0)
        write_page(whole);
    summary_free(whole);
    summary_free(parts);
    free(whole);
    free(parts);
    return 0;
}
