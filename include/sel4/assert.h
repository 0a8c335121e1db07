/*
 * Assertions of guests. What they end in, __assert_fail(), is the C library's that the guest is
 * linked with; it has another name here, since C libraries disagree about its type.
 */
#pragma once

#include <sel4/macros.h>

SEL4_C_BEGIN

void sel4_assert_fail(const char *condition, const char *file, int line,
                      const char *function) __asm__("__assert_fail");

SEL4_C_END

#define seL4_Fail(text) sel4_assert_fail(text, __FILE__, __LINE__, __func__)
#define seL4_Assert(condition)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            seL4_Fail(#condition);                                                                 \
    } while (0)
#define seL4_CompileTimeAssert(condition) SEL4_COMPILE_ASSERT(seL4_CompileTimeAssert, condition)
