/*
 * Names of earlier versions of seL4 that old sources still use; the compiler says what to use
 * instead. Old names of constants are among the generated ones.
 */
#pragma once

#include <sel4/bootinfo.h>
#include <sel4/faults.h>
#include <sel4/functions.h>
#include <sel4/syscalls.h>

typedef seL4_CapRights_t seL4_CapRights SEL4_DEPRECATED("use seL4_CapRights_t");
typedef seL4_Fault_tag_t seL4_FaultType SEL4_DEPRECATED("use seL4_Fault_tag_t");
typedef seL4_Word seL4_CapData_t SEL4_DEPRECATED("badges and guards are words");

typedef union seL4_PageFaultIpcRegisters {
    struct sel4_page_fault_words {
        seL4_Word fault_ip;
        seL4_Word fault_addr;
        seL4_Word prefetch_fault;
        seL4_Word fsr;
    } regs;
    seL4_Word raw[4];
} seL4_PageFaultIpcRegisters SEL4_DEPRECATED("use seL4_Fault_VMFault_new()");

SEL4_DEPRECATED("use the message info that the system call returns")
static inline seL4_MessageInfo_t seL4_GetTag(void)
{
    return seL4_GetIPCBuffer()->tag;
}

SEL4_DEPRECATED("give the message info to the system call")
static inline void seL4_SetTag(seL4_MessageInfo_t tag)
{
    seL4_GetIPCBuffer()->tag = tag;
}

SEL4_DEPRECATED("use seL4_GetMR(seL4_VMFault_IP)")
static inline seL4_Word seL4_PF_FIP(void)
{
    return seL4_GetMR(seL4_VMFault_IP);
}

SEL4_DEPRECATED("use seL4_GetMR(seL4_VMFault_Addr)")
static inline seL4_Word seL4_PF_Addr(void)
{
    return seL4_GetMR(seL4_VMFault_Addr);
}

SEL4_DEPRECATED("use seL4_isVMFault_tag")
static inline seL4_Word seL4_isPageFault_MSG(void)
{
    return (seL4_Word)seL4_isVMFault_tag(seL4_GetIPCBuffer()->tag);
}

SEL4_DEPRECATED("use seL4_isVMFault_tag")
static inline seL4_Word seL4_isPageFault_Tag(seL4_MessageInfo_t tag)
{
    return (seL4_Word)seL4_isVMFault_tag(tag);
}

SEL4_DEPRECATED("use seL4_isUnknownSyscall_tag")
static inline seL4_Word seL4_isExceptIPC_Tag(seL4_MessageInfo_t tag)
{
    return (seL4_Word)seL4_isUnknownSyscall_tag(tag);
}

SEL4_DEPRECATED("use seL4_GetMR")
static inline seL4_Word seL4_ExceptIPC_Get(seL4_Word mr)
{
    return seL4_GetMR((int)mr);
}

SEL4_DEPRECATED("use seL4_SetMR")
static inline void seL4_ExceptIPC_Set(seL4_Word mr, seL4_Word word)
{
    seL4_SetMR((int)mr, word);
}

SEL4_DEPRECATED("use seL4_isUnknownSyscall_tag")
static inline seL4_Word seL4_IsArchSyscallFrom(seL4_MessageInfo_t tag)
{
    return seL4_MessageInfo_get_length(tag) == seL4_UnknownSyscall_Length;
}

SEL4_DEPRECATED("use seL4_isUserException_tag")
static inline seL4_Word seL4_IsArchExceptionFrom(seL4_MessageInfo_t tag)
{
    return seL4_MessageInfo_get_length(tag) == seL4_UnknownSyscall_Length;
}

SEL4_DEPRECATED("a badge is a word")
static inline seL4_Word seL4_CapData_Badge_new(seL4_Word badge)
{
    return badge;
}

SEL4_DEPRECATED("use seL4_CNode_CapData_new().words[0]")
static inline seL4_Word seL4_CapData_Guard_new(seL4_Word guard, seL4_Word bits)
{
    return seL4_CNode_CapData_new(guard, bits).words[0];
}
