/*
 * What the machine records, on its way into files: the event log (--log) and the trace (--trace)
 * are two readers of the same records.
 *
 * Entries are written up to where the output was read (see `seen`), so that a run that --exit-on
 * ends has the same files each time, however far the machine ran on.
 */
#ifndef SEL4UX_MONITOR_RECORDER_H
#define SEL4UX_MONITOR_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "machine/machine.h"
#include "monitor/event_log.h"
#include "trace/threads.h"
#include "trace/trace.h"

struct recorder {
    bool on;       /* there is a log, a trace, or both */
    bool complete; /* the last entry that belongs to the run is written */
    struct threads threads;
    struct event_log log;
    struct trace trace;
};

/*
 * Paths may be NULL. Turns the machine's records on if one is not. Returns 0 or -errno with *err
 * set; recorder_close() is to be called in any case.
 */
int recorder_open(struct recorder *r, const char *log, const char *trace, struct machine *m,
                  struct error *err);

/*
 * Takes the records of entries that ended with at most `seen` bytes of output, while their readers
 * are not behind. The first entry with at least `end` of them is the last; later ones are dropped.
 */
void recorder_pump(struct recorder *r, struct machine *m, uint64_t seen, uint64_t end);

/* Puts what was taken into the files; the pump does so when much has come together. */
void recorder_flush(struct recorder *r);

/* The machine waits for us and we for who reads the files: pump again before long. */
bool recorder_is_behind(const struct recorder *r);

/* Returns 0 or -errno with *err (may be NULL) set when not all could be written. */
int recorder_close(struct recorder *r, struct error *err);

#endif
