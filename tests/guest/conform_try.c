/*
 * Threads that make system calls for conform_try.h. They run at a lower priority than the main
 * thread, which waits for each.
 */
#include "conform_try.h"

#define LABEL_RETURNED 0x77
#define OTHER_HANDLER  (1ul << 59) /* in the other CSpace: slot 1 of the first CNode */

seL4_CPtr try_cap;
const char *try_result;
seL4_CPtr try_reply;
struct try_objects try_on;

static struct thread worker, lost; /* `lost` lives in the other CSpace */
static seL4_CPtr handler;          /* the threads' faults and returns come here, */
static seL4_CPtr report_to;        /* which is what the thread calls so */
static void (*to_make)(void);

static void show_cap_fault(void)
{
    seL4_Word type = seL4_GetMR(seL4_CapFault_LookupFailureType);

    guest_printf("CapFault %s, ", seL4_GetMR(seL4_CapFault_InRecvPhase) ? "receiving" : "sending");
    switch (type) {
    case seL4_MissingCapability:
        guest_printf("Missing left=%lu", seL4_GetMR(seL4_CapFault_BitsLeft));
        break;
    case seL4_DepthMismatch:
        guest_printf("Depth left=%lu found=%lu", seL4_GetMR(seL4_CapFault_BitsLeft),
                     seL4_GetMR(seL4_CapFault_DepthMismatch_BitsFound));
        break;
    case seL4_GuardMismatch:
        guest_printf("Guard left=%lu guard=%lx bits=%lu", seL4_GetMR(seL4_CapFault_BitsLeft),
                     seL4_GetMR(seL4_CapFault_GuardMismatch_GuardFound),
                     seL4_GetMR(seL4_CapFault_GuardMismatch_BitsFound));
        break;
    default:
        guest_printf("type %lu", type);
    }
    guest_printf("%s\n", seL4_GetMR(seL4_CapFault_Addr) == try_cap ? "" : ", another address");
}

static void work(void *argument)
{
    (void)argument;
    to_make();
    seL4_Send(report_to, seL4_MessageInfo_new(LABEL_RETURNED, 0, 0, 0));
}

static void show_outcome(seL4_MessageInfo_t outcome)
{
    switch (seL4_MessageInfo_get_label(outcome)) {
    case LABEL_RETURNED:
        guest_printf("%s\n", try_result);
        break;
    case seL4_Fault_CapFault:
        show_cap_fault();
        break;
    case seL4_Fault_UnknownSyscall:
        guest_printf("UnknownSyscall %ld\n", (long)seL4_GetMR(seL4_UnknownSyscall_Syscall));
        break;
    default:
        guest_printf("label %lu\n", seL4_MessageInfo_get_label(outcome));
    }
}

/* Lets a thread make `what` and prints what comes of it as the outcome of NAME/PATH. */
static void try_in(struct thread *thread, const char *name, const char *path, void (*call)(void),
                   seL4_CPtr cap)
{
    seL4_MessageInfo_t outcome;

    to_make = call;
    try_cap = cap;
    try_result = "returned";
    report_to = thread == &lost ? OTHER_HANDLER : handler;
    thread->run = work;
    thread_start(thread);
    outcome = conform_wait(handler);
    guest_printf("%s/%s: ", name, path);
    show_outcome(outcome);
    must("suspend", seL4_TCB_Suspend(thread->tcb));
}

void try(const char *name, const char *path, void (*call)(void), seL4_CPtr cap)
{
    try_in(&worker, name, path, call, cap);
}

void try_endless(const char *name, const char *path, void (*call)(void))
{
    try_in(&lost, name, path, call, ENDLESS);
}

/*
 * A CSpace of one CNode of 32 slots, the first of which leads back to it: of 64 bits it resolves 60
 * and has 4 left.
 */
static void make_lost(void)
{
    seL4_CPtr cnode = object_alloc(seL4_CapTableObject, 5);

    must("copy", seL4_CNode_Copy(cnode, 0, 5, ROOT, cnode, DEPTH, seL4_AllRights));
    must("copy", seL4_CNode_Copy(cnode, 1, 5, ROOT, handler, DEPTH, seL4_AllRights));
#ifdef CONFIG_KERNEL_MCS
    thread_create(&lost, work, NULL, 100, handler);
    must("set space", seL4_TCB_SetSpace(lost.tcb, handler, cnode, 0, OWN_VSPACE, 0));
#else
    thread_create(&lost, work, NULL, 100, 0);
    must("set space", seL4_TCB_SetSpace(lost.tcb, OTHER_HANDLER, cnode, 0, OWN_VSPACE, 0));
#endif
}

static void make_objects(void)
{
    struct try_objects *on = &try_on;

    on->endpoint = object_alloc(seL4_EndpointObject, 0);
    on->read_only_endpoint = cap_copy(on->endpoint, seL4_CanRead);
    on->write_only_endpoint = cap_copy(on->endpoint, seL4_CanWrite);
    on->notification = object_alloc(seL4_NotificationObject, 0);
    on->read_only_notification = cap_copy(on->notification, seL4_CanRead);
    on->write_only_notification = cap_copy(on->notification, seL4_CanWrite);
    on->others = object_alloc(seL4_NotificationObject, 0);
    must("bind", seL4_TCB_BindNotification(OWN_TCB, on->others));
    on->empty = slot_alloc();
#ifdef CONFIG_KERNEL_MCS
    try_reply = object_alloc(seL4_ReplyObject, 0);
#endif
}

void try_init(void)
{
    make_objects();
    handler = object_alloc(seL4_EndpointObject, 0);
    thread_create(&worker, work, NULL, 100, handler);
    make_lost();
}

void try_receiving(const char *name, void (*receive)(void))
{
    try(name, "no-slot", receive, NO_SLOT);
    try_endless(name, "no-slot", receive);
    try(name, "empty", receive, try_on.empty);
    try(name, "type", receive, OWN_TCB);
    try(name, "endpoint-rights", receive, try_on.write_only_endpoint);
    try(name, "notification-rights", receive, try_on.write_only_notification);
    try(name, "notification-bound", receive, try_on.others);
}
