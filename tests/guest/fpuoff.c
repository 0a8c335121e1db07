/*
 * Threads whose floating-point unit is switched off (seL4_TCBFlag_fpuDisabled): everything else
 * runs as ever, the first instruction that needs it is an exception, and no flag tells how that is
 * done.
 */
#include "guest.h"

#define TCBFLAG_FPU_DISABLED 1
#define COUNT                (sizeof(seL4_UserContext) / sizeof(seL4_Word))
#define TF                   0x100ul

static seL4_CPtr endpoint;
static struct thread thread;

static void nothing(void *argument)
{
    (void)argument;
}

/* Each ends in an instruction that needs the unit, or in ud2. */
#define PROGRAM(name, text)                                                                        \
    __asm__(".text\n" #name ":\n    " text "\n" #name "_end:\n    ud2\n");                         \
    extern const char name[], name##_end[]

PROGRAM(sse, "movl $5, %eax; incl %eax; xorps %xmm0, %xmm0");
PROGRAM(x87, "nop; fld1");
PROGRAM(mmx, "pxor %mm0, %mm0");
PROGRAM(wait, "movq %rax, %rax; fwait");
PROGRAM(control, "pushq $0x1f80; ldmxcsr (%rsp)");
PROGRAM(save, "leaq -1024(%rsp), %rcx; andq $-64, %rcx; fxsave64 (%rcx)");
PROGRAM(no_fpu, "movnti %rax, -64(%rsp); prefetcht0 (%rsp); mfence; lfence; popcntq %rax, %rcx");
PROGRAM(push_flags, "stc; pushfq; popq %rax");
PROGRAM(push_word, "stc; movq $-1, -8(%rsp); pushfw; movzwl (%rsp), %eax");
PROGRAM(pop_flags, "pushq $0x8d7; popfq; movl $1, %eax; pushfq; popq %rcx; movq %rcx, %rax");
/* SysYield without MCS */
PROGRAM(call_kernel, "movq $-7, %rdx; movq %rsp, %rbx; syscall; movq %rbx, %rsp;"
                     "movq %r11, %rax; andl $0x100, %eax");
PROGRAM(string, "leaq -256(%rsp), %rdi; movl $100, %ecx; movb $7, %al; cld; rep stosb;"
                "movzbl -157(%rsp), %eax; addl %ecx, %eax");
PROGRAM(own_trap_flag, "pushfq; orq $0x100, (%rsp); popfq; nop");
PROGRAM(loop, "movl $1000, %ecx; xorl %eax, %eax; 1: addl %ecx, %eax; decl %ecx; jnz 1b");

static const struct program {
    const char *name;
    const char *text, *end;
} program[] = {
#define ENTRY(name)                                                                                \
    {                                                                                              \
#name, name, name##_end                                                                    \
    }
    ENTRY(sse),         ENTRY(x87),    ENTRY(mmx),           ENTRY(wait),      ENTRY(control),
    ENTRY(save),        ENTRY(no_fpu), ENTRY(push_flags),    ENTRY(push_word), ENTRY(pop_flags),
    ENTRY(call_kernel), ENTRY(string), ENTRY(own_trap_flag), ENTRY(loop),
};

static seL4_Word flags(seL4_Word clear, seL4_Word set)
{
    seL4_TCB_SetFlags_t result = seL4_TCB_SetFlags(thread.tcb, clear, set);

    must("SetFlags", result.error);
    return result.flags;
}

/* Where the thread faulted, and what its registers were then. */
static void show(const struct program *p)
{
    seL4_UserContext regs;
    seL4_Word ip = seL4_GetMR(seL4_UserException_FaultIP);

    must("read", seL4_TCB_ReadRegisters(thread.tcb, false, 0, COUNT, &regs));
    guest_printf("exception %lu, at +%lu%s, rax %lx, trap flag %d",
                 seL4_GetMR(seL4_UserException_Number), ip - (seL4_Word)p->text,
                 ip == (seL4_Word)p->end ? " (end)" : "", regs.rax, (regs.rflags & TF) != 0);
}

static void run(const struct program *p)
{
    seL4_UserContext regs = {.rip = (seL4_Word)p->text,
                             .rsp = (seL4_Word)(thread.stack + STACK_SIZE - 64),
                             .rflags = 0x202};
    bool off;

    flags(0, TCBFLAG_FPU_DISABLED);
    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, COUNT, &regs));
    seL4_Recv(endpoint, NULL);
    guest_printf("%s: ", p->name);
    off = seL4_GetMR(seL4_UserException_Number) == 7;
    show(p);
    if (off) {
        flags(TCBFLAG_FPU_DISABLED, 0);
        seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL);
        guest_printf("; then ");
        show(p);
    }
    guest_printf("\n");
}

/* Switched off while the thread runs: it goes on to its next instruction that needs the unit. */
static volatile int go, stop;

static void compute(void *argument)
{
    double sum = 0;

    (void)argument;
    go = 1;
    while (!stop)
        sum += 0.5;
    seL4_Send(endpoint, seL4_MessageInfo_new(sum > 0 ? 77 : 78, 0, 0, 0));
}

static void running(void)
{
    static struct thread computer;
    seL4_TCB_SetFlags_t result;
    seL4_MessageInfo_t message;

    thread_create(&computer, compute, NULL, 255, endpoint);
    thread_start(&computer);
    while (!go)
        seL4_Yield();
    result = seL4_TCB_SetFlags(computer.tcb, 0, TCBFLAG_FPU_DISABLED);
    message = seL4_Recv(endpoint, NULL);
    guest_printf("running thread: flags %lu, exception %lu", result.flags,
                 seL4_GetMR(seL4_UserException_Number));
    stop = 1;
    result = seL4_TCB_SetFlags(computer.tcb, TCBFLAG_FPU_DISABLED, 0);
    message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL);
    guest_printf(", flags %lu, result %lu\n", result.flags, seL4_MessageInfo_get_label(message));
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    thread_create(&thread, nothing, NULL, 100, endpoint);
    guest_printf("flags of a new thread: %lu\n", flags(0, 0));
    guest_printf("unknown flags: %lu\n", flags(0, ~1ul));
    for (unsigned n = 0; n < sizeof(program) / sizeof(program[0]); n++)
        run(&program[n]);
    running();
    return 0;
}
