/*
 * Receiving and answering, see reply.h. There are as many places to keep a right to answer as
 * processes; with MCS one reply object more, which is the one in use for receiving.
 */
#include "reply.h"
#include "process.h"

static seL4_CPtr idle[MAX_PROCESSES];
static unsigned int idle_count;

static seL4_CPtr take(void)
{
    if (idle_count == 0)
        guest_die("no slot to keep a reply in");
    return idle[--idle_count];
}

static void put_back(struct call *call)
{
    idle[idle_count++] = call->reply;
    call->reply = 0;
    call->waiting = WAIT_NOTHING;
}

void reply_drop(struct call *call)
{
    if (!call->reply)
        return;
#ifndef CONFIG_KERNEL_MCS
    must("drop a reply", cap_delete(call->reply));
#endif
    put_back(call);
}

void reply_send(struct call *call, long result)
{
    seL4_SetMR(0, (seL4_Word)result);
    seL4_Send(call->reply, seL4_MessageInfo_new(0, 0, 0, 1));
    put_back(call);
}

#ifdef CONFIG_KERNEL_MCS

static seL4_CPtr current;

void reply_init(void)
{
    for (idle_count = 0; idle_count < MAX_PROCESSES; idle_count++)
        idle[idle_count] = object_alloc(seL4_ReplyObject, 0);
    current = object_alloc(seL4_ReplyObject, 0);
}

seL4_MessageInfo_t reply_receive(seL4_CPtr endpoint, bool answer, long result, seL4_Word *badge)
{
    if (!answer)
        return seL4_Recv(endpoint, badge, current);
    seL4_SetMR(0, (seL4_Word)result);
    return seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), badge, current);
}

void reply_keep(struct call *call)
{
    call->reply = current;
    current = take();
}

#else

void reply_init(void)
{
    for (idle_count = 0; idle_count < MAX_PROCESSES; idle_count++)
        idle[idle_count] = slot_alloc();
}

seL4_MessageInfo_t reply_receive(seL4_CPtr endpoint, bool answer, long result, seL4_Word *badge)
{
    if (!answer)
        return seL4_Recv(endpoint, badge);
    seL4_SetMR(0, (seL4_Word)result);
    return seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), badge);
}

void reply_keep(struct call *call)
{
    call->reply = take();
    must("keep a reply", seL4_CNode_SaveCaller(ROOT, call->reply, DEPTH));
}

#endif
