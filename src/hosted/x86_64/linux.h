/*
 * Raw Linux system calls: the result, or -errno. They leave errno alone, and no sanitizer and no
 * wrapper of the C library sees them: handing over the token must not look like synchronisation.
 */
#ifndef SEL4UX_HOSTED_X86_64_LINUX_H
#define SEL4UX_HOSTED_X86_64_LINUX_H

#include <sys/syscall.h>

static inline long linux_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#endif
