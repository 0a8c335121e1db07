/*
 * Lines on stderr: "sel4ux: " and the text, with the severity in words as well as in colour.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 2048

void log_init(struct log *log, int fd, bool quiet)
{
    const char *no_color = getenv("NO_COLOR");

    log->fd = fd;
    log->quiet = quiet;
    log->colour = isatty(fd) && (!no_color || !*no_color);
}

static void write_all(int fd, const char *text, size_t size)
{
    while (size) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return; /* there is nowhere left to complain to */
        }
        text += n;
        size -= (size_t)n;
    }
}

static void put_line(const struct log *log, const char *colour, const char *label,
                     const char *format, va_list args)
{
    int saved = errno;
    char text[LINE_SIZE], line[LINE_SIZE + 64];

    vsnprintf(text, sizeof(text), format, args);
    if (log->colour) {
        snprintf(line, sizeof(line), "\033[%smsel4ux: %s\033[0m%s\n", colour, label, text);
    } else {
        snprintf(line, sizeof(line), "sel4ux: %s%s\n", label, text);
    }
    write_all(log->fd, line, strlen(line));
    errno = saved;
}

void log_note(const struct log *log, const char *format, ...)
{
    va_list args;

    if (log->quiet) {
        return;
    }
    va_start(args, format);
    put_line(log, "2", "", format, args);
    va_end(args);
}

void log_warning(const struct log *log, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_line(log, "1;33", "warning: ", format, args);
    va_end(args);
}

void log_error(const struct log *log, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_line(log, "1;31", "error: ", format, args);
    va_end(args);
}
