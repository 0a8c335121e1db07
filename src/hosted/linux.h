/* Raw Linux system calls by name, and what of Linux is the same for all processors. */
#ifndef SEL4UX_HOSTED_LINUX_H
#define SEL4UX_HOSTED_LINUX_H

#include <stdint.h>

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

/* struct sigaction as the kernel has it. */
#define LINUX_SA_RESTORER 0x04000000

struct linux_sigaction {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

void restore_signal(void); /* entry.S */

#endif
