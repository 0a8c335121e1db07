/*
 * The few macros of libsel4 that sources outside of it use.
 *
 * LIBSEL4_INLINE_FUNC precedes the definition of every function of the API, and LIBSEL4_INLINE
 * that of every invocation. What they are is a choice of the project's: code to inline, or symbols
 * that other languages can link. The library itself defines them before it includes this.
 */
#pragma once

#include <sel4/config.h>

#ifndef CONST
#define CONST __attribute__((__const__))
#endif
#ifndef PURE
#define PURE __attribute__((__pure__))
#endif

#define LIBSEL4_BIT(n)           (1ul << (n))
#define LIBSEL4_UNUSED           __attribute__((unused))
#define LIBSEL4_NOINLINE         __attribute__((noinline))
#define LIBSEL4_WEAK             __attribute__((weak))
#define SEL4_PACKED              __attribute__((packed))
#define SEL4_DEPRECATED(reason)  __attribute__((deprecated(reason)))
#define SEL4_DEPRECATE_MACRO(to) _Pragma("deprecated") to

#if defined(LIBSEL4_INLINE_FUNC)
/* The library: its own. */
#elif defined(CONFIG_LIB_SEL4_PUBLIC_SYMBOLS)
#define LIBSEL4_INLINE_FUNC LIBSEL4_UNUSED LIBSEL4_WEAK
#define LIBSEL4_INLINE      LIBSEL4_UNUSED LIBSEL4_WEAK
#elif defined(CONFIG_LIB_SEL4_DEFAULT_FUNCTION_ATTRIBUTES)
#define LIBSEL4_INLINE_FUNC static inline
#define LIBSEL4_INLINE      LIBSEL4_NOINLINE LIBSEL4_UNUSED LIBSEL4_WEAK
#else
#define LIBSEL4_INLINE_FUNC static inline
#define LIBSEL4_INLINE      static inline
#endif

/* Parts of libsel4's functions: never a call of their own. */
#define SEL4_HELPER static inline __attribute__((always_inline))

#ifdef CONFIG_LIB_SEL4_USE_THREAD_LOCALS
#define LIBSEL4_THREAD_LOCAL __thread
#else
#define LIBSEL4_THREAD_LOCAL
#endif

#ifdef __cplusplus
#define SEL4_COMPILE_ASSERT(name, condition) static_assert(condition, #name);
#define SEL4_C_BEGIN                         extern "C" {
#define SEL4_C_END                           }
#else
#define SEL4_COMPILE_ASSERT(name, condition) _Static_assert(condition, #name);
#define SEL4_C_BEGIN
#define SEL4_C_END
#endif

/* A table's size in bits is what an entry takes and what its index has. */
#define SEL4_SIZE_SANITY(entry, index, size)                                                       \
    SEL4_COMPILE_ASSERT(entry##_##index##_##size, (entry) + (index) == (size))

/* Makes an enum as wide as a word, as the last of its values. */
#define SEL4_FORCE_LONG_ENUM(type) _enum_pad_##type = 0x7fffffffffffffff
