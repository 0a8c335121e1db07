/*
 * The receiving system calls of a kernel without MCS. Included by syscalls.h.
 */
#pragma once

#include <sel4/syscalls.h>

#ifndef CONFIG_KERNEL_MCS

SEL4_C_BEGIN

SEL4_HELPER seL4_MessageInfo_t sel4_receive(seL4_Word number, seL4_CPtr src, seL4_Word *sender)
{
    struct sel4_trap t;

    sel4_fill(&t, src, 0);
    sel4_trap(number, &t);
    return sel4_to_buffer(&t, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender)
{
    return sel4_receive(seL4_SysRecv, src, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender,
                                                        SEL4_MR_ARGUMENTS)
{
    struct sel4_trap t;

    sel4_fill(&t, src, 0);
    sel4_trap(seL4_SysRecv, &t);
    return sel4_to_words(&t, sender, SEL4_MRS);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender)
{
    return sel4_receive(seL4_SysNBRecv, src, sender);
}

LIBSEL4_INLINE_FUNC void seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Recv(src, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBRecv(src, sender);
}

LIBSEL4_INLINE_FUNC void seL4_Reply(seL4_MessageInfo_t msgInfo)
{
    struct sel4_trap t;

    sel4_from_buffer(&t, 0, msgInfo);
    sel4_trap(seL4_SysReply, &t);
}

LIBSEL4_INLINE_FUNC void seL4_ReplyWithMRs(seL4_MessageInfo_t msgInfo, SEL4_MR_ARGUMENTS)
{
    struct sel4_trap t;

    sel4_from_words(&t, 0, msgInfo, SEL4_MRS, 4);
    sel4_trap(seL4_SysReply, &t);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t msgInfo,
                                                      seL4_Word *sender)
{
    struct sel4_trap t;

    sel4_from_buffer(&t, src, msgInfo);
    sel4_trap(seL4_SysReplyRecv, &t);
    return sel4_to_buffer(&t, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src,
                                                             seL4_MessageInfo_t msgInfo,
                                                             seL4_Word *sender, SEL4_MR_ARGUMENTS)
{
    seL4_Word length = seL4_MessageInfo_get_length(msgInfo);
    struct sel4_trap t;

    sel4_from_words(&t, src, msgInfo, SEL4_MRS, length);
    sel4_trap(seL4_SysReplyRecv, &t);
    return sel4_to_words(&t, sender, SEL4_MRS);
}

SEL4_C_END

#endif
