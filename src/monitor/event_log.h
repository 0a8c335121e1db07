/*
 * The event log (--log FILE): the machine's records of kernel entries as lines of text, one for
 * each entry.
 */
#ifndef SEL4UX_MONITOR_EVENT_LOG_H
#define SEL4UX_MONITOR_EVENT_LOG_H

#include "base/error.h"
#include "trace/sink.h"
#include "trace/threads.h"

#define EVENT_LOG_LINE 256

struct event_log {
    struct sink sink;
    struct threads *threads;   /* borrowed */
    char line[EVENT_LOG_LINE]; /* of the entry that has not ended */
};

/* Returns 0 or -errno with *err set. */
int event_log_open(struct event_log *log, const char *path, struct threads *threads,
                   struct error *err);

/* In the order of the ring; before threads_follow(). */
void event_log_event(struct event_log *log, const struct event *e);

/* Returns 0, or -errno with *err (may be NULL) set when the file is not complete. */
int event_log_close(struct event_log *log, struct error *err);

#endif
