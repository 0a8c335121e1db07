/*
 * Faults of hosted threads go to their handlers, also those that happen inside the C library; a
 * reply lets the thread go on, a register it was given is where it goes on.
 */
#include "guest.h"

#include <stdio.h>
#include <string.h>

static seL4_CPtr endpoint;
static char *hole;

static seL4_MessageInfo_t fault_of(struct thread *thread, void (*run)(void *))
{
    seL4_Word badge;

    thread_create(thread, run, NULL, 100, endpoint);
    thread_start(thread);
    return seL4_Recv(endpoint, &badge);
}

static void answer(void)
{
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

static void show(const char *what, seL4_MessageInfo_t message)
{
    printf("%s: VM fault %d at +%lu, status %lx\n", what, seL4_isVMFault_tag(message),
           seL4_GetMR(seL4_VMFault_Addr) - (seL4_Word)hole, seL4_GetMR(seL4_VMFault_FSR));
}

static void copies(void *argument)
{
    (void)argument;
    memset(hole + 100, 'x', 50);
    printf("thread: \"%.4s\" and %zu more\n", hole + 100, strlen(hole + 104));
}

static int __attribute__((noinline)) deep(int n)
{
    volatile char page[4096];

    page[0] = (char)n;
    return n == 0 ? 0 : deep(n - 1) + page[0] - (char)n;
}

/* Its stack is the hole. */
static void overflows(void *argument)
{
    (void)argument;
    deep(10);
    printf("thread: back from below\n");
}

static void elsewhere(void)
{
    printf("thread: elsewhere\n");
    seL4_Recv(endpoint, NULL);
}

static void waits(void *argument)
{
    (void)argument;
    seL4_Recv(endpoint, NULL);
    printf("thread: got a message\n");
}

static void map_hole(void)
{
    must("map",
         vspace_map(OWN_VSPACE, object_alloc(seL4_X86_4K, 0), (seL4_Word)hole, seL4_AllRights));
}

static void sent_elsewhere(void)
{
    static struct thread thread;
    static char stack[16384] __attribute__((aligned(64)));
    seL4_UserContext regs;

    thread_run(&thread, waits, NULL, 100);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    must("read", seL4_TCB_ReadRegisters(thread.tcb, true, 0, 20, &regs));
    printf("stack pointer is its: %d\n",
           (char *)regs.rsp > thread.stack &&
               (char *)regs.rsp < thread.stack + sizeof(thread.stack));
    regs.rip = (seL4_Word)elsewhere;
    regs.rsp = (seL4_Word)stack + sizeof(stack) - 8;
    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, 20, &regs));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    must("suspend", seL4_TCB_Suspend(thread.tcb));
}

/* Suspended and resumed, a thread makes its system call again. */
static void call_again(void)
{
    static struct thread thread;

    thread_run(&thread, waits, NULL, 100);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    must("suspend", seL4_TCB_Suspend(thread.tcb));
    must("resume", seL4_TCB_Resume(thread.tcb));
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

static void cap_fault_of(void *argument)
{
    (void)argument;
    seL4_Send(0x123456789, seL4_MessageInfo_new(0, 0, 0, 0));
    printf("thread: sent\n");
}

static void cap_fault(void)
{
    static struct thread thread;
    seL4_MessageInfo_t message = fault_of(&thread, cap_fault_of);

    printf("send: cap fault %d, address %lx, in receive %lu\n",
           seL4_MessageInfo_get_label(message) == seL4_Fault_CapFault,
           seL4_GetMR(seL4_CapFault_Addr), seL4_GetMR(seL4_CapFault_InRecvPhase));
    seL4_TCB_Suspend(thread.tcb);
}

static void overflow(void)
{
    static struct thread thread;
    seL4_UserContext regs = {0};
    seL4_Word top;

    hole = vspace_reserve(PAGE_SIZE);
    map_hole();
    top = (seL4_Word)hole + PAGE_SIZE;
    thread_create(&thread, overflows, NULL, 100, endpoint);
    regs.rip = (seL4_Word)overflows;
    regs.rsp = top - 8;
    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, 20, &regs));
    printf("overflow: VM fault %d", seL4_isVMFault_tag(seL4_Recv(endpoint, NULL)));
    printf(" below its stack: %d\n", seL4_GetMR(seL4_VMFault_Addr) < (seL4_Word)hole);
    seL4_TCB_Suspend(thread.tcb);
}

int main(void)
{
    static struct thread copier;

    endpoint = object_alloc(seL4_EndpointObject, 0);
    hole = vspace_reserve(PAGE_SIZE);
    show("memset", fault_of(&copier, copies));
    map_hole();
    answer();
    sent_elsewhere();
    call_again();
    cap_fault();
    overflow();
    return 0;
}
