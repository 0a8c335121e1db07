/*
 * The terminal that a run is watched and typed at, if there is one: whose modes it has for now, how
 * large it is, and whether output and messages share it.
 */
#ifndef SEL4UX_MONITOR_SCREEN_H
#define SEL4UX_MONITOR_SCREEN_H

#include <stdbool.h>

#include "host/terminal.h"
#include "machine/machine.h"

struct screen {
    struct terminal terminal;
    bool raw;    /* the guest's mode, which the terminal has unless the run stands still */
    bool shared; /* stdout and stderr are the same terminal, as far as one can see */
};

#define SCREEN_NONE ((struct screen){.terminal = {.fd = -1}})

/* Returns 0 or -errno with *err set. Having no terminal is no error. */
int screen_open(struct screen *screen, struct machine_host *host, struct error *err);
void screen_close(struct screen *screen);

/* A guest that has been given the terminal says how it wants it; Linux edits lines until then. */
void screen_set_mode(struct screen *screen, const struct machine_host *host);

/* The terminal has another size: the guest may ask for it. */
void screen_measure(struct machine_host *host);

/* The user gets the terminal back while the run is stopped. */
void screen_suspend(struct screen *screen);
void screen_resume(struct screen *screen);

/* Ends a line that the guest has begun where messages follow. False: that can't be written. */
bool screen_end_line(const struct screen *screen, bool in_line);

#endif
