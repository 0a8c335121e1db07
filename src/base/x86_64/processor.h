/* base/processor.h for x86_64. */
#ifndef SEL4UX_BASE_X86_64_PROCESSOR_H
#define SEL4UX_BASE_X86_64_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of the instruction that enters the kernel: between it and where a system call returns to.
 */
#define SYSTEM_CALL_SIZE 2

/* Counts at a constant rate that every CPU of the host shares; host/tsc.h knows which. */
static inline uint64_t processor_counter(void)
{
    return __builtin_ia32_rdtsc();
}

/* Whether user code can be at `address`, and its thread-local storage: it is canonical. */
static inline bool processor_has_address(uint64_t address)
{
    return address <= 0x00007fffffffffffull || address >= 0xffff800000000000ull;
}

/* In loops that wait for another CPU. */
static inline void processor_pause(void)
{
    __builtin_ia32_pause();
}

#endif
