/*
 * What sel4ux itself says to people: lines on stderr, never on stdout, which belongs to the
 * guest's serial port. A line is one write(2), so lines of several processes do not mix.
 * Colour only on a terminal, and not when NO_COLOR is set to anything but the empty string.
 */
#ifndef SEL4UX_BASE_LOG_H
#define SEL4UX_BASE_LOG_H

#include <stdbool.h>

#include "base/error.h"

struct log {
    int fd;
    bool colour;
    bool quiet; /* notes are dropped; warnings and errors never are */
};

void log_init(struct log *log, int fd, bool quiet);

/* `format` without a newline. */
void log_note(const struct log *log, const char *format, ...) ERROR_PRINTF(2, 3);
void log_warning(const struct log *log, const char *format, ...) ERROR_PRINTF(2, 3);
void log_error(const struct log *log, const char *format, ...) ERROR_PRINTF(2, 3);

#endif
