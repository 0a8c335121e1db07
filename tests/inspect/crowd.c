/*
 * Five hundred threads that call a server, over and over: a system that is always busy, and large
 * enough to see whether what is said of it stays readable.
 */
#include "guest.h"

#define COUNT 500

static struct thread threads[COUNT];
static seL4_CPtr endpoint;

static void call(void *argument)
{
    seL4_CPtr to_server = (seL4_CPtr)argument;

    for (;;)
        seL4_Call(to_server, seL4_MessageInfo_new(0, 0, 0, 0));
}

int main(void)
{
    seL4_Word badge;

    endpoint = object_alloc(seL4_EndpointObject, 0);
    for (seL4_Word i = 0; i < COUNT; i++)
        thread_run(&threads[i], call, (void *)cap_mint(endpoint, seL4_AllRights, i + 1), 100);
    guest_printf("all have begun\n");
    for (unsigned long served = 0;; served++) {
        seL4_Recv(endpoint, &badge);
        if (served % 1000 == 0)
            guest_printf("served\n");
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    }
}
