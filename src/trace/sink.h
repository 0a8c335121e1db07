/*
 * A file that grows by whole pieces: a trace's packets, a log's lines. Writes are collected and
 * never wait for a slow reader: what a pipe does not take stays here, and sink_is_full() says when
 * no more should be produced. After the first failed write everything is dropped; sink_close()
 * tells of it.
 */
#ifndef SEL4UX_TRACE_SINK_H
#define SEL4UX_TRACE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct sink {
    bool open;
    const char *option, *path; /* for messages: "--trace", FILE */
    int fd;
    int error; /* errno of the first failed write */
    uint8_t *data;
    size_t size, room; /* bytes waiting, allocated */
};

/* Replaces the file. Returns 0 or -errno with *err set. */
int sink_open(struct sink *sink, const char *option, const char *path, struct error *err);

/* Room for `size` bytes at the end; NULL after a failure. sink_took() says how many were used. */
uint8_t *sink_reserve(struct sink *sink, size_t size);
void sink_took(struct sink *sink, size_t size);

/* Much is waiting: flush. And more than that: the reader is slow, wait before producing more. */
bool sink_is_due(const struct sink *sink);
bool sink_is_full(const struct sink *sink);

/* Writes what can be written now. */
void sink_flush(struct sink *sink);

/* Writes the rest, for a slow reader not longer than some seconds. Returns 0, or -errno with *err
 * (may be NULL) set when not all could be written. May be called again. */
int sink_close(struct sink *sink, struct error *err);

#endif
