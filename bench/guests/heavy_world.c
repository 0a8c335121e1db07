/*
 * Starting and watching the processes of heavy.h.
 */
#include "heavy.h"

extern const char guest_archive[];

static struct process processes[HEAVY_ROLES];
static struct heavy_page *pages[HEAVY_ROLES];
static seL4_CPtr root_endpoint;

static void start(enum heavy_role role, seL4_CPtr own, seL4_CPtr names, const void *elf)
{
    struct process *process = &processes[role];
    seL4_CPtr frame;

    pages[role] = page_alloc(&frame);
    pages[role]->role = role;
    process_create(process, elf, root_endpoint, role, PRIO_MAIN);
    must("share",
         vspace_map(process->vspace, cap_copy(frame, seL4_AllRights), HEAVY_PAGE, seL4_AllRights));
    if (own)
        process_give(process, own, SLOT_OWN, seL4_AllRights);
    if (own != names)
        process_give(process, names, SLOT_NAMES, seL4_AllRights);
    process_give(process, process->cnode, SLOT_CNODE, seL4_AllRights);
    process_start(process);
    settle();
}

void heavy_start(void)
{
    seL4_CPtr names = object_alloc(seL4_EndpointObject, 0);
    seL4_CPtr files = object_alloc(seL4_EndpointObject, 0);
    size_t size;
    const void *elf = archive_find(guest_archive, "child", &size);

    root_endpoint = object_alloc(seL4_EndpointObject, 0);
    start(HEAVY_NAMES, names, names, elf);
    start(HEAVY_FILES, files, names, elf);
    start(HEAVY_CLIENT, 0, names, elf);
}

seL4_Word heavy_batch(void)
{
    static bool answer_due;
    seL4_MessageInfo_t nothing = seL4_MessageInfo_new(0, 0, 0, 0), message;
    seL4_Word who;

    if (answer_due)
        message = seL4_ReplyRecv(root_endpoint, nothing, &who);
    else
        message = seL4_Recv(root_endpoint, &who);
    answer_due = true;
    if (seL4_MessageInfo_get_label(message) != LABEL_REPORT)
        guest_die("process %lu faulted: label %lu", who, seL4_MessageInfo_get_label(message));
    return seL4_GetMR(0);
}

/* Of what the servers have served, one registration was not the client's. */
void heavy_check(void)
{
    seL4_Word sent = pages[HEAVY_CLIENT]->count;
    seL4_Word served = pages[HEAVY_NAMES]->count + pages[HEAVY_FILES]->count - 1;
    seL4_Word errors = 0;

    for (int role = 0; role < HEAVY_ROLES; role++)
        errors += pages[role]->errors;
    if (sent != served || errors)
        guest_die("sent %lu, served %lu, errors %lu", sent, served, errors);
    guest_printf("INFO %s sent %lu served %lu errors 0\n", guest_name, sent, served);
}
