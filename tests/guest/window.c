/*
 * An address space is the guest's from end to end: mappings, and jumps to where nothing is mapped,
 * at addresses that a host's own programs, libraries and stacks like to be at.
 */
#include "guest.h"

static const seL4_Word place[] = {
    0x200000,       /* below the root task */
    0x550000000000, /* a host's programs */
    0x7e0000100000, 0x7ff000000000,
    0x7fffffffd000, /* its libraries and stacks; the last page but 2 */
};

#define PLACES (sizeof(place) / sizeof(place[0]))

static seL4_CPtr endpoint, frame;
static volatile seL4_Word *shared;

static void nothing(void *argument)
{
    (void)argument;
}

static void jump(seL4_Word address)
{
    static struct thread thread;
    seL4_UserContext regs = {.rip = address, .rsp = address};
    seL4_MessageInfo_t message;

    if (!thread.tcb)
        thread_create(&thread, nothing, NULL, 100, endpoint);
    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, 20, &regs));
    message = seL4_Recv(endpoint, NULL);
    guest_printf("jump to %lx: VM fault %d at %lx, ip %lx, status %lx\n", address,
                 seL4_isVMFault_tag(message), seL4_GetMR(seL4_VMFault_Addr),
                 seL4_GetMR(seL4_VMFault_IP), seL4_GetMR(seL4_VMFault_FSR));
    must("suspend", seL4_TCB_Suspend(thread.tcb));
}

static seL4_CPtr map(seL4_Word address)
{
    seL4_CPtr copy = cap_copy(frame, seL4_AllRights);

    must("map", vspace_map(OWN_VSPACE, copy, address, seL4_AllRights));
    return copy;
}

static void visit(seL4_Word address, seL4_Word n)
{
    volatile seL4_Word *there = (volatile seL4_Word *)address;
    seL4_CPtr copy;

    jump(address);
    copy = map(address);
    shared[n] = n + 1;
    guest_printf("  there: %lu", there[n]);
    there[n] = n + 101;
    seL4_Yield();
    guest_printf(", here: %lu\n", shared[n]);
    must("unmap", seL4_X86_Page_Unmap(copy));
    jump(address);
    must("map again", vspace_map(OWN_VSPACE, copy, address, seL4_CanRead));
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    shared = page_alloc(&frame);
    jump(0x7e0000000000);
    for (seL4_Word n = 0; n < PLACES; n++)
        visit(place[n], n);
    for (seL4_Word n = 0; n < PLACES; n++)
        guest_printf("%lx: %lu\n", place[n], ((volatile seL4_Word *)place[n])[n]);
    report("the last page",
           vspace_map(OWN_VSPACE, cap_copy(frame, seL4_AllRights), 0x7ffffffff000, seL4_AllRights));
    report("beyond",
           vspace_map(OWN_VSPACE, cap_copy(frame, seL4_AllRights), 0x800000000000, seL4_AllRights));
    return 0;
}
