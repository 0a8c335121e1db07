/* A thread with a VSpace of its own needs a process of its own, which a hosted program is not. */
#include "guest.h"

#include <stdio.h>

int main(void)
{
    static struct thread thread;
    seL4_CPtr vspace = object_alloc(seL4_X64_PML4Object, 0);

    must("assign", seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
    thread_create(&thread, NULL, NULL, 100, 0);
    must("space", seL4_TCB_SetSpace(thread.tcb, 0, ROOT, seL4_NilData, vspace, seL4_NilData));
    printf("starting it\n");
    thread_start(&thread);
    seL4_Wait(object_alloc(seL4_NotificationObject, 0), NULL);
    return 0;
}
