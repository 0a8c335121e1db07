/*
 * Conformance: system calls. A thread makes one in each case; what comes of it shows in its own
 * lines, in the fault that its handler receives, or in the message that it sends when the call has
 * returned ("returned": nothing was said about an error).
 */
#include "conform_try.h"

static struct thread partner;

static const seL4_MessageInfo_t no_message;

/* ---------------------------------------------------------------------- sending */

static void send(void)
{
    seL4_Send(try_cap, no_message);
}

static void nb_send(void)
{
    seL4_NBSend(try_cap, no_message);
}

static void do_call(void)
{
    seL4_MessageInfo_t answer = seL4_Call(try_cap, no_message);

    try_result = error_text((seL4_Error)seL4_MessageInfo_get_label(answer));
}

static void with_cap(void (*send_it)(seL4_CPtr, seL4_MessageInfo_t))
{
    seL4_SetCap(0, try_cap);
    send_it(try_on.endpoint, seL4_MessageInfo_new(0, 0, 1, 0));
}

static void send_cap(void)
{
    with_cap(seL4_Send);
}

static void nb_send_cap(void)
{
    with_cap(seL4_NBSend);
}

static void call_cap(void)
{
    seL4_SetCap(0, try_cap);
    seL4_Call(try_on.endpoint, seL4_MessageInfo_new(0, 0, 1, 0));
}

/* A capability that is found but cannot be used is an error, which only a call hears of. */
static void sending(const char *name, void (*plain)(void), void (*carrying)(void))
{
    try(name, "no-slot", plain, NO_SLOT);
    try_endless(name, "no-slot", plain);
    try(name, "extra-no-slot", carrying, NO_SLOT);
    try(name, "empty", plain, try_on.empty);
    try(name, "endpoint-rights", plain, try_on.read_only_endpoint);
    try(name, "notification-rights", plain, try_on.read_only_notification);
}

/* ---------------------------------------------------------------------- receiving */

static void recv(void)
{
    RECEIVE(Recv, try_cap, NULL, try_reply);
}

static void nb_recv(void)
{
    RECEIVE(NBRecv, try_cap, NULL, try_reply);
}

static void reply_recv(void)
{
    REPLY_RECV(try_cap, no_message, NULL, try_reply);
}

/* ---------------------------------------------------------------------- success */

static seL4_CPtr endpoint, badged, other_badge, reply;

static void answer(void *argument)
{
    seL4_Word badge;

    (void)argument;
    RECEIVE(Recv, endpoint, &badge, reply);
    guest_printf("partner: received, badge %lu\n", badge);
    RECEIVE(Recv, endpoint, &badge, reply);
    seL4_SetMR(0, 11);
    REPLY_RECV(endpoint, seL4_MessageInfo_new(5, 0, 0, 1), &badge, reply);
    seL4_SetMR(0, 12);
    REPLY_RECV(endpoint, seL4_MessageInfo_new(6, 0, 0, 1), &badge, reply);
    seL4_SetMR(0, 13);
    REPLY(seL4_MessageInfo_new(7, 0, 0, 1), reply);
    REPLY(no_message, reply);
    guest_printf("Reply/nobody: returned\n");
    RECEIVE(Recv, endpoint, &badge, reply);
    guest_printf("partner: received without waiting\n");
    seL4_Send(other_badge, no_message);
    seL4_Send(other_badge, no_message);
}

/* Lets threads of lower priority go on until they wait. */
static void let_others_run(void)
{
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 200);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

static void show_answer(const char *name, seL4_MessageInfo_t message)
{
    guest_printf("%s/success: label %lu, word %lu\n", name, seL4_MessageInfo_get_label(message),
                 seL4_GetMR(0));
}

static void converse(void)
{
    seL4_Word badge = 1;

    endpoint = try_on.endpoint;
    badged = cap_mint(endpoint, seL4_AllRights, 3);
    other_badge = cap_mint(endpoint, seL4_AllRights, 4);
#ifdef CONFIG_KERNEL_MCS
    reply = object_alloc(seL4_ReplyObject, 0);
#endif
    thread_run(&partner, answer, NULL, 254);
    seL4_Send(badged, no_message);
    guest_printf("Send/success: returned\n");
    show_answer("Call", seL4_Call(badged, no_message));
    show_answer("ReplyRecv", seL4_Call(badged, no_message));
    show_answer("Reply", seL4_Call(badged, no_message));
    seL4_NBSend(badged, no_message);
    guest_printf("NBSend/nobody: returned\n");
    RECEIVE(NBRecv, endpoint, &badge, try_reply);
    guest_printf("NBRecv/nobody: badge %lu\n", badge);
    let_others_run();
    seL4_NBSend(badged, no_message);
    guest_printf("NBSend/success: returned\n");
    RECEIVE(Recv, endpoint, &badge, try_reply);
    guest_printf("Recv/success: badge %lu\n", badge);
    let_others_run();
    RECEIVE(NBRecv, endpoint, &badge, try_reply);
    guest_printf("NBRecv/success: badge %lu\n", badge);
}

#define ROUNDS 500

static volatile unsigned changes; /* of whose turn it is */
static volatile int last;

static void take_turns(int me)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (last != me)
            changes++;
        last = me;
        seL4_Yield();
    }
}

static void take_other_turns(void *argument)
{
    (void)argument;
    take_turns(2);
}

/* Threads of one priority take turns at every Yield; now and then a time slice ends between. */
static void yielding(void)
{
    static struct thread equal;

    thread_create(&equal, take_other_turns, NULL, 255, 0);
    thread_start(&equal);
    take_turns(1);
    guest_printf("Yield/success: %s\n", changes > 2 * ROUNDS * 9 / 10 ? "in turn" : "not in turn");
}

static void set_tls(void)
{
    seL4_Word block[1] = {(seL4_Word)block}, base, saved;

    __asm__ volatile("movq %%fs:0, %0" : "=r"(saved));
    seL4_SetTLSBase((seL4_Word)block);
    __asm__ volatile("movq %%fs:0, %0" : "=r"(base));
    seL4_SetTLSBase(saved);
    guest_printf("SetTLSBase/success: %d\n", base == (seL4_Word)block);
}

static void unknown(void)
{
    sel4_trap((seL4_Word)-1000, &(struct sel4_trap){0});
}

int main(void)
{
    try_init();
    sending("Call", do_call, call_cap);
    sending("Send", send, send_cap);
    sending("NBSend", nb_send, nb_send_cap);
    try_receiving("Recv", recv);
    try_receiving("NBRecv", nb_recv);
    try_receiving("ReplyRecv", reply_recv);
    try("other", "number", unknown, 0);
    converse();
    yielding();
    set_tls();
    return 0;
}
