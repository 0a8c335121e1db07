/*
 * Notifications: badges that accumulate, waiting, polling, and one that is bound to a thread.
 */
#include "guest.h"

static struct thread waiter, sender;
static seL4_CPtr notification, done, endpoint;

static void wait_once(void *argument)
{
    seL4_Word badge;

    (void)argument;
    seL4_Wait(notification, &badge);
    guest_printf("waiter: badge %lx\n", badge);
    seL4_Signal(done);
}

static void basics(seL4_CPtr one, seL4_CPtr two)
{
    seL4_Word badge = 99;

    seL4_Poll(notification, &badge);
    guest_printf("nothing: %lx\n", badge);
    seL4_Signal(one);
    seL4_Signal(two);
    seL4_Wait(notification, &badge);
    guest_printf("both: %lx\n", badge);
    seL4_Signal(notification);
    seL4_Poll(notification, &badge);
    guest_printf("without a badge: %lx\n", badge);
    seL4_Signal(one);
    seL4_Poll(notification, &badge);
    guest_printf("one: %lx\n", badge);
    seL4_Poll(notification, &badge);
    guest_printf("taken: %lx\n", badge);

    thread_run(&waiter, wait_once, NULL, 254);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 100);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    seL4_Signal(two);
    guest_printf("signalled\n");
    seL4_Wait(done, NULL);
}

static void rights(void)
{
    seL4_Word badge;

    seL4_Signal(cap_mint(notification, seL4_CanRead, 4));
    seL4_Poll(notification, &badge);
    guest_printf("signalled without the right to: %lx\n", badge);
    seL4_Signal(cap_mint(notification, seL4_CanWrite, 8));
    seL4_Poll(notification, &badge);
    guest_printf("signalled with it: %lx\n", badge);
}

static void send_message(void *argument)
{
    (void)argument;
    seL4_SetMR(0, 11);
    seL4_Send(cap_mint(endpoint, seL4_AllRights, 0x100), seL4_MessageInfo_new(3, 0, 0, 1));
}

/* A bound notification interrupts the wait for a message. */
static void bound(seL4_CPtr one)
{
    seL4_MessageInfo_t message;
    seL4_Word badge;

    report("bind", seL4_TCB_BindNotification(OWN_TCB, notification));
    report("bind again", seL4_TCB_BindNotification(OWN_TCB, notification));
    report("bind another thread", seL4_TCB_BindNotification(waiter.tcb, notification));
    report("bind an endpoint", seL4_TCB_BindNotification(waiter.tcb, endpoint));
    seL4_Signal(one);
    message = seL4_Recv(endpoint, &badge);
    guest_printf("signal: badge %lx, label %lu, length %lu\n", badge,
                 seL4_MessageInfo_get_label(message), seL4_MessageInfo_get_length(message));
    thread_run(&sender, send_message, NULL, 100);
    message = seL4_Recv(endpoint, &badge);
    guest_printf("message: badge %lx, label %lu, word %lu\n", badge,
                 seL4_MessageInfo_get_label(message), seL4_GetMR(0));
    report("unbind", seL4_TCB_UnbindNotification(OWN_TCB));
    report("unbind again", seL4_TCB_UnbindNotification(OWN_TCB));
    seL4_Signal(one);
    message = seL4_NBRecv(endpoint, &badge);
    guest_printf("unbound: badge %lx\n", badge);
    seL4_Poll(notification, &badge);
    guest_printf("polled: badge %lx\n", badge);
}

static void wait_again(void *argument)
{
    (void)argument;
    seL4_Signal(done);
    seL4_Wait(notification, NULL);
    guest_printf("woken by nothing\n");
}

static void deleted(void)
{
    static struct thread lost;

    thread_run(&lost, wait_again, NULL, 100);
    seL4_Wait(done, NULL);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 50);
    report("delete what a thread waits for", cap_revoke(notification));
    report("and the original", cap_delete(notification));
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

int main(void)
{
    seL4_CPtr one, two;

    notification = object_alloc(seL4_NotificationObject, 0);
    done = object_alloc(seL4_NotificationObject, 0);
    endpoint = object_alloc(seL4_EndpointObject, 0);
    one = cap_mint(notification, seL4_AllRights, 1);
    two = cap_mint(notification, seL4_AllRights, 2);
    basics(one, two);
    rights();
    bound(one);
    deleted();
    return 0;
}
