/*
 * A timer that interrupts a thread while it faults. Whoever runs next in that address space has
 * done nothing: the fault stays with the thread whose it is, and reaches its handler once.
 */
#include "guest.h"

#define PIT_CHANNEL0  0x40
#define PIT_MODE      0x43
#define PIT_RATE      0x34 /* channel 0, both bytes, rate generator */
#define PIT_DIVISOR   119  /* 100 us */
#define TIMER_PIN     2
#define INTERRUPTIONS 3000

#define FAULTY_BADGE 1
#define DRIVER_BADGE 2

static struct thread faulty, driver;
static seL4_CPtr handler, notification;
static volatile char *nowhere;
static volatile unsigned interruptions;

static void fault(void *argument)
{
    (void)argument;
    for (;;)
        (void)*nowhere;
}

static void serve(void *argument)
{
    (void)argument;
    while (interruptions < INTERRUPTIONS) {
        seL4_Wait(notification, NULL);
        interruptions++;
        seL4_IRQHandler_Ack(handler);
    }
}

static void start_timer(void)
{
    seL4_CPtr ports = ports_alloc(PIT_CHANNEL0, PIT_MODE);

    handler = slot_alloc();
    notification = object_alloc(seL4_NotificationObject, 0);
    must("GetIOAPIC", seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, handler, DEPTH, 0,
                                                TIMER_PIN, 0, 0, 0));
    must("SetNotification", seL4_IRQHandler_SetNotification(handler, notification));
    must("mode", seL4_X86_IOPort_Out8(ports, PIT_MODE, PIT_RATE));
    must("low", seL4_X86_IOPort_Out8(ports, PIT_CHANNEL0, PIT_DIVISOR));
    must("high", seL4_X86_IOPort_Out8(ports, PIT_CHANNEL0, 0));
}

static bool is_expected(seL4_MessageInfo_t message, seL4_Word badge)
{
    return badge == FAULTY_BADGE && seL4_MessageInfo_get_label(message) == seL4_Fault_VMFault &&
           seL4_GetMR(seL4_VMFault_Addr) == (seL4_Word)nowhere;
}

int main(void)
{
    seL4_CPtr endpoint = object_alloc(seL4_EndpointObject, 0);
    seL4_MessageInfo_t message;
    unsigned long faults = 0, others = 0;
    seL4_Word badge;

    nowhere = vspace_reserve(PAGE_SIZE);
    start_timer();
    thread_create(&faulty, fault, NULL, 50, cap_mint(endpoint, seL4_AllRights, FAULTY_BADGE));
    thread_create(&driver, serve, NULL, 200, cap_mint(endpoint, seL4_AllRights, DRIVER_BADGE));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 100);
    thread_start(&driver);
    thread_start(&faulty);
    message = seL4_Recv(endpoint, &badge);
    for (;;) {
        bool expected = is_expected(message, badge);

        faults += expected;
        others += !expected;
        if (interruptions >= INTERRUPTIONS)
            break;
        /* It goes on where it was: to the same fault, or to what it was wrongly stopped at. */
        message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), &badge);
    }
    guest_printf("interrupted %u times, faults %s, faults of others %lu\n", interruptions,
                 faults > 0 ? "reported" : "lost", others);
    return 0;
}
