/*
 * One run, for the files that look after it: start.c begins it, events.c serves it while it goes
 * on, monitor.c brings it to its end.
 */
#ifndef SEL4UX_MONITOR_RUN_H
#define SEL4UX_MONITOR_RUN_H

#include <signal.h>

#include "engine/engine.h"
#include "host/pausing.h"
#include "host/watch.h"
#include "monitor/debugging.h"
#include "monitor/grants.h"
#include "monitor/input.h"
#include "monitor/looking.h"
#include "monitor/output.h"
#include "monitor/recorder.h"
#include "monitor/report.h"
#include "monitor/screen.h"

struct run {
    const struct run_options *options;
    struct error *err;
    struct machine_memory memory;
    const struct engine_ops *ops;
    struct engine *engine;
    struct screen screen;
    struct output output;
    struct input input;
    struct diagnostics diagnostics;
    struct log log;
    struct grants grants;
    struct watch_list *watchers; /* whose descriptors are looked at beside the run's own */
    struct pausing pausing;
    struct looking looking;
    struct gdb *gdb; /* NULL: no debugger may come */
    struct recorder recorder;
    int doorbell, signals;
    sigset_t mask_before;
    uint64_t started, deadline; /* ns of the monotonic clock, without pauses; UINT64_MAX: none */
    uint64_t match_deadline;    /* when --exit-on stops to wait for the end of its line */
    enum run_end end;
    int signal; /* RUN_SIGNAL */
};

/* Boots the machine and starts its engine. Returns 0, or -errno with *run->err set and what there
 * is of the run open. */
int run_open(struct run *run, const struct image *image);

/* Moves on what the machine has said. True: all that the guest wrote is out. */
bool run_pump_output(struct run *run);
void run_pump(struct run *run); /* also records and diagnostics */

/* Why the run is over goes to run->end, unless it is already. */
void run_check_ends(struct run *run);

/* Waits for anything to happen, `until` a time at the most, and serves it. */
void run_wait(struct run *run, uint64_t until);

/* Waits until stdout has room, and serves nothing but signals. True: one asks for the end. */
bool run_wait_for_output(struct run *run, uint64_t until);

#endif
