/*
 * Faults and what a handler can do about them: repair and restart, skip, change registers, or
 * leave the thread where it is.
 */
#include "guest.h"

static seL4_CPtr endpoint;
static char *hole; /* an address that nothing is mapped at */

/* Starts `run` in a new thread whose faults come to `endpoint`. */
static seL4_MessageInfo_t fault_of(struct thread *thread, void (*run)(void *))
{
    seL4_Word badge;

    thread_create(thread, run, NULL, 100, endpoint);
    thread_start(thread);
    return seL4_Recv(endpoint, &badge);
}

static void read_hole(void *argument)
{
    (void)argument;
    guest_printf("thread: read %d\n", *(volatile char *)(hole + 5));
}

static void write_hole(void *argument)
{
    (void)argument;
    *(volatile char *)(hole + 9) = 1;
    guest_printf("thread: wrote\n");
}

static void show_vm_fault(const char *what, seL4_MessageInfo_t message)
{
    guest_printf("%s: label is VMFault %d, length %lu, offset %lu, prefetch %lu, status %lx\n",
                 what, seL4_isVMFault_tag(message), seL4_MessageInfo_get_length(message),
                 seL4_GetMR(seL4_VMFault_Addr) - (seL4_Word)hole,
                 seL4_GetMR(seL4_VMFault_PrefetchFault), seL4_GetMR(seL4_VMFault_FSR));
}

static void vm_faults(void)
{
    static struct thread reader, writer;
    seL4_CPtr frame = object_alloc(seL4_X86_4K, 0);

    show_vm_fault("read", fault_of(&reader, read_hole));
    must("map", vspace_map(OWN_VSPACE, frame, (seL4_Word)hole, seL4_CanRead));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);

    show_vm_fault("write to a read-only page", fault_of(&writer, write_hole));
    must("map", vspace_map(OWN_VSPACE, frame, (seL4_Word)hole, seL4_AllRights));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    guest_printf("seen: %d\n", hole[9]);
}

static void jump_to_hole(void *argument)
{
    void (*code)(void) = (void (*)(void))(hole + 0x100000);

    (void)argument;
    code();
    guest_printf("thread: back\n");
}

static void fetch_fault(void)
{
    static struct thread jumper;
    seL4_UserContext regs;

    show_vm_fault("fetch", fault_of(&jumper, jump_to_hole));
    must("read", seL4_TCB_ReadRegisters(jumper.tcb, false, 0, 20, &regs));
    guest_printf("ip is the address: %d\n", regs.rip == (seL4_Word)hole + 0x100000);
    regs.rip = *(seL4_Word *)regs.rsp;
    regs.rsp += 8;
    must("write", seL4_TCB_WriteRegisters(jumper.tcb, true, 0, 20, &regs));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

static void divide(void *argument)
{
    int quotient = 7, divisor = 0;

    (void)argument;
    __asm__ volatile("cltd; idivl %1" : "+a"(quotient) : "r"(divisor) : "edx");
    guest_printf("thread: divided\n");
}

static void undefined(void *argument)
{
    (void)argument;
    __asm__ volatile("ud2");
    guest_printf("thread: after ud2\n");
}

static void breakpoint(void *argument)
{
    (void)argument;
    __asm__ volatile("int3");
    guest_printf("thread: after int3\n");
}

static void privileged(void *argument)
{
    (void)argument;
    __asm__ volatile("hlt");
    guest_printf("thread: after hlt\n");
}

static void user_exception(const char *what, void (*run)(void *), struct thread *thread,
                           seL4_Word skip)
{
    seL4_MessageInfo_t message = fault_of(thread, run);
    seL4_Word ip = seL4_GetMR(seL4_UserException_FaultIP);

    guest_printf("%s: UserException %d, length %lu, number %lu, code %lx\n", what,
                 seL4_isUserException_tag(message), seL4_MessageInfo_get_length(message),
                 seL4_GetMR(seL4_UserException_Number), seL4_GetMR(seL4_UserException_Code));
    seL4_SetMR(seL4_UserException_FaultIP, ip + skip);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 3));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

static void exceptions(void)
{
    static struct thread threads[4];

    user_exception("divide", divide, &threads[0], 2);
    user_exception("ud2", undefined, &threads[1], 2);
    user_exception("int3", breakpoint, &threads[2], 0);
    user_exception("hlt", privileged, &threads[3], 1);
}

static void odd_syscall(void *argument)
{
    register seL4_Word r8 __asm__("r8") = 8;
    seL4_Word a = 1, number = 1234, si = 4;

    (void)argument;
    __asm__ volatile("movq %%rsp, %%rbx; syscall; movq %%rbx, %%rsp"
                     : "+a"(a), "+d"(number), "+S"(si), "+r"(r8)
                     :
                     : "rbx", "rcx", "r11", "memory");
    guest_printf("thread: rax %lu, rdx %lu, rsi %lu, r8 %lu\n", a, number, si, r8);
}

static void unknown_syscall(void)
{
    static struct thread caller;
    seL4_MessageInfo_t message = fault_of(&caller, odd_syscall);

    guest_printf("UnknownSyscall %d, length %lu, number %lu, rax %lu, rsi %lu, r8 %lu\n",
                 seL4_isUnknownSyscall_tag(message), seL4_MessageInfo_get_length(message),
                 seL4_GetMR(seL4_UnknownSyscall_Syscall), seL4_GetMR(seL4_UnknownSyscall_RAX),
                 seL4_GetMR(seL4_UnknownSyscall_RSI), seL4_GetMR(seL4_UnknownSyscall_R8));
    seL4_SetMR(seL4_UnknownSyscall_RAX, 100);
    seL4_SetMR(seL4_UnknownSyscall_RDX, 200);
    seL4_SetMR(seL4_UnknownSyscall_R8, 300);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 2);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, seL4_UnknownSyscall_Length));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

static void send_nowhere(void *argument)
{
    (void)argument;
    seL4_Send(1ul << 41, seL4_MessageInfo_new(0, 0, 0, 0));
    guest_printf("thread: sent\n");
}

static void receive_nowhere(void *argument)
{
    (void)argument;
    seL4_Recv(1ul << 40, NULL);
    guest_printf("thread: received\n");
}

static void show_cap_fault(const char *what, seL4_MessageInfo_t message)
{
    guest_printf("%s: CapFault %d, length %lu, address %lx, receiving %lu, type %lu, left %lu\n",
                 what, seL4_isCapFault_tag(message), seL4_MessageInfo_get_length(message),
                 seL4_GetMR(seL4_CapFault_Addr), seL4_GetMR(seL4_CapFault_InRecvPhase),
                 seL4_GetMR(seL4_CapFault_LookupFailureType), seL4_GetMR(seL4_CapFault_BitsLeft));
}

static void cap_faults(void)
{
    static struct thread sender, receiver;

    show_cap_fault("send", fault_of(&sender, send_nowhere));
    must("suspend", seL4_TCB_Suspend(sender.tcb));
    show_cap_fault("receive", fault_of(&receiver, receive_nowhere));
    guest_printf("guard found %lx, bits %lu\n", seL4_GetMR(seL4_CapFault_GuardMismatch_GuardFound),
                 seL4_GetMR(seL4_CapFault_GuardMismatch_BitsFound));
    must("suspend", seL4_TCB_Suspend(receiver.tcb));
}

/* A reply with a label other than 0 leaves the thread stopped. */
static void not_restarted(void)
{
    static struct thread thread;

    fault_of(&thread, undefined);
    seL4_Reply(seL4_MessageInfo_new(1, 0, 0, 0));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    guest_printf("not restarted\n");
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    page_alloc(NULL);
    hole = vspace_reserve(1ul << 21);
    vm_faults();
    fetch_fault();
    exceptions();
    unknown_syscall();
    cap_faults();
    not_restarted();
    return 0;
}
