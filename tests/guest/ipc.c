/*
 * Messages: badges, long messages, capabilities that are transferred or unwrapped, reply
 * capabilities, and calls that do not wait.
 */
#include "guest.h"

static struct thread client;
static seL4_CPtr endpoint, badged, other, reply_to;
static seL4_CPtr received;

static seL4_MessageInfo_t recv(seL4_Word *badge)
{
    return seL4_Recv(endpoint, badge);
}

static void send_short(void *argument)
{
    (void)argument;
    seL4_SetMR(0, 10);
    seL4_SetMR(1, 20);
    seL4_Send(badged, seL4_MessageInfo_new(1, 0, 0, 2));

    seL4_SetMR(0, 5);
    seL4_MessageInfo_t answer = seL4_Call(badged, seL4_MessageInfo_new(2, 0, 0, 1));
    guest_printf("client: label %lu, length %lu, word %lu\n", seL4_MessageInfo_get_label(answer),
                 seL4_MessageInfo_get_length(answer), seL4_GetMR(0));

    for (int i = 0; i < seL4_MsgMaxLength; i++)
        seL4_SetMR(i, (seL4_Word)i * 3);
    answer = seL4_Call(badged, seL4_MessageInfo_new(3, 0, 0, seL4_MsgMaxLength));
    guest_printf("client: length %lu, last word %lu\n", seL4_MessageInfo_get_length(answer),
                 seL4_GetMR(seL4_MsgMaxLength - 1));
    answer = seL4_Call(badged, seL4_MessageInfo_new(4, 0, 0, 127));
    guest_printf("client: length %lu\n", seL4_MessageInfo_get_length(answer));
    seL4_Signal(reply_to);
}

static void words(void)
{
    seL4_Word badge, sum = 0;
    seL4_MessageInfo_t message;

    thread_run(&client, send_short, NULL, 100);
    message = recv(&badge);
    guest_printf("label %lu, length %lu, badge %lu, words %lu %lu\n",
                 seL4_MessageInfo_get_label(message), seL4_MessageInfo_get_length(message), badge,
                 seL4_GetMR(0), seL4_GetMR(1));
    message = recv(&badge);
    guest_printf("call: label %lu, word %lu\n", seL4_MessageInfo_get_label(message), seL4_GetMR(0));
    seL4_SetMR(0, seL4_GetMR(0) + 1);
    message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(42, 0, 0, 1), &badge);
    for (int i = 0; i < seL4_MsgMaxLength; i++)
        sum += seL4_GetMR(i);
    guest_printf("long: length %lu, sum %lu\n", seL4_MessageInfo_get_length(message), sum);
    seL4_SetMR(seL4_MsgMaxLength - 1, 77);
    message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, seL4_MsgMaxLength), &badge);
    guest_printf("too long: length %lu\n", seL4_MessageInfo_get_length(message));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 127));
    seL4_Wait(reply_to, NULL);
}

static void send_caps(void *argument)
{
    (void)argument;
    seL4_SetCap(0, other);
    seL4_Call(badged, seL4_MessageInfo_new(1, 0, 1, 0));
    seL4_SetCap(0, cap_mint(endpoint, seL4_AllRights, 88));
    seL4_SetCap(1, other);
    seL4_SetCap(2, badged);
    seL4_Call(badged, seL4_MessageInfo_new(2, 0, 3, 0));
    seL4_SetCap(0, other);
    seL4_SetCap(1, other);
    seL4_Call(badged, seL4_MessageInfo_new(3, 0, 2, 0));
    seL4_SetCap(0, 8000);
    seL4_Call(badged, seL4_MessageInfo_new(4, 0, 1, 0));
    seL4_SetCap(0, other);
    seL4_Call(cap_mint(endpoint, seL4_CapRights_new(1, 0, 0, 1), 6),
              seL4_MessageInfo_new(5, 0, 1, 0));
    seL4_SetCap(0, other);
    seL4_Call(cap_mint(endpoint, seL4_CanWrite, 7), seL4_MessageInfo_new(6, 0, 1, 0));
    guest_printf("a call without the right to grant a reply returned\n");
}

static void show_caps(seL4_MessageInfo_t message, seL4_Word badge)
{
    guest_printf(
        "label %lu, badge %lu: %lu caps, unwrapped %lu, slot %s",
        seL4_MessageInfo_get_label(message), badge, seL4_MessageInfo_get_extraCaps(message),
        seL4_MessageInfo_get_capsUnwrapped(message), slot_is_empty(received) ? "empty" : "full");
    for (seL4_Word i = 0; i < seL4_MessageInfo_get_extraCaps(message); i++) {
        if (seL4_MessageInfo_get_capsUnwrapped(message) & (1ul << i))
            guest_printf(", badge %lu", seL4_GetBadge((int)i));
    }
    guest_printf("\n");
}

static void capabilities(void)
{
    static struct thread sender;
    seL4_MessageInfo_t message;
    seL4_Word badge;

    received = slot_alloc();
    seL4_SetCapReceivePath(ROOT, received, DEPTH);
    thread_run(&sender, send_caps, NULL, 100);
    message = recv(&badge);
    for (int i = 0; i < 6; i++) {
        seL4_IPCBuffer saved = *seL4_GetIPCBuffer();

        show_caps(message, badge);
        *seL4_GetIPCBuffer() = saved;
        if (i != 2)
            cap_delete(received);
        seL4_SetCapReceivePath(ROOT, received, DEPTH);
        if (i < 5)
            message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), &badge);
    }
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
}

static void call_twice(void *argument)
{
    seL4_Word number = (seL4_Word)argument;

    seL4_SetMR(0, number);
    seL4_Call(badged, seL4_MessageInfo_new(number, 0, 0, 1));
    guest_printf("client %lu was answered %lu\n", number, seL4_GetMR(0));
    seL4_Signal(reply_to);
}

/* Two callers' reply capabilities are saved and used in the other order. */
static void replies(void)
{
    static struct thread first, second;
    seL4_CPtr one = slot_alloc(), two = slot_alloc();

    thread_run(&first, call_twice, (void *)1, 100);
    recv(NULL);
    report("save caller", seL4_CNode_SaveCaller(ROOT, one, DEPTH));
    report("save caller again", seL4_CNode_SaveCaller(ROOT, two, DEPTH));
    thread_run(&second, call_twice, (void *)2, 100);
    recv(NULL);
    report("save caller onto it", seL4_CNode_SaveCaller(ROOT, one, DEPTH));
    report("save the second caller", seL4_CNode_SaveCaller(ROOT, two, DEPTH));
    report("copy a reply capability",
           seL4_CNode_Copy(ROOT, slot_alloc(), DEPTH, ROOT, one, DEPTH, seL4_AllRights));
    seL4_SetMR(0, 200);
    seL4_Send(two, seL4_MessageInfo_new(0, 0, 0, 1));
    seL4_Wait(reply_to, NULL);
    seL4_SetMR(0, 100);
    seL4_Send(one, seL4_MessageInfo_new(0, 0, 0, 1));
    seL4_Wait(reply_to, NULL);
    guest_printf("used up: %d %d\n", slot_is_empty(one), slot_is_empty(two));
}

static void without_waiting(void)
{
    static struct thread caller;
    seL4_Word badge = 5;
    seL4_MessageInfo_t message;

    seL4_NBSend(endpoint, seL4_MessageInfo_new(1, 0, 0, 0));
    message = seL4_NBRecv(endpoint, &badge);
    guest_printf("nothing there: badge %lu, length %lu\n", badge,
                 seL4_MessageInfo_get_length(message));
    thread_run(&caller, call_twice, (void *)3, 254);
    seL4_Yield();
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 200);
    message = seL4_NBRecv(endpoint, &badge);
    guest_printf("there: badge %lu, label %lu\n", badge, seL4_MessageInfo_get_label(message));
    seL4_SetMR(0, 300);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 1));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    report("call what is not there", (seL4_Error)seL4_MessageInfo_get_label(
                                         seL4_Call(8000, seL4_MessageInfo_new(0, 0, 0, 0))));
    seL4_NBSend(8000, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    guest_printf("a reply to nobody does nothing\n");
}

static void call_badged(void *argument)
{
    seL4_CPtr cap = (seL4_CPtr)argument;

    seL4_Call(cap, seL4_MessageInfo_new(9, 0, 0, 0));
    guest_printf("a cancelled call returned\n");
}

static void cancel(void)
{
    static struct thread callers[3];
    seL4_CPtr red = cap_mint(endpoint, seL4_AllRights, 1),
              blue = cap_mint(endpoint, seL4_AllRights, 2);
    seL4_Word badge;

    thread_run(&callers[0], call_badged, (void *)red, 100);
    thread_run(&callers[1], call_badged, (void *)blue, 100);
    thread_run(&callers[2], call_badged, (void *)red, 100);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    report("cancel without a badge", seL4_CNode_CancelBadgedSends(ROOT, endpoint, DEPTH));
    report("cancel the red ones", seL4_CNode_CancelBadgedSends(ROOT, red, DEPTH));
    for (int i = 0; i < 3; i++)
        must("suspend", seL4_TCB_Suspend(callers[i].tcb));
    seL4_NBRecv(endpoint, &badge);
    guest_printf("nobody sends: badge %lu\n", badge);
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    other = object_alloc(seL4_EndpointObject, 0);
    reply_to = object_alloc(seL4_NotificationObject, 0);
    badged = cap_mint(endpoint, seL4_AllRights, 42);
    words();
    capabilities();
    replies();
    without_waiting();
    cancel();
    return 0;
}
