/*
 * Conformance: the system calls that kernels have only with MCS, and what reply objects can be
 * wrong with. The first half of a combined call says nothing about its errors: the second is tried.
 */
#include "conform_try.h"

#define FS_BASE 0x5000

static const seL4_MessageInfo_t no_message;

/* ---------------------------------------------------------------------- the receiving half */

static void wait(void)
{
    seL4_Wait(try_cap, NULL);
}

static void nb_wait(void)
{
    seL4_NBWait(try_cap, NULL);
}

static void nb_send_recv(void)
{
    seL4_NBSendRecv(try_on.empty, no_message, try_cap, NULL, try_reply);
}

static void nb_send_wait(void)
{
    seL4_NBSendWait(try_on.empty, no_message, try_cap, NULL);
}

/* ---------------------------------------------------------------------- the reply object */

static void recv_to(void)
{
    seL4_Recv(try_on.endpoint, NULL, try_cap);
}

static void nb_recv_to(void)
{
    seL4_NBRecv(try_on.endpoint, NULL, try_cap);
}

static void reply_recv_to(void)
{
    seL4_ReplyRecv(try_on.endpoint, no_message, NULL, try_cap);
}

static void nb_send_recv_to(void)
{
    seL4_NBSendRecv(try_on.empty, no_message, try_on.endpoint, NULL, try_cap);
}

static void replies(const char *name, void (*receive)(void))
{
    try(name, "reply-no-slot", receive, NO_SLOT);
    try(name, "reply-type", receive, try_on.empty);
    try(name, "reply-type", receive, ROOT);
}

/* ---------------------------------------------------------------------- the sending half */

static seL4_MessageInfo_t first_message;

/* What is received is there already, at a notification that takes no reply object. */
static void first_reply_recv(void)
{
    seL4_ReplyRecv(try_on.notification, first_message, NULL, try_cap);
}

static void first_nb_send_recv(void)
{
    seL4_NBSendRecv(try_cap, first_message, try_on.notification, NULL, try_reply);
}

static void first_nb_send_wait(void)
{
    seL4_NBSendWait(try_cap, first_message, try_on.notification, NULL);
}

static void try_first(const char *name, const char *path, void (*call)(void), seL4_CPtr cap)
{
    seL4_Signal(try_on.notification);
    try(name, path, call, cap);
}

static struct {
    void (*call)(void);
    seL4_Word word[2];
} carried;

static void carry(void)
{
    seL4_SetMR(0, carried.word[0]);
    seL4_SetMR(1, carried.word[1]);
    seL4_SetCap(0, NO_SLOT);
    carried.call();
}

static void send_first(const char *name, const char *path, seL4_MessageInfo_t message,
                       seL4_Word word, seL4_CPtr cap)
{
    first_message = message;
    carried.word[0] = word;
    carried.word[1] = DEPTH;
    try_first(name, path, carry, cap);
    first_message = no_message;
}

static void barred(const char *name, seL4_CPtr tcb)
{
    seL4_CPtr victim = cap_copy(tcb, seL4_AllRights);
    seL4_UserContext regs;

    send_first(name, "first-barred", seL4_MessageInfo_new(TCBSetTLSBase, 0, 0, 1), FS_BASE, tcb);
    must("read", seL4_TCB_ReadRegisters(tcb, false, 0, 20, &regs));
    send_first(name, "first-barred", seL4_MessageInfo_new(CNodeDelete, 0, 0, 2), victim, ROOT);
    guest_printf("nothing was done: %d\n", regs.fs_base != FS_BASE && !slot_is_empty(victim));
    send_first(name, "first-barred", seL4_MessageInfo_new(DomainScheduleSetStart, 0, 0, 1), 0,
               seL4_CapDomain);
    send_first(name, "first-barred", seL4_MessageInfo_new(SchedContextUnbind, 0, 0, 0), 0,
               sched_context_alloc());
    send_first(name, "first-barred", no_message, 0, seL4_GetBootInfo()->schedcontrol.start);
}

static void sending_first(const char *name, void (*call)(void), seL4_CPtr tcb)
{
    carried.call = call;
    try_first(name, "first-no-slot", call, NO_SLOT);
    try_first(name, "first-empty", call, try_on.empty);
    send_first(name, "first-extra-no-slot", seL4_MessageInfo_new(0, 0, 1, 0), 0, try_on.endpoint);
    barred(name, tcb);
}

/* ---------------------------------------------------------------------- success */

static seL4_CPtr back;

static void send_back(void *argument)
{
    seL4_Word badge;

    (void)argument;
    for (int i = 0; i < 2; i++) {
        seL4_Wait(try_on.endpoint, &badge);
        guest_printf("partner: received %lu, badge %lu\n", seL4_GetMR(0), badge);
        seL4_SetMR(0, 50);
        seL4_Send(back, seL4_MessageInfo_new(0, 0, 0, 1));
    }
    seL4_Send(back, no_message);
    seL4_Send(back, no_message);
}

static void let_others_run(void)
{
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 200);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

static void converse(void)
{
    static struct thread partner;
    seL4_CPtr answers = object_alloc(seL4_EndpointObject, 0);
    seL4_CPtr badged = cap_mint(try_on.endpoint, seL4_AllRights, 3);
    seL4_MessageInfo_t message = seL4_MessageInfo_new(0, 0, 0, 1);
    seL4_Word badge;

    back = cap_mint(answers, seL4_AllRights, 5);
    thread_run(&partner, send_back, NULL, 254);
    let_others_run();
    seL4_SetMR(0, 40);
    seL4_NBSendRecv(badged, message, answers, &badge, try_reply);
    guest_printf("NBSendRecv/success: badge %lu, word %lu\n", badge, seL4_GetMR(0));
    let_others_run();
    seL4_SetMR(0, 41);
    seL4_NBSendWait(badged, message, answers, &badge);
    guest_printf("NBSendWait/success: badge %lu, word %lu\n", badge, seL4_GetMR(0));
    badge = 1;
    seL4_NBWait(answers, &badge);
    guest_printf("NBWait/nobody: badge %lu\n", badge);
    seL4_Wait(answers, &badge);
    guest_printf("Wait/success: badge %lu\n", badge);
    let_others_run();
    seL4_NBWait(answers, &badge);
    guest_printf("NBWait/success: badge %lu\n", badge);
}

int main(void)
{
    seL4_CPtr tcb = object_alloc(seL4_TCBObject, 0);

    try_init();
    try_receiving("Wait", wait);
    try_receiving("NBWait", nb_wait);
    try_receiving("NBSendRecv", nb_send_recv);
    try_receiving("NBSendWait", nb_send_wait);
    replies("Recv", recv_to);
    replies("NBRecv", nb_recv_to);
    replies("ReplyRecv", reply_recv_to);
    replies("NBSendRecv", nb_send_recv_to);
    sending_first("ReplyRecv", first_reply_recv, tcb);
    sending_first("NBSendRecv", first_nb_send_recv, tcb);
    sending_first("NBSendWait", first_nb_send_wait, tcb);
    converse();
    return 0;
}
