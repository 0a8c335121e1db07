/*
 * A root task with servers: it starts them, gives a client a session with each, and lets the client
 * be typed at. What the client can't do itself, ending other clients for instance, it asks for
 * here.
 */
#include "demo.h"

#include "../lib/guard.h"

#define CLIENT_PRIORITY  100
#define CLIENT_BANK_BITS 23 /* two large buffers, and the program */
#define MEMORY_PAGES     16 /* of servers that keep their content in memory */

extern const char guest_archive[];

struct service demo_services[STANDARD_COUNT];
struct member demo_clients[CLIENTS];

static seL4_CPtr endpoint;
static enum victim_kind next_victim;

/* -------------------------------------------------------------- messages */

#ifdef CONFIG_KERNEL_MCS

static seL4_CPtr reply, other_reply;

static void replies_init(void)
{
    reply = object_alloc(seL4_ReplyObject, 0);
    other_reply = object_alloc(seL4_ReplyObject, 0);
}

/* The message that was received last is answered by sending to what this returns. */
static seL4_CPtr keep_reply(void)
{
    seL4_CPtr kept = reply;

    reply = other_reply;
    other_reply = kept;
    return kept;
}

static seL4_MessageInfo_t receive(bool wait, seL4_Word *badge)
{
    *badge = 0;
    return wait ? seL4_Recv(endpoint, badge, reply) : seL4_NBRecv(endpoint, badge, reply);
}

static void answer(seL4_MessageInfo_t message)
{
    seL4_Send(reply, message);
}

#else

static seL4_CPtr kept_reply;

static void replies_init(void)
{
    kept_reply = slot_alloc();
}

static seL4_CPtr keep_reply(void)
{
    must("keep a reply", seL4_CNode_SaveCaller(ROOT, kept_reply, DEPTH));
    return kept_reply;
}

static seL4_MessageInfo_t receive(bool wait, seL4_Word *badge)
{
    *badge = 0;
    return wait ? seL4_Recv(endpoint, badge) : seL4_NBRecv(endpoint, badge);
}

static void answer(seL4_MessageInfo_t message)
{
    seL4_Reply(message);
}

#endif

static void answer_word(long word)
{
    seL4_SetMR(0, (seL4_Word)word);
    answer(seL4_MessageInfo_new(0, 0, 0, 1));
}

static void answer_role(unsigned int client)
{
    static const seL4_Word roles[CLIENTS] = {
        [CLIENT_SHELL] = DEMO_SHELL,
        [CLIENT_VICTIM] = DEMO_VICTIM,
        [CLIENT_WITNESS] = DEMO_WITNESS,
    };

    seL4_SetMR(0, roles[client]);
    seL4_SetMR(1, next_victim);
    if (client == CLIENT_VICTIM) {
        next_victim = (next_victim + 1) % VICTIM_KINDS;
        demo_victim_runs = true;
    }
    answer(seL4_MessageInfo_new(0, 0, 0, 2));
}

static void answer_count(seL4_Word which)
{
    struct service_count count = {0, 0, 0};

    if (which < STANDARD_COUNT)
        manager_count(&demo_services[which], &count);
    seL4_SetMR(0, count.sessions);
    seL4_SetMR(1, count.waiting);
    seL4_SetMR(2, count.kept);
    answer(seL4_MessageInfo_new(0, 0, 0, 3));
}

/* It will go on at an address that it has not. */
static void break_server(seL4_Word which)
{
    static seL4_UserContext nowhere;

    if (which < STANDARD_COUNT)
        must("break a server",
             seL4_TCB_WriteRegisters(demo_services[which].process.tcb, false, 0, 1, &nowhere));
    answer_word(0);
}

static void tell_failures(void)
{
    struct guard_failure failure;

    while (guard_take_failure(&failure))
        guest_printf("%s has failed%s%s\n", failure.name, failure.words[0] ? ": " : "",
                     failure.words);
}

/* A fault of a client, or words of one that can't go on. */
static void fail(seL4_Word badge, seL4_MessageInfo_t message)
{
    if (seL4_MessageInfo_get_label(message) == LABEL_PRINT)
        process_print(message);
    else
        guest_printf("badge %lx: label %lu, %lx %lx\n", badge, seL4_MessageInfo_get_label(message),
                     seL4_GetMR(0), seL4_GetMR(1));
    output_end();
}

/* Other messages are received meanwhile. */
static void stress(seL4_Word rounds)
{
    seL4_CPtr kept = keep_reply();
    long killed = demo_stress(rounds);

    seL4_SetMR(0, (seL4_Word)killed);
    seL4_Send(kept, seL4_MessageInfo_new(0, 0, 0, 1));
}

static void serve(seL4_Word badge, seL4_MessageInfo_t message)
{
    unsigned int client = (unsigned int)badge - 1; /* badge 0 is nobody's */
    seL4_Word label = seL4_MessageInfo_get_label(message);

    if (badge & SERVER_FAULT) {
        tell_failures();
        return;
    }
    if (badge == 0 || client >= CLIENTS)
        fail(badge, message);
    switch (label) {
    case DEMO_ROLE:
        answer_role(client);
        return;
    case DEMO_STRESS:
        stress(seL4_GetMR(0));
        return;
    case DEMO_BREAK:
        break_server(seL4_GetMR(0));
        return;
    case DEMO_COUNT:
        answer_count(seL4_GetMR(0));
        return;
    case DEMO_MORE:
    case DEMO_FAILED:
        demo_witness_says(label, seL4_GetMR(0));
        answer_word(demo_witness_goes_on());
        return;
    case LABEL_EXIT:
        if (client == CLIENT_SHELL)
            output_end();
        return; /* it stays in its request */
    default:
        fail(badge, message);
    }
}

void demo_serve_waiting(void)
{
    seL4_Word badge;
    seL4_MessageInfo_t message = receive(false, &badge);

    while (badge) {
        serve(badge, message);
        message = receive(false, &badge);
    }
}

/* -------------------------------------------------------------- clients */

void demo_start_client(unsigned int number)
{
    struct member *client = &demo_clients[number];
    size_t size;
    const void *elf = archive_find(guest_archive, "client", &size);

    if (!elf)
        guest_die("no client in the archive");
    manager_client(client, elf, endpoint, number + 1, CLIENT_PRIORITY, CLIENT_BANK_BITS);
    for (unsigned int i = 0; i < STANDARD_COUNT; i++) {
        long error = manager_connect(client, &demo_services[i], standard_buffer_bits[i], 0);

        if (error)
            guest_die("no session with %s: %ld", demo_services[i].name, error);
    }
    process_give(&client->process, client->process.cnode, DEMO_CNODE, seL4_AllRights);
    process_start(&client->process);
}

int main(void)
{
    seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0);

    endpoint = object_alloc(seL4_EndpointObject, 0);
    must("bind notification", seL4_TCB_BindNotification(OWN_TCB, notification));
    guard_init(cap_mint(notification, seL4_AllRights, SERVER_FAULT));
    replies_init();
    for (unsigned int i = 0; i < STANDARD_COUNT; i++) {
        long error =
            standard_start(i, &demo_services[i], guest_archive, guard_faults(), MEMORY_PAGES);

        if (error)
            guest_printf("%s does not start: error %ld\n", demo_services[i].name, -error);
        if (i == STANDARD_CONSOLE)
            output_init();
    }
    guest_printf("servers: %u, type help\n", STANDARD_COUNT);
    demo_start_client(CLIENT_SHELL);
    for (;;) {
        seL4_Word badge;
        seL4_MessageInfo_t message = receive(true, &badge);

        serve(badge, message);
    }
}
