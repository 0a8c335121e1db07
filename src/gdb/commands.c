/* What a person types behind `monitor` in GDB, or `process plugin packet monitor` in lldb. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gdb/session.h"

static const char help[] =
    "what the machine is doing:\n"
    "  monitor threads        every thread, with what it waits for\n"
    "  monitor time           the machine's clock\n"
    "what stops it (now on or off is shown without a word):\n"
    "  monitor catch faults on|off   faults that the system handles itself, too\n"
    "  monitor catch starts on|off   an address space before its first instruction\n";

static void show_threads(struct gdb *g, struct gdb_text *t)
{
    const struct kernel *k = gdb_kernel(g);

    for (paddr p = k->all_threads; p != 0; p = kernel_tcb(k, p)->all_next) {
        const struct tcb *tcb = kernel_tcb(k, p);

        gdb_text_print(t, "%u.%" PRIu64 " %.*s: ", gdb_pid(g, p), tcb->serial, THREAD_NAME_SIZE,
                       tcb->name);
        gdb_extra_info(g, t, p);
        gdb_text_print(t, "\n");
    }
}

static void show_time(struct gdb *g, struct gdb_text *t)
{
    const struct machine *m = g->machine;
    uint64_t now = m->kernel.now;

    gdb_text_print(t,
                   "%s time, %" PRIu64 ".%09" PRIu64 " s since boot, %" PRIu64 " kernel entries\n",
                   m->clock.is_virtual ? "virtual" : "real", now / 1000000000, now % 1000000000,
                   m->kernel.entries);
}

static void change_catch(struct gdb *g, struct gdb_text *t, const char *what)
{
    struct debugger *d = &g->machine->debugger;
    bool faults = gdb_skip(&what, "faults"), starts = !faults && gdb_skip(&what, "starts");
    bool *catches = faults ? &d->catch_faults : &d->catch_starts;

    if (!faults && !starts) {
        gdb_text_print(t, "catch faults, or catch starts?\n");
        return;
    }
    if (strcmp(what, " on") == 0)
        *catches = true;
    else if (strcmp(what, " off") == 0)
        *catches = false;
    else if (*what != '\0')
        gdb_text_print(t, "on, or off?\n");
    if (starts && *catches)
        debugger_know_all(g->machine);
    gdb_text_print(t, "%s: %s\n", faults ? "faults" : "starts", *catches ? "on" : "off");
}

void gdb_command(struct gdb *g, const char *command)
{
    struct gdb_text t = {NULL};

    if (strcmp(command, "threads") == 0)
        show_threads(g, &t);
    else if (strcmp(command, "time") == 0)
        show_time(g, &t);
    else if (gdb_skip(&command, "catch "))
        change_catch(g, &t, command);
    else if (strcmp(command, "help") == 0 || *command == '\0')
        gdb_text_add(&t, help, strlen(help));
    else
        gdb_text_print(&t, "there is no such command; monitor help lists them\n");
    gdb_text_hex(&g->reply, t.data, t.size);
    gdb_text_free(&t);
}
