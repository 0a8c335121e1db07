/*
 * System calls of a kernel that is built for benchmarks. Included by syscalls.h.
 */
#pragma once

#include <sel4/syscalls.h>

SEL4_C_BEGIN

#ifdef CONFIG_ENABLE_BENCHMARKS
LIBSEL4_INLINE_FUNC void seL4_BenchmarkNullSyscall(void)
{
    sel4_plain(seL4_SysBenchmarkNullSyscall, 0);
}

LIBSEL4_INLINE_FUNC void seL4_BenchmarkFlushCaches(void)
{
    sel4_plain(seL4_SysBenchmarkFlushCaches, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_BenchmarkResetLog(void)
{
    return (seL4_Error)sel4_plain(seL4_SysBenchmarkResetLog, 0);
}

/* How many entries the log has. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_BenchmarkFinalizeLog(void)
{
    return sel4_plain(seL4_SysBenchmarkFinalizeLog, 0);
}

LIBSEL4_INLINE_FUNC seL4_Error seL4_BenchmarkSetLogBuffer(seL4_Word frame)
{
    return (seL4_Error)sel4_plain(seL4_SysBenchmarkSetLogBuffer, frame);
}
#endif

#ifdef CONFIG_BENCHMARK_TRACK_UTILISATION
/* Fills the IPC buffer: words of enum benchmark_track_util_ipc_index. */
LIBSEL4_INLINE_FUNC void seL4_BenchmarkGetThreadUtilisation(seL4_Word tcb)
{
    sel4_plain(seL4_SysBenchmarkGetThreadUtilisation, tcb);
}

LIBSEL4_INLINE_FUNC void seL4_BenchmarkResetThreadUtilisation(seL4_Word tcb)
{
    sel4_plain(seL4_SysBenchmarkResetThreadUtilisation, tcb);
}

#ifdef CONFIG_DEBUG_BUILD
LIBSEL4_INLINE_FUNC void seL4_BenchmarkDumpAllThreadsUtilisation(void)
{
    sel4_plain(seL4_SysBenchmarkDumpAllThreadsUtilisation, 0);
}

LIBSEL4_INLINE_FUNC void seL4_BenchmarkResetAllThreadsUtilisation(void)
{
    sel4_plain(seL4_SysBenchmarkResetAllThreadsUtilisation, 0);
}
#endif
#endif

SEL4_C_END
