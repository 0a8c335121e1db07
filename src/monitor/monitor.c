/*
 * The end of one run, and of all (see monitor.h). Whatever happens, close_run() is reached and
 * leaves no process, no memory and no terminal mode behind.
 */
#include "monitor/monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/process.h"
#include "monitor/run.h"

#define NS_PER_S    1000000000ull
#define SETTLE_TIME NS_PER_S       /* for an entry of the machine to come to its end */
#define DRAIN_TIME  (2 * NS_PER_S) /* for a slow reader of what a stopped guest had written */

#define EXIT_TIMED_OUT 124
#define EXIT_SIGNAL    128

/* A state that is to be saved adds up only where no entry is under way. */
static void settle(struct run *run)
{
    const struct machine *m = run->memory.machine;
    uint64_t until = watch_now() + SETTLE_TIME;

    if (run->looking.file < 0 || run->end == RUN_FAILED)
        return;
    pausing_wish(&run->pausing);
    while (m->end == END_RUNNING && !machine_is_paused(m) && watch_now() < until) {
        run_pump(run);
        run_wait(run, until);
    }
}

/* All that the guest wrote reaches a reader who still reads; Ctrl-C gives up on a slow one. */
static void drain(struct run *run)
{
    uint64_t deadline = run->end == RUN_MACHINE_ENDED
                            ? pausing_put_off(&run->pausing, run->deadline)
                            : watch_now() + DRAIN_TIME;

    while (!run_pump_output(run) && watch_now() < deadline && !run_wait_for_output(run, deadline))
        ;
    run_pump(run);
}

static void stop_engine(struct run *run)
{
    if (run->engine == NULL)
        return;
    machine_end(run->memory.machine, END_STOPPED, NULL);
    run->ops->kick(run->engine);
    run->ops->stop(run->engine);
    run->engine = NULL;
    grants_stop(&run->grants);
}

static void close_run(struct run *run)
{
    stop_engine(run);
    looking_end(&run->looking);
    grants_close(&run->grants);
    screen_close(&run->screen);
    output_close(&run->output);
    recorder_close(&run->recorder, NULL);
    machine_memory_destroy(&run->memory);
    if (run->signals >= 0)
        close(run->signals);
    if (run->doorbell >= 0)
        close(run->doorbell);
    sigprocmask(SIG_SETMASK, &run->mask_before, NULL);
}

static int exit_code(struct run *run)
{
    struct machine *m = run->memory.machine;

    switch (run->end) {
    case RUN_TIMEOUT:
        return EXIT_TIMED_OUT;
    case RUN_SIGNAL:
        return EXIT_SIGNAL + run->signal;
    case RUN_OUTPUT_CLOSED:
        return EXIT_FAILURE;
    case RUN_KILLED:
        return EXIT_SIGNAL + SIGKILL;
    case RUN_FAILED:
        return -ECHILD;
    case RUN_MACHINE_ENDED:
        if (m->end == END_EXIT)
            return m->exit_code & 0xff;
        if (m->end != END_INTERNAL)
            return 0;
        error_set(run->err, "%s", m->end_text);
        return -EIO;
    default:
        return 0;
    }
}

static int run_to_the_end(struct run *run)
{
    uint64_t ns;
    int code;

    for (;;) {
        run_pump(run);
        run_check_ends(run);
        if (run->end != RUN_GOES_ON)
            break;
        run_wait(run, UINT64_MAX);
    }
    ns = watch_now() - run->started - run->pausing.lost;
    settle(run);
    stop_engine(run);
    drain(run);
    if (run->end == RUN_MACHINE_ENDED && run->output.match != MATCH_SEEKING)
        run->end = RUN_EXIT_ON; /* the text was among the last words */
    screen_close(&run->screen);
    code = exit_code(run);
    if (recorder_close(&run->recorder, code >= 0 ? run->err : NULL) != 0 && code >= 0)
        return -EIO;
    if (code >= 0 && looking_save(&run->looking, &run->memory, run->err) != 0)
        return -EIO;
    if (code >= 0) {
        if (!run->options->quiet && !screen_end_line(&run->screen, run->output.in_line))
            code = code != 0 ? code : EXIT_FAILURE;
        if (run->end == RUN_MACHINE_ENDED)
            report_state(&run->log, run->memory.machine, run->memory.size - KERNEL_RAM_OFFSET,
                         false);
        report_end(&run->log, run->options, run->memory.machine, run->end, run->signal, ns);
    }
    return code;
}

/* One machine from its beginning to its end. */
static int run_one(const struct run_options *options, const struct image *image,
                   struct watch_list *watchers, struct gdb *gdb, enum run_end *end,
                   struct error *err)
{
    struct run run = {
        .options = options,
        .err = err,
        .watchers = watchers,
        .gdb = gdb,
        .memory = {.fd = -1},
        .screen = SCREEN_NONE,
        .input = {.fd = -1},
        .doorbell = -1,
        .signals = -1,
        .looking = LOOKING_NONE,
        .deadline = UINT64_MAX,
        .match_deadline = UINT64_MAX,
    };
    int status;

    log_init(&run.log, STDERR_FILENO, options->quiet);
    log_init(&run.diagnostics.log, STDERR_FILENO, false);
    sigprocmask(SIG_BLOCK, NULL, &run.mask_before);
    status = run_open(&run, image);
    if (status == 0)
        status = run_to_the_end(&run);
    if (gdb != NULL)
        gdb_machine_ended(gdb, status >= 0 ? status : EXIT_FAILURE);
    *end = run.end;
    close_run(&run);
    return status;
}

int machine_run(const struct run_options *options, const struct image *image, struct error *err)
{
    struct watch_list watchers = {.first = NULL};
    enum run_end end = RUN_FAILED;
    struct gdb *gdb;
    int status;

    process_open_standard_fds();
    status = debugging_open(&gdb, options, &watchers, err);
    if (status != 0)
        return status;
    do
        status = run_one(options, image, &watchers, gdb, &end, err);
    while (gdb != NULL && (end == RUN_KILLED || end == RUN_MACHINE_ENDED) &&
           debugging_again(gdb, &watchers));
    gdb_close(gdb);
    return status;
}
