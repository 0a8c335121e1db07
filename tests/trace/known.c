/*
 * Does a known number of known things, and says which: what a trace of it must show.
 */
#include "guest.h"

#define CALLS   20
#define LABEL   7
#define LENGTH  3
#define BADGE   0x77
#define SIGNALS 5
#define KEPT    4
#define FAULTS  3
#define PAGES   6
#define LAST    99

static struct thread server, waiter, victim;
static seL4_CPtr endpoint, notification, kept, faults;
static char *hole;

static void name(struct thread *thread, const char *text)
{
#ifdef CONFIG_DEBUG_BUILD
    seL4_DebugNameThread(thread->tcb, text);
#else
    (void)thread;
    (void)text;
#endif
}

static void serve(void *argument)
{
    seL4_Word badge;
    seL4_MessageInfo_t message = seL4_Recv(endpoint, &badge);

    (void)argument;
    while (seL4_MessageInfo_get_label(message) != LAST)
        message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), &badge);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
}

static void wait_for_signals(void *argument)
{
    (void)argument;
    for (int i = 0; i < SIGNALS; i++)
        seL4_Wait(notification, NULL);
}

static void fall_into_holes(void *argument)
{
    (void)argument;
    for (int i = 0; i < FAULTS; i++)
        *(volatile char *)(hole + (seL4_Word)i * PAGE_SIZE) = 1;
}

static void call(void)
{
    seL4_CPtr badged = cap_mint(endpoint, seL4_AllRights, BADGE);

    thread_create(&server, serve, NULL, 254, 0);
    name(&server, "known server");
    thread_start(&server);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 100); /* the server waits */
    for (int i = 0; i < CALLS; i++)
        seL4_Call(badged, seL4_MessageInfo_new(LABEL, 0, 0, LENGTH));
    seL4_Call(badged, seL4_MessageInfo_new(LAST, 0, 0, 0));
}

static void signal(void)
{
    thread_create(&waiter, wait_for_signals, NULL, 254, 0);
    name(&waiter, "known waiter");
    thread_start(&waiter);
    for (int i = 0; i < SIGNALS; i++)
        seL4_Signal(notification);
    for (int i = 0; i < KEPT; i++)
        seL4_Signal(kept);
    seL4_Wait(kept, NULL);
}

static void handle_faults(void)
{
    seL4_Word badge;

    hole = vspace_reserve(4 * PAGE_SIZE);
    thread_create(&victim, fall_into_holes, NULL, 90, faults);
    name(&victim, "known victim");
    thread_start(&victim);
    for (int i = 0; i < FAULTS; i++) {
        seL4_Recv(faults, &badge);
        must("map", vspace_map(OWN_VSPACE, object_alloc(seL4_X86_4K, 0),
                               seL4_GetMR(seL4_VMFault_Addr), seL4_AllRights));
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    }
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 80); /* the victim goes on to its end */
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 100);
}

static void map_pages(void)
{
    char *area = vspace_reserve(8 * PAGE_SIZE);
    seL4_CPtr frames[PAGES];

    for (int i = 0; i < PAGES; i++) {
        frames[i] = object_alloc(seL4_X86_4K, 0);
        must("map", vspace_map(OWN_VSPACE, frames[i], (seL4_Word)area + (seL4_Word)i * PAGE_SIZE,
                               seL4_AllRights));
    }
    for (int i = 0; i < PAGES; i++)
        must("unmap", seL4_X86_Page_Unmap(frames[i]));
    report("priority too high", seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 1000));
    guest_printf("KNOWN area %p pages %d\n", area, PAGES);
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    notification = object_alloc(seL4_NotificationObject, 0);
    kept = object_alloc(seL4_NotificationObject, 0);
    faults = object_alloc(seL4_EndpointObject, 0);
    call();
    signal();
    handle_faults();
    map_pages();
    guest_printf("KNOWN calls %d label %d length %d badge %d\n", CALLS, LABEL, LENGTH, BADGE);
    guest_printf("KNOWN signals %d kept %d faults %d hole %p\n", SIGNALS, KEPT, FAULTS, hole);
    return 0;
}
