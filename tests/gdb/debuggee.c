/*
 * What the debugger tests look at: a variable that another thread changes, a system call to step
 * over, and an end that the debugger chooses by writing to `mode`.
 */
#include "guest.h"

enum { MODE_END, MODE_SPIN, MODE_FAULT, MODE_STUCK, MODE_TRAP };

volatile int mode = MODE_END;
volatile unsigned long shared;
volatile double ratio = 1.5;
volatile unsigned long nowhere = 8;

static struct thread writer;
static seL4_CPtr done;

static void write_shared(void *argument)
{
    for (unsigned long n = 1; n <= 3; n++)
        shared = n * (unsigned long)argument;
    ratio = ratio * 2;
    seL4_Signal(done);
}

static __attribute__((noinline)) unsigned long ask(void)
{
    seL4_Word badge = 0;

    seL4_Wait(done, &badge);
    return badge;
}

static __attribute__((noinline)) void fault(void)
{
    *(volatile int *)nowhere = 1;
}

static __attribute__((noinline)) void spin(void)
{
    while (mode == MODE_SPIN)
        __asm__ volatile("pause");
}

int main(void)
{
    unsigned long badge;

    done = cap_mint(object_alloc(seL4_NotificationObject, 0), seL4_AllRights, 7);
    thread_run(&writer, write_shared, (void *)11, 100);
    badge = ask();
    guest_printf("badge %lu, shared %lu\n", badge, shared);
    if (mode == MODE_SPIN)
        spin();
    if (mode == MODE_FAULT)
        fault();
    if (mode == MODE_STUCK)
        ask();
    if (mode == MODE_TRAP)
        __asm__ volatile("int3");
    guest_printf("mode %d\n", mode);
    return 0;
}
