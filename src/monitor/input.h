/* stdin on its way to the guest's serial port: read when the machine has room, never ahead. */
#ifndef SEL4UX_MONITOR_INPUT_H
#define SEL4UX_MONITOR_INPUT_H

#include <stdbool.h>

#include "machine/machine.h"

struct input {
    int fd; /* -1: no more will come */
};

/* A terminal of which this process is not in the foreground counts as at its end. */
void input_open(struct input *input, int fd, struct console *console);

/* Whether to wait for the descriptor; not when the machine's ring is full. */
bool input_has_room(const struct input *input, const struct console *console);

/* Takes what is there, once; true: the machine should look. */
bool input_take(struct input *input, struct console *console);

#endif
