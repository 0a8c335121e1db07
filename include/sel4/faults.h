/*
 * Faults as a handler receives them: a message whose label says what kind of fault it is.
 *
 * seL4_getFault() turns the message that was just received into a seL4_Fault_t, whose fields
 * seL4_Fault_KIND_get_FIELD() returns.
 */
#pragma once

#include <sel4/functions.h>

#include <sel4/gen_faults.h>

/* The words of a seL4_Fault_t lie in reverse order behind its type. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getFault(seL4_MessageInfo_t tag)
{
    seL4_Word kind = seL4_MessageInfo_get_label(tag), length;
    seL4_Fault_t fault = {{kind}};

    switch (kind) {
    case seL4_Fault_CapFault:
        length = 7;
        break;
    case seL4_Fault_UnknownSyscall:
        length = seL4_UnknownSyscall_Length;
        break;
    case seL4_Fault_UserException:
        length = seL4_UserException_Length;
        break;
    case seL4_Fault_VMFault:
        length = seL4_VMFault_Length;
        break;
#ifdef CONFIG_HARDWARE_DEBUG_API
    case seL4_Fault_DebugException:
        length = seL4_DebugException_Length;
        break;
#endif
#ifdef CONFIG_KERNEL_MCS
    case seL4_Fault_Timeout:
        length = seL4_Timeout_Length;
        break;
#endif
    default:
        return (seL4_Fault_t){{seL4_Fault_NullFault}};
    }
    for (seL4_Word i = 0; i < length; i++)
        fault.words[length - i] = seL4_GetMR((int)i);
    return fault;
}

#define SEL4_FAULT_TEST(name, kind)                                                                \
    LIBSEL4_INLINE_FUNC seL4_Bool name(seL4_MessageInfo_t tag)                                     \
    {                                                                                              \
        return seL4_MessageInfo_get_label(tag) == seL4_Fault_##kind;                               \
    }

SEL4_FAULT_TEST(seL4_isNullFault_tag, NullFault)
SEL4_FAULT_TEST(seL4_isCapFault_tag, CapFault)
SEL4_FAULT_TEST(seL4_isUnknownSyscall_tag, UnknownSyscall)
SEL4_FAULT_TEST(seL4_isUserException_tag, UserException)
SEL4_FAULT_TEST(seL4_isVMFault_tag, VMFault)
#ifdef CONFIG_HARDWARE_DEBUG_API
SEL4_FAULT_TEST(seL4_isDebugException_tag, DebugException)
#endif
#ifdef CONFIG_KERNEL_MCS
SEL4_FAULT_TEST(seL4_isTimeoutFault_tag, Timeout)

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_TimeoutReply_new(seL4_Bool resume,
                                                             seL4_UserContext regs,
                                                             seL4_Word length)
{
    const seL4_Word *words = (const seL4_Word *)&regs;

    for (seL4_Word i = 0; i < length; i++)
        seL4_SetMR((int)i, words[i]);
    return seL4_MessageInfo_new(!resume, 0, 0, length);
}
#endif
