/*
 * Reading, writing and copying the registers of threads.
 */
#include "guest.h"

#define COUNT (sizeof(seL4_UserContext) / sizeof(seL4_Word))

static struct thread source, target;
static volatile seL4_Word seen;

static void nothing(void *argument)
{
    (void)argument;
}

/* Where written registers are tried out: what it is started with ends in `seen`. */
__asm__(".text\n"
        "catch_registers:\n"
        "    addq %rsi, %rdi\n"
        "    addq %r8, %rdi\n"
        "    addq %r15, %rdi\n"
        "    addq %rbx, %rdi\n"
        "    movq %rdi, seen(%rip)\n"
        "1:  pause\n"
        "    jmp 1b\n");
extern const char catch_registers[];

static void read_and_write(void)
{
    seL4_UserContext regs = {0}, read = {0};

    thread_create(&source, nothing, NULL, 100, 0);
    must("read", seL4_TCB_ReadRegisters(source.tcb, false, 0, COUNT, &regs));
    guest_printf("new: rip %lx, rsp %lx, rflags %lx, fs %lx\n", regs.rip, regs.rsp, regs.rflags,
                 regs.fs_base);
    for (size_t i = 0; i < COUNT; i++)
        ((seL4_Word *)&regs)[i] = 0x1000 + i;
    regs.rflags = ~0ul;
    report("write", seL4_TCB_WriteRegisters(source.tcb, false, 0, COUNT, &regs));
    report("read back", seL4_TCB_ReadRegisters(source.tcb, false, 0, COUNT, &read));
    guest_printf("rip %lx, rsp %lx, rflags %lx, rax %lx, r15 %lx, fs %lx, gs %lx\n", read.rip,
                 read.rsp, read.rflags, read.rax, read.r15, read.fs_base, read.gs_base);
    regs.rip = 0x2000;
    regs.rsp = 0x3000;
    regs.rflags = 0;
    report("write two", seL4_TCB_WriteRegisters(source.tcb, false, 0, 2, &regs));
    report("read back", seL4_TCB_ReadRegisters(source.tcb, false, 0, COUNT, &read));
    guest_printf("rip %lx, rsp %lx, rflags %lx, rax %lx\n", read.rip, read.rsp, read.rflags,
                 read.rax);
    memset(&read, 0, sizeof(read));
    report("read three", seL4_TCB_ReadRegisters(source.tcb, false, 0, 3, &read));
    guest_printf("rip %lx, rsp %lx, rflags %lx, rbx %lx\n", read.rip, read.rsp, read.rflags,
                 read.rbx);
}

static void errors(void)
{
    seL4_UserContext regs = {0};

    report("read none", seL4_TCB_ReadRegisters(source.tcb, false, 0, 0, &regs));
    report("read 21", seL4_TCB_ReadRegisters(source.tcb, false, 0, COUNT + 1, &regs));
    report("read one's own", seL4_TCB_ReadRegisters(OWN_TCB, false, 0, COUNT, &regs));
    report("write one's own", seL4_TCB_WriteRegisters(OWN_TCB, false, 0, COUNT, &regs));
    report("read a frame's",
           seL4_TCB_ReadRegisters(object_alloc(seL4_X86_4K, 0), false, 0, COUNT, &regs));
    report("copy from an endpoint", seL4_TCB_CopyRegisters(source.tcb, ROOT, 0, 0, 1, 1, 0));
}

static void copy(void)
{
    seL4_UserContext regs = {.rip = 0x111,
                             .rsp = 0x222,
                             .rflags = 0x202,
                             .rax = 0x333,
                             .rdi = 0x444,
                             .rsi = 0x555,
                             .r8 = 0x666,
                             .r15 = 0x777,
                             .rbx = 0x888,
                             .fs_base = 0x999};
    seL4_UserContext read;

    thread_create(&target, nothing, NULL, 100, 0);
    must("write", seL4_TCB_WriteRegisters(source.tcb, false, 0, COUNT, &regs));
    report("copy the frame", seL4_TCB_CopyRegisters(target.tcb, source.tcb, 0, 0, 1, 0, 0));
    must("read", seL4_TCB_ReadRegisters(target.tcb, false, 0, COUNT, &read));
    guest_printf("rip %lx, rsp %lx, rax %lx, rdi %lx, r8 %lx, fs %lx\n", read.rip, read.rsp,
                 read.rax, read.rdi, read.r8, read.fs_base);
    report("copy the integers", seL4_TCB_CopyRegisters(target.tcb, source.tcb, 0, 0, 0, 1, 0));
    must("read", seL4_TCB_ReadRegisters(target.tcb, false, 0, COUNT, &read));
    guest_printf("rip %lx, rsp %lx, rax %lx, rdi %lx, r8 %lx, fs %lx\n", read.rip, read.rsp,
                 read.rax, read.rdi, read.r8, read.fs_base);
}

static void run(void)
{
    seL4_UserContext regs = {.rip = (seL4_Word)catch_registers,
                             .rsp = 0x5000,
                             .rdi = 1,
                             .rsi = 20,
                             .r8 = 300,
                             .r15 = 4000,
                             .rbx = 50000};

    must("priority", seL4_TCB_SetSchedParams(target.tcb, OWN_TCB, 255, 255));
    report("write and resume", seL4_TCB_WriteRegisters(target.tcb, true, 0, COUNT, &regs));
    while (!seen)
        seL4_Yield();
    report("suspend it", seL4_TCB_ReadRegisters(target.tcb, true, 0, COUNT, &regs));
    guest_printf("the sum of its registers: %lu, rsp %lx, r8 %lu\n", seen, regs.rsp, regs.r8);
}

int main(void)
{
    read_and_write();
    errors();
    copy();
    run();
    return 0;
}
