/*
 * seL4's scalar types on x86_64: a word is a 64-bit unsigned long, a capability pointer is a word.
 */
#pragma once

#include <sel4/constants.h>
#include <sel4/macros.h>

#define SEL4_WORD_IS_UINT64
#define SEL4_INT64_IS_LONG

typedef signed char seL4_Int8;
typedef unsigned char seL4_Uint8;
typedef short seL4_Int16;
typedef unsigned short seL4_Uint16;
typedef int seL4_Int32;
typedef unsigned int seL4_Uint32;
typedef long seL4_Int64;
typedef unsigned long seL4_Uint64;

typedef seL4_Int8 seL4_Bool;
typedef seL4_Uint64 seL4_Word;
typedef seL4_Word seL4_CPtr;

#ifdef __cplusplus
#define seL4_Null 0L
#else
#define seL4_Null ((void *)0)
#endif

/* For printf() */
#define SEL4_PRId_word "ld"
#define SEL4_PRIi_word "li"
#define SEL4_PRIu_word "lu"
#define SEL4_PRIx_word "lx"
#define SEL4_PRI_word  SEL4_PRIu_word
#define SEL4_PRId64    "ld"
#define SEL4_PRIi64    "li"
#define SEL4_PRIu64    "lu"
#define SEL4_PRIx64    "lx"

#define seL4_integer_size_assert(type, size)                                                       \
    SEL4_COMPILE_ASSERT(type##_has_##size##_bytes, sizeof(type) == (size))

seL4_integer_size_assert(seL4_Word, 8) seL4_integer_size_assert(seL4_Uint16, 2)
    seL4_integer_size_assert(seL4_Uint32, 4)
