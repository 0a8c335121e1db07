/*
 * Floating-point state of threads, of one VSpace and of two: kept over yields, preemptions and
 * faults whose handlers use the registers themselves; and what a new thread starts with.
 */
#include "fpustate.h"

#define THREADS 3
#define TURNS   20
#define SPINS   3000000ul

extern const char guest_archive[];

static seL4_CPtr endpoint;
static struct thread threads[THREADS], fresh, faulter;
static struct fpu_area kept;
__attribute__((used)) static struct fpu_area first; /* look() writes to it */
static volatile unsigned done;
static volatile char *hole;

static void hold(void *argument)
{
    unsigned seed = (unsigned)(seL4_Word)argument;
    struct fpu_area in, out;

    fpu_make(&in, seed);
    fpu_hold(&in, &out, TURNS, SPINS);
    seL4_Send(endpoint, seL4_MessageInfo_new(fpu_same(&in, &out), 0, 0, 0));
}

static void one_vspace(void)
{
    for (unsigned n = 0; n < THREADS; n++)
        thread_run(&threads[n], hold, (void *)(seL4_Word)(n + 1), 100);
    for (unsigned n = 0; n < THREADS; n++)
        done += seL4_MessageInfo_get_label(seL4_Recv(endpoint, NULL));
    guest_printf("threads of one VSpace that kept their state: %u of %u\n", done, THREADS);
}

static void two_vspaces(void)
{
    static struct process child;
    static struct thread here;
    struct process *process = &child;
    size_t size;
    unsigned same = 0;

    process_create(process, archive_find(guest_archive, "child", &size), endpoint, 1, 100);
    process_start(process);
    thread_run(&here, hold, (void *)9ul, 100);
    for (int n = 0; n < 2; n++)
        same += (seL4_MessageInfo_get_label(seL4_Recv(endpoint, NULL)) & 1);
    guest_printf("threads of two VSpaces that kept their state: %u of 2\n", same);
}

/* The first instructions of a thread: what it finds, before compiled code changes it. */
__asm__(".text\n"
        "look:\n"
        "    fxsave64 first(%rip)\n"
        "1:  pause\n"
        "    jmp 1b\n");
extern const char look[];

static void nothing(void *argument)
{
    (void)argument;
}

static bool all_zero(const unsigned char *bytes, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        if (bytes[n] != 0)
            return false;
    }
    return true;
}

static void new_thread(void)
{
    seL4_UserContext regs = {.rip = (seL4_Word)look, .rsp = 0x1000};
    struct fpu_area dirt, out;

    fpu_make(&dirt, 77);
    fpu_hold(&dirt, &out, 1, 1);
    thread_create(&fresh, nothing, NULL, 255, 0);
    must("start", seL4_TCB_WriteRegisters(fresh.tcb, true, 0, 20, &regs));
    for (int n = 0; n < 3; n++)
        seL4_Yield();
    must("suspend", seL4_TCB_Suspend(fresh.tcb));
    guest_printf("new thread: control %x%02x, status %x%02x, tags %x, mxcsr %x%02x, zeroes %d %d\n",
                 first.bytes[FPU_CONTROL + 1], first.bytes[FPU_CONTROL],
                 first.bytes[FPU_STATUS + 1], first.bytes[FPU_STATUS], first.bytes[FPU_TAGS],
                 first.bytes[FPU_MXCSR + 1], first.bytes[FPU_MXCSR],
                 all_zero(first.bytes + FPU_X87, 128), all_zero(first.bytes + FPU_XMM, 256));
}

static struct fpu_area before;

static void touch(void *argument)
{
    (void)argument;
    __asm__ volatile("fxrstor64 %[before]\n"
                     "movb (%[hole]), %%al\n"
                     "ud2\n"
                     "fxsave64 %[kept]\n"
                     "fninit\n"
                     : [kept] "=m"(kept)
                     : [before] "m"(before), [hole] "r"(hole)
                     : "rax", "memory", FPU_REGISTERS);
    seL4_Send(endpoint, seL4_MessageInfo_new(fpu_same(&before, &kept), 0, 0, 0));
}

static void faults(void)
{
    struct fpu_area mine, out;
    seL4_MessageInfo_t message;

    fpu_make(&before, 5);
    fpu_make(&mine, 6);
    hole = vspace_reserve(PAGE_SIZE);
    thread_create(&faulter, touch, NULL, 100, endpoint);
    thread_start(&faulter);
    message = seL4_Recv(endpoint, NULL);
    guest_printf("VM fault %d", seL4_isVMFault_tag(message));
    must("map",
         vspace_map(OWN_VSPACE, object_alloc(seL4_X86_4K, 0), (seL4_Word)hole, seL4_AllRights));
    fpu_hold(&mine, &out, 2, 1);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    message = seL4_Recv(endpoint, NULL);
    guest_printf(", exception %d", seL4_isUserException_tag(message));
    seL4_SetMR(0, seL4_GetMR(seL4_UserException_FaultIP) + 2);
    fpu_hold(&mine, &out, 2, 1);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 1));
    message = seL4_Recv(endpoint, NULL);
    guest_printf(", state kept %lu, the handler's too %d\n", seL4_MessageInfo_get_label(message),
                 fpu_same(&mine, &out));
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    one_vspace();
    two_vspaces();
    new_thread();
    faults();
    return 0;
}
