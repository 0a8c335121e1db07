/* Messages, suggestions and log lines of src/base. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/log.h"
#include "base/nearest.h"

static void error_is_one_line(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, "%s: %d", "a\nb\033[1m\x7f", 7);
    assert_string_equal(err.message, "a?b?[1m?: 7");
}

static void error_keeps_errno_and_returns_it_negative(void **state)
{
    struct error err;

    (void)state;
    errno = EBADF;
    assert_int_equal(error_errno(&err, ENOENT, "cannot open %s", "x"), -ENOENT);
    assert_int_equal(errno, EBADF);
    assert_string_equal(err.message, "cannot open x: No such file or directory");
}

static void error_wrap_prefixes(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, "inner %s", "100%");
    error_wrap(&err, "outer %d", 1);
    assert_string_equal(err.message, "outer 1: inner 100%");
}

static void error_truncates_and_accepts_null(void **state)
{
    static char big[2 * ERROR_MESSAGE_SIZE];
    struct error err;

    (void)state;
    memset(big, 'x', sizeof(big) - 1);
    error_set(&err, "%s", big);
    error_wrap(&err, "%s", big);
    assert_int_equal(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
    error_set(NULL, "nobody listens");
    error_wrap(NULL, "nobody listens");
    assert_int_equal(error_errno(NULL, EIO, "nobody listens"), -EIO);
}

static void nearest_suggests_only_what_is_similar(void **state)
{
    static const char *const names[] = {"timeout", "engine", "exit-on", "mem"};
    static const struct {
        const char *word;
        size_t best;
    } expected[] = {{"timeout", 0}, {"timout", 0}, {"tiemout", 0}, {"TIMEOUT", 0},
                    {"engin", 1},   {"exiton", 2}, {"memory", 3},  {"mme", 3},
                    {"zzz", 4},     {"", 4},       {"m", 4},       {"quitethis", 4}};
    char longest[100];

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        size_t got = nearest_name(expected[i].word, names, 4);
        if (got != expected[i].best) {
            print_error("nearest_name(\"%s\")\n", expected[i].word);
        }
        assert_int_equal(got, expected[i].best);
    }
    memset(longest, 'a', sizeof(longest));
    longest[99] = 0;
    assert_int_equal(nearest_name(longest, names, 4), 4);
}

static void log_writes_plain_lines_to_a_pipe(void **state)
{
    struct log log;
    char text[256];
    int fd[2];
    ssize_t n;

    (void)state;
    assert_int_equal(pipe(fd), 0);
    log_init(&log, fd[1], true);
    log_note(&log, "not said");
    log_warning(&log, "a %d", 1);
    log_error(&log, "b");
    close(fd[1]);
    n = read(fd[0], text, sizeof(text) - 1);
    close(fd[0]);
    assert_true(n > 0);
    text[n] = 0;
    assert_string_equal(text, "sel4ux: warning: a 1\nsel4ux: error: b\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_is_one_line),
        cmocka_unit_test(error_keeps_errno_and_returns_it_negative),
        cmocka_unit_test(error_wrap_prefixes),
        cmocka_unit_test(error_truncates_and_accepts_null),
        cmocka_unit_test(nearest_suggests_only_what_is_similar),
        cmocka_unit_test(log_writes_plain_lines_to_a_pipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
