/*
 * Exceptions of the processor: each program below ends in one. The handler is told which, with its
 * error code and the place, and the thread's flags are as the thread left them.
 */
#include "guest.h"

#define COUNT (sizeof(seL4_UserContext) / sizeof(seL4_Word))

#define PROTECTION  13
#define STACK_FAULT 12
#define INT_OPCODE  0xcd

/* TF to DF, IOPL, NT, RF, AC: all but what arithmetic leaves behind. */
#define FLAGS 0x57700ul

#define PROGRAM(name, text)                                                                        \
    __asm__(".text\n" #name ":\n    " text "\n    ud2\n");                                         \
    extern const char name[]

PROGRAM(int_80, "int $0x80");
PROGRAM(int_20, "int $0x20");
PROGRAM(int_1, "int $1");
PROGRAM(int_4, "int $4");
PROGRAM(int_9d, "int $0x9d");
PROGRAM(int_9e, "int $0x9e");
PROGRAM(int_a0, "int $0xa0");
PROGRAM(int_fe, "int $0xfe");
PROGRAM(int_ff, "int $0xff");
PROGRAM(int_3_long, ".byte 0xcd, 3");
PROGRAM(int3, "int3");
PROGRAM(trap_flag, "pushfq; orq $0x100, (%rsp); popfq; nop; nop");
PROGRAM(trap_flag_call, "pushfq; orq $0x100, (%rsp); popfq; call 1f; 1: nop");
PROGRAM(trap_flag_yield, "movq $-7, %rdx; pushfq; orq $0x100, (%rsp); popfq; syscall; nop");
PROGRAM(divide_zero, "xorl %ecx, %ecx; divl %ecx");
PROGRAM(divide_overflow, "movabs $0x8000000000000000, %rax; cqto; movq $-1, %rcx; idivq %rcx");
PROGRAM(undefined, "nop; ud2");
PROGRAM(lock_nop, ".byte 0xf0, 0x90");
PROGRAM(hlt, "hlt");
PROGRAM(cli, "cli");
PROGRAM(sti, "sti");
PROGRAM(in, "movl $0x3f8, %edx; inb %dx, %al");
PROGRAM(out, "movl $0x3f8, %edx; outb %al, %dx");
PROGRAM(read_msr, "movl $0xc0000080, %ecx; rdmsr");
PROGRAM(read_cr, "movq %cr0, %rax");
PROGRAM(load_gdt, "lgdt -16(%rsp)");
PROGRAM(swap_gs, "swapgs");
PROGRAM(clear_ts, "clts");
PROGRAM(load_beyond, "movabs $0x800000000000, %rax; movq (%rax), %rcx");
PROGRAM(store_beyond, "movabs $0xffff7ffffffffff8, %rax; movq %rcx, (%rax)");
PROGRAM(push_beyond, "movabs $0x800000000010, %rsp; pushq %rax");
PROGRAM(misaligned_sse, "leaq -15(%rsp), %rax; movaps (%rax), %xmm0");
PROGRAM(alignment, "pushfq; orq $0x40000, (%rsp); popfq; movq -15(%rsp), %rax; pushq $2; popfq");
PROGRAM(x87_divide, "fninit; pushq $0x37b; fldcw (%rsp); fld1; fldz; fdivrp; nop; fwait");
PROGRAM(direction, "std; hlt");

static const struct {
    const char *name;
    const char *text;
} program[] = {
    {"int $0x80", int_80},
    {"int $0x20", int_20},
    {"int $1", int_1},
    {"int $4", int_4},
    {"int $0x9d", int_9d},
    {"int $0x9e", int_9e},
    {"int $0xa0", int_a0},
    {"int $0xfe", int_fe},
    {"int $0xff", int_ff},
    {"int $3 in two bytes", int_3_long},
    {"int3", int3},
    {"trap flag before a nop", trap_flag},
    {"trap flag before a call", trap_flag_call},
    {"trap flag before a system call", trap_flag_yield},
    {"division by zero", divide_zero},
    {"quotient too large", divide_overflow},
    {"ud2", undefined},
    {"lock nop", lock_nop},
    {"hlt", hlt},
    {"cli", cli},
    {"sti", sti},
    {"in", in},
    {"out", out},
    {"rdmsr", read_msr},
    {"mov from cr0", read_cr},
    {"lgdt", load_gdt},
    {"swapgs", swap_gs},
    {"clts", clear_ts},
    {"load from no canonical address", load_beyond},
    {"store to no canonical address", store_beyond},
    {"push to no canonical address", push_beyond},
    {"misaligned movaps", misaligned_sse},
    {"alignment checks are off", alignment},
    {"x87 division by zero", x87_divide},
    {"direction flag", direction},
};

static seL4_CPtr endpoint;
static struct thread thread;

static void nothing(void *argument)
{
    (void)argument;
}

/* Processors have a vector of their own for stacks; QEMU does without. */
static seL4_Word exception_number(void)
{
    seL4_Word number = seL4_GetMR(seL4_UserException_Number);

    return number == STACK_FAULT ? PROTECTION : number;
}

/* Of an `int` whose gate is closed: 8 times the vector and 2. QEMU has 16 times the vector. */
static seL4_Word exception_code(const char *text)
{
    seL4_Word code = seL4_GetMR(seL4_UserException_Code), vector = (unsigned char)text[1];

    if ((unsigned char)text[0] == INT_OPCODE && code == vector * 16 + 2)
        return vector * 8 + 2;
    return code;
}

static void run(const char *name, const char *text)
{
    seL4_UserContext regs = {.rip = (seL4_Word)text,
                             .rsp = (seL4_Word)(thread.stack + STACK_SIZE - 64),
                             .rflags = 0x202,
                             .rax = 0x11223344};
    seL4_MessageInfo_t message;

    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, COUNT, &regs));
    message = seL4_Recv(endpoint, NULL);
    if (seL4_isUserException_tag(message))
        guest_printf("%s: exception %lu, code %lx, at +%lu, flags %lx\n", name, exception_number(),
                     exception_code(text), seL4_GetMR(seL4_UserException_FaultIP) - (seL4_Word)text,
                     seL4_GetMR(seL4_UserException_FLAGS) & FLAGS);
    else if (seL4_isUnknownSyscall_tag(message))
        guest_printf("%s: unknown system call %lx, at +%lu, flags %lx\n", name,
                     seL4_GetMR(seL4_UnknownSyscall_Syscall),
                     seL4_GetMR(seL4_UnknownSyscall_FaultIP) - (seL4_Word)text,
                     seL4_GetMR(seL4_UnknownSyscall_FLAGS) & FLAGS);
    else
        guest_printf("%s: label %lu\n", name, seL4_MessageInfo_get_label(message));
    /* What the thread's registers say is the same. */
    must("read", seL4_TCB_ReadRegisters(thread.tcb, true, 0, COUNT, &regs));
    if (regs.rip - (seL4_Word)text > 64)
        guest_printf("  registers: rip %lx\n", regs.rip);
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    thread_create(&thread, nothing, NULL, 100, endpoint);
    for (unsigned n = 0; n < sizeof(program) / sizeof(program[0]); n++)
        run(program[n].name, program[n].text);
    return 0;
}
