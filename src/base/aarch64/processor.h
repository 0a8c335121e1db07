/* base/processor.h for aarch64. */
#ifndef SEL4UX_BASE_AARCH64_PROCESSOR_H
#define SEL4UX_BASE_AARCH64_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

/* The system call is a `bl`: all instructions have four bytes. */
#define SYSTEM_CALL_SIZE 4

static inline uint64_t processor_counter(void)
{
    uint64_t ticks;

    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

/*
 * Linux gives user code the lower 2^48 bytes (2^52 to who asks), and loads programs near the top;
 * what x86_64 takes as an address of the kernel's is one here, too.
 */
static inline bool processor_has_address(uint64_t address)
{
    return address >> 52 == 0 || address >= 0xffff800000000000ull;
}

static inline void processor_pause(void)
{
    __asm__ volatile("yield" : : : "memory");
}

#endif
