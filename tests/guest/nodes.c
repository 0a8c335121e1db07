/*
 * A kernel with MCS for several CPUs, on a machine that has one: there are scheduling controls for
 * all that it could have. (A thread that becomes ready on another one ends the real kernel.)
 */
#include "guest.h"

#define US     10000
#define LOW    100
#define ABOVE  200
#define ROUNDS 50

static struct thread worker;
static seL4_CPtr wake;
static volatile int runs;

static void work(void *argument)
{
    (void)argument;
    for (;;) {
        runs++;
        seL4_Wait(wake, NULL);
    }
}

static seL4_CPtr control(seL4_Word core)
{
    return seL4_GetBootInfo()->schedcontrol.start + core;
}

static seL4_Error configure(seL4_Word core, seL4_CPtr context, seL4_Word refills)
{
    return seL4_SchedControl_ConfigureFlags(control(core), context, US, US, refills, 0, 0);
}

static void controls(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();
    seL4_Word count = info->schedcontrol.end - info->schedcontrol.start;
    seL4_CPtr context = object_alloc(seL4_SchedContextObject, seL4_MinSchedContextBits);

    guest_printf("node %lu of %lu, %lu scheduling controls\n", info->nodeID, info->numNodes, count);
    for (seL4_Word core = 0; core < count; core++) {
        guest_printf("control %lu, type %lu: %s, %s\n", core,
                     (seL4_Word)seL4_DebugCapIdentify(control(core)),
                     error_text(configure(core, context, 0)),
                     error_text(configure(core, context, 2)));
    }
    report("a badge on one",
           seL4_CNode_Mint(ROOT, slot_alloc(), DEPTH, ROOT, control(0), DEPTH, seL4_AllRights, 1));
    report("a copy of one",
           seL4_CNode_Copy(ROOT, slot_alloc(), DEPTH, ROOT, control(1), DEPTH, seL4_AllRights));
}

/* A thread of higher priority runs at once if it can run at all. */
static void wake_it(const char *what)
{
    int before = runs;

    seL4_Signal(wake);
    for (int n = 0; n < ROUNDS && runs == before; n++)
        seL4_Yield();
    guest_printf("%s: runs %s, affinity %lu\n", what, runs != before ? "yes" : "no",
                 (seL4_Word)seL4_DebugGetThreadAffinity(worker.tcb));
}

static void move(const char *what, seL4_Word core)
{
    seL4_Error error = configure(core, worker.sched_context, 0);

    guest_printf("%s: %s, affinity %lu\n", what, error_text(error),
                 (seL4_Word)seL4_DebugGetThreadAffinity(worker.tcb));
}

static void threads(void)
{
    wake = object_alloc(seL4_NotificationObject, 0);
    thread_create(&worker, work, NULL, ABOVE, 0);
    must("own priority", seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, LOW));
    guest_printf("own affinity %lu\n", (seL4_Word)seL4_DebugGetThreadAffinity(OWN_TCB));
    thread_start(&worker);
    wake_it("at first");
    wake_it("again");
    move("to the second", 1);
    move("to the fourth", 3);
    move("to the first", 0);
    wake_it("there");
    report("unbound", seL4_SchedContext_Unbind(worker.sched_context));
    wake_it("unbound");
    move("without it to the second", 1);
    move("without it to the first", 0);
    report("bound", seL4_SchedContext_Bind(worker.sched_context, worker.tcb));
    wake_it("there");
}

int main(void)
{
    controls();
    threads();
    return 0;
}
