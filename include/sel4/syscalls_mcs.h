/*
 * The receiving system calls of an MCS kernel. Included by syscalls.h.
 *
 * `reply` names the reply object that the caller's reply is left in; Wait and its kin have none,
 * so they cannot take a call.
 */
#pragma once

#include <sel4/syscalls.h>

#ifdef CONFIG_KERNEL_MCS

SEL4_C_BEGIN

SEL4_HELPER seL4_MessageInfo_t sel4_receive(seL4_Word number, seL4_CPtr src, seL4_Word *sender,
                                            seL4_CPtr reply)
{
    struct sel4_trap t;

    sel4_fill(&t, src, 0);
    t.reply = reply;
    sel4_trap(number, &t);
    return sel4_to_buffer(&t, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return sel4_receive(seL4_SysRecv, src, sender, reply);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender,
                                                        SEL4_MR_ARGUMENTS, seL4_CPtr reply)
{
    struct sel4_trap t;

    sel4_fill(&t, src, 0);
    t.reply = reply;
    sel4_trap(seL4_SysRecv, &t);
    return sel4_to_words(&t, sender, SEL4_MRS);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender,
                                                   seL4_CPtr reply)
{
    return sel4_receive(seL4_SysNBRecv, src, sender, reply);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    return sel4_receive(seL4_SysWait, src, sender, 0);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_WaitWithMRs(seL4_CPtr src, seL4_Word *sender,
                                                        SEL4_MR_ARGUMENTS)
{
    struct sel4_trap t;

    sel4_fill(&t, src, 0);
    sel4_trap(seL4_SysWait, &t);
    return sel4_to_words(&t, sender, SEL4_MRS);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBWait(seL4_CPtr src, seL4_Word *sender)
{
    return sel4_receive(seL4_SysNBWait, src, sender, 0);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBWait(src, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t msgInfo,
                                                      seL4_Word *sender, seL4_CPtr reply)
{
    struct sel4_trap t;

    sel4_from_buffer(&t, src, msgInfo);
    t.reply = reply;
    sel4_trap(seL4_SysReplyRecv, &t);
    return sel4_to_buffer(&t, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src,
                                                             seL4_MessageInfo_t msgInfo,
                                                             seL4_Word *sender, SEL4_MR_ARGUMENTS,
                                                             seL4_CPtr reply)
{
    seL4_Word length = seL4_MessageInfo_get_length(msgInfo);
    struct sel4_trap t;

    sel4_from_words(&t, src, msgInfo, SEL4_MRS, length);
    t.reply = reply;
    sel4_trap(seL4_SysReplyRecv, &t);
    return sel4_to_words(&t, sender, SEL4_MRS);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendRecv(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                                       seL4_CPtr src, seL4_Word *sender,
                                                       seL4_CPtr reply)
{
    struct sel4_trap t;

    sel4_from_buffer(&t, src, msgInfo);
    t.reply = reply;
    t.dest = dest;
    sel4_trap(seL4_SysNBSendRecv, &t);
    return sel4_to_buffer(&t, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendRecvWithMRs(seL4_CPtr dest,
                                                              seL4_MessageInfo_t msgInfo,
                                                              seL4_CPtr src, seL4_Word *sender,
                                                              SEL4_MR_ARGUMENTS, seL4_CPtr reply)
{
    seL4_Word length = seL4_MessageInfo_get_length(msgInfo);
    struct sel4_trap t;

    sel4_from_words(&t, src, msgInfo, SEL4_MRS, length);
    t.reply = reply;
    t.dest = dest;
    sel4_trap(seL4_SysNBSendRecv, &t);
    return sel4_to_words(&t, sender, SEL4_MRS);
}

/* The kernel takes NBSendWait's destination in the reply register. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendWait(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                                       seL4_CPtr src, seL4_Word *sender)
{
    struct sel4_trap t;

    sel4_from_buffer(&t, src, msgInfo);
    t.reply = dest;
    sel4_trap(seL4_SysNBSendWait, &t);
    return sel4_to_buffer(&t, sender);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBSendWaitWithMRs(seL4_CPtr dest,
                                                              seL4_MessageInfo_t msgInfo,
                                                              seL4_CPtr src, seL4_Word *sender,
                                                              SEL4_MR_ARGUMENTS)
{
    seL4_Word length = seL4_MessageInfo_get_length(msgInfo);
    struct sel4_trap t;

    sel4_from_words(&t, src, msgInfo, SEL4_MRS, length);
    t.reply = dest;
    sel4_trap(seL4_SysNBSendWait, &t);
    return sel4_to_words(&t, sender, SEL4_MRS);
}

SEL4_C_END

#endif
