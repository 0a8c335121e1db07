/*
 * Threads of a root task: they share its CSpace and VSpace, each has a stack, an IPC buffer and
 * thread-local storage of its own.
 */
#include "runtime.h"

static void thread_main(struct thread *thread)
{
    seL4_SetIPCBuffer(thread->ipc);
    thread->run(thread->argument);
    for (;;)
        seL4_TCB_Suspend(thread->tcb);
}

#ifdef CONFIG_KERNEL_MCS

#define TIME_SLICE_US 10000

seL4_CPtr sched_context_alloc(void)
{
    seL4_CPtr context = object_alloc(seL4_SchedContextObject, seL4_MinSchedContextBits);

    must("SchedControl_Configure",
         seL4_SchedControl_ConfigureFlags(seL4_GetBootInfo()->schedcontrol.start, context,
                                          TIME_SLICE_US, TIME_SLICE_US, 0, 0, 0));
    return context;
}

static void configure(struct thread *thread, seL4_Word priority, seL4_CPtr fault_endpoint)
{
    thread->sched_context = sched_context_alloc();
    must("TCB_Configure",
         seL4_TCB_Configure(thread->tcb, ROOT, seL4_NilData, OWN_VSPACE, seL4_NilData,
                            (seL4_Word)thread->ipc, thread->ipc_frame));
    must("TCB_SetSchedParams", seL4_TCB_SetSchedParams(thread->tcb, OWN_TCB, priority, priority,
                                                       thread->sched_context, fault_endpoint));
}

#else

static void configure(struct thread *thread, seL4_Word priority, seL4_CPtr fault_endpoint)
{
    must("TCB_Configure",
         seL4_TCB_Configure(thread->tcb, fault_endpoint, ROOT, seL4_NilData, OWN_VSPACE,
                            seL4_NilData, (seL4_Word)thread->ipc, thread->ipc_frame));
    must("TCB_SetSchedParams", seL4_TCB_SetSchedParams(thread->tcb, OWN_TCB, priority, priority));
}

#endif

void thread_create(struct thread *thread, void (*run)(void *), void *argument, int priority,
                   seL4_CPtr fault_endpoint)
{
    if (thread->tcb)
        guest_die("a thread was made twice of the same memory");
    thread->run = run;
    thread->argument = argument;
    thread->tls = tls_init(thread->tls_block, sizeof(thread->tls_block));
    thread->ipc = page_alloc(&thread->ipc_frame);
    thread->tcb = object_alloc(seL4_TCBObject, 0);
    configure(thread, (seL4_Word)priority, fault_endpoint);
}

void thread_start(struct thread *thread)
{
    char *top = thread->stack + sizeof(thread->stack);
    seL4_UserContext regs = {
        .rip = (seL4_Word)thread_main,
        .rsp = (seL4_Word)top - 8, /* as after a call */
        .rdi = (seL4_Word)thread,
        .fs_base = (seL4_Word)thread->tls,
    };

    must("TCB_WriteRegisters",
         seL4_TCB_WriteRegisters(thread->tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
}

void thread_run(struct thread *thread, void (*run)(void *), void *argument, int priority)
{
    thread_create(thread, run, argument, priority, 0);
    thread_start(thread);
}

void thread_name(seL4_CPtr tcb, const char *name)
{
#ifdef CONFIG_DEBUG_BUILD
    seL4_DebugNameThread(tcb, name);
#else
    (void)tcb, (void)name;
#endif
}
