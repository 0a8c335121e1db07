/*
 * All that can happen to a run (see run.h) is a descriptor or a deadline in one poll(): signals,
 * the machine's doorbell, stdin, stdout, and what watchers wait for.
 */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/decode.h"
#include "monitor/run.h"

#define NS_PER_MS      1000000ull
#define NS_PER_S       1000000000ull
#define FULL_RING_WAIT (2 * NS_PER_MS)  /* until a full input ring is looked at again */
#define REST_OF_LINE   (20 * NS_PER_MS) /* for the line that --exit-on waited for to end */
#define REST_OF_LINE_V (2 * NS_PER_S)   /* the same when the host's load must not matter */
#define RECORD_WAIT    NS_PER_MS        /* until records are looked at again */

static void end_run(struct run *run, enum run_end end)
{
    if (run->end == RUN_GOES_ON)
        run->end = end;
}

bool run_pump_output(struct run *run)
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

void run_pump(struct run *run)
{
    struct machine *m = run->memory.machine;
    bool in_line;

    run_pump_output(run);
    recorder_pump(&run->recorder, m, run->output.taken, run->output.last);
    recorder_flush(&run->recorder);
    in_line = run->screen.shared && run->output.in_line;
    diagnostics_pump(&run->diagnostics, &m->log, &in_line);
    if (run->screen.shared)
        run->output.in_line = in_line;
}

/* Whose child it was hears of it in any case: a process id that was reaped may be another's soon. */
static bool was_needed(struct run *run, pid_t pid, int status)
{
    struct error *err = run->end == RUN_GOES_ON ? run->err : NULL;

    if (terminal_guardian_died(&run->screen.terminal, pid))
        return false;
    if (grants_died(&run->grants, pid, status, err))
        return true;
    return run->engine != NULL && run->ops->child_died(run->engine, pid, status, err);
}

static void reap_children(struct run *run)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
        if (was_needed(run, pid, status) && run->memory.machine->end == END_RUNNING)
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

/* True: one that asks for the end was among them. */
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

void run_check_ends(struct run *run)
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

/* When something has to be looked at though nothing happens. */
static uint64_t next_look(const struct run *run)
{
    uint64_t next = WATCH_NEVER;

    if (run->end == RUN_GOES_ON)
        next = earliest(pausing_put_off(&run->pausing, run->deadline), run->match_deadline);
    if (awaits_record(run) || recorder_is_behind(&run->recorder))
        next = earliest(next, watch_now() + RECORD_WAIT);
    if (run->input.fd >= 0 && !input_has_room(&run->input, &run->memory.machine->input))
        next = earliest(next, watch_now() + FULL_RING_WAIT);
    return next;
}

enum { EVENT_SIGNAL, EVENT_DOORBELL, EVENT_OUTPUT, EVENT_INPUT, EVENT_COUNT };

void run_wait(struct run *run, uint64_t until)
{
    struct console *in = &run->memory.machine->input;
    struct pollfd fds[EVENT_COUNT] = {
        [EVENT_SIGNAL] = {run->signals, POLLIN, 0},
        [EVENT_DOORBELL] = {run->doorbell, POLLIN, 0},
        [EVENT_OUTPUT] = {run->output.fd, run->output.blocked ? POLLOUT : 0, 0},
        [EVENT_INPUT] = {input_has_room(&run->input, in) ? run->input.fd : -1, POLLIN, 0},
    };

    if (!run->output.blocked && run->output.closed)
        fds[EVENT_OUTPUT].fd = -1;
    watch_wait(run->watchers, fds, EVENT_COUNT, earliest(until, next_look(run)));
    if (fds[EVENT_SIGNAL].revents != 0)
        take_signals(run);
    if (fds[EVENT_DOORBELL].revents != 0)
        answer_doorbell(run);
    if (fds[EVENT_OUTPUT].revents & (POLLERR | POLLHUP | POLLNVAL))
        run->output.closed = true;
    if (fds[EVENT_INPUT].revents != 0 && input_take(&run->input, in))
        run->ops->kick(run->engine);
}

bool run_wait_for_output(struct run *run, uint64_t until)
{
    struct pollfd fds[] = {{run->signals, POLLIN, 0}, {run->output.fd, POLLOUT, 0}};

    watch_wait(&(struct watch_list){.first = NULL}, fds, 2, until);
    return fds[0].revents != 0 && take_signals(run);
}
