/*
 * Building one-line messages in a fixed buffer: nothing here allocates, so it also works when
 * memory is what ran out.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void make_one_line(char *text)
{
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
}

void error_set(struct error *err, const char *format, ...)
{
    int saved = errno;
    va_list args;

    if (!err) {
        return;
    }
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    make_one_line(err->message);
    errno = saved;
}

int error_errno(struct error *err, int errnum, const char *format, ...)
{
    int saved = errno;
    char prefix[ERROR_MESSAGE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(prefix, sizeof(prefix), format, args);
    va_end(args);
    error_set(err, "%s: %s", prefix, strerror(errnum));
    errno = saved;
    return -errnum;
}

void error_wrap(struct error *err, const char *format, ...)
{
    int saved = errno;
    char prefix[ERROR_MESSAGE_SIZE], old[ERROR_MESSAGE_SIZE];
    va_list args;

    if (!err) {
        return;
    }
    va_start(args, format);
    vsnprintf(prefix, sizeof(prefix), format, args);
    va_end(args);
    memcpy(old, err->message, sizeof(old));
    error_set(err, "%s: %s", prefix, old);
    errno = saved;
}
