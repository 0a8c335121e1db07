/*
 * Jumps to where no code is: to 0, into unmapped memory, to an address with no form, and into data.
 */
#include "guest.h"

static seL4_CPtr endpoint;

static void idle(void *argument)
{
    (void)argument;
}

static void jump(const char *what, seL4_Word address)
{
    static struct thread threads[5];
    static int next;
    struct thread *thread = &threads[next++];
    seL4_UserContext regs = {.rip = address, .rsp = (seL4_Word)(thread->stack + STACK_SIZE)};
    seL4_MessageInfo_t message;
    bool vm_fault;

    thread_create(thread, idle, NULL, 100, endpoint);
    must("write", seL4_TCB_WriteRegisters(thread->tcb, true, 0, 20, &regs));
    message = seL4_Recv(endpoint, NULL);
    vm_fault = seL4_isVMFault_tag(message);
    guest_printf("%s: %s, ", what, vm_fault ? "VMFault" : "UserException");
    if (vm_fault)
        guest_printf("address is the target %d, ip too %d, prefetch %lu, status %lx\n",
                     seL4_GetMR(seL4_VMFault_Addr) == address,
                     seL4_GetMR(seL4_VMFault_IP) == address, seL4_GetMR(seL4_VMFault_PrefetchFault),
                     seL4_GetMR(seL4_VMFault_FSR));
    else
        guest_printf("number %lu, code %lx, ip is the target %d\n",
                     seL4_GetMR(seL4_UserException_Number), seL4_GetMR(seL4_UserException_Code),
                     seL4_GetMR(seL4_UserException_FaultIP) == address);
    must("suspend", seL4_TCB_Suspend(thread->tcb));
}

int main(void)
{
    static const unsigned char code[] = {0x0f, 0x0b}; /* ud2 */
    unsigned char *page = page_alloc(NULL);

    endpoint = object_alloc(seL4_EndpointObject, 0);
    memcpy(page, code, sizeof(code));
    jump("to 0", 0);
    jump("into nothing", 0x500000000000);
    jump("to the kernel", 0xffffffff80000000);
    jump("into data", (seL4_Word)page);
    return 0;
}
