/*
 * Thread-local storage: every thread has its own, and a base can be set from outside.
 */
#include "guest.h"

static __thread int initialised = 7;
static __thread int zero;
static __thread long array[16];
static struct thread threads[2];
static seL4_CPtr done;

static void show(void *argument)
{
    long me = (long)argument;

    guest_printf("thread %ld: %d %d %ld\n", me, initialised, zero, array[15]);
    initialised += (int)me;
    zero = 100 * (int)me;
    array[15] = me;
    seL4_Signal(done);
    seL4_Yield();
    guest_printf("thread %ld: %d %d %ld\n", me, initialised, zero, array[15]);
    seL4_Signal(done);
}

static void from_outside(void)
{
    static struct thread thread;
    seL4_UserContext regs;

    thread_create(&thread, show, NULL, 10, 0);
    report("set the base", seL4_TCB_SetTLSBase(thread.tcb, 0x123450));
    must("read", seL4_TCB_ReadRegisters(thread.tcb, false, 0, 20, &regs));
    guest_printf("fs base %lx\n", regs.fs_base);
    report("a kernel address", seL4_TCB_SetTLSBase(thread.tcb, 0xffff800000000000ul));
    report("an address with no form", seL4_TCB_SetTLSBase(thread.tcb, 0x1234567890abcdeful));
}

int main(void)
{
    done = object_alloc(seL4_NotificationObject, 0);
    initialised = 1;
    zero = 2;
    for (long i = 0; i < 2; i++) {
        thread_run(&threads[i], show, (void *)(i + 1), 100);
        seL4_Wait(done, NULL);
    }
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    guest_printf("root: %d %d %ld\n", initialised, zero, array[15]);
    from_outside();
    return 0;
}
