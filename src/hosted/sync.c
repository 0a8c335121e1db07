/*
 * The order in memory that IPC gives, for ThreadSanitizer: who sends releases, who receives
 * acquires, each on the object that the message goes through. Yielding and being preempted give no
 * order: what threads share on that alone is a race on a real system, too.
 *
 * Without ThreadSanitizer its functions are not there, and nothing happens here.
 */
#include "hosted/hosted.h"

#include "kernel/cspace.h"
#include "kernel/reply.h"

#define WEAK __attribute__((weak))

WEAK void __tsan_acquire(void *address);
WEAK void __tsan_release(void *address);
WEAK void AnnotateIgnoreSyncBegin(const char *file, int line);
WEAK void AnnotateIgnoreSyncEnd(const char *file, int line);

static bool is_on(void)
{
    return __tsan_release != NULL && __tsan_acquire != NULL;
}

static void release(paddr object)
{
    if (object != 0)
        __tsan_release(kernel_at(hosted_kernel(), object));
}

static void acquire(paddr object)
{
    if (object != 0)
        __tsan_acquire(kernel_at(hosted_kernel(), object));
}

static struct cap find(const struct lane *lane, uint64_t cptr)
{
    struct kernel *k = hosted_kernel();
    struct lookup_fault fault = k->lookup_fault;
    struct cap cap;
    paddr slot;

    if (!cspace_lookup_cap(k, lane->tcb, cptr, &cap, &slot))
        cap = CAP_NONE;
    k->lookup_fault = fault;
    return cap;
}

/* Who waits for the answer that this capability gives. */
static paddr caller_of(struct cap cap)
{
    if (cap.type != CAP_REPLY)
        return 0;
    if (!hosted_kernel()->config.mcs)
        return cap.obj;
    return ((struct reply *)kernel_at(hosted_kernel(), cap.obj))->tcb;
}

static void release_to(struct cap cap)
{
    if (cap.type == CAP_ENDPOINT || cap.type == CAP_NOTIFICATION || cap.type == CAP_THREAD)
        release(cap.obj);
    else
        release(caller_of(cap));
}

static enum abi_syscall call_of(const struct user_regs *r)
{
    uint64_t index = -context_number(r);

    return index < ABI_MAX_SYSCALL ? hosted_kernel()->abi.syscall[index] : SYS_INVALID;
}

void sync_before(const struct lane *lane)
{
    const struct tcb *t = lane_tcb(lane);
    bool mcs = hosted_kernel()->config.mcs;

    if (!is_on())
        return;
    switch (call_of(&t->regs)) {
    case SYS_CALL:
    case SYS_SEND:
    case SYS_NB_SEND:
        release_to(find(lane, t->regs.rdi));
        break;
    case SYS_NB_SEND_RECV:
    case SYS_NB_SEND_WAIT:
        release_to(find(lane, t->regs.r13));
        break;
    case SYS_REPLY:
    case SYS_REPLY_RECV:
        release(caller_of(mcs ? find(lane, t->regs.r12) : t->slot[TCB_CALLER].cap));
        break;
    default:
        break;
    }
    /* For who receives: the capability may be gone when it does. */
    sel4ux_lane->source = find(lane, t->regs.rdi).obj;
    sel4ux_lane->call = (uint8_t)call_of(&t->regs);
}

void sync_before_fault(const struct lane *lane)
{
    if (!is_on())
        return;
    release(hosted_kernel()->config.mcs ? lane_tcb(lane)->slot[TCB_FAULT_HANDLER].cap.obj
                                        : find(lane, lane_tcb(lane)->fault_handler).obj);
    sel4ux_lane->source = 0;
    sel4ux_lane->call = SYS_CALL;
}

void sync_after(const struct lane *lane)
{
    if (!is_on())
        return;
    acquire(lane->tcb); /* an answer, or what resumed it */
    switch ((enum abi_syscall)lane->call) {
    case SYS_RECV:
    case SYS_NB_RECV:
    case SYS_WAIT:
    case SYS_NB_WAIT:
    case SYS_REPLY_RECV:
    case SYS_NB_SEND_RECV:
    case SYS_NB_SEND_WAIT:
        acquire(lane->source);
        acquire(lane_tcb(lane)->bound_notification);
        break;
    default:
        break;
    }
}

void sync_start(const struct lane *lane)
{
    if (is_on())
        acquire(lane->tcb);
}

/* What happens between is not what seL4 does: making a Linux thread is no message to it. */
void sync_begin_hidden(void)
{
    if (AnnotateIgnoreSyncBegin != NULL)
        AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
}

void sync_end_hidden(void)
{
    if (AnnotateIgnoreSyncEnd != NULL)
        AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
}
