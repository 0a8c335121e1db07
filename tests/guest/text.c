/*
 * System calls in text that is met in unusual ways: entered in the middle of libsel4's three
 * instructions, mapped twice, copied, and changed after it has run. Whatever makes calls fast must
 * not show in a register, in the red zone, or in what the text's bytes are elsewhere.
 */
#include "guest.h"

#define SITE_SYSCALL 3 /* mov %rsp, %rbx; syscall; mov %rbx, %rsp */
#define SITE_AFTER   5
#define SITE_SIZE    8
#define RED_ZONE     16 /* words */

#define BUFFER_OFFSET 2048 /* of an IPC buffer in a page of text */
#define MESSAGE_WORDS 6    /* the last two go through the buffer */

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8, R9, R10, R11, R12, R13, R14, R15, FLAGS, BELOW };

/*
 * void probe(number, result, target): fills all registers and the red zone, sets carry, jumps to
 * `target`, which is the site or a place in it, and stores everything. Runs at any address.
 */
__asm__(".pushsection .text.probe, \"ax\", @progbits\n"
        "    .balign 4096\n"
        "probe:\n"
        "    pushq %rbx\n    pushq %rbp\n    pushq %r12\n    pushq %r13\n    pushq %r14\n"
        "    pushq %r15\n"
        "    pushq %rcx\n" /* room for rcx */
        "    pushq %rsi\n"
        "    movq %rdx, %r9\n"
        "    movq %rdi, %rdx\n"
        "    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16\n"
        "    movq $0x2000 + \\n, -8 * \\n(%rsp)\n"
        "    .endr\n"
        "    movl $0x1002, %ecx\n    movl $0x1003, %esi\n    movl $0x1004, %edi\n"
        "    movl $0x1005, %ebp\n    movl $0x1008, %r8d\n    movl $0x100a, %r10d\n"
        "    movl $0x100b, %r11d\n    movl $0x100c, %r12d\n    movl $0x100d, %r13d\n"
        "    movl $0x100e, %r14d\n    movl $0x100f, %r15d\n    movl $0x1001, %eax\n"
        "    movq %rsp, %rbx\n"
        "    cmpl %eax, %eax\n"
        "    stc\n"
        "    jmpq *%r9\n"
        "probe_site:\n"
        "    movq %rsp, %rbx\n"
        "    syscall\n"
        "    movq %rbx, %rsp\n"
        "    movq %rcx, 8(%rsp)\n"
        "    movq (%rsp), %rcx\n"
        "    movq %rax, 0(%rcx)\n    movq %rbx, 8(%rcx)\n"
        "    movq %rdx, 24(%rcx)\n    movq %rsi, 32(%rcx)\n    movq %rdi, 40(%rcx)\n"
        "    movq %rbp, 48(%rcx)\n    movq %rsp, 56(%rcx)\n    movq %r8, 64(%rcx)\n"
        "    movq %r9, 72(%rcx)\n    movq %r10, 80(%rcx)\n    movq %r11, 88(%rcx)\n"
        "    movq %r12, 96(%rcx)\n    movq %r13, 104(%rcx)\n    movq %r14, 112(%rcx)\n"
        "    movq %r15, 120(%rcx)\n"
        "    movq 8(%rsp), %rax\n    movq %rax, 16(%rcx)\n"
        "    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16\n"
        "    movq -8 * \\n(%rsp), %rax\n    movq %rax, 128 + 8 * \\n(%rcx)\n"
        "    .endr\n"
        "    pushfq\n    popq %rax\n    movq %rax, 128(%rcx)\n"
        "    popq %rsi\n    popq %rcx\n    popq %r15\n    popq %r14\n    popq %r13\n"
        "    popq %r12\n    popq %rbp\n    popq %rbx\n"
        "    ret\n"
        "    .balign 4096\n"
        ".popsection\n");
extern char probe[], probe_site[];

static bool kept(const seL4_Word *r, char *target, bool called)
{
    static const seL4_Word expected[] = {
        [RAX] = 0x1001, [RSI] = 0x1003, [RDI] = 0x1004, [RBP] = 0x1005, [R8] = 0x1008,
        [R10] = 0x100a, [R12] = 0x100c, [R13] = 0x100d, [R14] = 0x100e, [R15] = 0x100f};

    for (unsigned i = 0; i <= R15; i++) {
        if (expected[i] && r[i] != expected[i])
            return false;
    }
    return r[RBX] == r[RSP] && r[RDX] == (seL4_Word)seL4_SysYield && r[R9] == (seL4_Word)target &&
           (called || (r[RCX] == 0x1002 && r[R11] == 0x100b));
}

/* Runs the routine that lies at `base`, entering its site at `offset`. */
static void run(const char *where, char *base, unsigned offset)
{
    void (*routine)(seL4_Word, seL4_Word *, char *) =
        (void (*)(seL4_Word, seL4_Word *, char *))(seL4_Word)base;
    seL4_Word result[BELOW + RED_ZONE] = {0};
    char *site = base + (probe_site - probe);
    unsigned below = 0;

    routine((seL4_Word)seL4_SysYield, result, site + offset);
    bool called = result[RCX] == (seL4_Word)(site + SITE_AFTER);
    for (unsigned i = 0; i < RED_ZONE; i++)
        below += result[BELOW + i] == 0x2001 + i;
    guest_printf("%s: %s, registers %s, r11 %s, flags %lx, red zone %u of 16\n", where,
                 called ? "call" : "no call", kept(result, site + offset, called) ? "kept" : "LOST",
                 result[R11] == result[FLAGS] ? "the flags" : "other", result[FLAGS] & 0xcd5,
                 below);
}

static void run_some(const char *where, char *base)
{
    for (int i = 0; i < 3; i++)
        run(where, base, 0);
}

static void print_site(const char *where, const char *base)
{
    const unsigned char *site = (const unsigned char *)base + (probe_site - probe);

    guest_printf("%s:", where);
    for (int i = 0; i < SITE_SIZE; i++)
        guest_printf(" %02x", site[i]);
    guest_printf("\n");
}

/* Puts two one-byte instructions in the place of `syscall`, or the other way round. */
static void change(char *base, bool to_call)
{
    volatile char *at = base + (probe_site - probe) + SITE_SYSCALL;

    at[0] = to_call ? 0x0f : (char)0x90;
    at[1] = to_call ? 0x05 : (char)0x90;
}

static char *map_again(seL4_CPtr frame, seL4_CapRights_t rights)
{
    char *at = vspace_reserve(PAGE_SIZE);

    must("map again",
         vspace_map(OWN_VSPACE, cap_copy(frame, seL4_AllRights), (seL4_Word)at, rights));
    return at;
}

static void listen(void *endpoint)
{
    seL4_Recv((seL4_CPtr)endpoint, NULL);
}

/* The kernel writes messages into a page whose calls have run often, and which nobody else can. */
static void share_with_buffer(const char *text)
{
    static struct thread listener;
    seL4_CPtr frame, endpoint = object_alloc(seL4_EndpointObject, 0);
    char *page = page_alloc(&frame);
    seL4_Word result[BELOW + RED_ZONE];

    memcpy(page, text, PAGE_SIZE);
    thread_run(&listener, listen, (void *)endpoint, seL4_MaxPrio);
    must("buffer", seL4_TCB_SetIPCBuffer(listener.tcb, (seL4_Word)page + BUFFER_OFFSET, frame));
    must("unmap", seL4_X86_Page_Unmap(frame));
    page = map_again(frame, seL4_CanRead);
    for (int i = 0; i < 200; i++)
        ((void (*)(seL4_Word, seL4_Word *, char *))(seL4_Word)page)(
            (seL4_Word)seL4_SysYield, result, page + (probe_site - probe));
    for (int i = 0; i < MESSAGE_WORDS; i++)
        seL4_SetMR(i, 0x3000 + i);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, MESSAGE_WORDS));
    guest_printf("a message beside text: its last word is %lx\n",
                 ((seL4_Word *)(page + BUFFER_OFFSET))[MESSAGE_WORDS]);
    run("beside a message", page, 0);
}

int main(void)
{
    extern char __ehdr_start[];
    seL4_CPtr image =
        seL4_GetBootInfo()->userImageFrames.start + (seL4_Word)(probe - __ehdr_start) / PAGE_SIZE;
    seL4_CPtr frame;

    run_some("in place", probe);
    run("into the middle, at the call", probe, SITE_SYSCALL);
    run("into the middle, behind it", probe, SITE_AFTER);

    char *reader = map_again(image, seL4_CanRead), *alias = map_again(image, seL4_CanRead);
    print_site("read elsewhere", reader);
    run_some("mapped twice", alias);
    print_site("read elsewhere", reader);
    run("in place", probe, 0);

    char *copy = page_alloc(&frame);
    memcpy(copy, reader, PAGE_SIZE);
    run_some("copied", copy);
    change(copy, false);
    run("changed", copy, 0);
    change(copy, true);
    run_some("changed back", copy);

    char *copy2 = page_alloc(&frame);
    memcpy(copy2, reader, PAGE_SIZE);
    run_some("copied again", copy2);
    char *writable = map_again(frame, seL4_AllRights);
    print_site("before a change elsewhere", writable);
    change(writable, false);
    run("changed elsewhere", copy2, 0);
    change(writable, true);
    run_some("changed back elsewhere", copy2);

    must("unmap", seL4_X86_Page_Unmap(frame));
    char *page = page_alloc(&frame);
    memcpy(page, reader, PAGE_SIZE);
    must("unmap", seL4_X86_Page_Unmap(frame));
    change(writable, false);
    must("map in its place", vspace_map(OWN_VSPACE, frame, (seL4_Word)copy2, seL4_AllRights));
    run_some("another page in its place", copy2);
    share_with_buffer(reader);
    return 0;
}
