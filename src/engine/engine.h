/*
 * How guest code runs, as the monitor sees it. An engine owns the machine's processes: it starts
 * them, wakes them, says which deaths matter, and ends them. Everything else (kernel model,
 * devices, time) happens inside those processes, which share `memory` and ring `doorbell`.
 *
 * Life: start() once; the monitor's loop calls kick(), hold() and child_died(); stop() once, after
 * which no process of the machine is left, whatever state it was in.
 */
#ifndef SEL4UX_ENGINE_ENGINE_H
#define SEL4UX_ENGINE_ENGINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "host/memory.h"

struct engine; /* private to each engine */

/* The program's executable segment, in whole pages, and where it is in its file. */
struct engine_text {
    const char *path;
    uint64_t start, end; /* addresses; end 0: there is none that could be mapped */
    uint64_t offset;
};

struct engine_setup {
    struct machine_memory *memory; /* the machine in it has booted */
    int doorbell;                  /* eventfd: written when consoles or machine.end changed */
    struct engine_text text;
};

struct engine_ops {
    const char *name;
    const char *summary; /* one line for --help */

    /* Starts the machine's processes and lets the first thread run. */
    int (*start)(struct engine **engine, const struct engine_setup *setup, struct error *err);

    /* machine.input has bytes, or machine.end was set: whoever runs or idles looks up soon. */
    void (*kick)(struct engine *engine);

    /* The CPU that guests and kernel model run on, once they do; -1: unknown. As kick(), it works
     * in any child that the caller makes. */
    int (*home)(struct engine *engine);

    /* Stops every process of the machine where it is, or lets them go on; Ctrl-Z. */
    void (*hold)(struct engine *engine, bool held);

    /*
     * The monitor reaped a child. True: the machine can't go on, and *err says what happened in a
     * person's words; false: it was expected (a VSpace process that was let go).
     */
    bool (*child_died)(struct engine *engine, pid_t pid, int status, struct error *err);

    /* Kills and reaps every process, releases everything. Also after a failed start's success. */
    void (*stop)(struct engine *engine);
};

extern const struct engine_ops engine_trap;
extern const struct engine_ops engine_patch;
extern const struct engine_ops engine_link;
extern const struct engine_ops engine_ptrace;

/* By name; NULL when there is none. `engines` is NULL-terminated, the default first. */
const struct engine_ops *engine_find(const char *name);
extern const struct engine_ops *const engines[];

#endif
