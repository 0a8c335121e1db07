/*
 * What the machine says, and its end. The guest's serial output goes through the C library's
 * stdout, so it is in order with what the program prints; diagnostics go to stderr.
 */
#include "hosted/hosted.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define EXIT_FAILED 1

static void pump_serial(void)
{
    char bytes[256];
    uint32_t n;

    while ((n = console_read(&hosted.machine->output, bytes, sizeof bytes)) > 0)
        fwrite(bytes, 1, n, stdout);
    hosted.machine->flush_at = UINT64_MAX;
}

/* A log is up to date for who debugs this program; a trace is there at the end. */
static void record(struct machine *m)
{
    recorder_pump(&hosted.recorder, m, UINT64_MAX, UINT64_MAX);
    if (!hosted.recorder.trace.sink.open)
        recorder_flush(&hosted.recorder);
}

void output_pump(void)
{
    struct machine *m = hosted.machine;
    bool in_line = false;

    if (m->output.written != m->output.read)
        pump_serial();
    if (m->log.written != m->log.read) {
        fflush(stdout);
        diagnostics_pump(&hosted.diagnostics, &m->log, &in_line);
    }
    if (m->events.written != m->events.read)
        record(m);
}

static uint64_t run_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec - hosted.started;
}

static int exit_code(void)
{
    const struct machine *m = hosted.machine;

    return m->end == END_EXIT ? m->exit_code & 0xff : m->end == END_INTERNAL ? EXIT_FAILED : 0;
}

void hosted_end(void)
{
    hosted.ending = true;
    output_pump();
    fflush(stdout);
    if (hosted.machine->end == END_INTERNAL) {
        log_error(&hosted.log, "%s", hosted.machine->end_text);
    } else {
        report_state(&hosted.log, hosted.machine, hosted.memory.size - KERNEL_RAM_OFFSET, false);
        report_end(&hosted.log, &hosted.options, hosted.machine, RUN_MACHINE_ENDED, 0, run_ns());
    }
    exit(exit_code());
}

/* For what exit() runs and makes seL4 system calls: there is no machine to make them to. */
void hosted_exit_now(void)
{
    fflush(stdout);
    _exit(exit_code());
}

void hosted_fail(const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fflush(stdout);
    log_error(&hosted.log, "%s", text);
    _exit(EXIT_FAILED);
}
