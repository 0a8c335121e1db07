/*
 * The user's terminal as the guest's serial line: no echo, no line editing, bytes as typed; the
 * signal keys (Ctrl-C, Ctrl-\, Ctrl-Z) stay the user's. However this process ends, the terminal is
 * as before: where its own code no longer runs, a guardian process restores it.
 */
#ifndef SEL4UX_HOST_TERMINAL_H
#define SEL4UX_HOST_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "base/error.h"

struct terminal {
    int fd; /* -1: no terminal */
    pid_t guardian;
    struct termios before;
};

/* `fd` may be anything: without a terminal in the foreground, nothing happens and it succeeds. */
int terminal_open(struct terminal *terminal, int fd, struct error *err);

/* Gives the terminal back, for as long as the process is stopped or for good. */
void terminal_suspend(const struct terminal *terminal);
void terminal_resume(const struct terminal *terminal);
void terminal_close(struct terminal *terminal);

/* Whether `pid` was the guardian; a new one takes its place. */
bool terminal_guardian_died(struct terminal *terminal, pid_t pid);

#endif
