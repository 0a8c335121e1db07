/*
 * System calls that a kernel has only when it is configured so: printing, debugging,
 * model-specific registers and the thread-local storage base. Included by syscalls.h.
 */
#pragma once

#include <sel4/syscalls.h>

SEL4_C_BEGIN

#ifdef CONFIG_PRINTING
LIBSEL4_INLINE_FUNC void seL4_DebugPutChar(char c)
{
    sel4_plain(seL4_SysDebugPutChar, (seL4_Word)c);
}

LIBSEL4_INLINE_FUNC void seL4_DebugPutString(const char *text)
{
    while (*text)
        seL4_DebugPutChar(*text++);
}

LIBSEL4_INLINE_FUNC void seL4_DebugDumpScheduler(void)
{
    sel4_plain(seL4_SysDebugDumpScheduler, 0);
}
#endif

#ifdef CONFIG_DEBUG_BUILD
LIBSEL4_INLINE_FUNC void seL4_DebugHalt(void)
{
    sel4_plain(seL4_SysDebugHalt, 0);
}

LIBSEL4_INLINE_FUNC void seL4_DebugSnapshot(void)
{
    sel4_plain(seL4_SysDebugSnapshot, 0);
}

/* The kernel's own number of the capability's type, 0 for none; it differs between kernels. */
LIBSEL4_INLINE_FUNC seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cap)
{
    return (seL4_Uint32)sel4_plain(seL4_SysDebugCapIdentify, cap);
}

LIBSEL4_INLINE_FUNC void seL4_DebugNameThread(seL4_CPtr tcb, const char *name)
{
    char *text = (char *)seL4_GetIPCBuffer()->msg;
    struct sel4_trap t;

    sel4_fill(&t, tcb, 0);
    while ((*text++ = *name++) != 0) {
    }
    sel4_trap(seL4_SysDebugNameThread, &t);
}

#ifdef CONFIG_ENABLE_SMP_SUPPORT
LIBSEL4_INLINE_FUNC seL4_Word seL4_DebugGetThreadAffinity(seL4_CPtr tcb)
{
    return sel4_plain(seL4_SysDebugGetThreadAffinity, tcb);
}
#endif
#endif

#ifdef CONFIG_DANGEROUS_CODE_INJECTION
LIBSEL4_INLINE_FUNC void seL4_DebugRun(void (*function)(void *), void *argument)
{
    struct sel4_trap t;

    sel4_fill(&t, (seL4_Word)function, 0);
    t.info = (seL4_Word)argument;
    sel4_trap(seL4_SysDebugRun, &t);
}
#endif

#ifdef CONFIG_KERNEL_X86_DANGEROUS_MSR
LIBSEL4_INLINE_FUNC void seL4_X86DangerousWRMSR(seL4_Uint32 msr, seL4_Uint64 value)
{
    struct sel4_trap t;

    sel4_fill(&t, msr, 0);
    t.mr[0] = value;
    sel4_trap(seL4_SysX86DangerousWRMSR, &t);
}

LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_X86DangerousRDMSR(seL4_Uint32 msr)
{
    struct sel4_trap t;

    sel4_fill(&t, msr, 0);
    sel4_trap(seL4_SysX86DangerousRDMSR, &t);
    return t.mr[0];
}
#endif

#ifdef CONFIG_SET_TLS_BASE_SELF
LIBSEL4_INLINE_FUNC void seL4_SetTLSBase(seL4_Word base)
{
    sel4_plain(seL4_SysSetTLSBase, base);
}
#endif

SEL4_C_END
