/* The debugger's part of a run: whether there is one, and whether it wants another machine. */
#ifndef SEL4UX_MONITOR_DEBUGGING_H
#define SEL4UX_MONITOR_DEBUGGING_H

#include "gdb/gdb.h"
#include "monitor/monitor.h"

/* *gdb stays NULL if the options ask for none. */
int debugging_open(struct gdb **gdb, const struct run_options *options, struct watch_list *watchers,
                   struct error *err);

/* The machine has ended: waits for what a debugger that is still there says. True: once more. */
bool debugging_again(struct gdb *gdb, struct watch_list *watchers);

#endif
