/*
 * The few macros of libsel4 that sources outside of it use.
 */
#pragma once

#include <sel4/config.h>

#define LIBSEL4_BIT(n)          (1ul << (n))
#define LIBSEL4_UNUSED          __attribute__((unused))
#define LIBSEL4_NOINLINE        __attribute__((noinline))
#define LIBSEL4_WEAK            __attribute__((weak))
#define LIBSEL4_INLINE          static inline
#define LIBSEL4_INLINE_FUNC     static inline
#define LIBSEL4_THREAD_LOCAL    __thread
#define SEL4_PACKED             __attribute__((packed))
#define SEL4_DEPRECATED(reason) __attribute__((deprecated(reason)))

#ifdef __cplusplus
#define SEL4_COMPILE_ASSERT(name, condition) static_assert(condition, #name);
#else
#define SEL4_COMPILE_ASSERT(name, condition) _Static_assert(condition, #name);
#endif
