/*
 * Registers over faults: instructions that fault midway, at page borders and on missing stacks, are
 * repaired by the handler and end as if nothing had been. And over preemption.
 */
#include "guest.h"

#define COUNT        (sizeof(seL4_UserContext) / sizeof(seL4_Word))
#define STATUS_WRITE 2ul
#define AROUND       0x11 /* what registers that a program does not use hold: this times their number */

static seL4_CPtr endpoint;
static struct thread thread, spinner;
static char *area; /* pages 0 and 2 of four are mapped from the start */
static bool mapped[4];

/* Bytes that the instructions below find in memory. */
static unsigned char pattern(unsigned n)
{
    return (unsigned char)(n * 7 + 3);
}

static void map_page(unsigned page)
{
    char *at = area + page * PAGE_SIZE;

    must("map",
         vspace_map(OWN_VSPACE, object_alloc(seL4_X86_4K, 0), (seL4_Word)at, seL4_AllRights));
    for (unsigned n = 0; n < PAGE_SIZE; n++)
        at[n] = (char)pattern(page * PAGE_SIZE + n);
    mapped[page] = true;
}

static void unmap_all(void)
{
    for (unsigned page = 0; page < 4; page++)
        mapped[page] = false;
    area = vspace_reserve(4 * PAGE_SIZE);
    map_page(0);
    map_page(2);
}

/* Each ends in ud2 with rdi, rsi, rcx, rax and rsp as its result. */
#define PROGRAM(name, text)                                                                        \
    __asm__(".text\n" #name ":\n    " text "\n    ud2\n");                                         \
    extern const char name[]

PROGRAM(load, "movq (%rdi), %rax");
PROGRAM(load_high, "movb (%rdi), %ah");
PROGRAM(store, "movq %rax, (%rdi)");
PROGRAM(add_memory, "stc; adcq (%rdi), %rax");
PROGRAM(add_to_memory, "stc; adcq %rax, (%rdi); movq (%rdi), %rax");
PROGRAM(exchange, "lock cmpxchgq %rcx, (%rdi)");
PROGRAM(copy, "cld; rep movsb");
PROGRAM(compare, "repe cmpsb");
PROGRAM(push, "pushq %rax; pushq %rcx");
PROGRAM(pop_to_memory, "popq (%rdi)");
PROGRAM(call_stack, "call 1f; 1: popq %rax; subq $1b, %rax");
PROGRAM(leave_frame, "movq %rdi, %rbp; leave");

struct want {
    const char *name;
    const char *text;
    unsigned rdi, rsi, rcx, rsp; /* offsets in `area`; rcx is a number */
    bool changes; /* reads, then writes: a fault to write for processors, to read for QEMU */
};

static void go_on(const struct want *w)
{
    while (seL4_isVMFault_tag(seL4_Recv(endpoint, NULL))) {
        seL4_Word address = seL4_GetMR(seL4_VMFault_Addr), offset = address - (seL4_Word)area;
        seL4_UserContext regs;

        must("read", seL4_TCB_ReadRegisters(thread.tcb, false, 0, COUNT, &regs));
        guest_printf("[%lx status %lx rcx %lx rsp %lx] ", offset,
                     seL4_GetMR(seL4_VMFault_FSR) & (w->changes ? ~STATUS_WRITE : ~0ul), regs.rcx,
                     regs.rsp - (seL4_Word)area);
        if (offset >= 4 * PAGE_SIZE || mapped[offset / PAGE_SIZE])
            guest_die("%s: what is mapped can't fault", w->name);
        map_page((unsigned)(offset / PAGE_SIZE));
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    }
}

static bool others_intact(const seL4_UserContext *r)
{
    return r->rdx == 3 * AROUND && r->rbx == 4 * AROUND && r->r8 == 8 * AROUND &&
           r->r9 == 9 * AROUND && r->r10 == 10 * AROUND && r->r11 == 11 * AROUND &&
           r->r12 == 12 * AROUND && r->r13 == 13 * AROUND && r->r14 == 14 * AROUND &&
           r->r15 == 15 * AROUND;
}

static void run(const struct want *w)
{
    seL4_Word base;
    seL4_UserContext regs;

    unmap_all();
    base = (seL4_Word)area;
    regs = (seL4_UserContext){.rip = (seL4_Word)w->text,
                              .rsp = base + w->rsp,
                              .rflags = 0xad7,
                              .rax = 0x1122334455667788,
                              .rdi = base + w->rdi,
                              .rsi = base + w->rsi,
                              .rcx = w->rcx,
                              .rdx = 3 * AROUND,
                              .rbx = 4 * AROUND,
                              .r8 = 8 * AROUND,
                              .r9 = 9 * AROUND,
                              .r10 = 10 * AROUND,
                              .r11 = 11 * AROUND,
                              .r12 = 12 * AROUND,
                              .r13 = 13 * AROUND,
                              .r14 = 14 * AROUND,
                              .r15 = 15 * AROUND,
                              .rbp = 7 * AROUND};
    guest_printf("%s: ", w->name);
    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, COUNT, &regs));
    go_on(w);
    must("read", seL4_TCB_ReadRegisters(thread.tcb, true, 0, COUNT, &regs));
    guest_printf("rax %lx rcx %lx rdi %lx rsi %lx rsp %lx flags %lx, others intact %d\n", regs.rax,
                 regs.rcx, regs.rdi - base, regs.rsi - base, regs.rsp - base, regs.rflags,
                 others_intact(&regs));
}

static void nothing(void *argument)
{
    (void)argument;
}

/* An instruction of six bytes, half in a page that is mapped and half in one that is not. */
static void fetch(void)
{
    static const unsigned char code[] = {0xb8, 0x44, 0x33, 0x22, 0x11, 0x0f, 0x0b}; /* mov; ud2 */
    seL4_UserContext regs = {0};
    seL4_MessageInfo_t message;

    unmap_all();
    memcpy(area + PAGE_SIZE - 2, code, 2);
    regs.rip = (seL4_Word)area + PAGE_SIZE - 2;
    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, COUNT, &regs));
    seL4_Recv(endpoint, NULL);
    guest_printf("fetch across pages: [%lx status %lx ip %lx] ",
                 seL4_GetMR(seL4_VMFault_Addr) - (seL4_Word)area, seL4_GetMR(seL4_VMFault_FSR),
                 seL4_GetMR(seL4_VMFault_IP) - (seL4_Word)area);
    map_page(1);
    memcpy(area + PAGE_SIZE, code + 2, sizeof(code) - 2);
    message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL);
    must("read", seL4_TCB_ReadRegisters(thread.tcb, true, 0, COUNT, &regs));
    guest_printf("exception %d, rax %lx\n", seL4_isUserException_tag(message), regs.rax);
}

/* Counts rax down with everything else held; wrong registers end in rdx. */
__asm__(".text\n"
        "spin:\n"
        "    movq $0x0101010101010101, %rdi\n    leaq (%rdi, %rdi), %rsi\n"
        "    leaq (%rsi, %rdi), %rbp\n    leaq (%rbp, %rdi), %rbx\n"
        "    leaq (%rbx, %rdi), %r8\n    leaq (%r8, %rdi), %r9\n    leaq (%r9, %rdi), %r10\n"
        "    leaq (%r10, %rdi), %r11\n    leaq (%r11, %rdi), %r12\n    leaq (%r12, %rdi), %r13\n"
        "    leaq (%r13, %rdi), %r14\n    leaq (%r14, %rdi), %r15\n    leaq (%r15, %rdi), %rcx\n"
        "    movq $20000000, %rax\n    xorl %edx, %edx\n"
        "1:  subq %rdi, %rsi\n    subq %rdi, %rsi\n    orq %rsi, %rdx\n"
        "    leaq (%rdi, %rdi), %rsi\n"
        "    decq %rax\n    jnz 1b\n"
        "    subq %rdi, %rcx\n    subq %r15, %rcx\n    orq %rcx, %rdx\n"
        "    subq %rdi, %r15\n    subq %r14, %r15\n    orq %r15, %rdx\n"
        "    subq %rdi, %r14\n    subq %r13, %r14\n    orq %r14, %rdx\n"
        "    subq %rdi, %r13\n    subq %r12, %r13\n    orq %r13, %rdx\n"
        "    subq %rdi, %r12\n    subq %r11, %r12\n    orq %r12, %rdx\n"
        "    subq %rdi, %r11\n    subq %r10, %r11\n    orq %r11, %rdx\n"
        "    subq %rdi, %r10\n    subq %r9, %r10\n    orq %r10, %rdx\n"
        "    subq %rdi, %r9\n    subq %r8, %r9\n    orq %r9, %rdx\n"
        "    subq %rdi, %r8\n    subq %rbx, %r8\n    orq %r8, %rdx\n"
        "    subq %rdi, %rbx\n    subq %rbp, %rbx\n    orq %rbx, %rdx\n"
        "    subq %rdi, %rbp\n    subq %rsi, %rbp\n    orq %rbp, %rdx\n"
        "    ud2\n");
extern const char spin[];

static void preemption(void)
{
    seL4_UserContext regs = {.rip = (seL4_Word)spin};
    seL4_Word wrong = 0;

    thread_create(&spinner, nothing, NULL, 100, endpoint);
    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, COUNT, &regs));
    must("write", seL4_TCB_WriteRegisters(spinner.tcb, true, 0, COUNT, &regs));
    for (int n = 0; n < 2; n++)
        seL4_Recv(endpoint, NULL);
    must("read", seL4_TCB_ReadRegisters(thread.tcb, true, 0, COUNT, &regs));
    wrong |= regs.rdx | regs.rax;
    must("read", seL4_TCB_ReadRegisters(spinner.tcb, true, 0, COUNT, &regs));
    wrong |= regs.rdx | regs.rax;
    guest_printf("two threads that spin in turns: wrong bits %lx\n", wrong);
}

int main(void)
{
    static const struct want wants[] = {
        {"load", load, 0x1008, 0, 5, 0x900, false},
        {"load across pages", load, 0xffc, 0, 5, 0x900, false},
        {"load into ah", load_high, 0x1008, 0, 5, 0x900, false},
        {"store", store, 0x3ff8, 0, 5, 0x900, false},
        {"store across pages", store, 0xffb, 0, 5, 0x900, false},
        {"add with carry", add_memory, 0x1008, 0, 5, 0x900, false},
        {"add with carry to memory", add_to_memory, 0x1008, 0, 5, 0x900, true},
        {"locked exchange", exchange, 0x1008, 0, 5, 0x900, true},
        {"string copy into a hole", copy, 0xff0, 0x20, 0x30, 0x900, false},
        {"string copy out of a hole", copy, 0x20, 0xff0, 0x30, 0x900, false},
        {"string copy out of two holes", copy, 0x10, 0xff0, 0x2030, 0x900, false},
        {"string compare", compare, 0x2000, 0x1000, 0x10, 0x900, false},
        {"push", push, 0, 0, 5, 0x1000 + 0x1008, false},
        {"push across pages", push, 0, 0, 5, 0x2004, false},
        {"pop into a hole", pop_to_memory, 0x1008, 0, 5, 0x800, false},
        {"pop from a hole into another", pop_to_memory, 0x1008, 0, 5, 0x3008, false},
        {"call", call_stack, 0, 0, 5, 0x4000, false},
        {"leave", leave_frame, 0x1010, 0, 5, 0x900, false},
    };

    endpoint = object_alloc(seL4_EndpointObject, 0);
    thread_create(&thread, nothing, NULL, 100, endpoint);
    for (unsigned n = 0; n < sizeof(wants) / sizeof(wants[0]); n++)
        run(&wants[n]);
    fetch();
    preemption();
    return 0;
}
