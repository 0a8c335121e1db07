/*
 * aarch64's registers and the TCB's: what a thread begins with, what a fault shows of it and takes
 * from its handler, and that everything else is as it was when the thread goes on.
 */
#include "guest.h"

#include <stdio.h>
#include <string.h>

#define COUNT     (sizeof(seL4_UserContext) / sizeof(seL4_Word))
#define SPINS     30000000
#define NEW_FRAME 0x20000000ul

static seL4_CPtr endpoint;
static struct thread threads[3];
seL4_Word began[16]; /* by begin: x0 to x5, x8 to x10, x19 to x23, x29, sp */

__asm__(".text\n"
        ".globl begin, undefined, trap, store, load, both, spin\n"
        "begin:\n"
        "    adrp x16, began\n    add x16, x16, :lo12:began\n"
        "    stp x0, x1, [x16]\n    stp x2, x3, [x16, #16]\n    stp x4, x5, [x16, #32]\n"
        "    stp x8, x9, [x16, #48]\n    stp x10, x19, [x16, #64]\n    stp x20, x21, [x16, #80]\n"
        "    stp x22, x23, [x16, #96]\n    mov x17, sp\n    stp x29, x17, [x16, #112]\n"
        "    ret\n" /* to nowhere */
        "undefined:\n    udf #0\n"
        "trap:\n    brk #1\n"
        "store:\n    str x1, [x0]\n    brk #1\n"
        "load:\n    ldr x1, [x0]\n    brk #1\n"
        "both:\n    ldxr x1, [x0]\n    stxr w2, x1, [x0]\n    brk #1\n");
extern const char begin[], undefined[], trap[], store[], load[], both[];

/*
 * spin(x0: who, x1: times): all other registers and the flags hold what depends on who, and are the
 * same when it ends with what differs in x0.
 */
__asm__(
    ".text\n"
    "spin:\n"
    "    .irp n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "    add x\\n, x0, #\\n\n    .endr\n"
    "    .irp n, "
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    dup v\\n\\().2d, x0\n    .endr\n"
    "    cmp x0, #2\n"
    "1:  sub x1, x1, #1\n    cbnz x1, 1b\n"
    "    cset x1, eq\n    sub x2, x2, x1\n" /* x2 is one less if who was 2 */
    "    .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "    sub x1, x\\n, x0\n    sub x1, x1, #\\n\n    add x2, x2, x1, lsl #8\n    .endr\n"
    "    .irp n, "
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "    umov x1, v\\n\\().d[1]\n    sub x1, x1, x0\n    add x2, x2, x1, lsl #8\n    .endr\n"
    "    sub x0, x2, x0\n"
    "    brk #1\n");
extern const char spin[];

static void nothing(void *argument)
{
    (void)argument;
}

static void start(struct thread *thread, const char *pc, seL4_Word a, seL4_Word b)
{
    seL4_UserContext regs = {.rip = (seL4_Word)pc, .rdi = a, .rsi = b};

    regs.rsp = (seL4_Word)thread->stack + sizeof(thread->stack);
    must("write", seL4_TCB_WriteRegisters(thread->tcb, true, 0, COUNT, &regs));
}

static void arguments(void)
{
    seL4_UserContext regs;
    seL4_MessageInfo_t message;
    int same = 0;

    for (size_t i = 0; i < COUNT; i++)
        ((seL4_Word *)&regs)[i] = 0x1000 + i;
    regs.rip = (seL4_Word)begin;
    regs.rsp = (seL4_Word)threads[0].stack + 8;
    must("write", seL4_TCB_WriteRegisters(threads[0].tcb, true, 0, COUNT, &regs));
    message = seL4_Recv(endpoint, NULL);
    printf("begins with %lx %lx %lx %lx %lx %lx, %lx %lx %lx, %lx %lx %lx %lx %lx, %lx\n", began[0],
           began[1], began[2], began[3], began[4], began[5], began[6], began[7], began[8], began[9],
           began[10], began[11], began[12], began[13], began[14]);
    printf("its stack is aligned: %d\n", began[15] == (seL4_Word)threads[0].stack);
    printf("returns: VM fault %d at %lx, status %lx\n", seL4_isVMFault_tag(message),
           seL4_GetMR(seL4_VMFault_Addr), seL4_GetMR(seL4_VMFault_FSR));
    must("read", seL4_TCB_ReadRegisters(threads[0].tcb, false, 0, COUNT, &regs));
    for (size_t i = 3; i < 18; i++)
        same += ((seL4_Word *)&regs)[i] == 0x1000 + i;
    printf("%d registers are as they were\n", same);
}

static void exception(const char *what, const char *pc)
{
    seL4_MessageInfo_t message;

    start(&threads[0], pc, 0, 0);
    message = seL4_Recv(endpoint, NULL);
    printf("%s: exception %d, number %lu, at itself %d\n", what, seL4_isUserException_tag(message),
           seL4_GetMR(seL4_UserException_Number),
           seL4_GetMR(seL4_UserException_FaultIP) == (seL4_Word)pc);
}

/* The handler maps the page where it says `repair`, or lets the thread go on elsewhere. */
static void fault(const char *what, const char *pc, seL4_Word address, seL4_CPtr repair,
                  seL4_CapRights_t rights)
{
    seL4_UserContext regs;
    seL4_MessageInfo_t message;

    start(&threads[0], pc, address, 42);
    message = seL4_Recv(endpoint, NULL);
    printf("%s: VM fault %d, address %lx, status %lx\n", what, seL4_isVMFault_tag(message),
           seL4_GetMR(seL4_VMFault_Addr) - address, seL4_GetMR(seL4_VMFault_FSR));
    if (repair) {
        must("map", vspace_map(OWN_VSPACE, repair, address, rights));
    } else {
        must("read", seL4_TCB_ReadRegisters(threads[0].tcb, false, 0, COUNT, &regs));
        regs.rip = (seL4_Word)trap;
        regs.rsi = 43;
        must("write", seL4_TCB_WriteRegisters(threads[0].tcb, false, 0, COUNT, &regs));
    }
    message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL);
    must("read", seL4_TCB_ReadRegisters(threads[0].tcb, false, 0, COUNT, &regs));
    printf("  then exception %d, x1 is %lu\n", seL4_isUserException_tag(message), regs.rsi);
}

static void faults(void)
{
    seL4_CPtr frame = object_alloc(seL4_X86_4K, 0);

    fault("store", store, NEW_FRAME, frame, seL4_AllRights);
    must("unmap", seL4_X86_Page_Unmap(frame));
    fault("load", load, NEW_FRAME, frame, seL4_CanRead);
    fault("store where it may not", store, NEW_FRAME, 0, seL4_AllRights);
    fault("read and write where it may not write", both, NEW_FRAME, 0, seL4_AllRights);
}

static void preemption(void)
{
    seL4_UserContext regs;

    for (seL4_Word who = 1; who <= 2; who++)
        start(&threads[who], spin, who, SPINS);
    for (int n = 0; n < 2; n++)
        seL4_Recv(endpoint, NULL);
    for (seL4_Word who = 1; who <= 2; who++) {
        must("read", seL4_TCB_ReadRegisters(threads[who].tcb, false, 0, COUNT, &regs));
        printf("thread %lu: %ld, x3 is %lu\n", who, (long)regs.rdi, regs.rcx);
    }
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    for (int n = 0; n < 3; n++)
        thread_create(&threads[n], nothing, NULL, 100, endpoint);
    arguments();
    exception("undefined", undefined);
    exception("breakpoint", trap);
    faults();
    preemption();
    return 0;
}
