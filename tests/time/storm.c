/*
 * A timer that is faster than its handler may be: whoever is interrupted gets on all the same, in
 * user code, in system calls and in long operations of the kernel.
 */
#include "guest.h"

#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_RATE     0x34 /* channel 0, both bytes, rate generator */
#define PIT_DIVISOR  60   /* 50 us */
#define TIMER_PIN    2
#define CALLS        300
#define COPIES       2000

static struct thread server;
static seL4_CPtr handler, notification;
static volatile unsigned long served;

static void serve(void *argument)
{
    (void)argument;
    for (;;) {
        seL4_Wait(notification, NULL);
        served++;
        for (int call = 0; call < 10; call++)
            seL4_Poll(notification, NULL);
        seL4_IRQHandler_Ack(handler);
    }
}

static void start_timer(void)
{
    seL4_CPtr ports = ports_alloc(PIT_CHANNEL0, PIT_MODE);

    must("mode", seL4_X86_IOPort_Out8(ports, PIT_MODE, PIT_RATE));
    must("low", seL4_X86_IOPort_Out8(ports, PIT_CHANNEL0, PIT_DIVISOR));
    must("high", seL4_X86_IOPort_Out8(ports, PIT_CHANNEL0, 0));
}

static void make_copies(seL4_CPtr endpoint)
{
    seL4_CPtr table = object_alloc(seL4_CapTableObject, 11);

    for (seL4_Word slot = 0; slot < COPIES; slot++)
        must("Copy", seL4_CNode_Copy(table, slot, 11, ROOT, endpoint, DEPTH, seL4_AllRights));
}

int main(void)
{
    seL4_CPtr endpoint = object_alloc(seL4_EndpointObject, 0), other;
    volatile unsigned long sum = 0;

    other = object_alloc(seL4_NotificationObject, 0);
    notification = object_alloc(seL4_NotificationObject, 0);
    handler = slot_alloc();
    make_copies(endpoint);
    must("GetIOAPIC", seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, handler, DEPTH, 0,
                                                TIMER_PIN, 0, 0, 0));
    must("SetNotification", seL4_IRQHandler_SetNotification(handler, notification));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 100);
    thread_run(&server, serve, NULL, 200);
    start_timer();
    for (unsigned int call = 0; call < CALLS; call++)
        seL4_Poll(other, NULL);
    guest_printf("system calls get on\n");
    must("Revoke", seL4_CNode_Revoke(ROOT, endpoint, DEPTH));
    guest_printf("the kernel's long operations get on\n");
    for (unsigned long step = 0; step < 100000; step++)
        sum = sum + step;
    guest_printf("user code gets on\n%s\n", served > 2 ? "interrupted" : "left alone");
    return 0;
}
