/*
 * The event log (--log FILE): the machine's records of kernel entries as lines of text.
 *
 * Lines are written up to where the output was read (see `limit`), so that a run that --exit-on
 * ends has the same log each time, however far the machine ran on.
 */
#ifndef SEL4UX_MONITOR_EVENT_LOG_H
#define SEL4UX_MONITOR_EVENT_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "machine/machine.h"

struct event_log {
    FILE *file; /* NULL: there is no log, or it could not be written any more */
    const char *path;
    bool complete; /* the last line that belongs to the run is written */
    int error;     /* errno of a failed write */
};

/* `path` may be NULL. Turns the machine's records on. Returns 0 or -errno with *err set. */
int event_log_open(struct event_log *log, const char *path, struct machine *m, struct error *err);

/*
 * Writes the records of entries that ended with at most `seen` bytes of output. The first one with
 * at least `end` of them is the last; later ones are dropped.
 */
void event_log_pump(struct event_log *log, struct machine *m, uint64_t seen, uint64_t end);

/* Returns 0 or -errno with *err set when not all could be written. */
int event_log_close(struct event_log *log, struct error *err);

#endif
