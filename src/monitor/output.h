/*
 * The guest's serial output on its way to stdout, byte for byte, and the text that ends the run
 * when a line contains it. Never blocks: what stdout does not take stays in the machine's ring,
 * and the guest waits.
 */
#ifndef SEL4UX_MONITOR_OUTPUT_H
#define SEL4UX_MONITOR_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/machine.h"

#define OUTPUT_CHUNK 4096

enum match_state {
    MATCH_SEEKING,
    MATCH_FOUND, /* the text is complete; the rest of its line is still wanted */
    MATCH_DONE,  /* the line is complete: nothing behind it is printed */
};

struct output {
    int fd;
    bool own_fd;      /* opened by us, to be non-blocking without changing the caller's stdout */
    bool blocked;     /* wait for POLLOUT */
    bool closed;      /* nobody reads it any more: everything is dropped */
    bool in_line;     /* the last byte printed did not end a line */
    const char *text; /* NULL: none */
    size_t *fallback; /* of the text: how much of it still matches after a mismatch at n */
    size_t matched;
    enum match_state match;
    size_t start, end; /* bytes of `chunk` still to be written */
    uint64_t taken;    /* bytes of the machine's output that were looked at */
    uint64_t last;     /* of those, how many are printed when the match is done; else UINT64_MAX */
    char chunk[OUTPUT_CHUNK];
};

/* `exit_on` may be NULL. Returns 0 or -ENOMEM. */
int output_open(struct output *output, int fd, const char *exit_on);
void output_close(struct output *output);

/* Takes over what is next in the machine's ring, once all before is gone. False: there is nothing.
 */
bool output_take(struct output *output, struct console *console);

/* Writes what was taken. False: not all of it, for now. */
bool output_write(struct output *output);

#endif
