/*
 * Faults as a handler receives them: a message whose label says what kind of fault it is.
 *
 * seL4_getFault() turns the message that was just received into a seL4_Fault_t, whose fields
 * seL4_Fault_KIND_get_FIELD() returns.
 */
#pragma once

#include <sel4/functions.h>

SEL4_C_BEGIN

/* A message that is none becomes a NullFault. Words lie in reverse order behind the type. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getFault(seL4_MessageInfo_t tag)
{
    seL4_Word kind = seL4_MessageInfo_get_label(tag);
    seL4_Word words = sel4_fault_words(kind);
    seL4_Fault_t fault = {{words ? kind : (seL4_Word)seL4_Fault_NullFault}};

    for (seL4_Word i = 0; i < words; i++)
        fault.words[words - i] = seL4_GetMR((int)i);
    return fault;
}

/* The same for faults of the architecture's own. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getArchFault(seL4_MessageInfo_t tag)
{
    seL4_Word kind = seL4_MessageInfo_get_label(tag);

    if (kind == seL4_Fault_CapFault)
        return seL4_Fault_NullFault_new();
#ifdef CONFIG_HARDWARE_DEBUG_API
    if (kind == seL4_Fault_DebugException)
        return seL4_Fault_NullFault_new();
#endif
    return seL4_getFault(tag);
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

/* The answer to a timeout fault: goes on with the first `length` registers of `regs`, or stops. */
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

SEL4_C_END
