/*
 * A system that ends stuck, with a thread for each way to get there. Each has a CSpace of its own,
 * so it is known who could have helped whom.
 */
#include "guest.h"

enum { OTHER = 1, MINE, REPLY, NODE_BITS = 4 };

enum { PING, PONG, LONELY, CRASH, FORGETFUL, IDLE, COUNT };

static struct thread threads[COUNT];
static seL4_CPtr nodes[COUNT];

static void receive(void)
{
#ifdef CONFIG_KERNEL_MCS
    seL4_Recv(MINE, NULL, REPLY);
#else
    seL4_Recv(MINE, NULL);
#endif
}

static void call(void *argument)
{
    (void)argument;
    seL4_Call(OTHER, seL4_MessageInfo_new(0, 0, 0, 0));
}

/* Gets a call, and rather than to answer it calls back. */
static void call_back(void *argument)
{
    receive();
    call(argument);
}

static void send(void *argument)
{
    (void)argument;
    seL4_Send(OTHER, seL4_MessageInfo_new(0, 0, 0, 0));
}

static void crash(void *argument)
{
    *(volatile int *)argument = 1;
}

/* Tells someone through a capability that it never got, and waits for the answer. */
static void wait_for_nothing(void *argument)
{
    (void)argument;
    seL4_NBSend(7, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Wait(OTHER, NULL);
}

static void serve(void *argument)
{
    (void)argument;
    receive();
}

static void give(unsigned int who, seL4_Word slot, seL4_CPtr cap, seL4_CapRights_t rights,
                 seL4_Word badge)
{
    must("give", seL4_CNode_Mint(nodes[who], slot, NODE_BITS, ROOT, cap, DEPTH, rights, badge));
}

static void name(unsigned int who)
{
#ifdef CONFIG_DEBUG_BUILD
    static const char *const names[COUNT] = {"ping",  "pong",      "lonely",
                                             "crash", "forgetful", "idle"};

    seL4_DebugNameThread(threads[who].tcb, names[who]);
#else
    (void)who;
#endif
}

static void create(unsigned int who, void (*run)(void *), void *argument)
{
    nodes[who] = object_alloc(seL4_CapTableObject, NODE_BITS);
    thread_create(&threads[who], run, argument, 100, 0);
    must("space",
         seL4_TCB_SetSpace(threads[who].tcb, 0, nodes[who], DEPTH - NODE_BITS, OWN_VSPACE, 0));
    name(who);
#ifdef CONFIG_KERNEL_MCS
    give(who, REPLY, object_alloc(seL4_ReplyObject, 0), seL4_AllRights, 0);
#endif
}

static void make_threads(void)
{
    create(PONG, call_back, NULL);
    create(PING, call, NULL);
    create(LONELY, send, NULL);
    create(CRASH, crash, (void *)0x10);
    create(FORGETFUL, wait_for_nothing, NULL);
    create(IDLE, serve, NULL);
}

static void make_ways(void)
{
    seL4_CPtr to_ping = object_alloc(seL4_EndpointObject, 0),
              to_pong = object_alloc(seL4_EndpointObject, 0),
              to_nobody = object_alloc(seL4_EndpointObject, 0),
              news = object_alloc(seL4_NotificationObject, 0);

    give(PING, OTHER, to_pong, seL4_CapRights_new(1, 1, 0, 1), 7);
    give(PING, MINE, to_ping, seL4_CanRead, 0);
    give(PONG, OTHER, to_ping, seL4_CapRights_new(1, 1, 0, 1), 8);
    give(PONG, MINE, to_pong, seL4_CanRead, 0);
    give(LONELY, OTHER, to_nobody, seL4_CanWrite, 9);
    give(FORGETFUL, OTHER, news, seL4_CanRead, 0);
    give(IDLE, MINE, object_alloc(seL4_EndpointObject, 0), seL4_AllRights, 0);
    cap_delete(to_nobody);
    cap_delete(to_ping);
    cap_delete(to_pong);
}

int main(void)
{
    make_threads();
    make_ways();
    for (unsigned int i = 0; i < COUNT; i++)
        thread_start(&threads[(i + 1) % COUNT]);
    guest_printf("all have begun\n");
    seL4_TCB_Suspend(OWN_TCB);
    return 0;
}
