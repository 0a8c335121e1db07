/*
 * Conformance: the system calls of debug kernels, and that other kernels do not have them. What the
 * kernel itself prints is not part of the transcript.
 */
#include "conform.h"

#ifdef CONFIG_DEBUG_BUILD

static void put(char c)
{
    seL4_DebugPutChar(c);
}

int main(void)
{
    const char *line = "DebugPutChar/success: printed\n";

    while (*line)
        put(*line++);
    seL4_DebugDumpScheduler();
    guest_printf("DebugDumpScheduler/success: returned\n");
    seL4_DebugSnapshot();
    guest_printf("DebugSnapshot/success: returned\n");
    guest_printf("DebugCapIdentify/success: TCB %u\n", seL4_DebugCapIdentify(OWN_TCB));
    guest_printf("DebugCapIdentify/empty: %u\n", seL4_DebugCapIdentify(slot_alloc()));
    guest_printf("DebugCapIdentify/no-slot: %u\n", seL4_DebugCapIdentify(1ul << 40));
    seL4_DebugNameThread(OWN_TCB, "a name");
    guest_printf("DebugNameThread/success: returned\n");
    guest_printf("DebugHalt/success: the last line comes next\n");
    return 0;
}

#else

#ifdef CONFIG_KERNEL_MCS
#define FIRST -12
#else
#define FIRST -9
#endif

static const char *const names[] = {"DebugPutChar",     "DebugDumpScheduler", "DebugHalt",
                                    "DebugCapIdentify", "DebugSnapshot",      "DebugNameThread"};
static struct thread worker;
static seL4_Word number;

static void enter(void *argument)
{
    (void)argument;
    sel4_trap(number, &(struct sel4_trap){0});
}

/* Their numbers are theirs even in a kernel without them. */
static void absent(const char *name, long which, seL4_CPtr handler)
{
    seL4_MessageInfo_t fault;

    number = (seL4_Word)which;
    worker.run = enter;
    thread_start(&worker);
    fault = conform_wait(handler);
    guest_printf("%s/absent: %s %ld\n", name,
                 seL4_MessageInfo_get_label(fault) == seL4_Fault_UnknownSyscall ? "UnknownSyscall"
                                                                                : "something else",
                 (long)seL4_GetMR(seL4_UnknownSyscall_Syscall));
}

int main(void)
{
    seL4_CPtr handler = object_alloc(seL4_EndpointObject, 0);

    thread_create(&worker, enter, NULL, 100, handler);
    for (long i = 0; i < 6; i++)
        absent(names[i], FIRST - i, handler);
    return 0;
}

#endif
