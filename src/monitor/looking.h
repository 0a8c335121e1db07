/*
 * What looks at a run's machine from outside: inspectors that come by the control socket, the short
 * form that Ctrl-\ asks for, and the state that --save keeps.
 */
#ifndef SEL4UX_MONITOR_LOOKING_H
#define SEL4UX_MONITOR_LOOKING_H

#include "monitor/form.h"
#include "monitor/monitor.h"
#include "state/control.h"

struct looking {
    struct control control;
    struct form form;
    int file; /* for the state; -1: none */
};

#define LOOKING_NONE ((struct looking){.file = -1})

/* Before the machine boots: makes the file, if there is to be one. Returns 0 or -errno with *err.
 */
int looking_prepare(struct looking *l, const struct run_options *options, struct error *err);

/* The machine has booted. `log` and `in_line` are for the short form. */
void looking_begin(struct looking *l, const struct run_options *options, const char *engine,
                   const struct machine_memory *memory, struct watch_list *watchers,
                   struct pausing *pausing, const struct log *log, bool *in_line);

/* Writes the state into the file, if there is one. Returns 0 or -errno with *err set. */
int looking_save(struct looking *l, const struct machine_memory *memory, struct error *err);

void looking_end(struct looking *l);

#endif
