/*
 * Every function of libsel4 as an external symbol, for languages that can't read C headers and for
 * objects that were compiled against declarations of their own.
 *
 * The headers define the functions as whatever LIBSEL4_INLINE_FUNC and LIBSEL4_INLINE say: here,
 * ordinary ones. A C program that includes the headers has its own and links nothing of this file.
 */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define LIBSEL4_INLINE_FUNC
#define LIBSEL4_INLINE

#include <sel4/sel4.h>
