/*
 * Faults: from the faulting instruction to its handler, and back to where it goes on. The faulting
 * thread measures the whole way; its handler is the main thread, which waits for the next fault
 * when it answers one.
 */
#include "peer.h"

#define NO_WORDS seL4_MessageInfo_new(0, 0, 0, 0)
#define ONE_WORD seL4_MessageInfo_new(0, 0, 0, 1)

/* Answers that let the thread go on; they are given the fault's message. */
typedef seL4_MessageInfo_t answer(struct peer *peer);

static seL4_CPtr frame; /* what the hole is filled with */

/* What the peers execute is two bytes long. */
static seL4_MessageInfo_t skip_exception(struct peer *peer)
{
    (void)peer;
    seL4_SetMR(seL4_UserException_FaultIP, seL4_GetMR(seL4_UserException_FaultIP) + 2);
    return seL4_MessageInfo_new(0, 0, 0, seL4_UserException_FaultIP + 1);
}

static seL4_MessageInfo_t skip_syscall(struct peer *peer)
{
    (void)peer;
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 2);
    return seL4_MessageInfo_new(0, 0, 0, seL4_UnknownSyscall_FaultIP + 1);
}

static seL4_MessageInfo_t fill_hole(struct peer *peer)
{
    must("map", seL4_X86_Page_Map(frame, peer->vspace, PEER_HOLE, seL4_AllRights,
                                  seL4_X86_Default_VMAttributes));
    return NO_WORDS;
}

static void check_fault(seL4_MessageInfo_t message)
{
    if (seL4_MessageInfo_get_label(message) == seL4_Fault_NullFault)
        guest_die("not a fault");
}

/* The handler gives what it was asked for and hears of the next fault. */
static void round_trip(bool own_vspace, enum peer_role role, answer *answer_to, const char *name,
                       const char *one_way_name)
{
    struct peer *peer = peer_start(own_vspace, role, 0, PRIO_LOW);
    struct bench *bench = bench_open(name, 1), *one_way = bench_open(one_way_name, 1);

    check_fault(seL4_Recv(peer->endpoint, NULL));
    while (bench_more(bench)) {
        seL4_MessageInfo_t message = seL4_ReplyRecv(peer->endpoint, answer_to(peer), NULL);
        seL4_Word now = cycles();

        check_fault(message);
        bench_add(one_way, now - peer->page->leaving);
        bench_add(bench, peer->page->cost);
    }
    bench_close(bench);
    bench_close(one_way);
    peer_stop(peer);
}

/* The same with a page that the handler maps. The thread then faults in another way: unmap it. */
static void paging(bool own_vspace, const char *name, const char *one_way_name)
{
    struct peer *peer = peer_start(own_vspace, PEER_TOUCH, 0, PRIO_LOW);
    struct bench *bench = bench_open(name, 1), *one_way = bench_open(one_way_name, 1);

    seL4_Word ip;

    frame = object_alloc(seL4_X86_4K, 0);
    must("make tables", vspace_map(peer->vspace, frame, PEER_HOLE, seL4_AllRights));
    must("unmap", seL4_X86_Page_Unmap(frame));
    check_fault(seL4_Recv(peer->endpoint, NULL));
    while (bench_more(bench)) {
        check_fault(seL4_ReplyRecv(peer->endpoint, fill_hole(peer), NULL));
        bench_add(bench, peer->page->cost);
        ip = seL4_GetMR(seL4_UserException_FaultIP);
        must("unmap", seL4_X86_Page_Unmap(frame));
        seL4_SetMR(seL4_UserException_FaultIP, ip + 2);
        check_fault(seL4_ReplyRecv(peer->endpoint, ONE_WORD, NULL));
        bench_add(one_way, cycles() - peer->page->leaving);
    }
    bench_close(bench);
    bench_close(one_way);
    peer_stop(peer);
}

int main(void)
{
    bench_init();
    peer_init();
    round_trip(false, PEER_EXCEPTION, skip_exception, "fault_reply", "fault_one_way");
    round_trip(true, PEER_EXCEPTION, skip_exception, "fault_reply_cross_vspace",
               "fault_one_way_cross_vspace");
    round_trip(false, PEER_UNDEFINED, skip_exception, "undefined_reply", "undefined_one_way");
    paging(false, "vm_fault_map_reply", "vm_fault_one_way");
    paging(true, "vm_fault_map_reply_cross_vspace", "vm_fault_one_way_cross_vspace");
    round_trip(false, PEER_SYSCALL, skip_syscall, "unknown_syscall_reply",
               "unknown_syscall_one_way");
    return 0;
}
