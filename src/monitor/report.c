/* Diagnostics and the closing report (see report.h). */
#include "monitor/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "view/view.h"

static void print_line(struct diagnostics *d, bool *in_line)
{
    if (*in_line && write(d->log.fd, "\n", 1) == 1)
        *in_line = false;
    log_note(&d->log, "%.*s", (int)d->size, d->line);
    d->size = 0;
}

void diagnostics_pump(struct diagnostics *d, struct console *console, bool *in_line)
{
    char c;

    while (console_read(console, &c, 1) == 1) {
        if (c != '\n')
            d->line[d->size++] = c;
        if (c == '\n' || d->size == DIAGNOSTIC_SIZE)
            print_line(d, in_line);
    }
}

/* ------------------------------------------------------------------ the state */

struct lines {
    const struct log *log;
    size_t size;
    char line[DIAGNOSTIC_SIZE];
};

static void take_text(void *context, const char *text, size_t size)
{
    struct lines *l = context;

    for (; size > 0; size--, text++) {
        if (*text != '\n' && l->size < sizeof l->line)
            l->line[l->size++] = *text;
        if (*text != '\n')
            continue;
        log_note(l->log, "%.*s", (int)l->size, l->line);
        l->size = 0;
    }
}

void report_state(const struct log *log, const struct machine *m, uint64_t ram, bool always)
{
    struct lines lines = {.log = log};
    struct view_out out = {.write = take_text, .context = &lines};
    struct view_subject subject = {.kernel = &m->kernel, .ram = ram, .machine = m};

    if (!log->quiet && (always || m->end == END_STUCK || m->end == END_HALTED))
        view_short(&subject, always, &out);
}

/* ------------------------------------------------------------------ the end */

static void describe_machine_end(const struct machine *m, char *text, size_t size)
{
    switch ((enum machine_end)m->end) {
    case END_HALTED:
        snprintf(text, size, "the system halted itself (seL4_DebugHalt)");
        break;
    case END_STUCK:
        snprintf(text, size, "the system is done: no thread can run, and nothing can wake one");
        break;
    case END_EXIT:
        snprintf(text, size, "the system ended itself through an exit port, with code %d",
                 m->exit_code);
        break;
    default:
        snprintf(text, size, "the system was stopped");
        break;
    }
}

static void describe(const struct run_options *options, const struct machine *m, enum run_end end,
                     int number, char *text, size_t size)
{
    switch (end) {
    case RUN_EXIT_ON:
        snprintf(text, size, "stopped: a line contains \"%s\" (--exit-on)", options->exit_on);
        break;
    case RUN_TIMEOUT:
        snprintf(text, size, "stopped: %g seconds are over (--timeout)", options->timeout_s);
        break;
    case RUN_SIGNAL:
        snprintf(text, size, "stopped: %s", strsignal(number));
        break;
    case RUN_OUTPUT_CLOSED:
        snprintf(text, size, "stopped: nobody reads the standard output any more");
        break;
    case RUN_KILLED:
        snprintf(text, size, "stopped: the debugger killed it");
        break;
    default:
        describe_machine_end(m, text, size);
        break;
    }
}

void report_end(const struct log *log, const struct run_options *options, const struct machine *m,
                enum run_end end, int number, uint64_t ns)
{
    char why[512], virtual_time[64] = "";

    describe(options, m, end, number, why, sizeof why);
    if (m->clock.is_virtual)
        snprintf(virtual_time, sizeof virtual_time, ", %.6f s in virtual time",
                 (double)m->clock.now / 1e9);
    log_note(log, "%s (%.3f s%s, %llu kernel entries)", why, (double)ns / 1e9, virtual_time,
             (unsigned long long)m->kernel.entries);
}
