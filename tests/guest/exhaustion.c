/*
 * Using up memory: every byte of an untyped, and what the kernel says when there is no more.
 */
#include "guest.h"

#define BITS 16 /* 64 KiB */

static seL4_Word fill(seL4_CPtr untyped, seL4_Word type, seL4_Word bits, seL4_CPtr first)
{
    seL4_Word count = 0;

    while (seL4_Untyped_Retype(untyped, type, bits, ROOT, 0, 0, first + count, 1) == seL4_NoError)
        count++;
    return count;
}

int main(void)
{
    seL4_CPtr untyped = object_alloc(seL4_UntypedObject, BITS), first = slots_alloc(4200);
    seL4_Error error;

    for (int round = 0; round < 2; round++) {
        guest_printf("endpoints: %lu\n", fill(untyped, seL4_EndpointObject, 0, first));
        report("one more",
               seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, 0, 0, first + 4199, 1));
        must("revoke", cap_revoke(untyped));
    }
    guest_printf("TCBs: %lu\n", fill(untyped, seL4_TCBObject, 0, first));
    guest_printf("pages then: %lu\n", fill(untyped, seL4_X86_4K, 0, first + 100));
    must("revoke", cap_revoke(untyped));
    must("an endpoint", seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, 0, 0, first, 1));
    guest_printf("pages after an endpoint: %lu\n", fill(untyped, seL4_X86_4K, 0, first + 1));
    guest_printf("and no TCB: %lu\n", fill(untyped, seL4_TCBObject, 0, first + 100));
    must("revoke", cap_revoke(untyped));
    error = seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, ROOT, 0, 0, first, 17);
    report("17 pages at once", error);
    report("16 pages at once", seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, ROOT, 0, 0, first, 16));
    report("256 endpoints in no memory",
           seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, 0, 0, first + 16, 256));
    return 0;
}
