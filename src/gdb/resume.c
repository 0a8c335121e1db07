/*
 * Letting go and stopping.
 *
 * All-stop: the machine stands still from one stop to the next request to resume; who is not to run
 * then is held. Non-stop: the machine runs, and who has stopped is held; stops queue up behind a
 * notification until the debugger has fetched them.
 *
 * A step is made when the scheduler next runs the thread: a system call that blocks is a step that
 * ends once it returns. Others run meanwhile, unless the debugger says that they may not.
 */
#include <inttypes.h>
#include <string.h>

#include "gdb/session.h"
#include "kernel/thread.h"

/* ------------------------------------------------------------------ stops */

static void print_stop(struct gdb *g, struct gdb_text *t, const struct gdb_stop *stop)
{
    static const char *const watches[] = {[DEBUGGER_WATCH_WRITE] = "watch",
                                          [DEBUGGER_WATCH_READ] = "rwatch",
                                          [DEBUGGER_WATCH_ACCESS] = "awatch"};
    paddr thread = stop->serial != 0 ? gdb_find_serial(g, stop->serial) : 0;

    gdb_text_print(t, "T%02x", stop->signal);
    if (stop->breakpoint && g->swbreak)
        gdb_text_print(t, "swbreak:;");
    if (stop->watched != 0)
        gdb_text_print(t, "%s:%" PRIx64 ";", watches[stop->watch], stop->watched);
    gdb_text_print(t, "thread:");
    gdb_print_id(g, t, thread != 0 ? thread : gdb_any_thread(g));
    gdb_text_print(t, ";");
}

static enum gdb_signal of_vector(uint64_t vector)
{
    switch (vector) {
    case 0: /* divide */
    case 16:
    case 19:
        return GDB_SIGNAL_FPE;
    case 1:
    case 3:
        return GDB_SIGNAL_TRAP;
    case 6:
    case 7:
        return GDB_SIGNAL_ILL;
    case 12:
    case 17:
        return GDB_SIGNAL_BUS;
    default:
        return GDB_SIGNAL_SEGV;
    }
}

static enum gdb_signal of_fault(const struct fault *f)
{
    switch ((enum fault_kind)f->kind) {
    case FAULT_USER_EXCEPTION:
        return of_vector(f->number);
    case FAULT_DEBUG_EXCEPTION:
        return GDB_SIGNAL_TRAP;
    case FAULT_VM:
        return GDB_SIGNAL_SEGV;
    default:
        return GDB_SIGNAL_SYS;
    }
}

static enum gdb_signal signal_of(const struct gdb *g, const struct debugger_stop *stop)
{
    switch ((enum debugger_event)stop->event) {
    case DEBUGGER_FAULT:
        if (stop->fault.kind == STOP_VM_FAULT)
            return GDB_SIGNAL_SEGV;
        if (stop->fault.kind == STOP_EXCEPTION)
            return of_vector(stop->fault.number);
        return of_fault(&gdb_kernel(g)->fault);
    case DEBUGGER_STUCK:
    case DEBUGGER_NOTHING:
        return GDB_SIGNAL_0;
    default:
        return GDB_SIGNAL_TRAP;
    }
}

static struct gdb_stop describe(const struct gdb *g, const struct debugger_stop *stop)
{
    return (struct gdb_stop){
        .signal = signal_of(g, stop),
        .serial = stop->thread != 0 ? kernel_tcb(gdb_kernel(g), stop->thread)->serial : 0,
        .breakpoint = stop->event == DEBUGGER_BREAKPOINT,
        .watched = stop->event == DEBUGGER_WATCHPOINT ? stop->address : 0,
        .watch = (enum debugger_watch)stop->watch,
    };
}

/* ------------------------------------------------------------------ all-stop */

static void stopped(struct gdb *g, struct gdb_stop stop)
{
    paddr thread = stop.serial != 0 ? gdb_find_serial(g, stop.serial) : gdb_any_thread(g);

    g->running = false;
    g->interrupt = false;
    g->stop[0] = stop;
    if (thread != 0)
        g->general = (struct gdb_thread_id){gdb_pid(g, thread),
                                            (int64_t)kernel_tcb(gdb_kernel(g), thread)->serial};
    if (thread != 0 && gdb_pid(g, thread) > g->known)
        g->known = gdb_pid(g, thread);
    g->looking_at_stop = true;
    print_stop(g, &g->reply, &g->stop[0]);
}

void gdb_tell_reason(struct gdb *g)
{
    if (gdb_any_thread(g) == 0) {
        gdb_answer(g, "W00");
    } else if (!g->non_stop) {
        print_stop(g, &g->reply, &g->stop[0]);
    } else { /* all that are stopped, from the beginning */
        struct kernel *k = gdb_kernel(g);

        g->stops = 0;
        for (paddr p = gdb_first_thread(g); p != 0 && g->stops < STOPS_MAX;
             p = gdb_next_thread(g, p)) {
            if (kernel_tcb(k, p)->held)
                g->stop[g->stops++] = (struct gdb_stop){.serial = kernel_tcb(k, p)->serial};
        }
        g->told = g->stops > 0;
        if (g->told)
            print_stop(g, &g->reply, &g->stop[0]);
        else
            gdb_answer(g, "OK");
    }
}

/* ------------------------------------------------------------------ non-stop */

static void notify(struct gdb *g)
{
    struct gdb_text t = {0};

    if (!g->non_stop || g->told || g->stops == 0)
        return;
    g->told = true;
    gdb_text_print(&t, "Stop:");
    print_stop(g, &t, &g->stop[0]);
    gdb_notify(g, &t);
    gdb_text_free(&t);
}

/* One that does not fit stays held; `?` finds it. */
static void queue(struct gdb *g, paddr thread, struct gdb_stop stop)
{
    if (thread != 0)
        kernel_hold(gdb_kernel(g), thread, true);
    if (g->stops < STOPS_MAX)
        g->stop[g->stops++] = stop;
}

static void queue_silent(struct gdb *g, paddr thread)
{
    struct tcb *tcb = kernel_tcb(gdb_kernel(g), thread);

    if (!tcb->held)
        queue(g, thread, (struct gdb_stop){.signal = GDB_SIGNAL_0, .serial = tcb->serial});
}

void gdb_next_stop(struct gdb *g)
{
    if (g->stops > 0)
        memmove(&g->stop[0], &g->stop[1], --g->stops * sizeof g->stop[0]);
    g->told = g->stops > 0;
    if (g->told)
        print_stop(g, &g->reply, &g->stop[0]);
    else
        gdb_answer(g, "OK");
}

void gdb_interrupt_all(struct gdb *g)
{
    paddr thread = gdb_any_thread(g);

    gdb_answer(g, "OK");
    if (!g->non_stop)
        g->interrupt = true;
    else if (thread != 0)
        queue(g, thread,
              (struct gdb_stop){.signal = GDB_SIGNAL_INT,
                                .serial = kernel_tcb(gdb_kernel(g), thread)->serial});
}

void gdb_set_non_stop(struct gdb *g, bool on)
{
    struct kernel *k = gdb_kernel(g);

    if (on == g->non_stop)
        return;
    /* The machine stands still in all-stop; in non-stop that is each of its threads. */
    for (paddr p = gdb_first_thread(g); p != 0; p = gdb_next_thread(g, p))
        kernel_hold(k, p, on);
    g->non_stop = on;
    g->running = false;
    g->stops = 0;
    g->told = false;
}

/* ------------------------------------------------------------------ why it stands still */

static const char *explain(const struct debugger_stop *stop)
{
    switch ((enum debugger_event)stop->event) {
    case DEBUGGER_START:
        return "A new address space is about to run.\n";
    case DEBUGGER_STUCK:
        return "Nothing can run and nothing can wake anything: the machine ends when it is "
               "continued.\n";
    case DEBUGGER_FAULT:
        return stop->fault.kind == STOP_NONE
                   ? "The thread was stopped for a fault that nobody handles.\n"
                   : NULL;
    default:
        return NULL;
    }
}

void gdb_look_at_stop(struct gdb *g)
{
    struct debugger_stop *stop = &g->machine->debugger.stop;
    const char *text = explain(stop);

    if (stop->event == DEBUGGER_NOTHING) {
        notify(g); /* of what a packet has stopped */
        if (!g->interrupt || g->non_stop || !g->running)
            return;
        stopped(g, (struct gdb_stop){.signal = GDB_SIGNAL_INT});
        return;
    }
    if (g->non_stop) {
        queue(g, stop->thread, describe(g, stop));
        stop->event = DEBUGGER_NOTHING;
        notify(g);
    } else if (g->running) {
        if (text != NULL)
            gdb_say(g, text);
        stopped(g, describe(g, stop));
    }
}

/* ------------------------------------------------------------------ letting go */

enum action_kind { ACTION_NONE, ACTION_GO, ACTION_STEP, ACTION_STOP };

#define ACTIONS_MAX 32

struct action {
    enum action_kind kind;
    bool raise;
    struct gdb_thread_id id;
};

/* c, C sig, s, S sig, t; GDB's own idea of a fault is that continuing with its signal raises it. */
static bool parse_action(const char **args, struct action *a)
{
    char kind = **args;

    if (kind == '\0')
        return false;
    (*args)++;
    *a = (struct action){.id = {GDB_ALL, GDB_ALL}};
    a->kind = kind == 'c' || kind == 'C'   ? ACTION_GO
              : kind == 's' || kind == 'S' ? ACTION_STEP
              : kind == 't'                ? ACTION_STOP
                                           : ACTION_NONE;
    if (kind == 'C' || kind == 'S')
        a->raise = gdb_number(args) != GDB_SIGNAL_0;
    if (gdb_skip(args, ":") && !gdb_thread_id(args, &a->id))
        return false;
    return a->kind != ACTION_NONE;
}

static void apply(struct gdb *g, paddr thread, const struct action *a)
{
    struct kernel *k = gdb_kernel(g);

    switch (a->kind) {
    case ACTION_GO:
    case ACTION_STEP:
        debugger_go(g->machine, thread, a->kind == ACTION_STEP, a->raise);
        kernel_hold(k, thread, false);
        break;
    case ACTION_STOP:
        queue_silent(g, thread);
        break;
    case ACTION_NONE: /* in all-stop it may not run, in non-stop it goes on as it is */
        if (!g->non_stop)
            kernel_hold(k, thread, true);
        break;
    }
}

/* The first that fits counts. */
static void apply_all(struct gdb *g, const struct action *actions, unsigned count)
{
    static const struct action none = {ACTION_NONE, false, {0, 0}}, go = {.kind = ACTION_GO};
    const struct action *others = &none;

    if (!g->non_stop)
        debugger_forget_steps(g->machine);
    /* Who lets a whole process go lets the system go: its processes serve each other. */
    for (unsigned n = 0; n < count; n++)
        others = actions[n].id.thread == GDB_ALL && actions[n].kind == ACTION_GO ? &go : others;
    for (paddr p = gdb_first_thread(g); p != 0; p = gdb_next_thread(g, p)) {
        const struct action *found = others;

        for (unsigned n = count; n-- > 0;)
            found = gdb_matches(g, p, actions[n].id) ? &actions[n] : found;
        apply(g, p, found);
    }
    g->machine->debugger.stop.event = DEBUGGER_NOTHING;
    if (!g->non_stop)
        g->running = g->silent = true;
}

void gdb_vcont(struct gdb *g, const char *args)
{
    struct action actions[ACTIONS_MAX];
    unsigned count = 0;

    while (gdb_skip(&args, ";")) {
        if (count == ACTIONS_MAX || !parse_action(&args, &actions[count])) {
            gdb_error(g, GDB_ERROR_ARGUMENT);
            return;
        }
        count++;
    }
    if (count == 0 || *args != '\0') {
        gdb_error(g, GDB_ERROR_ARGUMENT);
        return;
    }
    if (g->non_stop)
        gdb_answer(g, "OK");
    apply_all(g, actions, count);
}

/* [SIG][;][ADDR]; the thread is that of Hc, and the others go on. */
void gdb_resume_old(struct gdb *g, const char *args, bool step, bool has_signal)
{
    struct action actions[2] = {{.kind = ACTION_GO}, {.kind = ACTION_GO, .id = {GDB_ALL, GDB_ALL}}};
    paddr thread = gdb_find_thread(g, g->control.thread != 0 ? g->control : g->general);
    struct tcb *tcb = thread != 0 ? kernel_tcb(gdb_kernel(g), thread) : NULL;

    actions[0].raise = has_signal && gdb_number(&args) != GDB_SIGNAL_0;
    gdb_skip(&args, ";");
    if (tcb != NULL && gdb_is_number(args))
        tcb->regs.rip = tcb->regs.fault_ip = gdb_number(&args);
    if (tcb != NULL)
        actions[0].id.thread = (int64_t)tcb->serial;
    actions[0].kind = step ? ACTION_STEP : ACTION_GO;
    apply_all(g, actions, 2);
}
