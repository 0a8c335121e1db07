/*
 * What the kernel model's tests share: a kernel with one running thread for each test, and ways to
 * issue an invocation and to look at its outcome. Include it last: cmocka defines a macro `fail`.
 */
#ifndef SEL4UX_TESTS_KERNEL_TEST_H
#define SEL4UX_TESTS_KERNEL_TEST_H

#include "fake_platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARGS(...)                                                                                  \
    sizeof((word[]){__VA_ARGS__}) / sizeof(word), (word[])                                         \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define ALL_RIGHTS 15

#define KERNEL_TEST(f) cmocka_unit_test_setup_teardown(f, kernel_test_setup, kernel_test_teardown)

static inline int kernel_test_setup(void **state)
{
    struct kernel *k = fake_kernel_new();
    fake_run(k, fake_thread(k, 100));
    *state = k;
    return 0;
}

static inline int kernel_test_teardown(void **state)
{
    fake_kernel_free(*state);
    return 0;
}

static inline void assert_consistent(struct kernel *k)
{
    const char *wrong = kernel_check(k);
    if (wrong)
        fail_msg("%s", wrong);
}

/* Slot `index` of the running thread's CNode. */
static inline paddr own(struct kernel *k, unsigned index)
{
    return fake_thread_slot(k, k->current, index);
}

/* The slot with the capability to that CNode. */
static inline paddr root_slot(struct kernel *k)
{
    return fake_slot(k->current, TCB_CTABLE);
}

static inline struct cte *cte(struct kernel *k, unsigned index)
{
    return cte_at(k, own(k, index));
}

static inline void assert_error(struct kernel *k, enum outcome outcome, unsigned error)
{
    assert_int_equal(outcome, FAILED);
    assert_int_equal(k->error.type, error);
}

static inline void assert_range(struct kernel *k, enum outcome outcome, word min, word max)
{
    assert_error(k, outcome, seL4_RangeError);
    assert_int_equal(k->error.range_min, min);
    assert_int_equal(k->error.range_max, max);
}

static inline void assert_lookup(struct kernel *k, enum outcome outcome, bool in_source,
                                 struct lookup_fault fault)
{
    assert_error(k, outcome, seL4_FailedLookup);
    assert_int_equal(k->error.lookup_in_source, in_source);
    assert_int_equal(k->lookup_fault.type, fault.type);
    assert_int_equal(k->lookup_fault.bits_left, fault.bits_left);
    assert_int_equal(k->lookup_fault.bits_found, fault.bits_found);
    assert_int_equal(k->lookup_fault.guard_found, fault.guard_found);
}

#endif
