/*
 * With MCS: a thread that computes for ever gets its budget in each period, and no more, so one of
 * a lower priority goes on too; its timeout handler hears of it.
 */
#include "guest.h"

#include <stdio.h>

#define BUDGET_US 2000
#define PERIOD_US 10000

static volatile unsigned long high, low;

static void compute(void *argument)
{
    volatile unsigned long *count = argument;

    for (;;)
        ++*count;
}

static void configure(seL4_CPtr context, seL4_Word badge)
{
    must("configure", seL4_SchedControl_ConfigureFlags(seL4_GetBootInfo()->schedcontrol.start,
                                                       context, BUDGET_US, PERIOD_US, 0, badge, 0));
}

int main(void)
{
    static struct thread upper, lower;
    seL4_CPtr timeouts = object_alloc(seL4_EndpointObject, 0);
    seL4_CPtr reply = object_alloc(seL4_ReplyObject, 0);

    thread_create(&upper, compute, (void *)&high, 100, 0);
    configure(upper.sched_context, 0);
    thread_run(&lower, compute, (void *)&low, 50);
    thread_start(&upper);
    must("priority", seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50));
    while (high == 0 || low == 0)
        seL4_Yield();
    must("priority", seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 200));
    printf("both ran\n");

    must("handler", seL4_TCB_SetTimeoutEndpoint(upper.tcb, timeouts));
    configure(upper.sched_context, 77);
    for (int i = 0; i < 3; i++) {
        seL4_MessageInfo_t message = seL4_Recv(timeouts, NULL, reply);

        printf("timeout %d of %lu\n", seL4_MessageInfo_get_label(message) == seL4_Fault_Timeout,
               seL4_GetMR(seL4_Timeout_Data));
        configure(upper.sched_context, 77);
        seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    }
    return 0;
}
