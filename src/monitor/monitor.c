/*
 * The life of one run (see monitor.h): everything that can happen is a descriptor in one poll():
 * signals, the machine's doorbell, stdin, stdout. Whatever happens, close_run() is reached and
 * leaves no process, no memory and no terminal mode behind.
 */
#include "monitor/monitor.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "host/decode.h"
#include "host/pausing.h"
#include "host/process.h"
#include "host/tsc.h"
#include "host/watch.h"
#include "machine/boot.h"
#include "monitor/debugging.h"
#include "monitor/grants.h"
#include "monitor/input.h"
#include "monitor/looking.h"
#include "monitor/output.h"
#include "monitor/recorder.h"
#include "monitor/report.h"
#include "monitor/screen.h"

#define NS_PER_MS      1000000ull
#define NS_PER_S       1000000000ull
#define FULL_RING_WAIT (2 * NS_PER_MS)  /* until a full input ring is looked at again */
#define REST_OF_LINE   (20 * NS_PER_MS) /* for the line that --exit-on waited for to end */
#define REST_OF_LINE_V (2 * NS_PER_S)   /* the same when the host's load must not matter */
#define SETTLE_TIME    NS_PER_S         /* for an entry of the machine to come to its end */
#define RECORD_WAIT    NS_PER_MS        /* until records are looked at again */
#define DRAIN_TIME     (2 * NS_PER_S)   /* for a slow reader of what a stopped guest had written */

#define EXIT_TIMED_OUT 124
#define EXIT_SIGNAL    128

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

static void end_run(struct run *run, enum run_end end)
{
    if (run->end == RUN_GOES_ON)
        run->end = end;
}

/* ------------------------------------------------------------------ beginning */

static int open_signals(struct run *run)
{
    static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
    sigset_t set;

    sigemptyset(&set);
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++)
        sigaddset(&set, numbers[n]);
    sigprocmask(SIG_BLOCK, &set, &run->mask_before);
    signal(SIGPIPE, SIG_IGN);
    run->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    run->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (run->signals < 0 || run->doorbell < 0)
        return error_errno(run->err, errno, "can't wait for events");
    return 0;
}

static void start_clock(struct machine *m, const struct run_options *o)
{
    struct stat status;

    if (!o->virtual_time) {
        tsc_start_clock(&m->clock);
        devices_init(&m->devices, (uint64_t)time(NULL));
        return;
    }
    clock_start_virtual(&m->clock, o->seed);
    devices_init(&m->devices, CLOCK_VIRTUAL_DATE);
    m->devices.serial.paced = true;
    m->input_is_file = fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode);
}

static int boot(struct run *run, const struct image *image)
{
    const struct run_options *o = run->options;
    const char *why = "?";
    int status = machine_memory_create(&run->memory, machine_ram_top(o->memory), run->err);

    if (status != 0)
        return status;
    start_clock(run->memory.machine, o);
    status = grants_open(&run->grants, o, run->memory.machine, run->err);
    if (status != 0)
        return status;
    status = recorder_open(&run->recorder, o->log, o->trace, run->memory.machine, run->err);
    if (status != 0)
        return status;
    status = machine_boot(run->memory.machine, &o->config, &o->abi, image, o->memory, &why);
    if (status != 0)
        error_set(run->err, "%s: %s", o->image_path, why);
    return status;
}

static struct engine_text text_of(const struct image *image, const char *path)
{
    struct engine_text text = {.path = path};

    for (size_t i = 0; i < image->segment_count && text.end == 0; i++) {
        const struct image_segment *s = &image->segment[i];
        uint64_t offset = (uint64_t)(s->data - image->file), skew = s->vaddr & MASK(PAGE_BITS);
        if (s->type != PT_LOAD || !(s->flags & IMAGE_EXECUTE) || s->filesz == 0 ||
            skew != (offset & MASK(PAGE_BITS)))
            continue;
        text.start = s->vaddr - skew;
        text.end = (s->vaddr + s->filesz + MASK(PAGE_BITS)) & ~MASK(PAGE_BITS);
        text.offset = offset - skew;
    }
    return text;
}

static void kick_engine(void *run)
{
    struct run *r = run;

    if (r->engine != NULL)
        r->ops->kick(r->engine);
}

static int choose_engine(struct run *run)
{
    run->ops = run->options->engine != NULL ? engine_find(run->options->engine) : engines[0];
    if (run->ops != NULL)
        return 0;
    error_set(run->err, "there is no engine \"%s\"", run->options->engine);
    return -EINVAL;
}

static int start_engine(struct run *run, const struct image *image)
{
    struct engine_setup setup = {.memory = &run->memory,
                                 .doorbell = run->doorbell,
                                 .text = text_of(image, run->options->image_path)};

    return run->ops->start(&run->engine, &setup, run->err);
}

static void begin_looking(struct run *run)
{
    run->pausing.machine = run->memory.machine;
    run->pausing.kick = kick_engine;
    run->pausing.context = run;
    looking_begin(&run->looking, run->options, run->ops->name, &run->memory, run->watchers,
                  &run->pausing, &run->diagnostics.log,
                  run->screen.shared ? &run->output.in_line : NULL);
    if (run->gdb != NULL)
        gdb_attach(run->gdb, &run->pausing);
}

static int open_run(struct run *run, const struct image *image)
{
    int status = choose_engine(run);

    if (status == 0)
        status = open_signals(run);
    if (status == 0)
        status = looking_prepare(&run->looking, run->options, run->err);
    if (status == 0)
        status = boot(run, image);
    if (status == 0 && output_open(&run->output, STDOUT_FILENO, run->options->exit_on) != 0)
        status = error_errno(run->err, ENOMEM, "can't watch the output");
    if (status == 0)
        status = screen_open(&run->screen, &run->memory.machine->host, run->err);
    if (status != 0)
        return status;
    input_open(&run->input, STDIN_FILENO, &run->memory.machine->input);
    begin_looking(run);
    run->started = watch_now();
    if (run->options->timeout_s > 0)
        run->deadline = run->started + (uint64_t)(run->options->timeout_s * 1e9);
    status = start_engine(run, image);
    return status == 0 ? grants_serve(&run->grants, run->ops, run->engine, run->err) : status;
}

/* ------------------------------------------------------------------ events */

/* True: all that the guest wrote is out. */
static bool pump_output(struct run *run)
{
    struct machine *m = run->memory.machine;

    while (output_take(&run->output, &m->output)) {
        /* It may have said how it wants the terminal before it wrote this: who answers is not to
         * be echoed by Linux. */
        screen_set_mode(&run->screen, &m->host);
        if (!output_write(&run->output))
            return false;
    }
    return true;
}

static void pump(struct run *run)
{
    struct machine *m = run->memory.machine;
    bool in_line;

    pump_output(run);
    recorder_pump(&run->recorder, m, run->output.taken, run->output.last);
    recorder_flush(&run->recorder);
    in_line = run->screen.shared && run->output.in_line;
    diagnostics_pump(&run->diagnostics, &m->log, &in_line);
    if (run->screen.shared)
        run->output.in_line = in_line;
}

static void reap_children(struct run *run)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
        if (terminal_guardian_died(&run->screen.terminal, pid))
            continue;
        if (run->end == RUN_GOES_ON && run->memory.machine->end == END_RUNNING &&
            grants_died(&run->grants, pid, status, run->err))
            end_run(run, RUN_FAILED);
        else if (run->end == RUN_GOES_ON &&
                 run->ops->child_died(run->engine, pid, status, run->err) &&
                 run->memory.machine->end == END_RUNNING)
            end_run(run, RUN_FAILED);
    }
}

/* Ctrl-Z. What the user's limits count stands still with the machine; its real time does not. */
static void stop_for_a_while(struct run *run)
{
    uint64_t stopped = watch_now();

    if (run->engine != NULL)
        run->ops->hold(run->engine, true);
    screen_suspend(&run->screen);
    raise(SIGSTOP);
    screen_resume(&run->screen);
    stopped = watch_now() - stopped;
    run->started += stopped;
    run->deadline += run->deadline != UINT64_MAX ? stopped : 0;
    run->match_deadline += run->match_deadline != UINT64_MAX ? stopped : 0;
    if (run->engine != NULL)
        run->ops->hold(run->engine, false);
}

/* True: a signal that asks for the end came. */
static bool take_signals(struct run *run)
{
    struct signalfd_siginfo info;
    bool end = false;

    while (read(run->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD) {
            reap_children(run);
        } else if (info.ssi_signo == SIGWINCH) {
            screen_measure(&run->memory.machine->host);
        } else if (info.ssi_signo == SIGTSTP) {
            stop_for_a_while(run);
        } else if (info.ssi_signo == SIGQUIT && run->end == RUN_GOES_ON &&
                   form_ask(&run->looking.form)) {
            continue;
        } else {
            end = true;
            if (run->end == RUN_GOES_ON)
                run->signal = (int)info.ssi_signo;
            end_run(run, RUN_SIGNAL);
        }
    }
    return end;
}

static void answer_doorbell(struct run *run)
{
    uint64_t count;

    if (read(run->doorbell, &count, sizeof count) != sizeof count)
        return;
    decode_serve(run->memory.machine);
    watch_ring(run->watchers);
    screen_set_mode(&run->screen, &run->memory.machine->host);
}

/* The output is complete, but the entry that wrote its end is not recorded yet. */
static bool awaits_record(const struct run *run)
{
    return run->output.match == MATCH_DONE && run->recorder.on && !run->recorder.complete;
}

static void check_ends(struct run *run)
{
    uint64_t now = watch_now();

    if (run->output.match != MATCH_SEEKING && run->match_deadline == UINT64_MAX)
        run->match_deadline = now + (run->options->virtual_time ? REST_OF_LINE_V : REST_OF_LINE);
    if ((run->output.match == MATCH_DONE && !awaits_record(run)) || now >= run->match_deadline)
        end_run(run, RUN_EXIT_ON);
    if (run->memory.machine->end != END_RUNNING)
        end_run(run, RUN_MACHINE_ENDED);
    if (run->output.closed)
        end_run(run, RUN_OUTPUT_CLOSED);
    if (run->gdb != NULL && gdb_wish(run->gdb) != GDB_WISH_NONE)
        end_run(run, RUN_KILLED);
    if (now >= pausing_put_off(&run->pausing, run->deadline))
        end_run(run, RUN_TIMEOUT);
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

enum { EVENT_SIGNAL, EVENT_DOORBELL, EVENT_OUTPUT, EVENT_INPUT, EVENT_COUNT };

static void wait_for_event(struct run *run, uint64_t until)
{
    struct console *in = &run->memory.machine->input;
    uint64_t deadline = earliest(
        until, earliest(pausing_put_off(&run->pausing, run->deadline), run->match_deadline));
    struct pollfd fds[EVENT_COUNT] = {
        [EVENT_SIGNAL] = {run->signals, POLLIN, 0},
        [EVENT_DOORBELL] = {run->doorbell, POLLIN, 0},
        [EVENT_OUTPUT] = {run->output.fd, run->output.blocked ? POLLOUT : 0, 0},
        [EVENT_INPUT] = {input_has_room(&run->input, in) ? run->input.fd : -1, POLLIN, 0},
    };

    if (awaits_record(run) || recorder_is_behind(&run->recorder))
        deadline = earliest(deadline, watch_now() + RECORD_WAIT);
    if (!run->output.blocked && run->output.closed)
        fds[EVENT_OUTPUT].fd = -1;
    if (run->input.fd >= 0 && fds[EVENT_INPUT].fd < 0)
        deadline = earliest(deadline, watch_now() + FULL_RING_WAIT);
    watch_wait(run->watchers, fds, EVENT_COUNT, deadline);
    if (fds[EVENT_SIGNAL].revents != 0)
        take_signals(run);
    if (fds[EVENT_DOORBELL].revents != 0)
        answer_doorbell(run);
    if (fds[EVENT_OUTPUT].revents & (POLLERR | POLLHUP | POLLNVAL))
        run->output.closed = true;
    if (fds[EVENT_INPUT].revents != 0 && input_take(&run->input, in))
        run->ops->kick(run->engine);
}

/* ------------------------------------------------------------------ ending */

/* A state that is to be saved adds up only where no entry is under way. */
static void settle(struct run *run)
{
    const struct machine *m = run->memory.machine;
    uint64_t until = watch_now() + SETTLE_TIME;

    if (run->looking.file < 0 || run->end == RUN_FAILED)
        return;
    pausing_wish(&run->pausing);
    while (m->end == END_RUNNING && !machine_is_paused(m) && watch_now() < until) {
        pump(run);
        wait_for_event(run, until);
    }
}

/* All that the guest wrote reaches a reader who still reads; Ctrl-C gives up on a slow one. */
static void drain(struct run *run)
{
    uint64_t deadline = run->end == RUN_MACHINE_ENDED
                            ? pausing_put_off(&run->pausing, run->deadline)
                            : watch_now() + DRAIN_TIME;

    while (!pump_output(run) && watch_now() < deadline) {
        struct pollfd fds[] = {{run->signals, POLLIN, 0}, {run->output.fd, POLLOUT, 0}};

        watch_wait(&(struct watch_list){.first = NULL}, fds, 2, deadline);
        if (fds[0].revents != 0 && take_signals(run))
            break;
    }
    pump(run);
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
        pump(run);
        check_ends(run);
        if (run->end != RUN_GOES_ON)
            break;
        wait_for_event(run, UINT64_MAX);
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
    status = open_run(&run, image);
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
