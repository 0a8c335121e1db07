/*
 * FS and GS bases that programs set by wrfsbase and wrgsbase. Each one is used for a while without
 * a kernel entry, in which the host may do other things: it must stay what the program has set.
 */
#include "guest.h"

#define READS   1000000 /* a millisecond or so */
#define THREADS 3
#define ROUNDS  20
#define COUNT   (sizeof(seL4_UserContext) / sizeof(seL4_Word))

/*
 * unsigned long blob(base, reads, old): sets FS, reads through it, sets it to `old`. Returns how
 * many reads were right. Runs at any address; what sets FS is its first instruction.
 */
extern const char blob[], counter[], counter_end[];
__asm__(".pushsection .text.blob, \"ax\", @progbits\n"
        "blob:\n"
        "    wrfsbase %rdi\n"
        "    xorl %eax, %eax\n"
        "1:  cmpq %fs:0, %rdi\n"
        "    jne 2f\n"
        "    incq %rax\n"
        "2:  decq %rsi\n"
        "    jnz 1b\n"
        "    wrfsbase %rdx\n"
        "    ret\n"
        "counter:\n" /* counter(&word, times) */
        "    incl (%rdi)\n"
        "    decq %rsi\n"
        "    jnz counter\n"
        "    ret\n"
        "counter_end:\n"
        ".popsection\n");

static void *areas[THREADS][8]; /* each begins with its own address */
static struct thread threads[THREADS];
static unsigned good[THREADS];
static seL4_CPtr done;
static char pristine[64]; /* the blob as it was before it ran */

static void *own_area(void)
{
    void *area;

    __asm__ volatile("movq %%fs:0, %0" : "=r"(area));
    return area;
}

static unsigned long run(const void *text)
{
    unsigned long (*routine)(void *, unsigned long, void *) =
        (unsigned long (*)(void *, unsigned long, void *))(seL4_Word)text;

    return routine(areas[0], READS, own_area());
}

static void count(const void *text, void *word, unsigned long times)
{
    void (*routine)(void *, unsigned long) = (void (*)(void *, unsigned long))(seL4_Word)text;

    routine(word, times);
}

static bool holds(const void *text)
{
    return run(text) == READS;
}

static void compete(void *argument)
{
    unsigned long me = (unsigned long)argument;
    void *own = own_area();

    for (unsigned i = 0; i < ROUNDS; i++) {
        void *base = areas[(me + i) % THREADS], *read;
        unsigned long right = 0;

        __asm__ volatile("wrfsbase %0" : : "r"(base) : "memory");
        for (unsigned long n = 0; n < READS; n++)
            right += own_area() == base;
        __asm__ volatile("rdfsbase %0" : "=r"(read));
        __asm__ volatile("wrfsbase %0" : : "r"(own) : "memory");
        good[me] += right == READS && read == base;
        seL4_Yield();
    }
    seL4_Signal(done);
}

static void in_threads(void)
{
    done = object_alloc(seL4_NotificationObject, 0);
    for (unsigned long i = 0; i < THREADS; i++) {
        thread_create(&threads[i], compete, (void *)i, 100, 0);
        thread_start(&threads[i]);
    }
    for (unsigned i = 0; i < THREADS; i++)
        seL4_Wait(done, NULL);
    for (unsigned i = 0; i < THREADS; i++)
        guest_printf("thread %u: %u of %u rounds\n", i, good[i], ROUNDS);
}

/* FS from a register and back into it, in both widths; what they find is in `read`. */
#define TRY(name, low)                                                                             \
    do {                                                                                           \
        __asm__ volatile("movq %%rsp, %[saved]\n"                                                  \
                         "movq %[far], %%" name "\n"                                               \
                         "wrfsbase %%" name "\n"                                                   \
                         "movq $-1, %%" name "\n"                                                  \
                         "rdfsbase %%" name "\n"                                                   \
                         "movq %%" name ", %[wide]\n"                                              \
                         "movq $-1, %%" name "\n"                                                  \
                         "rdfsbase %%" low "\n"                                                    \
                         "movq %%" name ", %[half]\n"                                              \
                         "movq %[other], %%" name "\n"                                             \
                         "wrfsbase %%" low "\n"                                                    \
                         "rdfsbase %%" name "\n"                                                   \
                         "movq %%" name ", %[narrow]\n"                                            \
                         "movq %[own], %%" name "\n"                                               \
                         "wrfsbase %%" name "\n"                                                   \
                         "movq %[saved], %%rsp\n"                                                  \
                         : [saved] "=m"(saved), [wide] "=m"(read[0]), [half] "=m"(read[1]),        \
                           [narrow] "=m"(read[2])                                                  \
                         : [far] "m"(far), [other] "m"(other), [own] "m"(own)                      \
                         : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",     \
                           "r12", "r13", "r14", "r15", "memory");                                  \
        right += read[0] == far && read[1] == (uint32_t)far && read[2] == (uint32_t)other;         \
    } while (0)

static seL4_Word saved, read[3], own, far = 0x123456789000, other = 0x123498765432;

static void in_registers(void)
{
    unsigned right = 0;

    own = (seL4_Word)own_area();
    TRY("rax", "eax");
    TRY("rcx", "ecx");
    TRY("rdx", "edx");
    TRY("rbx", "ebx");
    TRY("rsp", "esp");
    TRY("rsi", "esi");
    TRY("rdi", "edi");
    TRY("r8", "r8d");
    TRY("r9", "r9d");
    TRY("r10", "r10d");
    TRY("r11", "r11d");
    TRY("r12", "r12d");
    TRY("r13", "r13d");
    TRY("r14", "r14d");
    TRY("r15", "r15d");
    guest_printf("registers: right %u of 15\n", right);
}

static void copy_text(char *to, unsigned from)
{
    memcpy(to, pristine + from, sizeof(pristine) - from);
}

static void map(seL4_CPtr frame, char *at, seL4_CapRights_t rights)
{
    must("map", vspace_map(OWN_VSPACE, frame, (seL4_Word)at, rights));
}

static void unmap(seL4_CPtr frame)
{
    must("unmap", seL4_X86_Page_Unmap(frame));
}

/* Text that is loaded into the same frames: its first instruction goes on in the second page, which
 * comes only when something in the first one has run. */
static void across_pages(void)
{
    seL4_CPtr first, second;
    char *page = page_alloc(&first), *next = page_alloc(&second);
    char *place = vspace_reserve(2 * PAGE_SIZE);
    unsigned right = 0;

    for (unsigned before = 1; before <= 4; before++) {
        memset(page, 0, PAGE_SIZE);
        copy_text(page + before * 64, 0);
        memcpy(page + PAGE_SIZE - before, pristine, before);
        copy_text(next, before);
        unmap(first);
        unmap(second);
        map(first, place, seL4_CanRead);
        right += holds(place + before * 64);
        map(second, place + PAGE_SIZE, seL4_CanRead);
        right += holds(place + PAGE_SIZE - before);
        unmap(first);
        unmap(second);
        map(first, page, seL4_AllRights);
        map(second, next, seL4_AllRights);
    }
    guest_printf("across pages: right %u of 8\n", right);
}

/* Text and data in one page, by which it is also written; and text copied from where it has run. */
static void in_writable_pages(void)
{
    char *page = page_alloc(NULL), *copy = page_alloc(NULL);
    volatile unsigned *data = (volatile unsigned *)(page + PAGE_SIZE / 2);
    unsigned right = 0;

    copy_text(page, 0);
    right += holds(page);
    for (unsigned i = 1; i < 4; i++) {
        *data = i;
        right += holds(page) && *data == i;
    }
    guest_printf("text beside data: right %u of 4\n", right);
    memcpy(copy, blob, sizeof(pristine));
    guest_printf("copied text: right %u of 1\n", holds(copy));
    *data = 0;
    memcpy(page + PAGE_SIZE / 4, counter, (size_t)(counter_end - counter));
    count(page + PAGE_SIZE / 4, page + PAGE_SIZE / 2, READS / 100);
    guest_printf("text that writes to its page: %u times\n", *data);
}

/* ------------------------------------------------------------------ exceptions */

#define PROGRAM(name, text)                                                                        \
    __asm__(".text\n" #name ":\n    " text "\n    ud2\n");                                         \
    extern const char name[]

PROGRAM(refused, "movabs $0x800000000000, %rax; wrfsbase %rax");
PROGRAM(stepped, "pushfq; orq $0x100, (%rsp); popfq; wrfsbase %rax; nop");
PROGRAM(locked, "lock; .byte 0xf3, 0x48, 0x0f, 0xae, 0xd0");
PROGRAM(prefixed, ".byte 0x3e, 0xf3; wrfsbase %rbx");

static struct thread thread;
static seL4_CPtr endpoint;

static void nothing(void *argument)
{
    (void)argument;
}

static void show(const char *name, const char *text)
{
    seL4_UserContext regs = {.rip = (seL4_Word)text,
                             .rsp = (seL4_Word)(thread.stack + STACK_SIZE - 64),
                             .rflags = 0x202,
                             .rax = 0x1000,
                             .rbx = 0x2000};

    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, COUNT, &regs));
    seL4_Recv(endpoint, NULL);
    guest_printf("%s: exception %lu, code %lx, at +%lu", name,
                 seL4_GetMR(seL4_UserException_Number), seL4_GetMR(seL4_UserException_Code),
                 seL4_GetMR(seL4_UserException_FaultIP) - (seL4_Word)text);
    must("read", seL4_TCB_ReadRegisters(thread.tcb, true, 0, COUNT, &regs));
    guest_printf(", FS base %lx\n", regs.fs_base);
}

static void exceptions(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    thread_create(&thread, nothing, NULL, 10, endpoint);
    show("not canonical", refused);
    show("stepped over", stepped);
    show("with a lock", locked);
    show("with another prefix", prefixed);
}

/* ------------------------------------------------------------------ GS */

static void of_gs(void)
{
    unsigned long right = 0;
    void *area = areas[1], *found;

    __asm__ volatile("rdgsbase %0" : "=r"(found));
    guest_printf("GS base is %lx\n", (unsigned long)found);
    __asm__ volatile("wrgsbase %0" : : "r"(area));
    for (unsigned long n = 0; n < READS; n++) {
        __asm__ volatile("movq %%gs:0, %0" : "=r"(found));
        right += found == area;
    }
    seL4_Yield();
    __asm__ volatile("rdgsbase %0" : "=r"(found));
    guest_printf("GS: right %u of 2\n", (right == READS) + (found == area));
}

int main(void)
{
    memcpy(pristine, blob, sizeof(pristine));
    for (unsigned i = 0; i < THREADS; i++)
        areas[i][0] = areas[i];
    in_threads();
    in_registers();
    guest_printf("in place: right %u of 1\n", holds(blob));
    across_pages();
    in_writable_pages();
    exceptions();
    of_gs();
    return 0;
}
