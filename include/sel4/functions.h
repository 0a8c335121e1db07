/*
 * Access to the calling thread's IPC buffer.
 *
 * Every thread must have called seL4_SetIPCBuffer() with its own buffer's address, once its
 * thread-local storage works.
 */
#pragma once

#include <sel4/types.h>

SEL4_C_BEGIN

extern LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;

LIBSEL4_INLINE_FUNC void seL4_SetIPCBuffer(seL4_IPCBuffer *buffer)
{
    __sel4_ipc_buffer = buffer;
}

LIBSEL4_INLINE_FUNC seL4_IPCBuffer *seL4_GetIPCBuffer(void)
{
    return __sel4_ipc_buffer;
}

#ifdef CONFIG_KERNEL_INVOCATION_REPORT_ERROR_IPC
/* Whether an invocation prints the kernel's text when it fails. */
extern LIBSEL4_THREAD_LOCAL char __sel4_print_error;

LIBSEL4_INLINE_FUNC void seL4_SetPrintError(char print_error)
{
    __sel4_print_error = print_error;
}

LIBSEL4_INLINE_FUNC char seL4_CanPrintError(void)
{
    return __sel4_print_error;
}

LIBSEL4_INLINE_FUNC char *seL4_GetDebugError(void)
{
    return (char *)&seL4_GetIPCBuffer()->msg[DEBUG_MESSAGE_START];
}
#endif

LIBSEL4_INLINE_FUNC seL4_Word seL4_GetMR(int i)
{
    return seL4_GetIPCBuffer()->msg[i];
}

LIBSEL4_INLINE_FUNC void seL4_SetMR(int i, seL4_Word word)
{
    seL4_GetIPCBuffer()->msg[i] = word;
}

LIBSEL4_INLINE_FUNC seL4_Word seL4_GetUserData(void)
{
    return seL4_GetIPCBuffer()->userData;
}

LIBSEL4_INLINE_FUNC void seL4_SetUserData(seL4_Word data)
{
    seL4_GetIPCBuffer()->userData = data;
}

/* The badge of the i-th capability of a message, if it was unwrapped. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_GetBadge(int i)
{
    return seL4_GetIPCBuffer()->caps_or_badges[i];
}

LIBSEL4_INLINE_FUNC seL4_CPtr seL4_GetCap(int i)
{
    return seL4_GetIPCBuffer()->caps_or_badges[i];
}

LIBSEL4_INLINE_FUNC void seL4_SetCap(int i, seL4_CPtr cap)
{
    seL4_GetIPCBuffer()->caps_or_badges[i] = cap;
}

LIBSEL4_INLINE_FUNC void seL4_GetCapReceivePath(seL4_CPtr *root, seL4_CPtr *index, seL4_Word *depth)
{
    const seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

    if (root)
        *root = buffer->receiveCNode;
    if (index)
        *index = buffer->receiveIndex;
    if (depth)
        *depth = buffer->receiveDepth;
}

/* Where the kernel puts a capability that arrives in a message. */
LIBSEL4_INLINE_FUNC void seL4_SetCapReceivePath(seL4_CPtr root, seL4_CPtr index, seL4_Word depth)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();

    buffer->receiveCNode = root;
    buffer->receiveIndex = index;
    buffer->receiveDepth = depth;
}

SEL4_C_END
