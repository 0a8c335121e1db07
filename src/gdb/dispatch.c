/* Packets by their first letters (see dispatch.h). An empty reply says: not known here. */
#include "gdb/dispatch.h"

#include <string.h>

/* ------------------------------------------------------------------ threads and processes */

/* Hg or Hc. */
static void choose_thread(struct gdb *g, const char *args)
{
    struct gdb_thread_id id, *chosen = *args == 'c' ? &g->control : &g->general;

    if (*args != 'c' && *args != 'g')
        return;
    args++;
    if (!gdb_thread_id(&args, &id) || (id.thread > 0 && gdb_find_thread(g, id) == 0)) {
        gdb_error(g, GDB_ERROR_ARGUMENT);
        return;
    }
    *chosen = id;
    gdb_answer(g, "OK");
}

static void is_alive(struct gdb *g, const char *args)
{
    struct gdb_thread_id id;

    if (gdb_thread_id(&args, &id) && gdb_find_thread(g, id) != 0)
        gdb_answer(g, "OK");
    else
        gdb_error(g, GDB_ERROR_ARGUMENT);
}

/* One process after the other, or all at once: the machine is left when none is left to look at. */
static void detach(struct gdb *g, const char *args)
{
    bool one = gdb_skip(&args, ";") && gdb_is_number(args);
    uint64_t pid = gdb_number(&args);

    gdb_answer(g, "OK");
    if (one && g->left_count < LEFT_MAX)
        g->left[g->left_count++] = (unsigned)pid;
    if (!one || gdb_first_thread(g) == 0)
        gdb_detach(g);
}

static void run(struct gdb *g)
{
    g->restarting = true;
    g->silent = true;
    gdb_ask(g, GDB_WISH_RESTART);
}

static void end_machine(struct gdb *g)
{
    gdb_ask(g, GDB_WISH_KILL);
}

/* ------------------------------------------------------------------ packets with words */

static void verbose(struct gdb *g, const char *args)
{
    if (gdb_skip(&args, "Cont?")) {
        gdb_answer(g, "vCont;c;C;s;S;t");
    } else if (gdb_skip(&args, "Cont")) {
        gdb_vcont(g, args);
    } else if (gdb_skip(&args, "CtrlC")) {
        gdb_interrupt_all(g);
    } else if (gdb_skip(&args, "Stopped")) {
        gdb_next_stop(g);
    } else if (gdb_skip(&args, "File:")) {
        gdb_file(g, args);
    } else if (gdb_skip(&args, "Kill")) {
        gdb_answer(g, "OK");
        end_machine(g);
    } else if (gdb_skip(&args, "Run;")) {
        run(g);
    }
}

static void set_point(struct gdb *g, const char *args)
{
    gdb_change_point(g, args, true);
}

static void clear_point(struct gdb *g, const char *args)
{
    gdb_change_point(g, args, false);
}

static void go_on(struct gdb *g, const char *args)
{
    gdb_resume_old(g, args, false, false);
}

static void go_on_with_signal(struct gdb *g, const char *args)
{
    gdb_resume_old(g, args, false, true);
}

static void step(struct gdb *g, const char *args)
{
    gdb_resume_old(g, args, true, false);
}

static void step_with_signal(struct gdb *g, const char *args)
{
    gdb_resume_old(g, args, true, true);
}

static void tell_reason(struct gdb *g, const char *args)
{
    (void)args;
    gdb_tell_reason(g);
}

static void extend(struct gdb *g, const char *args)
{
    (void)args;
    g->extended = true;
    gdb_answer(g, "OK");
}

static void end_at_once(struct gdb *g, const char *args)
{
    (void)args;
    g->silent = true;
    end_machine(g);
}

static void restart(struct gdb *g, const char *args)
{
    (void)args;
    run(g);
}

static const struct {
    char kind;
    void (*answer)(struct gdb *g, const char *args);
} packets[] = {
    {'!', extend},
    {'?', tell_reason},
    {'C', go_on_with_signal},
    {'D', detach},
    {'G', gdb_write_registers},
    {'H', choose_thread},
    {'M', gdb_write_memory},
    {'P', gdb_write_register},
    {'Q', gdb_set},
    {'R', restart},
    {'S', step_with_signal},
    {'T', is_alive},
    {'X', gdb_write_binary},
    {'Z', set_point},
    {'c', go_on},
    {'g', gdb_read_registers},
    {'k', end_at_once},
    {'m', gdb_read_memory},
    {'p', gdb_read_register},
    {'q', gdb_query},
    {'s', step},
    {'v', verbose},
    {'x', gdb_read_binary},
    {'z', clear_point},
};

/* The machine has ended, and the debugger has not gone. */
static void afterwards(struct gdb *g, char kind, const char *args)
{
    if (kind == 'v' && gdb_skip(&args, "Run;"))
        run(g);
    else if (kind == 'v' && (gdb_skip(&args, "Kill") || gdb_skip(&args, "Stopped")))
        gdb_answer(g, "OK");
    else if (kind == 'v' && gdb_skip(&args, "File:"))
        gdb_file(g, args);
    else if (kind == 'R')
        run(g);
    else if (kind == 'q' && (gdb_skip(&args, "fThreadInfo") || gdb_skip(&args, "Xfer:")))
        gdb_answer(g, "l"); /* nothing, or nobody */
    else if (kind == '?')
        gdb_answer(g, "W00");
    else if (kind == 'D')
        gdb_answer(g, "OK");
    else if (kind != 'v' && kind != 'q')
        gdb_error(g, GDB_ERROR_ARGUMENT);
}

void gdb_dispatch(struct gdb *g)
{
    const char *args = g->decoder.data;
    char kind = *args;

    if (kind == '\0')
        return;
    args++;
    if (g->machine == NULL) {
        afterwards(g, kind, args);
        return;
    }
    for (size_t n = 0; n < sizeof packets / sizeof packets[0]; n++) {
        if (packets[n].kind == kind)
            packets[n].answer(g, args);
    }
}
