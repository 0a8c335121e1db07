/*
 * What a person types behind `monitor` in GDB (or `process plugin packet monitor` in lldb): the
 * system's state in words, and what else stops it.
 */
#include <stdio.h>
#include <string.h>

#include "gdb/session.h"
#include "view/view.h"

static const char help[] =
    "what the system is doing:\n"
    "  monitor threads [THREAD]      every thread, with what it waits for\n"
    "  monitor caps [THREAD]         capability spaces\n"
    "  monitor who [THREAD]          who waits for whom, and who can reach what\n"
    "  monitor untyped               what is left of memory, and what became of it\n"
    "  monitor mappings [THREAD]     what address spaces map\n"
    "  monitor irqs, schedule, time  interrupts, domains, the clock\n"
    "what stops it besides breakpoints (without on or off: what is so now):\n"
    "  monitor catch faults on|off   faults that the system handles itself, too\n"
    "  monitor catch starts on|off   an address space before its first instruction\n";

static void collect(void *context, const char *text, size_t size)
{
    gdb_text_add(context, text, size);
}

/* False: there is no such topic. */
static bool show(struct gdb *g, struct gdb_text *t, const char *command)
{
    const struct machine *m = g->machine;
    uint64_t top = m->ram_high_top > RAM_HIGH_START ? m->ram_high_top : m->ram_low_top;
    struct view_subject subject = {.kernel = &m->kernel, .ram = top, .machine = m};
    struct view_out out = {.write = collect, .context = t};
    const char *thread = strchr(command, ' ');
    struct error err = {""};
    enum view_topic topic;
    char name[32];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(command, " "), command);
    if (!view_topic_find(name, &topic))
        return false;
    if (view_print(&subject, topic, thread != NULL ? thread + 1 : NULL, &out, &err) != 0)
        gdb_text_print(t, "%s\n", err.message);
    return true;
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
    struct gdb_text t = {0};

    if (gdb_skip(&command, "catch "))
        change_catch(g, &t, command);
    else if (strcmp(command, "help") == 0 || *command == '\0')
        gdb_text_add(&t, help, strlen(help));
    else if (!show(g, &t, command))
        gdb_text_print(&t, "there is no such command; monitor help lists them\n");
    gdb_say_long(g, &t);
    gdb_answer(g, "OK");
    gdb_text_free(&t);
}
