/* What the machine's processes do to themselves and to each other. */
#ifndef SEL4UX_HOST_PROCESS_H
#define SEL4UX_HOST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A process just forked by `parent`: dies with it, whatever happens, has the default signal
 * mask and ignores what a terminal sends to the whole group: the monitor deals with that.
 */
void process_become_child(pid_t parent, const char *name);

/* Closes every descriptor from 3 on that is not in `keep`. */
void process_close_all_but(const int *keep, size_t count);

/* Descriptors 0 to 2 exist from now on, so that nothing else ever becomes one of them. */
void process_open_standard_fds(void);

/* Stays on the core where it runs now, or on `cpu`, as do its children; a host that refuses is only
 * slower. */
void process_pin(void);
void process_pin_to(int cpu);

/* Reaps `pid`; false: it is no child. */
bool process_reap(pid_t pid, int *status);

/* How it ended, in words: "exited with status 1", "was killed by signal 9 (Killed)". */
void process_describe_end(int status, char *text, size_t size);

#endif
