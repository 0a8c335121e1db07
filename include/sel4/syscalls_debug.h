/*
 * System calls that a kernel has only when it is configured so: printing, debugging, benchmarks,
 * model-specific registers and the thread-local storage base. Included by syscalls.h.
 */
#pragma once

#ifdef CONFIG_PRINTING
LIBSEL4_INLINE_FUNC void seL4_DebugPutChar(char c)
{
    struct sel4_trap t = {.cap = (seL4_Word)c};

    sel4_trap(seL4_SysDebugPutChar, &t);
}

LIBSEL4_INLINE_FUNC void seL4_DebugPutString(const char *text)
{
    while (*text)
        seL4_DebugPutChar(*text++);
}

LIBSEL4_INLINE_FUNC void seL4_DebugDumpScheduler(void)
{
    struct sel4_trap t = {0};

    sel4_trap(seL4_SysDebugDumpScheduler, &t);
}
#endif

#ifdef CONFIG_DEBUG_BUILD
LIBSEL4_INLINE_FUNC void seL4_DebugHalt(void)
{
    struct sel4_trap t = {0};

    sel4_trap(seL4_SysDebugHalt, &t);
}

LIBSEL4_INLINE_FUNC void seL4_DebugSnapshot(void)
{
    struct sel4_trap t = {0};

    sel4_trap(seL4_SysDebugSnapshot, &t);
}

/* The kernel's own number of the capability's type, 0 for none; it differs between kernels. */
LIBSEL4_INLINE_FUNC seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cap)
{
    struct sel4_trap t = {.cap = cap};

    sel4_trap(seL4_SysDebugCapIdentify, &t);
    return (seL4_Uint32)t.cap;
}

LIBSEL4_INLINE_FUNC void seL4_DebugNameThread(seL4_CPtr tcb, const char *name)
{
    char *text = (char *)seL4_GetIPCBuffer()->msg;
    struct sel4_trap t = {.cap = tcb};

    while ((*text++ = *name++) != 0) {
    }
    sel4_trap(seL4_SysDebugNameThread, &t);
}
#endif

#ifdef CONFIG_DANGEROUS_CODE_INJECTION
LIBSEL4_INLINE_FUNC void seL4_DebugRun(void (*function)(void *), void *argument)
{
    struct sel4_trap t = {.cap = (seL4_Word)function, .info = (seL4_Word)argument};

    sel4_trap(seL4_SysDebugRun, &t);
}
#endif

#ifdef CONFIG_KERNEL_X86_DANGEROUS_MSR
LIBSEL4_INLINE_FUNC void seL4_X86DangerousWRMSR(seL4_Uint32 msr, seL4_Uint64 value)
{
    struct sel4_trap t = {.cap = msr, .mr = {value}};

    sel4_trap(seL4_SysX86DangerousWRMSR, &t);
}

LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_X86DangerousRDMSR(seL4_Uint32 msr)
{
    struct sel4_trap t = {.cap = msr};

    sel4_trap(seL4_SysX86DangerousRDMSR, &t);
    return t.mr[0];
}
#endif

#ifdef CONFIG_ENABLE_BENCHMARKS
LIBSEL4_INLINE_FUNC seL4_Word sel4_benchmark(seL4_Word number, seL4_Word argument)
{
    struct sel4_trap t = {.cap = argument};

    sel4_trap(number, &t);
    return t.cap;
}

LIBSEL4_INLINE_FUNC void seL4_BenchmarkNullSyscall(void)
{
    sel4_benchmark(seL4_SysBenchmarkNullSyscall, 0);
}

LIBSEL4_INLINE_FUNC void seL4_BenchmarkFlushCaches(void)
{
    sel4_benchmark(seL4_SysBenchmarkFlushCaches, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_BenchmarkResetLog(void)
{
    return (seL4_Error)sel4_benchmark(seL4_SysBenchmarkResetLog, 0);
}

LIBSEL4_INLINE_FUNC seL4_Word seL4_BenchmarkFinalizeLog(void)
{
    return sel4_benchmark(seL4_SysBenchmarkFinalizeLog, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_BenchmarkSetLogBuffer(seL4_Word frame)
{
    return (seL4_Error)sel4_benchmark(seL4_SysBenchmarkSetLogBuffer, frame);
}
#endif

#ifdef CONFIG_SET_TLS_BASE_SELF
LIBSEL4_INLINE_FUNC void seL4_SetTLSBase(seL4_Word base)
{
    struct sel4_trap t = {.cap = base};

    sel4_trap(seL4_SysSetTLSBase, &t);
}
#endif
