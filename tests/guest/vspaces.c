/*
 * Many processes at once, again and again: all live, answer and go, and their memory and names come
 * back.
 */
#include "guest.h"

#define PROCESSES 24
#define ROUNDS    3

#define LABEL_COUNT 1

extern const char guest_archive[];

static void make(struct process *process, const void *elf, seL4_CPtr endpoint, seL4_Word badge)
{
    process_create(process, elf, endpoint, badge, 100);
    process_start(process);
}

static void drop(const struct process *process)
{
    must("TCB", cap_delete(process->tcb));
    must("VSpace", cap_delete(process->vspace));
    must("CNode", cap_delete(process->cnode));
}

/* Each adds its badge, twice; who is done, or has failed, gets no answer. */
static seL4_Word serve(seL4_CPtr endpoint)
{
    seL4_MessageInfo_t message;
    seL4_Word badge, sum = 0;

    message = seL4_Recv(endpoint, &badge);
    for (int served = 0;;) {
        if (seL4_MessageInfo_get_label(message) != LABEL_COUNT) {
            message = seL4_Recv(endpoint, &badge);
            continue;
        }
        sum += badge;
        if (++served == 2 * PROCESSES)
            return sum;
        message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), &badge);
    }
}

int main(void)
{
    static struct process process[PROCESSES];
    size_t size;
    const void *elf = archive_find(guest_archive, "child", &size);

    for (int round = 0; round < ROUNDS; round++) {
        seL4_CPtr endpoint = object_alloc(seL4_EndpointObject, 0);

        for (seL4_Word n = 0; n < PROCESSES; n++)
            make(&process[n], elf, endpoint, n + 1);
        guest_printf("round %d: %lu\n", round, serve(endpoint));
        for (int n = 0; n < PROCESSES; n++)
            drop(&process[n]);
    }
    return 0;
}
