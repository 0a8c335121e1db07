/* What the monitor says on stderr: the machine's diagnostics while it runs, and how it ended. */
#ifndef SEL4UX_MONITOR_REPORT_H
#define SEL4UX_MONITOR_REPORT_H

#include <stdint.h>

#include "base/log.h"
#include "machine/machine.h"
#include "monitor/monitor.h"

enum run_end {
    RUN_GOES_ON,
    RUN_MACHINE_ENDED, /* machine.end says why */
    RUN_EXIT_ON,
    RUN_TIMEOUT,
    RUN_SIGNAL,
    RUN_OUTPUT_CLOSED,
    RUN_KILLED, /* by a debugger */
    RUN_FAILED, /* the error says why */
};

#define DIAGNOSTIC_SIZE 1024

/* Diagnostics arrive in pieces; people get lines. */
struct diagnostics {
    struct log log;
    uint32_t size;
    char line[DIAGNOSTIC_SIZE];
};

/* `in_line`: the terminal that stderr is shows an unfinished line of output. */
void diagnostics_pump(struct diagnostics *d, struct console *console, bool *in_line);

/*
 * The short form of the machine's state (view/view.h), which stands still: always, or only where a
 * machine that could not go on, or did not want to, left something suspicious.
 */
void report_state(const struct log *log, const struct machine *m, uint64_t ram, bool always);

/* One line: why, how long, how many kernel entries. */
void report_end(const struct log *log, const struct run_options *options, const struct machine *m,
                enum run_end end, int signal, uint64_t ns);

#endif
