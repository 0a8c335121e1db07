/*
 * Memory shared by two processes: a page that both have mapped, at different addresses, with a
 * notification each way. The second time the child may only read it.
 */
#include "guest.h"
#include "shm.h"

extern const char guest_archive[];

int main(void)
{
    struct process child;
    seL4_CPtr endpoint = object_alloc(seL4_EndpointObject, 0), frame, theirs;
    seL4_CPtr ping = object_alloc(seL4_NotificationObject, 0);
    seL4_CPtr pong = object_alloc(seL4_NotificationObject, 0);
    volatile long *page = page_alloc(&frame);
    seL4_MessageInfo_t message;
    seL4_Word badge;
    size_t size;

    process_create(&child, archive_find(guest_archive, "child", &size), endpoint, 1, 100);
    theirs = cap_copy(frame, seL4_AllRights);
    must("share", vspace_map(child.vspace, theirs, SHM_ADDRESS, seL4_AllRights));
    process_give(&child, ping, SHM_PING, seL4_AllRights);
    process_give(&child, pong, SHM_PONG, seL4_AllRights);
    process_start(&child);
    for (long i = 0; i < SHM_ROUNDS; i++) {
        page[i] = i * 10;
        seL4_Signal(ping);
        seL4_Wait(pong, NULL);
        guest_printf("round %ld: %ld\n", i, page[i]);
    }
    must("unmap", seL4_X86_Page_Unmap(theirs));
    must("share for reading", vspace_map(child.vspace, theirs, SHM_ADDRESS, seL4_CanRead));
    page[0] = 555;
    seL4_Signal(ping);
    for (message = seL4_Recv(endpoint, &badge); seL4_MessageInfo_get_label(message) == LABEL_PRINT;
         message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), &badge))
        process_print(message);
    guest_printf("VMFault %d at %lx, status %lx\n", seL4_isVMFault_tag(message),
                 seL4_GetMR(seL4_VMFault_Addr), seL4_GetMR(seL4_VMFault_FSR));
    guest_printf("unchanged: %ld\n", page[0]);
    must("delete", cap_delete(child.tcb));
    must("revoke", cap_revoke(child.cnode));
    must("delete", cap_delete(child.cnode));
    must("delete", cap_delete(child.vspace));
    page[0] = 1;
    guest_printf("the page outlives the process: %ld\n", page[0]);
    return 0;
}
