/* A fault that no handler takes is the process's own: Linux ends it, debuggers see it. */
#include "guest.h"

#include <stdio.h>

static void crash(void *argument)
{
    *(volatile int *)argument = 1;
}

int main(void)
{
    static struct thread thread;

    printf("about to crash\n");
    fflush(stdout);
    thread_run(&thread, crash, (void *)0x1234, 100);
    seL4_Wait(object_alloc(seL4_NotificationObject, 0), NULL);
    return 0;
}
