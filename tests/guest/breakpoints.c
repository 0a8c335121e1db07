/*
 * Hardware breakpoints and single-stepping that happen, on kernels with the hardware debug API.
 * Each program below ends in an undefined instruction; what comes before that is printed, with the
 * place as an offset in the program.
 */
#include "guest.h"

#define COUNT      (sizeof(seL4_UserContext) / sizeof(seL4_Word))
#define MOST       12 /* faults of one run */
#define SEL4_YIELD -7

#define STRING_OF(x) #x
#define STRING(x)    STRING_OF(x)

extern volatile seL4_Word breakpoint_data[4];
volatile seL4_Word breakpoint_data[4];

#define PROGRAM(name, text)                                                                        \
    __asm__(".text\n" #name ":\n    " text "\n    ud2\n");                                         \
    extern const char name[]

/* offsets:              0    1    2    3                                       */
PROGRAM(nops, "nop; nop; nop; nop");
/*                       0                                8              16 */
PROGRAM(access, "movq %rax, breakpoint_data(%rip); nop; movq breakpoint_data+8(%rip), %rax; nop");
PROGRAM(partly, "movb %al, breakpoint_data+3(%rip); movb %al, breakpoint_data+4(%rip)");
PROGRAM(system_call, "movq $" STRING(SEL4_YIELD) ", %rdx; movq %rsp, %rbx; syscall; "
                                                 "movq %rbx, %rsp; nop");
PROGRAM(software, "nop; int3; nop");

static seL4_CPtr endpoint;
static struct thread thread, bystander;

static void nothing(void *argument)
{
    (void)argument;
}

static void start(struct thread *t, const char *text)
{
    seL4_UserContext regs = {
        .rip = (seL4_Word)text, .rsp = (seL4_Word)(t->stack + STACK_SIZE - 64), .rflags = 0x202};

    must("write", seL4_TCB_WriteRegisters(t->tcb, true, 0, COUNT, &regs));
}

static void print_trigger(seL4_Word address, const char *text)
{
    seL4_Word data = (seL4_Word)breakpoint_data;

    if (address >= data && address < data + sizeof(breakpoint_data))
        guest_printf(", data +%lu", address - data);
    else
        guest_printf(", text +%lu", address - (seL4_Word)text);
}

/* The fault that came, with the saved flags that tell of stepping. False: the program is over. */
static bool print_fault(struct thread *t, seL4_MessageInfo_t message, const char *text)
{
    static const char *const reason[] = {"data", "instruction", "step", "software"};
    seL4_UserContext regs;

    if (seL4_isUserException_tag(message)) {
        guest_printf("  exception %lu at +%lu\n", seL4_GetMR(seL4_UserException_Number),
                     seL4_GetMR(seL4_UserException_FaultIP) - (seL4_Word)text);
        return false;
    }
    if (!seL4_isDebugException_tag(message)) {
        guest_printf("  label %lu\n", seL4_MessageInfo_get_label(message));
        return false;
    }
    seL4_Word why = seL4_GetMR(seL4_DebugException_ExceptionReason) % 4;
    seL4_Word at = seL4_GetMR(seL4_DebugException_FaultIP);
    seL4_Word trigger = seL4_GetMR(seL4_DebugException_TriggerAddress);
    seL4_Word number = seL4_GetMR(seL4_DebugException_BreakpointNumber);
    guest_printf("  %s at +%lu, %lu words", reason[why], at - (seL4_Word)text,
                 seL4_MessageInfo_get_length(message));
    if (seL4_MessageInfo_get_length(message) > 2) {
        print_trigger(trigger, text);
        guest_printf(", number %lu", number);
    }
    must("read", seL4_TCB_ReadRegisters(t->tcb, false, 0, COUNT, &regs));
    guest_printf(", TF %lu\n", regs.rflags >> 8 & 1);
    return true;
}

/* Runs `text` to its end; each fault is answered with `steps` more, where it is a step. */
static void run(const char *name, const char *text, seL4_Word steps)
{
    unsigned faults = 0;

    guest_printf("%s\n", name);
    start(&thread, text);
    while (print_fault(&thread, seL4_Recv(endpoint, NULL), text)) {
        if (++faults == MOST) {
            guest_printf("  and so on\n");
            must("suspend", seL4_TCB_Suspend(thread.tcb));
            return;
        }
        seL4_SetMR(0, steps);
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 1));
    }
}

static void set(seL4_Uint16 number, const volatile void *address, seL4_Word type, seL4_Word size,
                seL4_Word access_kind)
{
    must("set",
         seL4_TCB_SetBreakpoint(thread.tcb, number, (seL4_Word)address, type, size, access_kind));
}

static void unset_all(void)
{
    for (seL4_Uint16 i = 0; i < 4; i++)
        must("unset", seL4_TCB_UnsetBreakpoint(thread.tcb, i));
}

static void instructions(void)
{
    for (seL4_Uint16 i = 0; i < 4; i++)
        set(i, nops + i, seL4_InstructionBreakpoint, 0, seL4_BreakOnRead);
    guest_printf("four instructions, one after the other\n");
    start(&thread, nops);
    for (seL4_Uint16 i = 0; i < 4; i++) {
        print_fault(&thread, seL4_Recv(endpoint, NULL), nops);
        must("unset", seL4_TCB_UnsetBreakpoint(thread.tcb, i));
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    }
    print_fault(&thread, seL4_Recv(endpoint, NULL), nops);

    set(1, nops + 1, seL4_InstructionBreakpoint, 0, seL4_BreakOnRead);
    run("one that stays", nops, 0);
    unset_all();
    set(3, nops + 2, seL4_InstructionBreakpoint, 0, seL4_BreakOnRead);
    set(1, nops + 2, seL4_InstructionBreakpoint, 0, seL4_BreakOnRead);
    guest_printf("two at one place\n");
    start(&thread, nops);
    print_fault(&thread, seL4_Recv(endpoint, NULL), nops);
    unset_all();
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    print_fault(&thread, seL4_Recv(endpoint, NULL), nops);
}

static void data(void)
{
    set(0, &breakpoint_data[0], seL4_DataBreakpoint, 4, seL4_BreakOnWrite);
    run("a store", access, 0);
    set(2, &breakpoint_data[1], seL4_DataBreakpoint, 4, seL4_BreakOnReadWrite);
    run("a store and a load", access, 0);
    unset_all();
    set(1, &breakpoint_data[1], seL4_DataBreakpoint, 2, seL4_BreakOnWrite);
    run("a load where stores are watched", access, 0);
    set(1, &breakpoint_data[1], seL4_DataBreakpoint, 2, seL4_BreakOnRead);
    run("a load", access, 0);
    set(1, &breakpoint_data[0], seL4_DataBreakpoint, 4, seL4_BreakOnWrite);
    run("the fourth byte of four, and the fifth", partly, 0);
    unset_all();
}

static void configure(seL4_Word steps)
{
    must("step", (seL4_Error)seL4_TCB_ConfigureSingleStepping(thread.tcb, 0, steps).error);
}

static void single_steps(void)
{
    configure(1);
    run("steps", nops, 1);
    configure(0);
    configure(2);
    run("two steps at a time", nops, 2);
    configure(0);
    configure(1);
    run("one step", nops, 0);
    configure(0);
    configure(1);
    run("through a system call", system_call, 1);
    configure(0);
    configure(1);
    run("a request by software", software, 0);
    configure(1);
    run("steps onto a request by software", software, 1);
    configure(0);
}

/* Another thread in the same memory has no breakpoints. */
static void bystanders(void)
{
    set(0, nops + 1, seL4_InstructionBreakpoint, 0, seL4_BreakOnRead);
    set(1, &breakpoint_data[0], seL4_DataBreakpoint, 4, seL4_BreakOnWrite);
    guest_printf("a bystander\n");
    start(&bystander, nops);
    print_fault(&bystander, seL4_Recv(endpoint, NULL), nops);
    start(&thread, nops);
    print_fault(&thread, seL4_Recv(endpoint, NULL), nops);
    start(&bystander, access);
    print_fault(&bystander, seL4_Recv(endpoint, NULL), access);
    breakpoint_data[0]++;
    start(&thread, access);
    print_fault(&thread, seL4_Recv(endpoint, NULL), access);
    unset_all();
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    print_fault(&thread, seL4_Recv(endpoint, NULL), access);
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    thread_create(&thread, nothing, NULL, 100, endpoint);
    thread_create(&bystander, nothing, NULL, 100, endpoint);
    instructions();
    data();
    single_steps();
    bystanders();
    return 0;
}
