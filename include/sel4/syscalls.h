/*
 * seL4's system calls as C functions, with upstream's names and signatures.
 *
 * The plain variants take their first four message words from the IPC buffer and leave those they
 * received there; the WithMRs variants take and leave them in variables, and never touch the
 * buffer's. The MCS kernel's receiving calls have a reply object as an additional argument.
 */
#pragma once

#include <sel4/functions.h>
#include <sel4/trap.h>

/* -------------------------------------------------------------- message words */

LIBSEL4_INLINE_FUNC struct sel4_trap sel4_from_buffer(seL4_CPtr cap, seL4_MessageInfo_t info)
{
    const seL4_Word *mr = seL4_GetIPCBuffer()->msg;

    return (struct sel4_trap){
        .cap = cap, .info = info.words[0], .mr = {mr[0], mr[1], mr[2], mr[3]}};
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t sel4_to_buffer(const struct sel4_trap *t, seL4_Word *sender)
{
    for (int i = 0; i < 4; i++)
        seL4_SetMR(i, t->mr[i]);
    if (sender)
        *sender = t->cap;
    return (seL4_MessageInfo_t){{t->info}};
}

#define SEL4_MR_ARGUMENTS seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3
#define SEL4_MRS          mr0, mr1, mr2, mr3

/* Words from `length` on are sent as 0. */
LIBSEL4_INLINE_FUNC struct sel4_trap sel4_from_words(seL4_CPtr cap, seL4_MessageInfo_t info,
                                                     SEL4_MR_ARGUMENTS, seL4_Word length)
{
    struct sel4_trap t = {.cap = cap, .info = info.words[0]};

    t.mr[0] = mr0 && length > 0 ? *mr0 : 0;
    t.mr[1] = mr1 && length > 1 ? *mr1 : 0;
    t.mr[2] = mr2 && length > 2 ? *mr2 : 0;
    t.mr[3] = mr3 && length > 3 ? *mr3 : 0;
    return t;
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t sel4_to_words(const struct sel4_trap *t, seL4_Word *sender,
                                                     SEL4_MR_ARGUMENTS)
{
    if (mr0)
        *mr0 = t->mr[0];
    if (mr1)
        *mr1 = t->mr[1];
    if (mr2)
        *mr2 = t->mr[2];
    if (mr3)
        *mr3 = t->mr[3];
    if (sender)
        *sender = t->cap;
    return (seL4_MessageInfo_t){{t->info}};
}

/* -------------------------------------------------------------- sending */

LIBSEL4_INLINE_FUNC void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    struct sel4_trap t = sel4_from_buffer(dest, msgInfo);

    sel4_trap(seL4_SysSend, &t);
}

LIBSEL4_INLINE_FUNC void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                          SEL4_MR_ARGUMENTS)
{
    struct sel4_trap t = sel4_from_words(dest, msgInfo, SEL4_MRS, 4);

    sel4_trap(seL4_SysSend, &t);
}

LIBSEL4_INLINE_FUNC void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    struct sel4_trap t = sel4_from_buffer(dest, msgInfo);

    sel4_trap(seL4_SysNBSend, &t);
}

LIBSEL4_INLINE_FUNC void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                            SEL4_MR_ARGUMENTS)
{
    struct sel4_trap t = sel4_from_words(dest, msgInfo, SEL4_MRS, 4);

    sel4_trap(seL4_SysNBSend, &t);
}

LIBSEL4_INLINE_FUNC void seL4_Signal(seL4_CPtr dest)
{
    struct sel4_trap t = {.cap = dest, .info = seL4_MessageInfo_new(0, 0, 0, 1).words[0]};

    sel4_trap(seL4_SysSend, &t);
}

/* -------------------------------------------------------------- calling */

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    struct sel4_trap t = sel4_from_buffer(dest, msgInfo);

    sel4_trap(seL4_SysCall, &t);
    return sel4_to_buffer(&t, seL4_Null);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                                        SEL4_MR_ARGUMENTS)
{
    seL4_Word length = seL4_MessageInfo_get_length(msgInfo);
    struct sel4_trap t = sel4_from_words(dest, msgInfo, SEL4_MRS, length);

    sel4_trap(seL4_SysCall, &t);
    return sel4_to_words(&t, seL4_Null, SEL4_MRS);
}

LIBSEL4_INLINE_FUNC void seL4_Yield(void)
{
    struct sel4_trap t = {0};

    sel4_trap(seL4_SysYield, &t);
}

#ifdef CONFIG_KERNEL_MCS
#include <sel4/syscalls_mcs.h>
#else
#include <sel4/syscalls_master.h>
#endif

#include <sel4/syscalls_debug.h>
