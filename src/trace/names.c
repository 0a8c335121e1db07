/* Texts of the fixed names, see names.h. */
#include "trace/names.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const faults[] = {
    [FAULT_CAP] = "cap fault",
    [FAULT_UNKNOWN_SYSCALL] = "unknown syscall",
    [FAULT_USER_EXCEPTION] = "user exception",
    [FAULT_DEBUG_EXCEPTION] = "debug exception",
    [FAULT_TIMEOUT] = "timeout",
    [FAULT_VM] = "VM fault",
};

static const char *const errors[] = {
    [seL4_InvalidArgument] = "InvalidArgument",   [seL4_InvalidCapability] = "InvalidCapability",
    [seL4_IllegalOperation] = "IllegalOperation", [seL4_RangeError] = "RangeError",
    [seL4_AlignmentError] = "AlignmentError",     [seL4_FailedLookup] = "FailedLookup",
    [seL4_TruncatedMessage] = "TruncatedMessage", [seL4_DeleteFirst] = "DeleteFirst",
    [seL4_RevokeFirst] = "RevokeFirst",           [seL4_NotEnoughMemory] = "NotEnoughMemory",
};

/* Stops that did not even become a fault: with MCS the thread had no time left. */
static const char *const stops[] = {
    [STOP_NONE] = "nothing",
    [STOP_UNKNOWN_SYSCALL] = "unknown syscall, no time left",
    [STOP_VM_FAULT] = "VM fault, no time left",
    [STOP_EXCEPTION] = "user exception, no time left",
    [STOP_DEBUG] = "debug exception",
};

static const char *const others[] = {
    [NAME_MESSAGE - NAME_MESSAGE] = "message",
    [NAME_FAULT_MESSAGE - NAME_MESSAGE] = "fault message",
    [NAME_REPLY - NAME_MESSAGE] = "reply",
    [NAME_SENT - NAME_MESSAGE] = "sent",
    [NAME_SIGNAL_CALL - NAME_MESSAGE] = "Signal",
    [NAME_SIGNAL - NAME_MESSAGE] = "signal",
    [NAME_SIGNAL_KEPT - NAME_MESSAGE] = "signal kept",
    [NAME_SIGNAL_TAKEN - NAME_MESSAGE] = "signal taken",
    [NAME_MAP - NAME_MESSAGE] = "map",
    [NAME_UNMAP - NAME_MESSAGE] = "unmap",
    [NAME_TICK - NAME_MESSAGE] = "tick",
    [NAME_HOST_EVENT - NAME_MESSAGE] = "host event",
};

static const char *text_in(const char *const *texts, size_t count, unsigned index)
{
    return index < count ? texts[index] : NULL;
}

/* Tables by ascending first iid. */
static const char *fixed_text(unsigned iid)
{
    if (iid >= NAME_MESSAGE)
        return text_in(others, COUNT(others), iid - NAME_MESSAGE);
    if (iid >= NAME_STOP(0))
        return text_in(stops, COUNT(stops), iid - NAME_STOP(0));
    if (iid >= NAME_ERROR(0))
        return text_in(errors, COUNT(errors), iid - NAME_ERROR(0));
    if (iid >= NAME_FAULT(0))
        return text_in(faults, COUNT(faults), iid - NAME_FAULT(0));
    if (iid >= NAME_OBJECT(0))
        return iid - NAME_OBJECT(0) < OBJ_COUNT ? abi_object_name(iid - NAME_OBJECT(0)) : NULL;
    if (iid >= NAME_INVOCATION(0))
        return iid - NAME_INVOCATION(0) < INV_COUNT ? abi_invocation_name(iid - NAME_INVOCATION(0))
                                                    : NULL;
    return iid - NAME_SYSCALL(0) < SYS_COUNT ? abi_syscall_name(iid - NAME_SYSCALL(0)) : NULL;
}

bool trace_name_text(unsigned iid, char buffer[NAME_TEXT_MAX])
{
    const char *prefix = "", *text;

    if (iid == 0 || iid >= NAME_IRQ(IRQ_COUNT))
        return false;
    if (iid >= NAME_IRQ(0)) {
        snprintf(buffer, NAME_TEXT_MAX, "IRQ %u", iid - NAME_IRQ(0));
        return true;
    }
    text = fixed_text(iid);
    if (text == NULL)
        return false;
    if (iid >= NAME_OBJECT(0) && iid < NAME_FAULT(0))
        prefix = "new ";
    else if (iid >= NAME_ERROR(0) && iid < NAME_STOP(0))
        prefix = "failed: ";
    snprintf(buffer, NAME_TEXT_MAX, "%s%s", prefix, text);
    return true;
}
