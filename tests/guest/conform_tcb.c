/*
 * Conformance: TCB invocations, but for those that install capabilities (conform_spaces.c).
 */
#include "conform.h"

static seL4_CPtr tcb, endpoint;

static void registers(void)
{
    seL4_UserContext regs;
    seL4_CPtr other = object_alloc(seL4_TCBObject, 0);
    const struct conform_message read = {"TCBReadRegisters", tcb, TCBReadRegisters, 2, 0, {0}, {0}};
    const struct conform_message write = {
        "TCBWriteRegisters", tcb, TCBWriteRegisters, 2, 0, {0}, {0}};
    const struct conform_message copy = {"TCBCopyRegisters", tcb, TCBCopyRegisters, 1, 1, {0}, {0}};

    conform_truncated(&read);
    conform("TCBReadRegisters", "count", seL4_TCB_ReadRegisters(tcb, false, 0, 0, &regs));
    conform("TCBReadRegisters", "count", seL4_TCB_ReadRegisters(tcb, false, 0, 21, &regs));
    conform("TCBReadRegisters", "self", seL4_TCB_ReadRegisters(OWN_TCB, false, 0, 20, &regs));
    conform_truncated(&write);
    seL4_SetMR(0, 0);
    seL4_SetMR(1, 4);
    conform("TCBWriteRegisters", "few-registers", conform_send(tcb, TCBWriteRegisters, 5, 0));
    seL4_SetMR(1, ~0ul);
    conform("TCBWriteRegisters", "few-registers", conform_send(tcb, TCBWriteRegisters, 2, 0));
    conform("TCBWriteRegisters", "self", seL4_TCB_WriteRegisters(OWN_TCB, false, 0, 20, &regs));
    memset(&regs, 0, sizeof(regs));
    regs.rax = 1234;
    regs.r15 = 5678;
    conform("TCBWriteRegisters", "success", seL4_TCB_WriteRegisters(tcb, false, 0, 20, &regs));
    conform_truncated(&copy);
    conform("TCBCopyRegisters", "source",
            seL4_TCB_CopyRegisters(other, endpoint, false, false, true, true, 0));
    conform("TCBCopyRegisters", "success",
            seL4_TCB_CopyRegisters(other, tcb, false, false, true, true, 0));
    conform("TCBReadRegisters", "success", seL4_TCB_ReadRegisters(other, false, 0, 20, &regs));
    guest_printf("rax %lu, r15 %lu\n", regs.rax, regs.r15);
}

/* A thread that may not give priorities above 100. */
static seL4_CPtr weak_authority(void)
{
    seL4_CPtr weak = object_alloc(seL4_TCBObject, 0);

    must("SetMCPriority", seL4_TCB_SetMCPriority(weak, OWN_TCB, 100));
    return weak;
}

static void priorities(seL4_CPtr weak)
{
    const struct conform_message set = {"TCBSetPriority", tcb, TCBSetPriority, 1, 1, {0}, {0}};
    const struct conform_message set_mcp = {
        "TCBSetMCPriority", tcb, TCBSetMCPriority, 1, 1, {0}, {0}};

    conform_truncated(&set);
    conform("TCBSetPriority", "authority", seL4_TCB_SetPriority(tcb, endpoint, 50));
    conform("TCBSetPriority", "priority", seL4_TCB_SetPriority(tcb, weak, 101));
    conform("TCBSetPriority", "priority", seL4_TCB_SetPriority(tcb, OWN_TCB, 256));
    conform("TCBSetPriority", "priority", seL4_TCB_SetPriority(tcb, OWN_TCB, 1ul << 32));
    conform("TCBSetPriority", "success", seL4_TCB_SetPriority(tcb, weak, 100));
    conform_truncated(&set_mcp);
    conform("TCBSetMCPriority", "authority", seL4_TCB_SetMCPriority(tcb, endpoint, 50));
    conform("TCBSetMCPriority", "priority", seL4_TCB_SetMCPriority(tcb, weak, 101));
    conform("TCBSetMCPriority", "priority", seL4_TCB_SetMCPriority(tcb, OWN_TCB, 256));
    conform("TCBSetMCPriority", "success", seL4_TCB_SetMCPriority(tcb, weak, 100));
}

#ifndef CONFIG_KERNEL_MCS
static void sched_params(seL4_CPtr weak)
{
    const char *name = "TCBSetSchedParams";
    const struct conform_message set = {name, tcb, TCBSetSchedParams, 2, 1, {0}, {0}};

    conform_truncated(&set);
    conform(name, "authority", seL4_TCB_SetSchedParams(tcb, endpoint, 50, 50));
    conform(name, "mcp", seL4_TCB_SetSchedParams(tcb, weak, 101, 50));
    conform(name, "priority", seL4_TCB_SetSchedParams(tcb, weak, 100, 101));
    conform(name, "success", seL4_TCB_SetSchedParams(tcb, weak, 50, 100));
}
#endif

static void running(void)
{
    conform("TCBSuspend", "success", seL4_TCB_Suspend(tcb));
    conform("TCBSuspend", "success", seL4_TCB_Suspend(tcb));
    conform("TCBResume", "success", seL4_TCB_Resume(object_alloc(seL4_TCBObject, 0)));
}

static struct thread waiter;
static seL4_CPtr notification;

static void wait(void *argument)
{
    (void)argument;
    seL4_Wait(notification, NULL);
    guest_printf("woken\n");
}

static void binding(void)
{
    const char *name = "TCBBindNotification";
    const struct conform_message bind = {name, tcb, TCBBindNotification, 0, 1, {0}, {0}};
    seL4_CPtr bound = object_alloc(seL4_NotificationObject, 0);
    seL4_CPtr other = object_alloc(seL4_TCBObject, 0);

    notification = object_alloc(seL4_NotificationObject, 0);
    conform_truncated(&bind);
    conform(name, "notification", seL4_TCB_BindNotification(tcb, endpoint));
    conform(name, "rights", seL4_TCB_BindNotification(tcb, cap_copy(bound, seL4_CanWrite)));
    conform("TCBUnbindNotification", "unbound", seL4_TCB_UnbindNotification(tcb));
    conform(name, "success", seL4_TCB_BindNotification(tcb, bound));
    conform(name, "bound", seL4_TCB_BindNotification(tcb, notification));
    conform(name, "taken", seL4_TCB_BindNotification(other, bound));
    conform("TCBUnbindNotification", "success", seL4_TCB_UnbindNotification(tcb));
    conform(name, "success", seL4_TCB_BindNotification(other, bound));

    thread_run(&waiter, wait, NULL, 254);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 200);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    conform(name, "waited-for", seL4_TCB_BindNotification(tcb, notification));
    must("suspend", seL4_TCB_Suspend(waiter.tcb));
}

static void tls_and_flags(void)
{
    const struct conform_message tls = {"TCBSetTLSBase", tcb, TCBSetTLSBase, 1, 0, {0}, {0}};
    const struct conform_message flags = {"TCBSetFlags", tcb, TCBSetFlags, 2, 0, {0}, {0}};
    seL4_TCB_SetFlags_t result;
    seL4_UserContext regs;

    conform_truncated(&tls);
    conform("TCBSetTLSBase", "success", seL4_TCB_SetTLSBase(tcb, 0x123000));
    must("read", seL4_TCB_ReadRegisters(tcb, false, 0, 20, &regs));
    guest_printf("fs %lx\n", regs.fs_base);
    conform_truncated(&flags);
    result = seL4_TCB_SetFlags(tcb, 0, ~0ul);
    conform("TCBSetFlags", "success", (seL4_Error)result.error);
    guest_printf("flags %lx\n", result.flags);
    result = seL4_TCB_SetFlags(tcb, ~0ul, 0);
    conform("TCBSetFlags", "success", (seL4_Error)result.error);
    guest_printf("flags %lx\n", result.flags);
}

int main(void)
{
    seL4_CPtr weak = weak_authority();

    tcb = object_alloc(seL4_TCBObject, 0);
    endpoint = object_alloc(seL4_EndpointObject, 0);
    conform_label("TCB", tcb);
    registers();
    priorities(weak);
#ifndef CONFIG_KERNEL_MCS
    sched_params(weak);
#endif
    binding();
    running();
    tls_and_flags();
    return 0;
}
