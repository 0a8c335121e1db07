/* Looking at a running machine, from another process of its user (see control.h). */
#ifndef SEL4UX_STATE_ATTACH_H
#define SEL4UX_STATE_ATTACH_H

#include <sys/types.h>

#include "state/state.h"

struct attached {
    struct state state;
    int socket; /* -1: its monitor can't be talked to, as it is stopped */
    int memory;
    bool is_stopped; /* the monitor is, by Ctrl-Z or a debugger */
    bool is_paused;  /* the machine stands still, or has ended, and all of its state is in memory */
};

/*
 * Finds the machine of monitor `pid` and maps its memory. Returns 0, or -errno with *err set:
 * -ESRCH when there is no such machine.
 */
int attach(struct attached *a, pid_t pid, struct error *err);

/*
 * Makes the machine stand still, and finds out which pages it has stored. A stopped monitor can't
 * do that: then is_paused stays false, as the machine was stopped wherever it was. 0 or -errno.
 */
int attach_pause(struct attached *a, struct error *err);

/* Whether the machine stood still until now. */
bool attach_held(const struct attached *a);

void detach(struct attached *a);

#endif
