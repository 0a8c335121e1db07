/* Servers, clients and their sessions, see manager.h. */
#include "manager.h"

#define CLIENT_BANK_SLOTS 224
#define TO_CALL           seL4_CapRights_new(1, 0, 0, 1)

static struct service *services[MANAGER_SERVICES];
static unsigned int service_count;

static void give(struct service *service, seL4_CPtr cap, seL4_Word slot, seL4_CapRights_t rights)
{
    process_give(&service->process, cap, slot, rights);
}

static void give_badged(struct service *service, seL4_CPtr cap, seL4_Word slot, seL4_Word badge)
{
    must("give a badged capability", seL4_CNode_Mint(service->process.cnode, slot, CHILD_RADIX,
                                                     ROOT, cap, DEPTH, seL4_AllRights, badge));
}

static seL4_Word call(struct service *service, seL4_Word label, const seL4_Word words[4])
{
    for (int i = 0; i < 4; i++)
        seL4_SetMR(i, words[i]);
    seL4_Call(service->manager, seL4_MessageInfo_new(label, 0, 0, 4));
    return seL4_GetMR(0);
}

/* -------------------------------------------------------------- servers */

static void give_replies(struct service *service)
{
#ifdef CONFIG_KERNEL_MCS
    for (unsigned int i = 0; i < SERVER_SESSIONS; i++)
        give(service, object_alloc(seL4_ReplyObject, 0), SERVER_REPLIES + i, seL4_AllRights);
#else
    (void)service;
#endif
}

void manager_load(struct service *service, const char *name, const void *elf, seL4_CPtr faults,
                  int priority)
{
    seL4_CPtr work = object_alloc(seL4_X86_4K, 0);

    if (service_count == MANAGER_SERVICES)
        guest_die("more servers than %u", MANAGER_SERVICES);
    service->name = name;
    process_create(&service->process, elf, faults, SERVER_FAULT | service_count, priority);
    services[service_count++] = service;
    thread_name(service->process.tcb, name);
    service->endpoint = object_alloc(seL4_EndpointObject, 0);
    service->manager = cap_mint(service->endpoint, seL4_AllRights, SERVER_MANAGER);
    service->notification = object_alloc(seL4_NotificationObject, 0);
    must("bind notification",
         seL4_TCB_BindNotification(service->process.tcb, service->notification));
    give(service, service->endpoint, SERVER_ENDPOINT, seL4_CapRights_new(0, 1, 1, 0));
    give(service, service->process.cnode, SERVER_CNODE, seL4_AllRights);
    must("map work frame",
         vspace_map(service->process.vspace, work, SERVER_WORK_ADDRESS, seL4_ReadWrite));
    give(service, work, SERVER_WORK, seL4_AllRights);
    for (seL4_Word event = 0; event < 2; event++)
        give_badged(service, service->notification, SERVER_EVENTS + event,
                    SERVER_EVENT | 1ul << event);
    give_replies(service);
    process_start(&service->process);
}

struct service *manager_service(unsigned int number)
{
    return services[number];
}

void manager_device(struct service *service, unsigned int index, seL4_CPtr cap)
{
    give(service, cap, SERVER_DEVICES + index, seL4_AllRights);
}

void manager_interrupt(struct service *service, unsigned int event, unsigned int index,
                       seL4_Word pin, seL4_Word vector)
{
    seL4_CPtr irq = slot_alloc();

    must("interrupt",
         seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, irq, DEPTH, 0, pin, 0, 0, vector));
    must("interrupt's notification",
         seL4_IRQHandler_SetNotification(
             irq, cap_mint(service->notification, seL4_AllRights, SERVER_EVENT | 1ul << event)));
    /* One that came before there was a notification has masked the interrupt. */
    must("interrupt's acknowledgement", seL4_IRQHandler_Ack(irq));
    manager_device(service, index, irq);
}

void manager_memory(struct service *service, unsigned int pages)
{
    for (unsigned int i = 0; i < pages; i++)
        must("server memory",
             vspace_map(service->process.vspace, object_alloc(seL4_X86_LargePageObject, 0),
                        SERVER_MEMORY_ADDRESS + i * SERVER_BUFFER_MAX, seL4_ReadWrite));
}

long manager_start(struct service *service, seL4_Word a, seL4_Word b, seL4_Word c, seL4_Word d)
{
    return (long)call(service, SERVER_START, (seL4_Word[]){a, b, c, d});
}

void manager_count(struct service *service, struct service_count *count)
{
    call(service, SERVER_COUNT, (seL4_Word[]){0, 0, 0, 0});
    *count = (struct service_count){seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3)};
}

/* -------------------------------------------------------------- sessions */

static unsigned int free_number(struct service *service)
{
    for (unsigned int i = 1; i < SERVER_SESSIONS; i++) {
        if (!service->taken[i])
            return i;
    }
    return 0;
}

/* Paging structures are made once and stay: they are not the client's. */
static void map_in_server(struct link *link, seL4_Word bits)
{
    struct process *server = &link->service->process;
    struct bank *bank = bank_in_use();

    bank_use(NULL);
    must("map a buffer in a server",
         vspace_map(server->vspace, link->copy,
                    (seL4_Word)server_buffer_address(link->number, 1ul << bits), seL4_ReadWrite));
    must("give a buffer", seL4_CNode_Copy(server->cnode, SERVER_BUFFERS + link->number, CHILD_RADIX,
                                          ROOT, link->copy, DEPTH, seL4_AllRights));
    bank_use(bank);
}

/* A session that nobody has a capability to yet; its buffer comes from the bank in use. */
static long open_link(struct link *link, struct service *service, seL4_Word bits, seL4_Word word)
{
    unsigned int number = free_number(service);
    seL4_CPtr *slot = &service->slots[number];
    long error;

    if (number == 0)
        return -SERVER_TOO_MANY;
    *link = (struct link){.service = service, .number = number};
    link->frame =
        object_alloc(bits == seL4_LargePageBits ? seL4_X86_LargePageObject : seL4_X86_4K, 0);
    link->copy = cap_copy(link->frame, seL4_AllRights);
    map_in_server(link, bits);
    error = (long)call(service, SERVER_OPEN, (seL4_Word[]){number, 1ul << bits, word, 0});
    if (error) {
        cap_revoke(link->frame);
        link->service = NULL;
        return error;
    }
    if (*slot == 0)
        *slot = slots_alloc(1);
    must("mint a session", seL4_CNode_Mint(ROOT, *slot, DEPTH, ROOT, service->endpoint, DEPTH,
                                           seL4_AllRights, number));
    service->taken[number] = true;
    return 0;
}

/* See protocol.h for the order. Revoking reaches every copy of the capability, whoever has it. */
static void close_link(struct link *link)
{
    struct service *service = link->service;
    seL4_CPtr cap = service->slots[link->number];

    must("revoke a session", cap_revoke(cap));
    must("cancel requests", seL4_CNode_CancelBadgedSends(ROOT, cap, DEPTH));
    must("delete a session", cap_delete(cap));
    if (call(service, SERVER_CLOSE, (seL4_Word[]){link->number, 0, 0, 0}))
        guest_die("server %s does not know session %u", service->name, link->number);
    must("revoke a buffer", cap_revoke(link->frame));
    service->taken[link->number] = false;
    link->service = NULL;
}

long manager_connect(struct member *client, struct service *service, seL4_Word bits, seL4_Word word)
{
    unsigned int index = client->link_count;
    struct link *link = &client->links[index];
    struct process *process = &client->process;
    long error;

    if (index == CLIENT_SLOTS)
        return -SERVER_TOO_MANY;
    bank_use(&client->bank);
    error = open_link(link, service, bits, word);
    if (!error) {
        must("map a buffer in a client",
             vspace_map(process->vspace, link->frame,
                        (seL4_Word)server_buffer_address(index, 1ul << bits), seL4_ReadWrite));
        process_give(process, service->slots[link->number], CLIENT_SESSIONS + index, TO_CALL);
        process_give(process, link->frame, CLIENT_BUFFERS + index, seL4_AllRights);
        client->link_count++;
    }
    bank_use(NULL);
    return error;
}

long manager_connect_self(struct service *service, seL4_Word bits, seL4_Word word,
                          seL4_CPtr *endpoint, char **buffer)
{
    struct link link;
    long error = open_link(&link, service, bits, word);

    if (error)
        return error;
    *buffer = vspace_reserve(1ul << bits);
    must("map a buffer", vspace_map(OWN_VSPACE, link.frame, (seL4_Word)*buffer, seL4_ReadWrite));
    *endpoint = cap_copy(service->slots[link.number], TO_CALL);
    return 0;
}

/* -------------------------------------------------------------- clients */

void manager_client(struct member *client, const void *elf, seL4_CPtr endpoint, seL4_Word badge,
                    int priority, seL4_Word bits)
{
    bank_open(&client->bank, bits, CLIENT_BANK_SLOTS);
    bank_use(&client->bank);
    process_create(&client->process, elf, endpoint, badge, priority);
    bank_use(NULL);
    client->link_count = 0;
    client->alive = true;
}

void manager_end(struct member *client)
{
    if (!client->alive)
        return;
    must("suspend a client", seL4_TCB_Suspend(client->process.tcb));
    for (unsigned int i = 0; i < client->link_count; i++)
        close_link(&client->links[i]);
    bank_reset(&client->bank);
    client->alive = false;
}
