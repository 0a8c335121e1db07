/*
 * Raw Linux system calls for freestanding code: the result, or -errno. All have the kernel's own
 * argument order and types; none touches TLS. The instruction has to lie in the stub's text, which
 * is all that Syscall User Dispatch lets through.
 */
#ifndef SEL4UX_STUB_SYSCALLS_H
#define SEL4UX_STUB_SYSCALLS_H

#include <asm/unistd.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>

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

#define LINUX_CALL3(name, a, b, c) linux_call(__NR_##name, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define LINUX_CALL6(name, a, b, c, d, e, f)                                                        \
    linux_call(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

struct linux_timespec {
    int64_t seconds, nanoseconds;
};

/* Shared between processes, hence not FUTEX_PRIVATE. `timeout` is relative; NULL: none. */
static inline long linux_futex_wait(_Atomic uint32_t *at, uint32_t value,
                                    const struct linux_timespec *timeout)
{
    return LINUX_CALL6(futex, at, FUTEX_WAIT, value, timeout, 0, 0);
}

static inline long linux_futex_wake(_Atomic uint32_t *at)
{
    return LINUX_CALL6(futex, at, FUTEX_WAKE, 1, 0, 0, 0);
}

static inline struct linux_timespec linux_timespec_of(uint64_t ns)
{
    return (struct linux_timespec){(int64_t)(ns / 1000000000), (int64_t)(ns % 1000000000)};
}

#endif
