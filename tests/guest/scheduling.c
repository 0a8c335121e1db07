/*
 * Priorities, yielding, time slices, suspending and resuming, and the limits that a maximum
 * controlled priority sets.
 */
#include "guest.h"

static struct thread threads[4];
static seL4_CPtr done;
static char order[64];
static size_t ran;

static void note(char c)
{
    order[ran++] = c;
}

static void once(void *argument)
{
    note((char)(long)argument);
    seL4_Signal(done);
}

static void show(const char *what)
{
    order[ran] = 0;
    guest_printf("%s: %s\n", what, order);
    ran = 0;
}

/* Lets every thread of a higher priority than 1 run. */
static void let_others_run(void)
{
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 1);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

static void priorities(void)
{
    thread_run(&threads[0], once, (void *)'a', 10);
    thread_run(&threads[1], once, (void *)'b', 30);
    thread_run(&threads[2], once, (void *)'c', 20);
    thread_run(&threads[3], once, (void *)'d', 30);
    note('-');
    let_others_run();
    show("by priority");
}

static void yields(void *argument)
{
    for (int i = 0; i < 3; i++) {
        note((char)(long)argument);
        seL4_Yield();
    }
}

static void yielding(void)
{
    static struct thread yielders[3];

    for (long i = 0; i < 3; i++)
        thread_run(&yielders[i], yields, (void *)('x' + i), 50);
    let_others_run();
    show("yielding");
}

static volatile bool stop;

static void count(void *argument)
{
    volatile unsigned long *counter = argument;

    while (!stop)
        ++*counter;
}

static void stop_them(void *argument)
{
    volatile unsigned long *counters = argument;

    while (counters[0] == 0 || counters[1] == 0) {
    }
    stop = true;
}

/* Threads of one priority take turns even if none ever waits. */
static void time_slices(void)
{
    static struct thread counters[2], stopper;
    static volatile unsigned long values[2];

    thread_run(&counters[0], count, (void *)&values[0], 50);
    thread_run(&counters[1], count, (void *)&values[1], 50);
    thread_run(&stopper, stop_them, (void *)values, 50);
    let_others_run();
    guest_printf("all of them ran: %d\n", values[0] > 0 && values[1] > 0);
}

static void suspended(void)
{
    static struct thread thread;

    thread_run(&thread, once, (void *)'s', 10);
    report("suspend", seL4_TCB_Suspend(thread.tcb));
    let_others_run();
    show("suspended");
    report("resume", seL4_TCB_Resume(thread.tcb));
    let_others_run();
    show("resumed");
    report("resume once more", seL4_TCB_Resume(thread.tcb));
    let_others_run();
    show("it had ended");
}

static void limits(void)
{
    static struct thread thread;

    thread_create(&thread, once, (void *)'l', 10, 0);
    report("priority 256", seL4_TCB_SetPriority(thread.tcb, OWN_TCB, 256));
    report("its own authority is too low", seL4_TCB_SetPriority(thread.tcb, thread.tcb, 11));
    report("maximum above one's own", seL4_TCB_SetMCPriority(thread.tcb, thread.tcb, 20));
    report("an endpoint as authority", seL4_TCB_SetPriority(thread.tcb, done, 5));
    report("maximum 100", seL4_TCB_SetMCPriority(thread.tcb, OWN_TCB, 100));
    report("now 100 is allowed", seL4_TCB_SetPriority(thread.tcb, thread.tcb, 100));
    report("and 101 is not", seL4_TCB_SetPriority(thread.tcb, thread.tcb, 101));
    report("lower the maximum", seL4_TCB_SetSchedParams(thread.tcb, OWN_TCB, 50, 60));
    report("domain 1", seL4_DomainSet_Set(seL4_CapDomain, 1, thread.tcb));
    report("domain 0", seL4_DomainSet_Set(seL4_CapDomain, 0, thread.tcb));
    report("the domain of an endpoint", seL4_DomainSet_Set(seL4_CapDomain, 0, done));
}

int main(void)
{
    done = object_alloc(seL4_NotificationObject, 0);
    priorities();
    yielding();
    time_slices();
    suspended();
    limits();
    return 0;
}
