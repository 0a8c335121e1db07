/*
 * The text of a failure, for people. A function that can fail on a cold path takes a
 * `struct error *` last, returns 0 or -errno, and on failure leaves one line without a newline:
 * what is wrong, then what to do about it. Callers prefix what they know with error_wrap().
 * Every function here accepts err == NULL and keeps errno as it was.
 */
#ifndef SEL4UX_BASE_ERROR_H
#define SEL4UX_BASE_ERROR_H

#define ERROR_MESSAGE_SIZE 1024

struct error {
    char message[ERROR_MESSAGE_SIZE]; /* always terminated; truncated when too long */
};

#define ERROR_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))

/* Replaces the message. Control characters become '?', so that a hostile name stays on one line. */
void error_set(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

/* The same, followed by ": " and the text of `errnum`. Returns -errnum. */
int error_errno(struct error *err, int errnum, const char *format, ...) ERROR_PRINTF(3, 4);

/* Puts the formatted text and ": " before the message. */
void error_wrap(struct error *err, const char *format, ...) ERROR_PRINTF(2, 3);

#endif
