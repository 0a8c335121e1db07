/* Raw Linux system calls by name. */
#ifndef SEL4UX_HOSTED_LINUX_H
#define SEL4UX_HOSTED_LINUX_H

#if defined(__x86_64__)
#include "hosted/x86_64/linux.h"
#elif defined(__aarch64__)
#include "hosted/aarch64/linux.h"
#else
#error "hosted programs: no raw system calls for this processor yet"
#endif

#define LINUX_CALL3(name, a, b, c) linux_call(SYS_##name, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define LINUX_CALL6(name, a, b, c, d, e, f)                                                        \
    linux_call(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#endif
