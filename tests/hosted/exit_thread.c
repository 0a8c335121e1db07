/* exit() in a thread that is not the main one ends the process with that status. */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>

static void at_exit(void)
{
    printf("at exit\n");
}

static void leave(void *argument)
{
    (void)argument;
    printf("thread: exit\n");
    exit(42);
}

int main(void)
{
    static struct thread thread;

    atexit(at_exit);
    thread_run(&thread, leave, NULL, 100);
    seL4_Wait(object_alloc(seL4_NotificationObject, 0), NULL);
    printf("main goes on\n");
    return 0;
}
