/*
 * A root task that loads another program, which it carries in an archive, and serves it by IPC:
 * prints for it, answers what it asks, and learns of its end.
 */
#include "guest.h"
#include "protocol.h"

extern const char guest_archive[];

static seL4_MessageInfo_t serve(seL4_MessageInfo_t message, bool *ended)
{
    switch (seL4_MessageInfo_get_label(message)) {
    case LABEL_PRINT:
        process_print(message);
        break;
    case LABEL_SQUARE:
        seL4_SetMR(0, seL4_GetMR(0) * seL4_GetMR(0));
        return seL4_MessageInfo_new(0, 0, 0, 1);
    case LABEL_SUM:
        for (seL4_Word i = 1; i < seL4_MessageInfo_get_length(message); i++)
            seL4_SetMR(0, seL4_GetMR(0) + seL4_GetMR((int)i));
        return seL4_MessageInfo_new(0, 0, 0, 1);
    case LABEL_EXIT:
        *ended = true;
        break;
    default:
        guest_die("the process faulted: label %lu", seL4_MessageInfo_get_label(message));
    }
    return seL4_MessageInfo_new(0, 0, 0, 0);
}

int main(void)
{
    seL4_CPtr endpoint = object_alloc(seL4_EndpointObject, 0);
    struct process child;
    size_t size;
    const void *elf = archive_find(guest_archive, "child", &size);
    bool ended = false;
    seL4_Word badge;

    if (!elf)
        guest_die("no child in the archive");
    process_create(&child, elf, endpoint, CHILD_BADGE, 100);
    process_start(&child);
    guest_printf("process started\n");

    seL4_MessageInfo_t message = seL4_Recv(endpoint, &badge);
    while (badge == CHILD_BADGE) {
        seL4_MessageInfo_t answer = serve(message, &ended);

        if (ended)
            break;
        message = seL4_ReplyRecv(endpoint, answer, &badge);
    }
    guest_printf("process ended\n");
    return 0;
}
