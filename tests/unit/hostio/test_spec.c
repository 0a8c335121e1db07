/* What --host says, and what is said of it when it says it wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hostio/spec.h"

static struct hostio_grants grants;
static struct error err;

static int add(const char *text)
{
    return hostio_spec_add(&grants, text, &err);
}

static int clear(void **state)
{
    (void)state;
    memset(&grants, 0, sizeof grants);
    return 0;
}

static void assert_spec(const char *text, unsigned kind, const char *target, const char *name,
                        bool writable)
{
    const struct hostio_spec *spec = &grants.spec[grants.count];

    assert_int_equal(add(text), 0);
    assert_int_equal(spec->kind->kind, kind);
    assert_string_equal(spec->target, target);
    assert_string_equal(spec->name, name);
    assert_int_equal(spec->writable, writable);
}

static void test_what_is_right(void **state)
{
    (void)state;
    assert_spec("dir=/tmp", SEL4UX_HOST_DIRECTORY, "/tmp", "/tmp", false);
    assert_spec("dir=a:ro", SEL4UX_HOST_DIRECTORY, "a", "a", false);
    assert_spec("dir=b:rw", SEL4UX_HOST_DIRECTORY, "b", "b", true);
    assert_spec("dir=c:d:rw,name=e", SEL4UX_HOST_DIRECTORY, "c:d", "e", true);
    assert_spec("dir=f,g,name=h,i", SEL4UX_HOST_DIRECTORY, "f,g", "h,i", false);
    assert_spec("block=x:rw,name=disk", SEL4UX_HOST_BLOCK, "x", "disk", true);
    assert_spec("terminal", SEL4UX_HOST_TERMINAL, "", "terminal", true);
    assert_spec("clock,name=wall", SEL4UX_HOST_CLOCK, "", "wall", true);
    assert_spec("random", SEL4UX_HOST_RANDOM, "", "random", false);
}

static void assert_refused(const char *text, const char *part)
{
    unsigned before = grants.count;

    assert_int_equal(add(text), -EINVAL);
    assert_int_equal(grants.count, before);
    if (strstr(err.message, part) == NULL)
        fail_msg("'%s' is told: %s", text, err.message);
}

static void test_what_is_wrong(void **state)
{
    char text[6000];

    (void)state;
    assert_refused("", "such as dir=FOLDER");
    assert_refused("dri=/tmp", "did you mean dir?");
    assert_refused("dir", "needs dir=FOLDER");
    assert_refused("dir=", "needs dir=FOLDER");
    assert_refused("dir=:rw", "needs dir=FOLDER");
    assert_refused("dir=a,name=", "a name has 1 to 47 bytes");
    assert_refused("dir=a,size=4", "size= is no option of dir");
    assert_refused("terminal=x", "nothing stands behind terminal");
    assert_spec("terminal", SEL4UX_HOST_TERMINAL, "", "terminal", true);
    assert_refused("terminal,name=other", "only one");
    assert_spec("dir=a", SEL4UX_HOST_DIRECTORY, "a", "a", false);
    assert_refused("dir=b,name=a", "one called 'a' already");
    memset(text, 'x', sizeof text);
    memcpy(text, "dir=", 4);
    text[60] = '\0';
    assert_refused(text, "add ,name=NAME");
    text[60] = 'x';
    text[sizeof text - 1] = '\0';
    assert_refused(text, "too long");
}

static void test_there_is_an_end(void **state)
{
    char text[32];

    (void)state;
    for (unsigned i = 0; i < HOST_GRANTS; i++) {
        snprintf(text, sizeof text, "clock,name=%u", i);
        assert_int_equal(add(text), 0);
    }
    assert_refused("clock", "as many as there can be");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_is_right, clear),
        cmocka_unit_test_setup(test_what_is_wrong, clear),
        cmocka_unit_test_setup(test_there_is_an_end, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
