/*
 * Reads a Perfetto trace of track events back, packet by packet: tracks as they are described,
 * events with their names looked up. What else a packet holds is passed over. Nothing in a file is
 * trusted: every byte sequence is either understood, or refused with a reason.
 */
#ifndef SEL4UX_TRACE_READER_H
#define SEL4UX_TRACE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/map.h"

#define READER_TEXT_SIZE     128 /* longer names are cut */
#define READER_ARGUMENTS_MAX 8   /* more are left out */

struct reader_text {
    uint64_t iid; /* first: the map's */
    char text[READER_TEXT_SIZE];
};

struct reader_track {
    uint64_t uuid, parent; /* parent 0: none */
    uint32_t pid, tid;     /* tid 0: a process, or with pid 0 another track */
    bool is_process, is_thread, is_counter;
    char name[READER_TEXT_SIZE];
};

struct reader_argument {
    const char *name;
    uint64_t value;   /* when text is NULL */
    const char *text; /* valid as long as the reader */
};

struct reader_event {
    unsigned type; /* enum track_event_type */
    uint64_t ns, track;
    const char *name, *category; /* "" if it has none */
    uint64_t flow, flow_end;     /* 0: none; the last one if there are several */
    uint64_t counter;
    unsigned argument_count;
    struct reader_argument argument[READER_ARGUMENTS_MAX];
};

struct trace_reader {
    void (*track)(void *context, const struct reader_track *track);
    void (*event)(void *context, const struct reader_event *event);
    void *context;

    /* The reader's. */
    struct map categories, names, arguments, texts;
    uint64_t packets, offset; /* so far; bytes, for messages */
};

void reader_init(struct trace_reader *r);
void reader_free(struct trace_reader *r);

/*
 * Takes the whole packets at the start of `bytes`. Returns how many bytes they were, which may be
 * 0, or -1 with *err set: these bytes are not such a trace.
 */
long reader_take(struct trace_reader *r, const uint8_t *bytes, size_t size, struct error *err);

/*
 * Reads a file. *rest: bytes at its end that are no whole packet. Returns 0 or -errno with *err
 * set.
 */
int reader_file(struct trace_reader *r, const char *path, uint64_t *rest, struct error *err);

#endif
