/*
 * The server for GDB's remote protocol, in the monitor's poll loop. It serves one debugger at a
 * time, whatever engine runs the machine: it looks at the machine's memory while that is paused.
 *
 * Life: open once; attach for each machine, before its engine starts; machine_ended when that has
 * ended; close once. What the debugger wants of the monitor, it asks for by gdb_wish().
 */
#ifndef SEL4UX_GDB_GDB_H
#define SEL4UX_GDB_GDB_H

#include "base/error.h"
#include "host/pausing.h"
#include "host/watch.h"

struct gdb;

struct gdb_setup {
    const char *address;    /* [HOST:]PORT, or a path (with a slash) for a Unix socket */
    int listener;           /* a listening socket to use instead; -1: none */
    const char *image_path; /* the root task's file */
    const char **symbols;   /* folders with ELF files for other VSpaces */
    size_t symbol_count;
    struct watch_list *watchers;
};

int gdb_open(struct gdb **gdb, const struct gdb_setup *setup, struct error *err);

/* The machine has booted; it will wait for a debugger before its first instruction. */
void gdb_attach(struct gdb *gdb, struct pausing *pausing);

/* Tells the debugger; the machine may be unmapped afterwards. `code` is the exit code. */
void gdb_machine_ended(struct gdb *gdb, int code);

enum gdb_wish {
    GDB_WISH_NONE,
    GDB_WISH_KILL,    /* the machine is to end */
    GDB_WISH_RESTART, /* and to be started anew */
};

enum gdb_wish gdb_wish(const struct gdb *gdb);

/* Whether a debugger is there that may want to start the machine anew. */
bool gdb_stays(const struct gdb *gdb);

void gdb_close(struct gdb *gdb); /* NULL: nothing */

#endif
