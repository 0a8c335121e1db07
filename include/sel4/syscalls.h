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

SEL4_C_BEGIN

/* -------------------------------------------------------------- message words */

/*
 * Field by field and by reference: compilers clear and copy structs in vector registers, which a
 * thread may not have (seL4_TCBFlag_fpuDisabled) and whose alignment its stack may lack.
 */
SEL4_HELPER void sel4_fill(struct sel4_trap *t, seL4_CPtr cap, seL4_Word info)
{
    t->cap = cap;
    t->info = info;
    t->mr[0] = 0;
    t->mr[1] = 0;
    t->mr[2] = 0;
    t->mr[3] = 0;
    t->reply = 0;
    t->dest = 0;
}

/* A system call that takes one number at most, and what it leaves in its place. */
SEL4_HELPER seL4_Word sel4_plain(seL4_Word number, seL4_Word argument)
{
    struct sel4_trap t;

    sel4_fill(&t, argument, 0);
    sel4_trap(number, &t);
    return t.cap;
}

SEL4_HELPER void sel4_from_buffer(struct sel4_trap *t, seL4_CPtr cap, seL4_MessageInfo_t info)
{
    const seL4_Word *mr = seL4_GetIPCBuffer()->msg;

    sel4_fill(t, cap, info.words[0]);
    t->mr[0] = mr[0];
    t->mr[1] = mr[1];
    t->mr[2] = mr[2];
    t->mr[3] = mr[3];
}

/* Volatile, or compilers gather the words in vector registers first. */
SEL4_HELPER void sel4_store_word(int i, seL4_Word word)
{
    volatile seL4_Word *mr = seL4_GetIPCBuffer()->msg;

    mr[i] = word;
}

SEL4_HELPER void sel4_store_words(seL4_Word mr0, seL4_Word mr1, seL4_Word mr2, seL4_Word mr3)
{
    volatile seL4_Word *mr = seL4_GetIPCBuffer()->msg;

    mr[0] = mr0;
    mr[1] = mr1;
    mr[2] = mr2;
    mr[3] = mr3;
}

SEL4_HELPER seL4_MessageInfo_t sel4_to_buffer(const struct sel4_trap *t, seL4_Word *sender)
{
    seL4_MessageInfo_t info = {{t->info}};

    sel4_store_words(t->mr[0], t->mr[1], t->mr[2], t->mr[3]);
    if (sender)
        *sender = t->cap;
    return info;
}

#define SEL4_MR_ARGUMENTS seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3
#define SEL4_MRS          mr0, mr1, mr2, mr3

/* Words from `length` on are sent as 0. */
SEL4_HELPER void sel4_from_words(struct sel4_trap *t, seL4_CPtr cap, seL4_MessageInfo_t info,
                                 SEL4_MR_ARGUMENTS, seL4_Word length)
{
    sel4_fill(t, cap, info.words[0]);
    t->mr[0] = mr0 && length > 0 ? *mr0 : 0;
    t->mr[1] = mr1 && length > 1 ? *mr1 : 0;
    t->mr[2] = mr2 && length > 2 ? *mr2 : 0;
    t->mr[3] = mr3 && length > 3 ? *mr3 : 0;
}

SEL4_HELPER seL4_MessageInfo_t sel4_to_words(const struct sel4_trap *t, seL4_Word *sender,
                                             SEL4_MR_ARGUMENTS)
{
    seL4_MessageInfo_t info = {{t->info}};

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
    return info;
}

/* -------------------------------------------------------------- sending */

LIBSEL4_INLINE_FUNC void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    struct sel4_trap t;

    sel4_from_buffer(&t, dest, msgInfo);
    sel4_trap(seL4_SysSend, &t);
}

LIBSEL4_INLINE_FUNC void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                          SEL4_MR_ARGUMENTS)
{
    struct sel4_trap t;

    sel4_from_words(&t, dest, msgInfo, SEL4_MRS, 4);
    sel4_trap(seL4_SysSend, &t);
}

LIBSEL4_INLINE_FUNC void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    struct sel4_trap t;

    sel4_from_buffer(&t, dest, msgInfo);
    sel4_trap(seL4_SysNBSend, &t);
}

LIBSEL4_INLINE_FUNC void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                            SEL4_MR_ARGUMENTS)
{
    struct sel4_trap t;

    sel4_from_words(&t, dest, msgInfo, SEL4_MRS, 4);
    sel4_trap(seL4_SysNBSend, &t);
}

LIBSEL4_INLINE_FUNC void seL4_Signal(seL4_CPtr dest)
{
    struct sel4_trap t;

    sel4_fill(&t, dest, 0);
    t.info = seL4_MessageInfo_new(0, 0, 0, 1).words[0];
    sel4_trap(seL4_SysSend, &t);
}

/* -------------------------------------------------------------- calling */

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    struct sel4_trap t;

    sel4_from_buffer(&t, dest, msgInfo);
    sel4_trap(seL4_SysCall, &t);
    return sel4_to_buffer(&t, 0);
}

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                                        SEL4_MR_ARGUMENTS)
{
    seL4_Word length = seL4_MessageInfo_get_length(msgInfo);
    struct sel4_trap t;

    sel4_from_words(&t, dest, msgInfo, SEL4_MRS, length);
    sel4_trap(seL4_SysCall, &t);
    return sel4_to_words(&t, 0, SEL4_MRS);
}

LIBSEL4_INLINE_FUNC void seL4_Yield(void)
{
    sel4_plain(seL4_SysYield, 0);
}

SEL4_C_END

#include <sel4/syscalls_benchmark.h>
#include <sel4/syscalls_debug.h>
#include <sel4/syscalls_master.h>
#include <sel4/syscalls_mcs.h>

SEL4_C_BEGIN

/* Runs the calling thread's virtual machine until it leaves, for a fault or a notification. */
#ifdef CONFIG_VTX
LIBSEL4_INLINE_FUNC seL4_Word seL4_VMEnter(seL4_Word *sender)
{
    seL4_MessageInfo_t none = {{0}};
    struct sel4_trap t;

    sel4_from_buffer(&t, 0, none);
    sel4_trap(seL4_SysVMEnter, &t);
    return sel4_to_buffer(&t, t.info ? 0 : sender).words[0];
}
#endif

SEL4_C_END
