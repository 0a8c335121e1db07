/*
 * Conformance: scheduling contexts, scheduling control, and what TCBs have to do with them.
 */
#include "conform.h"

#define LONG (1ul << 62) /* microseconds; longer than any period */
#define WHAT "SchedControlConfigureFlags"

static seL4_CPtr control, endpoint;

static seL4_CPtr new_context(void)
{
    return object_alloc(seL4_SchedContextObject, seL4_MinSchedContextBits);
}

/* ---------------------------------------------------------------------- scheduling control */

/* How long a period may be follows from the processor's clock: only the minimum is printed. */
static void times(const char *path, seL4_Word budget, seL4_Word period)
{
    seL4_Error error =
        seL4_SchedControl_ConfigureFlags(control, new_context(), budget, period, 0, 0, 0);

    guest_printf(WHAT "/%s: %s %lu..\n", path,
                 error == seL4_RangeError ? "RangeError" : error_text(error), seL4_GetMR(0));
}

static void configuring(void)
{
    const struct conform_message message = {
        WHAT, control, SchedControlConfigureFlags, 5, 1, {1000, 1000}, {new_context()}};
    seL4_CPtr large = object_alloc(seL4_SchedContextObject, 9);

    conform_label("SchedControl", control);
    conform_truncated(&message);
    times("budget-long", LONG, LONG);
    times("period-long", 1000, LONG);
    times("budget-short", 1, 1000);
    times("period-short", 1000, 1);
    times("period-short", 1000, 0);
    conform(WHAT, "budget-above-period",
            seL4_SchedControl_ConfigureFlags(control, new_context(), 2000, 1000, 0, 0, 0));
    conform(WHAT, "context",
            seL4_SchedControl_ConfigureFlags(control, endpoint, 1000, 2000, 0, 0, 0));
    conform(WHAT, "refills",
            seL4_SchedControl_ConfigureFlags(control, new_context(), 1000, 2000, 1, 0, 0));
    conform(WHAT, "refills",
            seL4_SchedControl_ConfigureFlags(control, large, 1000, 2000, 100, 0, 0));
    conform(WHAT, "success",
            seL4_SchedControl_ConfigureFlags(control, large, 1000, 2000, 10, 7, 0));
    conform(WHAT, "success",
            seL4_SchedControl_ConfigureFlags(control, large, 1000, 2000, 0, 7,
                                             seL4_SchedContext_Sporadic));
}

/* ---------------------------------------------------------------------- binding */

static struct thread waiter;
static seL4_CPtr waited_for;

static void wait(void *argument)
{
    (void)argument;
    seL4_Wait(waited_for, NULL);
}

/* A thread that waits, without a scheduling context. */
static seL4_CPtr blocked_thread(void)
{
    waited_for = object_alloc(seL4_NotificationObject, 0);
    thread_run(&waiter, wait, NULL, 254);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 200);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    conform("SchedContextUnbindObject", "success",
            seL4_SchedContext_UnbindObject(waiter.sched_context, waiter.tcb));
    return waiter.tcb;
}

static void binding_threads(seL4_CPtr blocked)
{
    const char *name = "SchedContextBind";
    seL4_CPtr context = new_context(), other = new_context();
    seL4_CPtr tcb = object_alloc(seL4_TCBObject, 0), tcb2 = object_alloc(seL4_TCBObject, 0);
    const struct conform_message message = {name, context, SchedContextBind, 0, 1, {0}, {0}};

    conform_label("SchedContext", context);
    conform_truncated(&message);
    conform(name, "type", seL4_SchedContext_Bind(context, endpoint));
    conform(name, "blocked", seL4_SchedContext_Bind(context, blocked));
    conform(name, "success", seL4_SchedContext_Bind(context, tcb));
    conform(name, "has-thread", seL4_SchedContext_Bind(context, tcb2));
    conform(name, "thread-has", seL4_SchedContext_Bind(other, tcb));
    conform(name, "success", seL4_SchedContext_Bind(sched_context_alloc(), blocked));
}

static void binding_notifications(void)
{
    const char *name = "SchedContextBind";
    seL4_CPtr context = new_context(), other = new_context();
    seL4_CPtr first = object_alloc(seL4_NotificationObject, 0);
    seL4_CPtr second = object_alloc(seL4_NotificationObject, 0);

    conform(name, "success", seL4_SchedContext_Bind(context, first));
    conform(name, "has-notification", seL4_SchedContext_Bind(context, second));
    conform(name, "notification-has", seL4_SchedContext_Bind(other, first));
    name = "SchedContextUnbindObject";
    conform(name, "notification-other", seL4_SchedContext_UnbindObject(context, second));
    conform(name, "success", seL4_SchedContext_UnbindObject(context, first));
    conform(name, "notification-other", seL4_SchedContext_UnbindObject(context, first));
}

static void unbinding(void)
{
    const char *name = "SchedContextUnbindObject";
    seL4_CPtr context = new_context(), tcb = object_alloc(seL4_TCBObject, 0);
    const struct conform_message message = {name, context, SchedContextUnbindObject, 0, 1,
                                            {0},  {0}};

    conform_truncated(&message);
    conform(name, "type", seL4_SchedContext_UnbindObject(context, endpoint));
    conform(name, "thread-other", seL4_SchedContext_UnbindObject(context, tcb));
    conform(name, "self", seL4_SchedContext_UnbindObject(seL4_CapInitThreadSC, OWN_TCB));
    conform("SchedContextUnbind", "self", seL4_SchedContext_Unbind(seL4_CapInitThreadSC));
    conform("SchedContextUnbind", "success", seL4_SchedContext_Unbind(context));
    must("bind", seL4_SchedContext_Bind(context, tcb));
    conform("SchedContextUnbind", "success", seL4_SchedContext_Unbind(context));
    conform(name, "thread-other", seL4_SchedContext_UnbindObject(context, tcb));
}

/* ---------------------------------------------------------------------- TCBs */

static seL4_Error sched_params(seL4_CPtr tcb, seL4_CPtr authority, seL4_Word priority,
                               seL4_CPtr context)
{
    return seL4_TCB_SetSchedParams(tcb, authority, 100, priority, context, 0);
}

static void tcb_authority(seL4_CPtr tcb)
{
    const char *name = "TCBSetSchedParams";
    const struct conform_message message = {name, tcb, TCBSetSchedParams, 2, 3, {0}, {OWN_TCB}};
    seL4_CPtr weak = object_alloc(seL4_TCBObject, 0);

    must("SetMCPriority", seL4_TCB_SetMCPriority(weak, OWN_TCB, 100));
    conform_truncated(&message);
    conform(name, "authority", sched_params(tcb, endpoint, 50, 0));
    conform(name, "priority", sched_params(tcb, weak, 101, 0));
    must("SetMCPriority", seL4_TCB_SetMCPriority(weak, OWN_TCB, 99));
    conform(name, "mcp", sched_params(tcb, weak, 50, 0));
}

static void tcb_contexts(seL4_CPtr tcb)
{
    const char *name = "TCBSetSchedParams";
    seL4_CPtr context = sched_context_alloc(), other = object_alloc(seL4_TCBObject, 0);

    conform(name, "context", sched_params(tcb, OWN_TCB, 50, endpoint));
    conform(name, "self", sched_params(OWN_TCB, OWN_TCB, 50, 0));
    conform(name, "success", sched_params(tcb, OWN_TCB, 50, context));
    conform(name, "success", sched_params(tcb, OWN_TCB, 51, context));
    conform(name, "has-another", sched_params(tcb, OWN_TCB, 50, new_context()));
    conform(name, "context-bound", sched_params(other, OWN_TCB, 50, context));
    conform(name, "blocked", sched_params(blocked_thread(), OWN_TCB, 50, new_context()));
    conform(name, "success", sched_params(tcb, OWN_TCB, 50, 0));
    conform(name, "success", sched_params(other, OWN_TCB, 50, context));
}

static void tcb_handlers(seL4_CPtr tcb)
{
    const seL4_CPtr useless[] = {ROOT, cap_copy(endpoint, seL4_CanWrite),
                                 cap_copy(endpoint, seL4_NoWrite)};
    const seL4_CPtr useful[] = {endpoint, cap_copy(endpoint, seL4_CapRights_new(1, 0, 0, 1)),
                                cap_copy(endpoint, seL4_CapRights_new(0, 1, 0, 1)), 0};
    const struct conform_message message = {
        "TCBSetTimeoutEndpoint", tcb, TCBSetTimeoutEndpoint, 0, 1, {0}, {0}};

    conform_truncated(&message);
    for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
        conform("TCBSetSchedParams", "handler",
                seL4_TCB_SetSchedParams(tcb, OWN_TCB, 50, 50, 0, useless[i]));
        conform("TCBSetTimeoutEndpoint", "handler", seL4_TCB_SetTimeoutEndpoint(tcb, useless[i]));
        conform("TCBSetSpace", "handler",
                seL4_TCB_SetSpace(tcb, useless[i], ROOT, 0, OWN_VSPACE, 0));
    }
    for (size_t i = 0; i < sizeof(useful) / sizeof(useful[0]); i++) {
        conform("TCBSetSchedParams", "success",
                seL4_TCB_SetSchedParams(tcb, OWN_TCB, 50, 50, 0, useful[i]));
        conform("TCBSetTimeoutEndpoint", "success", seL4_TCB_SetTimeoutEndpoint(tcb, useful[i]));
        conform("TCBSetSpace", "success",
                seL4_TCB_SetSpace(tcb, useful[i], ROOT, 0, OWN_VSPACE, 0));
    }
}

/* ---------------------------------------------------------------------- time */

static void say(void *argument)
{
    (void)argument;
    guest_printf("it runs\n");
}

/* Last: the main thread gives up the right to do the same again. */
static void yielding(void)
{
    static struct thread other;
    const char *name = "SchedContextYieldTo";
    seL4_CPtr context = new_context();

    conform(name, "unbound", (seL4_Error)seL4_SchedContext_YieldTo(context).error);
    conform(name, "self", (seL4_Error)seL4_SchedContext_YieldTo(seL4_CapInitThreadSC).error);
    conform("SchedContextConsumed", "success",
            (seL4_Error)seL4_SchedContext_Consumed(context).error);
    guest_printf("of nobody: %lu\n", seL4_SchedContext_Consumed(context).consumed);
    must("bind", seL4_SchedContext_Bind(context, object_alloc(seL4_TCBObject, 0)));
    conform(name, "success", (seL4_Error)seL4_SchedContext_YieldTo(context).error);
    thread_run(&other, say, NULL, 255);
    conform(name, "success", (seL4_Error)seL4_SchedContext_YieldTo(other.sched_context).error);
    must("SetMCPriority", seL4_TCB_SetMCPriority(OWN_TCB, OWN_TCB, 254));
    conform(name, "priority", (seL4_Error)seL4_SchedContext_YieldTo(other.sched_context).error);
}

int main(void)
{
    control = seL4_GetBootInfo()->schedcontrol.start;
    endpoint = object_alloc(seL4_EndpointObject, 0);
    configuring();
    tcb_authority(object_alloc(seL4_TCBObject, 0));
    tcb_contexts(object_alloc(seL4_TCBObject, 0));
    tcb_handlers(object_alloc(seL4_TCBObject, 0));
    binding_notifications();
    unbinding();
    binding_threads(waiter.tcb);
    yielding();
    return 0;
}
